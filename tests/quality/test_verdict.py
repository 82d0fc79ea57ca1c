from pathlib import Path
from typing import Any

import pytest

from explainrec_models.errors import QualityError
from explainrec_models.quality.verdict import Verdict, failures, require_success


def expectation(name: str, severity: str, *, success: bool) -> dict[str, Any]:
    return {
        "name": name,
        "layer": "raw_ratings",
        "severity": severity,
        "success": success,
        "observed": "3 of 100 rows (3.00%) do not fit, such as 7",
        "expected": "1 to 5",
        "unexpected_count": 3,
    }


def verdict(*expectations: dict[str, Any]) -> Verdict:
    return {"dataset": "shop", "success": False, "expectations": list(expectations)}


def test_failures_are_told_apart_by_severity() -> None:
    found = verdict(
        expectation("a", "critical", success=False),
        expectation("b", "warning", success=False),
        expectation("c", "critical", success=True),
    )
    assert [one["name"] for one in failures(found, "critical")] == ["a"]
    assert [one["name"] for one in failures(found, "warning")] == ["b"]


def test_a_failed_warning_is_no_error() -> None:
    require_success(verdict(expectation("b", "warning", success=False)), data_docs=Path("docs"), advice="")


def test_the_error_lists_each_critical_failure_with_both_sides_and_the_pages() -> None:
    found = verdict(
        expectation("ratings lie on the scale", "critical", success=False),
        expectation("items have a title", "warning", success=False),
        expectation("there are enough ratings", "critical", success=False),
    )
    with pytest.raises(QualityError, match="dataset 'shop' failed 2 critical expectations") as caught:
        require_success(found, data_docs=Path("docs"), advice="Correct the files.")
    assert str(caught.value).splitlines() == [
        "dataset 'shop' failed 2 critical expectations:",
        "  raw_ratings: ratings lie on the scale: found 3 of 100 rows (3.00%) do not fit, such as 7; expected 1 to 5",
        "  raw_ratings: there are enough ratings: found 3 of 100 rows (3.00%) do not fit, such as 7; expected 1 to 5",
        "Details: docs/index.html. Correct the files.",
    ]
    assert caught.value.exit_code == 4
