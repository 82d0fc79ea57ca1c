"""Telling from the quotes alone whether a run of rows is quoted by the rule, in a few passes over its bytes."""

import numpy as np
from numpy.typing import NDArray


def quotes_in_turn(content: bytes, separator: str, quote: str) -> NDArray[np.int64] | None:
    """Return where the quotes are if they open and close fields in turn, or None where one is only a character.

    A doubled quote closes and opens again. Each that opens must follow the end of a field or row, and each that closes
    be followed by one; then whatever lies after an even number of quotes is outside them.

    Args:
        content: whole rows from the first, the last perhaps cut short.
        separator: between fields, one character.
        quote: one character.
    """
    characters = np.frombuffer(content, dtype=np.uint8)
    quotes = np.flatnonzero(characters == ord(quote))
    opening, closing = quotes[::2], quotes[1::2]
    before = characters[opening[opening > 0] - 1]
    behind = characters[closing[closing < len(content) - 1] + 1]
    ends = [ord(separator), ord(quote), ord("\n")]
    in_turn = np.isin(before, ends).all() and np.isin(behind, [*ends, ord("\r")]).all()
    return quotes if in_turn else None
