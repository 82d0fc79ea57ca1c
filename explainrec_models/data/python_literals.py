"""Reading lines that hold a Python dict where JSON would be expected: its values alone, nothing is run."""

import ast
import json
import re
from typing import Any

from explainrec_models.data.places import Place, shortened

MAX_LITERAL_BYTES = 512 * 1024
"""Parsing takes some hundred times the room of a line."""
# Links to other products, which nothing reads, fill most of a line and take most of the time.
_LINKS = re.compile(r"'related': \{(?:'\w+': \[(?:'\w+'(?:, )?)*\](?:, )?)*\}(?:, )?")
_UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)


def parse_json_or_literal(line: bytes, place: Place) -> dict[str, Any]:
    """Return the object that stands in one line, as JSON or as Python writes a dict; ``related`` may be left out.

    Raises:
        DataError: it is neither, not in UTF-8, or too long to be parsed.
    """
    try:
        text = line.decode("utf-8-sig" if place.offset == 0 else "utf-8").strip()
    except UnicodeDecodeError as error:
        place.refuse(f"byte {line[error.start]:#04x} after {error.start} good bytes", "UTF-8")
    value = _json_in(text)
    if value is None:
        value = _literal_in(text, place)
    if not isinstance(value, dict):
        place.refuse(shortened(line), "one JSON object or Python dict")
    return value


def _json_in(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _literal_in(text: str, place: Place) -> Any:
    if len(text) > MAX_LITERAL_BYTES:
        place.refuse(f"{len(text):,} characters that are not JSON", f"a Python dict of at most {MAX_LITERAL_BYTES:,}")
    try:
        return ast.literal_eval(_LINKS.sub("", text, count=1))
    except _UNREADABLE as error:
        place.refuse(f"{shortened(text)} ({type(error).__name__}: {error})", "one JSON object or Python dict")
