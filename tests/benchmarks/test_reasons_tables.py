"""The page shows what was measured, and a dash where nothing was."""

from typing import Any

from reasons_tables import reasons_section


def bounded(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 1, "high": value + 1}


def entry(**more: Any) -> dict[str, Any]:
    metrics = {
        "own": {"comprehensiveness_score": bounded(2.5), "pn_at_3_score": bounded(0.25)},
        "random": {"comprehensiveness_score": {"value": 0.5, "low": None, "high": None}},
    }
    return {
        "questions": {"recommended": {"examples": 6, "users": 2, "metrics": metrics}},
        "cost": {"own": {"seconds": 0.1, "variants": 0, "passes": 3, "tokens": 120}},
        "effort": {"orders": 8},
        "pieces": {"least": 4, "median": 7.5, "most": 10},
        "left_out": {"all scores of the ranking are equal": 1},
        "computed": {"commit": "0123456789abcdef", "date": "2026-11-24", "seconds": 12.0},
        **more,
    }


def test_each_source_has_a_row_and_only_some_columns_their_bounds() -> None:
    page = reasons_section({"result": {"datasets": {"films": {"ease": entry()}}}})
    assert "| `ease` | own | 2.5 [1.5, 3.5] | - | - | - | - | - | - | 0.25 | - | - | - | - |" in page
    assert "| `ease` | random | 0.5 | -" in page
    assert "| `ease` | own | 0.1 | 0 | 3 | 120 |" in page
    assert "6 recommended of 2 users, 4 to 10 pieces (median 7.5)" in page
    assert "at commit 0123456789ab (intervals over so few users say little)" in page
    assert "; left out, all scores of the ranking are equal: 1 users." in page
    assert "against the true reasons" not in page


def test_a_known_truth_has_a_table_of_its_own() -> None:
    truth = {"own": {"truth_precision_at_3_score": bounded(1.5)}}
    page = reasons_section({"result": {"datasets": {"shop": {"ease": entry(truth=truth)}}}})
    assert "| `ease` | own | 1.5 [0.5, 2.5] | - | - | - | - |" in page
