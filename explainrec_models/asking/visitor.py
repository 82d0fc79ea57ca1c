"""Who asks: a known user, or somebody new who names what they like and dislike."""

from dataclasses import dataclass

import polars as pl

from explainrec_models.asking.item_names import find_item
from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.errors import ParamsError, UnknownNameError

NEW_USER = "new user"


@dataclass(frozen=True)
class Taste:
    """What somebody new says, by ids or titles, the most recent last."""

    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()


def row_word(corpus: Corpus) -> str:
    """Return what a row of this dataset is: one of ``ratings``, or of ``events`` where none has a rating."""
    return "ratings" if corpus.train[schema.RATING].count() else "events"


def history_of(corpus: Corpus, who: str | Taste) -> History:
    """Return what is known of a user at the test moment, or what a new one says.

    The rows of a new user are later than all others. Dislikes come first, since the order between the two lists is not
    known and systems that weigh by recency read likes.

    Raises:
        UnknownNameError: a user without a row before the test cut, or an item that is not in the catalogue.
        ParamsError: an item is named twice.
    """
    if isinstance(who, Taste):
        return _described(corpus, who)
    histories = corpus.known_histories
    if who not in histories:
        advice = (
            f"Users with {row_word(corpus)} before the test cut of {corpus.key}: {len(histories)}. Somebody new "
            "is known by what they like: --likes TITLE."
        )
        raise UnknownNameError(kind="user", name=who, known=histories, advice=advice)
    return histories[who]


def _described(corpus: Corpus, taste: Taste) -> History:
    named = [(find_item(corpus, name), liked) for liked in (False, True) for name in _of(taste, liked=liked)]
    items = [item for item, _ in named]
    twice = next((item for item in items if items.count(item) > 1), None)
    if twice is not None:
        message = f"“{corpus.titles[twice]}” (id {twice}) is named twice under --likes and --dislikes; name it once."
        raise ParamsError(message)
    last = corpus.known.select(pl.col(schema.TIMESTAMP).max()).item() or 0
    moments = tuple(int(last) + place for place in range(1, len(named) + 1))
    return History(NEW_USER, tuple(items), tuple(liked for _, liked in named), moments)


def _of(taste: Taste, *, liked: bool) -> tuple[str, ...]:
    return taste.likes if liked else taste.dislikes
