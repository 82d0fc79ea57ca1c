"""Lines as Python prints a dict, and what must not be parsed."""

import json
from pathlib import Path
from typing import Any

import pytest

from explainrec_models.data.places import Place
from explainrec_models.data.python_literals import MAX_LITERAL_BYTES, parse_json_or_literal
from explainrec_models.errors import DataError

ENTRY: dict[str, Any] = {
    "asin": "M1",
    "title": 'Baker\'s "best" mug\nin green',
    "price": 9.5,
    "categories": [["Home", "Mugs"]],
    "brand": None,
    "flags": (True, -1),
}


def _place() -> Place:
    return Place(Path("meta.json"), 3, 70)


def test_both_spellings_give_the_same_object() -> None:
    entry = ENTRY | {"flags": [True, -1]}
    assert parse_json_or_literal(repr(entry).encode(), _place()) == entry
    assert parse_json_or_literal(json.dumps(entry).encode() + b"\r\n", _place()) == entry


def test_links_to_other_products_are_left_out_before_parsing() -> None:
    related = {"also_bought": ["M2", "M3"], "bought_together": []}
    for entry in (ENTRY | {"related": related}, {"related": related} | ENTRY):
        assert parse_json_or_literal(repr(entry).encode(), _place()) == ENTRY


def test_links_of_another_shape_are_parsed_with_the_rest() -> None:
    entry = {"asin": "M1", "related": {"also_bought": ["a b", 3]}}
    assert parse_json_or_literal(repr(entry).encode(), _place()) == entry


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"{'asin': 'M1'", "SyntaxError"),
        (b"{'asin': __import__('os').getcwd()}", "ValueError: malformed node"),
        (b"{'asin': open}", "ValueError: malformed node"),
        (b"{[]: 1}", "TypeError: unhashable type"),
        (b"{'asin': 'M1\0'}", "source code string cannot contain null bytes"),
        (b"['M1']", r"\"\['M1'\]\", expected one JSON object or Python dict"),
        (b"null", "'null', expected|ValueError"),
        (b"{'a':" * 10_000, "SyntaxError: too many nested parentheses"),
        (b"{'a': " + b"-" * 100_000 + b"1}", "MemoryError"),
        (b"{'a': 1" + b"+1" * 50_000 + b"}", "RecursionError"),
        (b"{'a': " + b"1" * 5_000 + b"}", "SyntaxError: Exceeds the limit"),
        (b'{"a": ' * 100_000, "characters that are not JSON, expected a Python dict of at most"),
        (b"{'a': '" + b"x" * MAX_LITERAL_BYTES + b"'}", "characters that are not JSON, expected a Python dict of at"),
        (b"{'a': '\xff'}", "byte 0xff after 7 good bytes, expected UTF-8"),
    ],
)
def test_what_is_neither_is_refused_by_its_place(line: bytes, found: str) -> None:
    with pytest.raises(DataError, match=rf"meta\.json, line 3, byte 70: found .*({found})"):
        parse_json_or_literal(line, _place())
