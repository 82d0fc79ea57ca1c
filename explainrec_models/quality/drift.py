"""Drift: what changed between two versions of a dataset, judged from their profiles as warnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.outputs import read_json
from explainrec_models.errors import DataError
from explainrec_models.quality.findings import Fact, Finding, Unchecked
from explainrec_models.quality.limits import DriftLimits
from explainrec_models.quality.population import stability_index
from explainrec_models.quality.profile import FORMAT, PROFILE_NAME, UNKNOWN
from explainrec_models.quality.rules import WARNING, Rule
from explainrec_models.quality.run import CountedLayer, run_suites

LAYER = "drift"
Profile = Mapping[str, Any]

COUNTS = {
    "the number of ratings is near the earlier one": "rows",
    "the number of users is near the earlier one": "users",
    "the number of items is near the earlier one": "items",
}
SPREADS = {
    "users have about as many ratings as before": "rows_a_user",
    "items have about as many ratings as before": "rows_an_item",
    "titles are about as long as before": "title_length",
}
HISTOGRAMS = {
    "ratings are spread as before": "ratings",
    "categories are spread as before": "categories",
}
SHARES = {
    "items with text are as frequent as before": "text",
    "items with a picture are as frequent as before": "picture",
    "items with attributes are as frequent as before": "attributes",
}
LIKES = "likes are as frequent as before"
MONTHS = "the months of both versions have the same weights"
_COMPARED = ("0.25", "0.5", "0.75", "0.9")
"""Quantiles that one row more or less does not move far."""


@dataclass(frozen=True)
class DriftReport:
    """What changed.

    Attributes:
        expectations: lines of a verdict, in layer ``drift``; all are warnings.
    """

    old: str
    new: str
    expectations: tuple[Mapping[str, Any], ...]

    def drifted(self) -> list[str]:
        """Return the names of what failed."""
        return [one["name"] for one in self.expectations if not one["success"]]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {"old": self.old, "new": self.new, "drifted": self.drifted(), "expectations": list(self.expectations)}

    def text(self) -> str:
        """Return a table to print."""
        header = ("result", "expectation", "observed", "expected")
        rows = [header] + [
            ("passed" if one["success"] else "drifted", one["name"], one["observed"], one["expected"])
            for one in self.expectations
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join(line.rstrip() for line in lines)


def drift_report(old: Path, new: Path, limits: DriftLimits, *, dataset: str = "") -> DriftReport:
    """Compare the profiles in two folders that ``validate`` wrote.

    Args:
        old: folder with the profile of the earlier version.
        new: folder with the profile of the later version.
        limits: of what may change.
        dataset: its key, for messages and pages.

    Raises:
        MissingArtefactError: a folder has no profile.
        DataError: a profile is of another format.
    """
    lines = compare(_read(old), _read(new), limits, dataset=dataset)
    return DriftReport(str(old), str(new), tuple(lines))


def compare(old: Profile, new: Profile, limits: DriftLimits, *, dataset: str = "") -> list[dict[str, Any]]:
    """Return a line of a verdict for each thing that may drift.

    Args:
        old: profile of the earlier version.
        new: profile of the later version.
        limits: of what may change.
        dataset: its key.
    """
    findings = _findings(old, new)
    rules = [_rule(name, limits) for name in findings]
    lines: list[dict[str, Any]] = run_suites([CountedLayer(LAYER, findings, rules)], dataset=dataset)["expectations"]
    return lines


def _read(folder: Path) -> Profile:
    path = folder / PROFILE_NAME
    found = read_json(path, made_by="validate")
    if found.get("format") != FORMAT:
        message = (
            f"{path} is a profile of format {found.get('format')}; expected {FORMAT}: run `explainrec validate` again."
        )
        raise DataError(message)
    return found


def _findings(old: Profile, new: Profile) -> dict[str, Finding]:
    findings: dict[str, Finding] = {name: _change(old[key], new[key]) for name, key in COUNTS.items()}
    findings |= {name: _index(old[key], new[key]) for name, key in HISTOGRAMS.items()}
    findings[LIKES] = _two_bins(old["like_share"], new["like_share"])
    findings[MONTHS] = _months(old["rows_a_month"], new["rows_a_month"])
    findings |= {name: _spread(old[key], new[key]) for name, key in SPREADS.items()}
    findings |= {name: _two_bins(old["items_with"][key], new["items_with"][key]) for name, key in SHARES.items()}
    return findings


def _rule(name: str, limits: DriftLimits) -> Rule:
    is_count = name in COUNTS or name in SPREADS
    limit = limits.max_count_change if is_count else limits.max_psi
    expected = f"a change of at most {limit:.0%}" if is_count else f"a population stability index of at most {limit:g}"
    return Rule(
        name=name,
        layer=LAYER,
        severity=WARNING,
        expected=expected,
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"column": name, "max_value": limit},
    )


def _change(old: int, new: int) -> Fact:
    # A count of nothing has no relative change; from it, each one more counts as a whole.
    change = (new - old) / max(old, 1)
    return Fact(abs(change), (f"{old} -> {new} ({change:+.1%})",))


def _index(old: Mapping[str, float], new: Mapping[str, float]) -> Fact:
    index = stability_index(old, new)
    moved = max(sorted({*old, *new}), key=lambda name: abs(_share(new, name) - _share(old, name)), default="")
    words = f"{index:.4f}, most of it {moved!r}: {_share(old, moved):.1%} -> {_share(new, moved):.1%}"
    return Fact(min(index, 1e9), (words if index else f"{index:.4f}",))


def _share(histogram: Mapping[str, float], name: str) -> float:
    total = sum(histogram.values())
    return histogram.get(name, 0) / total if total else 0.0


def _two_bins(old: float, new: float) -> Fact:
    index = stability_index({"with": old, "without": 1 - old}, {"with": new, "without": 1 - new})
    return Fact(index, (f"{index:.4f}: {old:.1%} -> {new:.1%}",))


def _months(old: Mapping[str, int], new: Mapping[str, int]) -> Finding:
    """Compare the months that were over: a later version has more of the last one, and months of its own."""
    both = sorted((old.keys() & new.keys()) - {UNKNOWN})
    if not both:
        return Unchecked("the two versions have no month in common")
    over = both[:-1] if len(both) > 1 and both[-1] == max(old.keys() - {UNKNOWN}) else both
    return _index({month: old[month] for month in over}, {month: new[month] for month in over})


def _spread(old: Mapping[str, int], new: Mapping[str, int]) -> Finding:
    """Return the largest change of a quantile."""
    shared = [share for share in _COMPARED if share in old and share in new]
    if not shared:
        return Unchecked("one of the versions has nothing to count")
    changes = {share: abs(new[share] - old[share]) / max(old[share], 1) for share in shared}
    largest = max(shared, key=lambda share: changes[share])
    return Fact(changes[largest], (f"quantile {largest}: {old[largest]} -> {new[largest]}",))
