"""Days of params.yaml as moments of the tables."""

from datetime import UTC, datetime


def milliseconds(day: str) -> int:
    """Return the first millisecond of a day in UTC.

    >>> milliseconds("1970-01-02")
    86400000
    """
    moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000
