"""Recipe ``held-out-items``: items that no system has seen, asked of users who are known.

Item cold start as in DropoutNet (Volkovs et al., NeurIPS 2017) and CLCRec (Wei et al., arXiv 2107.05315): a share of
items leaves the training rows, to be recommended by content alone. A cut in time is laid over it, so that nothing from
after the cut is trained on. Whether an item is held out depends on the id and the seed alone.

Training holds rows of the other items before ``valid_from``; validation and test hold rows of their own items from
their own dates on. What users did with the other items between the dates is context where it comes before the user's
first validation row; from there on it would tell validation about later days, and is left out. Reads ``share``,
``valid_from``, ``test_from`` and, to leave out both ends, ``start`` and ``until``.
"""

from dataclasses import replace

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.keyed_choice import held_out
from explainrec_models.data.splits import Promise, Split, cuts, divided, within
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = frozenset({"time apart", "items apart"})
SETTINGS = frozenset({"share", "start", "valid_from", "test_from", "until"})


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:
    """Hold out a share of items for validation and one for testing."""
    valid_cut, test_cut = cuts(choice)
    inside, ends = within(rows, choice)
    item, moment = pl.col(schema.ITEM_ID), pl.col(schema.TIMESTAMP)
    for_valid, for_test = held_out(inside[schema.ITEM_ID], share=choice.share, seed=seed)
    is_valid, is_test = item.is_in(for_valid.implode()), item.is_in(for_test.implode())
    places = {
        "valid": is_valid & (moment >= valid_cut) & (moment < test_cut),
        "rows_of_validation_items_outside_their_dates": is_valid,
        "test": is_test & (moment >= test_cut),
        "rows_of_test_items_before_test_from": is_test,
        "train": moment < valid_cut,
        "context": moment < test_cut,
    }
    parts = divided(inside, places, otherwise="rows_of_known_items_from_test_from_on", left_out=ends)
    return _without_what_validation_must_not_know(parts)


def _without_what_validation_must_not_know(parts: Split) -> Split:
    """Leave out context from the user's first validation row on."""
    moment = pl.col(schema.TIMESTAMP)
    first_asked = parts.valid.group_by(schema.USER_ID).agg(moment.min().alias("asked"))
    dated = parts.context.join(first_asked, on=schema.USER_ID, how="left", maintain_order="left")
    is_known = dated.select((moment < pl.col("asked")).fill_null(value=True)).to_series()
    context = parts.context.filter(is_known)
    reason = {"rows_of_known_items_after_a_validation_row": parts.context.height - context.height}
    return replace(parts, context=context, left_out={**parts.left_out, **reason})
