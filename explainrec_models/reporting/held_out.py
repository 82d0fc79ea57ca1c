"""How a dataset's rows are held out, in a sentence: what its recipe does, and what it lets a system know."""

from collections.abc import Mapping

from explainrec_models.data.splits import recipe_of

DONE: Mapping[str, str] = {
    "cross-domain": "systems learn from some categories and are asked about others",
    "few-shot": "systems learn from a few rows before the validation cut and are asked about rows after the test cut",
    "given": "the parts are as they were published",
    "held-out-items": "a share of the items leaves the training rows, and known users are asked about them",
    "held-out-users": "a share of the users leaves the training rows; the earlier part of what each did is known, the "
    "later part is asked about",
    "k-shot-users": "a share of the users leaves the training rows; the first few events of each are known, later ones "
    "are asked about",
    "leave-one-out": "the last row of each user is held out",
    "tallrec-movies": "the last row of each of TALLRec's windows of movies is in the part of its window",
    "temporal": "time decides, one test cut for all users",
}
"""What each recipe does. A recipe without an entry is shown by its name and its promises."""
TIME_APART = "nothing from after the test cut reached training"
IN_ORDER = "no user's training row is later than that user's held-out rows, but those of other users may be"
ITEMS_APART = "no training row has a held-out item"
USERS_APART = "no training row is of a held-out user"
NOTHING = "training rows may be later than held-out ones"


def how_held_out(recipe: str) -> str:
    """Return what a recipe of ``data/recipes`` does and promises.

    >>> how_held_out("leave-one-out").partition(":")[0]
    'The last row of each user is held out'

    Raises:
        UnknownNameError: there is no such recipe.
    """
    promises = recipe_of(recipe).PROMISES
    kept = [
        said
        for promise, said in (("users apart", USERS_APART), ("items apart", ITEMS_APART), ("users in order", IN_ORDER))
        if promise in promises
    ]
    if "time apart" in promises:
        kept.append(TIME_APART)
    done = DONE.get(recipe, "")
    said = f"{done}: {'; '.join(kept or [NOTHING])}" if done else "; ".join(kept or [NOTHING])
    return f"{said[0].upper()}{said[1:]}."
