"""Facts about a dataset in plain words: what came in, what was dropped and what the expectations found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.days import day
from explainrec_models.reporting.inputs import DatasetInputs

DROPPED = "dropped"
FILES = "files"
ABSENT = "absent"
PICTURE_FOLDER = "images/"
MEGABYTE = 1e6
_ROW = (schema.USER_ID, schema.TIMESTAMP, schema.LIKED)


@dataclass(frozen=True)
class Fact:
    """One line of a list of facts."""

    label: str
    value: str


@dataclass(frozen=True)
class Expectations:
    """How many expectations held, and those that did not."""

    held: int
    total: int
    by_severity: tuple[Fact, ...]
    failures: tuple[Fact, ...]


@dataclass(frozen=True)
class DatasetFacts:
    """What the head of a dataset's section shows.

    Attributes:
        headline: the few numbers that matter most.
        parts: what lies before the test cut, and what is held out.
        dropped: rows and items left out, by reason.
        details: title and facts of each stage's report.
    """

    headline: tuple[Fact, ...]
    parts: tuple[Fact, ...]
    dropped: tuple[Fact, ...]
    expectations: Expectations
    details: tuple[tuple[str, tuple[Fact, ...]], ...]


def dataset_facts(inputs: DatasetInputs) -> DatasetFacts:
    """Collect the facts of one dataset."""
    source = {**inputs.source, FILES: _files(inputs.source.get(FILES, {}))}
    # What is absent stands as a footnote at its cell.
    evaluation = {name: value for name, value in inputs.evaluation.items() if name != ABSENT}
    reports = (("Source and licence", source), ("How it was evaluated", evaluation))
    dropped = {**_mapping(inputs.quality, DROPPED), **_mapping(inputs.prepared, DROPPED)}
    return DatasetFacts(
        headline=tuple(_headline(inputs)),
        parts=tuple(_parts(inputs)),
        dropped=tuple(Fact(words(reason), plain(count)) for reason, count in sorted(dropped.items())),
        expectations=_expectations(inputs.verdict),
        details=tuple((title, tuple(facts_of(report))) for title, report in reports),
    )


def facts_of(report: Mapping[str, Any], prefix: str = "") -> Iterator[Fact]:
    """Yield every value of a nested report; what was dropped has its own list."""
    for key, value in sorted(report.items()):
        label = f"{prefix}{words(key)}"
        if key == DROPPED and not prefix:
            continue
        if isinstance(value, Mapping):
            yield from facts_of(value, f"{label}, ")
        else:
            yield Fact(label, plain(value))


def words(key: str) -> str:
    """Turn a key into words.

    >>> words("like_share")
    'like share'
    """
    return str(key).replace("_", " ")


def plain(value: Any) -> str:
    """Write a JSON value for reading.

    >>> plain(100000), plain(0.55375), plain(["a", "b"]), plain(None)
    ('100,000', '0.5537', 'a, b', 'none')
    """
    if value is None or (not value and isinstance(value, Mapping | Sequence)):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{words(key)} {plain(inner)}" for key, inner in sorted(value.items()))
    return value if isinstance(value, str) else ", ".join(plain(inner) for inner in value)


def _headline(inputs: DatasetInputs) -> Iterator[Fact]:
    known = pl.concat([inputs.train.select(_ROW), inputs.valid.select(_ROW)])
    implicit = inputs.quality.get("implicit", False)
    if "interactions" in inputs.quality:
        label = "events without ratings, each a like" if implicit else "ratings"
        yield Fact(label, plain(inputs.quality["interactions"]))
    yield Fact("users before the test cut", plain(known[schema.USER_ID].n_unique()))
    yield Fact("items", plain(inputs.items.height))
    yield Fact("items with a picture", plain(inputs.items[schema.IMAGE].drop_nulls().len()))
    if not implicit:
        yield Fact("liked before the test cut", _liked(known))


def _parts(inputs: DatasetInputs) -> Iterator[Fact]:
    for name, rows in (("training", inputs.train), ("validation", inputs.valid)):
        # Without a clock the times are positions, which are no days.
        span = _span(rows) if inputs.quality.get("has_clock", True) else "in order but without dates"
        liked = "" if inputs.quality.get("implicit", False) else f", {_liked(rows)} liked"
        yield Fact(name, f"{plain(rows.height)} rows, {span}{liked}")
    held = _mapping(_mapping(inputs.evaluation, "slices"), "all")
    if held:
        yield Fact("held out and scored", f"{plain(held.get('rows'))} rows of {plain(held.get('users'))} users")


def _liked(rows: pl.DataFrame) -> str:
    return f"{100 * rows[schema.LIKED].cast(pl.Int64).sum() / rows.height:.1f} %" if rows.height else "none"


def _span(rows: pl.DataFrame) -> str:
    return f"{_day(rows[schema.TIMESTAMP].min())} to {_day(rows[schema.TIMESTAMP].max())}"


def _day(timestamp: Any) -> str:
    return "none" if timestamp is None else day(timestamp)


def _expectations(verdict: Mapping[str, Any]) -> Expectations:
    outcomes: Sequence[Mapping[str, Any]] = verdict["expectations"]
    severities = sorted({str(outcome["severity"]) for outcome in outcomes})
    return Expectations(
        held=sum(bool(outcome["success"]) for outcome in outcomes),
        total=len(outcomes),
        by_severity=tuple(Fact(severity, _share(outcomes, severity)) for severity in severities),
        failures=tuple(_failure(outcome) for outcome in outcomes if not outcome["success"]),
    )


def _share(outcomes: Sequence[Mapping[str, Any]], severity: str) -> str:
    successes = [bool(outcome["success"]) for outcome in outcomes if outcome["severity"] == severity]
    return f"{sum(successes)} of {len(successes)}"


def _failure(outcome: Mapping[str, Any]) -> Fact:
    found = f"found {plain(outcome['observed'])}; expected {plain(outcome['expected'])}"
    return Fact(f"{outcome['name']} ({words(outcome['layer'])}, {outcome['severity']})", found)


def _files(files: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Describe each file by size and checksum; pictures, of which there may be thousands, by their number."""
    pictures = {name: file for name, file in files.items() if name.startswith(PICTURE_FOLDER)}
    described = {
        name: f"{file['size'] / MEGABYTE:.2f} MB, sha256 {file['sha256']}"
        for name, file in files.items()
        if name not in pictures
    }
    if pictures:
        size = sum(file["size"] for file in pictures.values()) / MEGABYTE
        described[PICTURE_FOLDER] = f"{len(pictures):,} files, {size:.2f} MB"
    return described


def _mapping(report: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = report.get(key, {})
    return value if isinstance(value, Mapping) else {}
