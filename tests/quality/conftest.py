"""A small invented shop that meets every expectation."""

from collections.abc import Callable

import polars as pl
import pytest

from explainrec_models.data.days import milliseconds
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RAW_INTERACTION_SCHEMA
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.raw import check_raw
from explainrec_models.quality.verdict import Verdict

Check = Callable[..., Verdict]

ITEMS = 20
ROWS = 120
DAY = 24 * 60 * 60 * 1000


@pytest.fixture(scope="session")
def limits() -> Limits:
    return Limits(like_threshold=4, valid_from="2022-03-01", test_from="2022-04-01", min_interactions=100, min_items=10)


@pytest.fixture(scope="session")
def items() -> pl.DataFrame:
    rows = [
        {
            "item_id": f"i{n}",
            "title": f"Mug {n}",
            "attributes": ["colour:red"],
            "text": "",
            "image": None,
            "category": "c",
        }
        for n in range(ITEMS)
    ]
    return pl.DataFrame(rows, schema=ITEM_SCHEMA)


@pytest.fixture(scope="session")
def interactions() -> pl.DataFrame:
    start = milliseconds("2022-01-01")
    rows = [
        {"user_id": f"u{n // ITEMS}", "item_id": f"i{n % ITEMS}", "rating": 1.0 + n % 5, "timestamp": start + n * DAY}
        for n in range(ROWS)
    ]
    return pl.DataFrame(rows, schema=RAW_INTERACTION_SCHEMA)


@pytest.fixture
def check(interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits) -> Check:
    """Run the raw suites, with either table replaced."""

    def run(rows: pl.DataFrame = interactions, catalogue: pl.DataFrame = items) -> Verdict:
        return check_raw(rows, catalogue, limits, dataset="shop")

    return run
