"""Recipe ``held-out-users``: users whom no system has seen, with the earlier half of their rows as their history.

Strong generalisation as in Mult-VAE (Liang et al., arXiv 1802.05814) and EASE (Steck, arXiv 1905.03375), but ordered in
time: a held-out user's earlier half is context and the later half is to be predicted; of an odd number the later half
is the larger. Whether a user is held out depends on the id and the seed alone, so that new rows and new users move
nobody.

Without dates all rows of all other users are for training, whenever they happened: systems may know what became popular
after the rows they predict. With ``valid_from`` and ``test_from`` the dates take the place of the halves: training rows
end at ``valid_from``, validation users are asked from there to ``test_from``, test users from ``test_from`` on, and
what each did before is context. Reads ``share``, both dates or neither, and, to leave out both ends, ``start`` and
``until``.
"""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.keyed_choice import held_out
from explainrec_models.data.splits import Promise, Split, cuts, divided, in_time_order, within
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = frozenset({"users apart", "users in order"})
SETTINGS = frozenset({"share", "start", "valid_from", "test_from", "until"})


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:
    """Hold out a share of users for validation and one for testing.

    Raises:
        ParamsError: one date is given without the other.
    """
    return cut_users(rows, choice=choice, seed=seed)


def cut_users(rows: pl.DataFrame, *, choice: Choice, seed: int, known: int | None = None) -> Split:
    """Hold out users and keep the first ``known`` rows of each as context, or all that come before what is asked."""
    inside, ends = within(rows, choice)
    ordered = in_time_order(inside.select(schema.INTERACTION_COLUMNS))
    user, moment = pl.col(schema.USER_ID), pl.col(schema.TIMESTAMP)
    for_valid, for_test = held_out(ordered[schema.USER_ID], share=choice.share, seed=seed)
    is_valid, is_test = user.is_in(for_valid.implode()), user.is_in(for_test.implode())
    place = pl.int_range(pl.len(), dtype=pl.UInt32).over(user)
    places: dict[str, pl.Expr] = {}
    if choice.valid_from or choice.test_from:
        valid_cut, test_cut = cuts(choice)
        is_past = moment < pl.when(is_valid).then(valid_cut).otherwise(test_cut)
        past = is_past.sum().over(user)
        is_trained = ~is_valid & ~is_test
        places["rows_of_training_users_from_valid_from_on"] = is_trained & (moment >= valid_cut)
        places["rows_of_validation_users_from_test_from_on"] = is_valid & (moment >= test_cut)
    else:
        past = pl.len().over(user) // 2
        is_past = place < past
    places["train"] = ~is_valid & ~is_test
    if known is not None:
        places["rows_of_users_with_fewer_known_rows_than_shots"] = past < known
        places["known_rows_beyond_the_shots"] = is_past & (place >= known)
    places |= {"context": is_past, "valid": is_valid}
    return divided(ordered, places, otherwise="test", left_out=ends)
