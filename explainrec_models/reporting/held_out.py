"""How a dataset's rows are held out, in a sentence: what its recipe does, and what systems may have seen.

The sentences stand here and not in ``data/recipes``: an edited recipe must not make the page anew by its code alone. A
test holds them against the recipes' promises.
"""

from collections.abc import Mapping

TIME_APART = "nothing from after the test cut reached training"
IN_ORDER = "no user's training row is later than that user's held-out rows, but those of other users may be"
ITEMS_APART = "no training row has a held-out item"
USERS_APART = "no training row is of a held-out user, but those of other users may be later than the held-out rows"
NOTHING = "training rows may be later than held-out ones"

SAID: Mapping[str, str] = {
    "cross-domain": f"Systems learn from some categories and are asked about others: {TIME_APART}.",
    "few-shot": f"Systems learn from a few rows and are asked about rows after the test cut: {TIME_APART}.",
    "given": f"The parts are as they were published: {NOTHING}.",
    "held-out-items": f"Known users are asked about items left out of training: {ITEMS_APART}, and {TIME_APART}.",
    "held-out-users": "The later part of what some users did is held out, and the earlier part is their history: "
    f"{USERS_APART}.",
    "k-shot-users": f"Later rows of some users are held out, and their first few are their history: {USERS_APART}.",
    "leave-one-out": f"The last row of each user is held out: {IN_ORDER}.",
    "tallrec-movies": f"The last rows of some of TALLRec's windows of movies are held out: {IN_ORDER}.",
    "temporal": f"Time decides, with one test cut for all users: {TIME_APART}.",
}
"""By recipe."""


def how_held_out(recipe: str) -> str:
    """Return what a recipe of ``data/recipes`` does and keeps, or nothing where no sentence is written for it.

    >>> how_held_out("given")
    'The parts are as they were published: training rows may be later than held-out ones.'
    """
    return SAID.get(recipe, "")
