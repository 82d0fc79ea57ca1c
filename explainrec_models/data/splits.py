"""Cutting interactions by global time: fixed dates, so that no later row can move an earlier one."""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from explainrec_models.data import schema
from explainrec_models.errors import DataError


@dataclass(frozen=True)
class TemporalSplit:
    """Rows before, between and after two moments, each in time order (ties in file order)."""

    train: pl.DataFrame
    valid: pl.DataFrame
    test: pl.DataFrame


def milliseconds(day: str) -> int:
    """Return the first millisecond of a day in UTC.

    >>> milliseconds("1970-01-02")
    86400000
    """
    moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000


def temporal_split(rows: pl.DataFrame, *, valid_from: str, test_from: str) -> TemporalSplit:
    """Split by global time (Ji et al., "A Critical Study on Data Leakage in Recommender Systems", TOIS 2023).

    The cuts are dates and not quantiles: with quantiles, adding a future row would move the cut and so
    change the training rows.

    Args:
        rows: interactions with ``schema.TIMESTAMP`` in milliseconds.
        valid_from: first day of the validation rows (UTC, YYYY-MM-DD).
        test_from: first day of the test rows.

    Raises:
        DataError: one of the three parts is empty.
    """
    ordered = rows.sort(schema.TIMESTAMP, maintain_order=True)
    moment = pl.col(schema.TIMESTAMP)
    valid_cut, test_cut = milliseconds(valid_from), milliseconds(test_from)
    split = TemporalSplit(
        train=ordered.filter(moment < valid_cut),
        valid=ordered.filter((moment >= valid_cut) & (moment < test_cut)),
        test=ordered.filter(moment >= test_cut),
    )
    for name in ("train", "valid", "test"):
        if getattr(split, name).is_empty():
            raise DataError(_empty_part(name, ordered, valid_from, test_from))
    return split


def _empty_part(name: str, ordered: pl.DataFrame, valid_from: str, test_from: str) -> str:
    if ordered.is_empty():
        return "there are no rows to split; the raw files hold no usable rating."
    first, last = (_day(ordered[schema.TIMESTAMP][position]) for position in (0, -1))
    return (
        f"the {name} part has no rows: ratings go from {first} to {last}, but the cuts are "
        f"valid_from {valid_from} and test_from {test_from}. Choose cuts inside that span in params.yaml."
    )


def _day(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp / 1000, UTC).date().isoformat()
