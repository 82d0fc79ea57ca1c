from datetime import datetime

import polars as pl
import pytest

from explainrec_models.data.iso_moments import parse_iso


@pytest.mark.parametrize(
    ("text", "same_as", "naive"),
    [
        ("2024-02-29", "2024-02-29T00:00:00+00:00", True),
        ("2024-02-29 12:30", "2024-02-29T12:30:00+00:00", True),
        ("2024-02-29T12:30:15,5", "2024-02-29T12:30:15.500+00:00", True),
        ("2024-02-29T12:30:15.123456789Z", "2024-02-29T12:30:15.123+00:00", False),
        ("2024-02-29T12:30+05", "2024-02-29T07:30:00+00:00", False),
        ("2024-02-29T12:30:00 -03:30", "2024-02-29T16:00:00+00:00", False),
        ("2024-02-29 12:30:15 UTC", "2024-02-29T12:30:15+00:00", False),
    ],
)
def test_what_is_read(text: str, same_as: str, naive: bool) -> None:  # noqa: FBT001 - a parameter
    moments, without_zone = parse_iso(pl.Series([text]))
    assert moments.item() == round(datetime.fromisoformat(same_as).timestamp() * 1000)
    assert without_zone.item() is naive


@pytest.mark.parametrize(
    "text", ["", "2023-02-29", "2024-2-9", "29.02.2024", "2024-02-29T25:00", "2024-02-29T12", "2024-02-29Z", "x", None]
)
def test_what_is_not(text: str | None) -> None:
    assert parse_iso(pl.Series([text], dtype=pl.String))[0].item() is None
