"""Where something stands in a file, and the one error that says it cannot be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from explainrec_models.errors import DataError

LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Place:
    """Where a line begins; the offset counts bytes of the unpacked file."""

    path: Path
    line: int
    offset: int

    def refuse(self, found: str, expected: str) -> NoReturn:
        """Raise the error of a line that cannot be used.

        Raises:
            DataError: always.
        """
        message = (
            f"{self.path}, line {self.line}, byte {self.offset}: found {found}, expected {expected}. "
            "Correct or remove the line, or fetch the file again."
        )
        raise DataError(message)


def some_of(names: Sequence[str], limit: int) -> str:
    """Return names as a message can hold them.

    >>> some_of(["a", "b", "c"], 2), some_of([], 2)
    ('a, b, …', '')
    """
    return ", ".join(names[:limit]) + (", …" if len(names) > limit else "")


def shortened(line: bytes | str, limit: int = LONGEST_SHOWN) -> str:
    """Return a line as it can be shown in a message."""
    text = line.decode("utf-8", errors="replace") if isinstance(line, bytes) else line
    text = text.strip()
    return repr(text if len(text) <= limit else text[:limit] + "…")
