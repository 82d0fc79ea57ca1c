"""A verdict: what each expectation found, as plain values and plain words."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explainrec_models.data.days import day
from explainrec_models.errors import QualityError
from explainrec_models.quality.rules import CRITICAL, Rule

Verdict = dict[str, Any]

VERDICT_NAME = "verdict.json"
"""File that a verdict is written to."""

EXAMPLES = 3
"""Unexpected values that a verdict shows."""
LONGEST_EXAMPLE = 60


def entry(rule: Rule, *, success: bool, found: Mapping[str, Any], error: str = "") -> dict[str, Any]:
    """Return one line of the verdict.

    ``unexpected_count`` counts rows and is null where the expectation is about the whole table or could not be checked.

    Args:
        rule: that was checked.
        success: whether it is met.
        found: what was found, in the words of Great Expectations' results.
        error: why it could not be checked; empty if it could.
    """
    count = None if error else found.get("unexpected_count")
    return {
        "name": rule.name,
        "layer": rule.layer,
        "severity": rule.severity,
        "success": success,
        "observed": f"could not be checked: {error}" if error else _observed(rule, found),
        "expected": rule.expected,
        "unexpected_count": None if count is None else int(count),
    }


def error_in(info: Mapping[str, Any] | None) -> str:
    """Return why Great Expectations could not check something, such as a missing column; empty if it could."""
    if not info:
        return ""
    # One record a failed metric, or a single record for the whole expectation.
    records = [info] if "raised_exception" in info else list(info.values())
    messages = sorted({str(one["exception_message"]).splitlines()[0] for one in records if one["raised_exception"]})
    return "; ".join(messages)


def failures(verdict: Verdict, severity: str) -> list[dict[str, Any]]:
    """Return the failed expectations of a severity."""
    return [one for one in verdict["expectations"] if one["severity"] == severity and not one["success"]]


def require_success(verdict: Verdict, *, advice: str, data_docs: Path | None = None) -> None:
    """Refuse data that failed a critical expectation.

    Args:
        verdict: as ``run_suites`` returns it.
        advice: what to do about a failure.
        data_docs: folder of the pages to point at, if there are any.

    Raises:
        QualityError: one line a failure, with what was observed and what was expected.
    """
    failed = failures(verdict, CRITICAL)
    if not failed:
        return
    lines = [f"  {one['layer']}: {one['name']}: found {one['observed']}; expected {one['expected']}" for one in failed]
    count = f"{len(failed)} critical expectation{'s' if len(failed) > 1 else ''}"
    details = f"Details: {data_docs / 'index.html'}. " if data_docs else ""
    message = "\n".join([f"dataset {verdict['dataset']!r} failed {count}:", *lines, f"{details}{advice}"])
    raise QualityError(message)


def _observed(rule: Rule, found: Mapping[str, Any]) -> str:
    if "unexpected_count" not in found:
        return _value(found.get("observed_value"), moments=rule.moments)
    count, rows = int(found["unexpected_count"]), int(found["element_count"])
    if not count:
        return f"all {rows} rows fit"
    examples = _examples(found.get("partial_unexpected_list", ()), moments=rule.moments)
    return f"{count} of {rows} rows ({count / rows:.2%}) do not fit{f', such as {examples}' if examples else ''}"


def _examples(values: Sequence[Any], *, moments: bool) -> str:
    known = [value for value in values if str(value) not in {"<NA>", "None", "nan"}]
    return ", ".join(list(dict.fromkeys(_value(value, moments=moments) for value in known))[:EXAMPLES])


def _value(value: Any, *, moments: bool) -> str:
    if isinstance(value, Mapping):
        return " with ".join(str(part) for part in value.values())
    if isinstance(value, list | tuple | set):
        return ", ".join(str(part) for part in value)
    if moments:
        return f"{int(value)} ({_day(int(value))})"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def _day(timestamp: int) -> str:
    try:
        return day(timestamp)
    except (ValueError, OverflowError, OSError):
        return "no date"
