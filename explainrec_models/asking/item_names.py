"""Items by the names that people give them: an id, or a title."""

import re

from explainrec_models.data.corpus import Corpus
from explainrec_models.errors import ParamsError, UnknownNameError, nearest_names

SHOWN = 5
"""Items named at most where a title means several."""
_YEAR = re.compile(r"\s*\(\d{4}\)$")


def find_item(corpus: Corpus, name: str) -> str:
    """Return the id of the item that ``name`` is the id or the title of.

    Titles are compared without regard to case. A title without the year in brackets at its end is enough where no other
    item is meant by it: ``heat`` is ``Heat (1995)``.

    Raises:
        UnknownNameError: no such id or title; the message names the nearest titles.
        ParamsError: several items have this title.
    """
    if name in corpus.titles:
        return name
    wanted = name.strip().casefold()
    folded = {item: (title or "").strip().casefold() for item, title in corpus.titles.items()}
    found = [item for item, title in folded.items() if title == wanted]
    found = found or [item for item, title in folded.items() if _YEAR.sub("", title) == wanted]
    if not wanted or not found:
        raise _unknown(corpus, name, folded)
    if len(found) > 1:
        named = "; ".join(f"{item} “{corpus.titles[item]}”" for item in found[:SHOWN])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        message = f"{name!r} is the title of {len(found)} items: {named}{more}. Give the id of the one you mean."
        raise ParamsError(message)
    return found[0]


def _unknown(corpus: Corpus, name: str, folded: dict[str, str]) -> UnknownNameError:
    first = {title: item for item, title in reversed(folded.items())}
    nearest = [first[title] for title in nearest_names(name.casefold(), first)]
    titles = "; ".join(f"“{corpus.titles[item]}” (id {item})" for item in nearest)
    hint = f"Nearest titles: {titles}. " if nearest else ""
    advice = f"{hint}{corpus.key} has {len(folded):,} items; name one by its id or its title."
    return UnknownNameError(kind="item", name=name, known=(), advice=advice)
