"""Reading dates and times as ISO 8601 writes them, with or without a zone."""

import polars as pl

_DAY, _MINUTE, _SECOND, _FRACTION, _ZONE = "day", "minute", "second", "fraction", "zone"
_WRITTEN = (
    rf"^(?<{_DAY}>\d{{4}}-\d\d-\d\d)"
    rf"(?:[T ](?<{_MINUTE}>\d\d:\d\d)(?<{_SECOND}>:\d\d)?(?<{_FRACTION}>[.,]\d{{1,9}})?"
    rf"\s?(?<{_ZONE}>Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$"
)


def parse_iso(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return milliseconds since 1970 in UTC, null where a text is none of its dates, and whether it stated no zone.

    A date is the first moment of its day; what states no zone is taken as UTC.

    >>> parse_iso(pl.Series(["1970-01-02", "1970-01-01 01:00+01:00"]))[0].to_list()
    [86400000, 0]
    """
    parts = texts.to_frame("text").select(pl.col("text").str.extract_groups(_WRITTEN)).unnest("text")
    zone = pl.col(_ZONE)
    local = pl.concat_str(
        pl.col(_DAY),
        pl.lit("T"),
        pl.col(_MINUTE).fill_null("00:00"),
        pl.col(_SECOND).fill_null(":00"),
        pl.col(_FRACTION).str.replace(",", ".", literal=True).fill_null(""),
    )
    minutes = zone.str.slice(1, 2).cast(pl.Int64, strict=False) * 60
    minutes += zone.str.slice(3).str.strip_prefix(":").cast(pl.Int64, strict=False).fill_null(0)
    east = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes)
    found = parts.select(
        moment=local.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="ms", strict=False).cast(pl.Int64)
        - pl.when(zone.is_null() | zone.is_in(["Z", "UTC"])).then(0).otherwise(east) * 60_000,
        naive=pl.col(_DAY).is_not_null() & zone.is_null(),
    )
    return found["moment"], found["naive"]
