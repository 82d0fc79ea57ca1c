"""Days as params.yaml names them, and moments as the tables hold them."""

from datetime import UTC, datetime


def milliseconds(day: str) -> int:
    """Return the first millisecond of a day in UTC.

    >>> milliseconds("1970-01-02")
    86400000
    """
    moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000


def day(timestamp: int) -> str:
    """Return the day, in UTC, of a moment in milliseconds.

    >>> day(86399999)
    '1970-01-01'
    """
    return datetime.fromtimestamp(timestamp / 1000, UTC).date().isoformat()
