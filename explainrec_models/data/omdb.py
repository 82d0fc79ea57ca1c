"""Details of movies from OMDb: what a film tells and who made it.

One answer a line, with the movie's id beside it as ``movie_id``; field names as OMDb writes them or with ``omdb_``
before them. Only what was fixed when the film came out is read. What others thought of it or what it earned
(imdbRating, imdbVotes, Metascore, Ratings, Awards, BoxOffice) was written later and would tell a model about the
future. Country and language are left out as well: most films share one of each, so as a reason they say nothing.
"""

import html
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.json_lines import read_json_lines
from explainrec_models.data.places import LONGEST_SHOWN, Place

ID = "movie_id"
_PREFIX = "omdb_"
_MISSING = ("", "N/A")
_PEOPLE = {"director": "Director", "cast": "Actors"}
_MOST_PEOPLE = {"director": 3, "cast": 3}
"""Named first in the credits; who comes later is hardly a reason to watch."""
_FEWEST_ITEMS = 3
"""Two liked films and one to recommend: a name on fewer is never a reason."""
_MOST_NAMES = 2_000
"""Of one field: names are slots of a dense matrix, whose size must not grow with the file."""


@dataclass(frozen=True)
class _Details:
    plot: str
    people: Mapping[str, tuple[str, ...]]


def enrich(items: pl.DataFrame, path: Path) -> tuple[pl.DataFrame, dict[str, int]]:
    """Add plots as text, and directors and actors as attributes.

    A text that an item has already is kept. People are attributes where they made enough of the movies to be a reason.

    Args:
        items: ``ITEM_SCHEMA``.
        path: of OMDb answers as JSON lines, plain or gzipped.

    Returns:
        The items in their order, and what was matched and left out.

    Raises:
        DataError: a line is not an answer with a movie's id; the message names the file, the line and the byte.
    """
    details, counts = _answers(path, set(items[schema.ITEM_ID]))
    names = {field: _shared_names(field, details.values()) for field in _PEOPLE}
    attributes = {item_id: _attributes(found, names) for item_id, found in details.items()}
    counts["details_rare_people"] = sum(
        len(found.people[field]) for found in details.values() for field in _PEOPLE
    ) - sum(len(found) for found in attributes.values())
    counts["details_without_plot"] = sum(not found.plot for found in details.values())
    counts["details_matched"] = len(details)
    counts["items_without_details"] = items.height - len(details)
    added = pl.DataFrame(
        {
            schema.ITEM_ID: list(details),
            "plot": [found.plot for found in details.values()],
            "people": list(attributes.values()),
        },
        schema={schema.ITEM_ID: pl.String, "plot": pl.String, "people": pl.List(pl.String)},
    )
    joined = items.join(added, on=schema.ITEM_ID, how="left", maintain_order="left")
    has_text = pl.col(schema.TEXT) != ""
    enriched = joined.with_columns(
        pl.when(has_text).then(schema.TEXT).otherwise(pl.col("plot").fill_null("")).alias(schema.TEXT),
        pl.concat_list(schema.ATTRIBUTES, pl.col("people").fill_null([])).list.unique(maintain_order=True),
    )
    return enriched.select(items.columns), dict(sorted(counts.items()))


def _answers(path: Path, known: Container[str]) -> tuple[dict[str, _Details], Counter[str]]:
    """Return the first answer about each known movie, and why others were left out."""
    details: dict[str, _Details] = {}
    counts = Counter(details_of_unknown_items=0, details_repeated=0, details_without_answer=0)
    for place, entry in read_json_lines(path):
        item_id = _movie_id(entry, place)
        if _text(entry, "Response", place) == "False":
            counts["details_without_answer"] += 1
        elif item_id not in known:
            counts["details_of_unknown_items"] += 1
        elif item_id in details:
            counts["details_repeated"] += 1
        else:
            people = {field: _people(entry, field, place) for field in _PEOPLE}
            details[item_id] = _Details(_text(entry, "Plot", place), people)
    return details, counts


def _movie_id(entry: Mapping[str, Any], place: Place) -> str:
    value = entry.get(ID)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        place.refuse(f"{ID} {_shown(value)}", f"the movie's id as in the ratings, under {ID!r}")
    return value.strip()


def _shown(value: Any) -> str:
    return repr(value)[:LONGEST_SHOWN]


def _text(entry: Mapping[str, Any], field: str, place: Place) -> str:
    """Return a field as plain text, empty where OMDb has nothing."""
    value = entry.get(_PREFIX + field, entry.get(field))
    if value is None:
        return ""
    if not isinstance(value, str):
        place.refuse(f"{field} {_shown(value)}", "text, or N/A")
    # JSON may hold halves of characters, which no text can.
    text = " ".join(html.unescape(value).encode(errors="replace").decode().split())
    return "" if text in _MISSING else text


def _people(entry: Mapping[str, Any], field: str, place: Place) -> tuple[str, ...]:
    # A part in the film may stand behind a name: "Ann Lee (co-director)".
    text = re.sub(r"\([^)]*\)", "", _text(entry, _PEOPLE[field], place))
    names = dict.fromkeys(name.strip() for name in text.split(","))
    return tuple(name for name in names if name not in _MISSING)[: _MOST_PEOPLE[field]]


def _shared_names(field: str, details: Iterable[_Details]) -> frozenset[str]:
    """Return the names that stand with enough movies, the most frequent of them."""
    counts = Counter(name for found in details for name in found.people[field])
    frequent = sorted((-count, name) for name, count in counts.items() if count >= _FEWEST_ITEMS)
    return frozenset(name for _, name in frequent[:_MOST_NAMES])


def _attributes(found: _Details, names: Mapping[str, Container[str]]) -> list[str]:
    return [f"{field}:{name}" for field in _PEOPLE for name in found.people[field] if name in names[field]]
