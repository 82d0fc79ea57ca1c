"""Facts about a dataset in plain words: what came in, what was dropped and what the expectations found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from explainrec_models.data import schema
from explainrec_models.reporting.inputs import DatasetInputs

DROPPED = "dropped"
FILES = "files"
ABSENT = "absent"
PICTURE_FOLDER = "images/"
MEGABYTE = 1e6


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
        details: title and facts of each stage's report.
        dropped: rows left out, by reason.
    """

    headline: tuple[Fact, ...]
    details: tuple[tuple[str, tuple[Fact, ...]], ...]
    dropped: tuple[Fact, ...]
    expectations: Expectations


def dataset_facts(inputs: DatasetInputs) -> DatasetFacts:
    """Collect the facts of one dataset."""
    source = {**inputs.source, FILES: _files(inputs.source.get(FILES, {}))}
    # What is absent stands as a footnote at its cell.
    evaluation = {name: value for name, value in inputs.evaluation.items() if name != ABSENT}
    reports = (("Source", source), ("Prepared tables", inputs.prepared), ("Evaluation", evaluation))
    dropped = _mapping(inputs.prepared, DROPPED)
    return DatasetFacts(
        headline=tuple(_headline(inputs)),
        details=tuple((title, tuple(facts_of(report))) for title, report in reports),
        dropped=tuple(Fact(words(reason), plain(count)) for reason, count in sorted(dropped.items())),
        expectations=_expectations(inputs.verdict),
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
    rows = inputs.prepared.get("rows")
    if isinstance(rows, Mapping):
        for part, count in rows.items():
            yield Fact(f"{part} rows", plain(count))
    elif rows is not None:
        yield Fact("rows", plain(rows))
    if "users" in inputs.prepared:
        yield Fact("users", plain(inputs.prepared["users"]))
    yield Fact("items", plain(inputs.items.height))
    pictured = inputs.items[schema.IMAGE].drop_nulls().len()
    yield Fact("items with a picture", plain(pictured))
    if "like_share" in inputs.prepared:
        yield Fact("liked", f"{100 * float(inputs.prepared['like_share']):.1f} %")


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
