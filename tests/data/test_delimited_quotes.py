"""Quotes by the rule and against it."""

import pytest

from explainrec_models.data.delimited_quotes import quotes_in_turn


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n", b'"a","b"\n"c"', b'"a ""b""",""\r\n', b'"a\nb",c\n"d', b'"","""",""""""\n']
)
def test_by_the_rule(content: bytes) -> None:
    quotes = quotes_in_turn(content, ",", '"')
    assert quotes is not None
    assert quotes.tolist() == [index for index, byte in enumerate(content) if byte == ord('"')]


@pytest.mark.parametrize("content", [b'5" a,b\n', b'"a"b,c\n', b'a,b"\n', b'a;"b"\n', b'"a" ,b\n', b'""a"",b\n'])
def test_against_the_rule(content: bytes) -> None:
    assert quotes_in_turn(content, ",", '"') is None
