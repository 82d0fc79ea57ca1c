"""Words and n-grams, cut the plain way: lower case, between whitespace, punctuation stays where it is."""

from collections.abc import Sequence

Words = Sequence[str]


def words(text: str) -> list[str]:
    """Return the words of a text.

    >>> words("The user would  ENJOY it.")
    ['the', 'user', 'would', 'enjoy', 'it.']
    """
    return text.lower().split()


def ngrams(text: Words, order: int) -> list[tuple[str, ...]]:
    """Return the n-grams of a text, none where it is shorter."""
    return list(zip(*(text[start:] for start in range(order)), strict=False))
