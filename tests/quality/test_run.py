import json
import subprocess
import sys
from collections.abc import Callable

import polars as pl

from explainrec_models.data import schema
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.raw import check_raw
from explainrec_models.quality.verdict import Verdict

KEYS = {"name", "layer", "severity", "success", "observed", "expected", "unexpected_count"}


def line(verdict: Verdict, name: str) -> dict[str, object]:
    return next(one for one in verdict["expectations"] if one["name"] == name)


def test_the_verdict_has_its_keys_and_is_json(check: Callable[..., Verdict]) -> None:
    verdict = check()
    assert set(verdict) == {"dataset", "success", "dropped", "expectations"}
    assert all(set(one) == KEYS for one in verdict["expectations"])
    assert json.loads(json.dumps(verdict, allow_nan=False)) == verdict
    assert {one["layer"] for one in verdict["expectations"]} == {"raw_ratings", "raw_items", "raw_ratings_read"}
    assert {one["severity"] for one in verdict["expectations"]} == {"critical", "warning"}


def test_a_line_says_what_was_found_and_expected(check: Callable[..., Verdict], interactions: pl.DataFrame) -> None:
    rows = interactions.with_columns(
        pl.when(pl.int_range(pl.len()) < 3).then(1_650_000_000).otherwise(schema.TIMESTAMP).alias(schema.TIMESTAMP)
    )
    verdict = check(rows=rows)
    moments = line(verdict, "timestamps are plausible")
    assert moments["unexpected_count"] == 3
    assert moments["observed"] == "3 of 120 rows (2.50%) do not fit, such as 1650000000 (1970-01-20)"
    assert moments["expected"] == "milliseconds from 1995-01-01 to before 2024-01-01"
    assert line(verdict, "there are enough ratings") == {
        "name": "there are enough ratings",
        "layer": "raw_ratings",
        "severity": "critical",
        "success": True,
        "observed": "120",
        "expected": "at least 100 rows",
        "unexpected_count": None,
    }


def test_a_timestamp_beyond_any_calendar_is_shown_as_it_is(
    check: Callable[..., Verdict], interactions: pl.DataFrame
) -> None:
    rows = interactions.with_columns(pl.lit(1_650_000_000_000_000_000).alias(schema.TIMESTAMP))
    assert "1650000000000000000 (no date)" in str(line(check(rows=rows), "timestamps are plausible")["observed"])


def test_pairs_are_shown_together(check: Callable[..., Verdict], interactions: pl.DataFrame) -> None:
    verdict = check(rows=pl.concat([interactions, interactions.head(10)]))
    assert "u0 with i0" in str(line(verdict, "user and item pairs are rated once")["observed"])


def test_equal_tables_give_equal_verdicts(interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits) -> None:
    first, second = (check_raw(interactions, items, limits, dataset="shop") for _ in range(2))
    assert first == second


def test_importing_the_suites_does_not_import_great_expectations() -> None:
    code = (
        "import sys, explainrec_models.quality.prepared, explainrec_models.quality.drift;"
        "import explainrec_models.stages.validate, explainrec_models.stages.check;"
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
