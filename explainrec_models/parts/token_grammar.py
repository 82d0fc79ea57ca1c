"""A grammar over tokens: which tokens may follow at each place, and the way back from tokens to what they stand for.

Constrained decoding by tries of tokens: De Cao et al., "Autoregressive Entity Retrieval" (GENRE), ICLR 2021, arXiv
2010.00904; by a grammar that is made anew for each input: Geng et al., "Grammar-Constrained Decoding for Structured NLP
Tasks without Finetuning", arXiv 2305.13971. The grammar here is an acyclic graph of stretches of text. Each stretch is
encoded alone, so that a title is always the same tokens; a text encoded whole can differ at the seams, which costs the
language model a little certainty and the grammar nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from explainrec_models.errors import DataError

Tokens = tuple[int, ...]
Named = TypeVar("Named")
"""What a stretch of text stands for."""


@dataclass(frozen=True, eq=False)
class Arm(Generic[Named]):
    """One way to go on.

    Attributes:
        words: to say; empty for the end of the text.
        then: the ways to go on behind them; none behind the end.
        named: what the words stand for.
    """

    words: str
    then: "tuple[Arm[Named], ...]" = ()
    named: Named | None = None


@dataclass(frozen=True)
class Place(Generic[Named]):
    """A place within a text.

    Attributes:
        said: the arms that are through.
        open: those that fit so far, with their tokens, in the order of the grammar.
        depth: how many tokens of them are said.
    """

    said: tuple[Arm[Named], ...]
    open: tuple[tuple[Arm[Named], Tokens], ...]
    depth: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return not self.open

    def allowed(self) -> list[int]:
        """Return the tokens that may follow, each once, in the order of the grammar."""
        return list(dict.fromkeys(tokens[self.depth] for _, tokens in self.open))


class TokenGrammar(Generic[Named]):
    """The texts that a graph of arms admits, as tokens."""

    def __init__(self, start: Sequence[Arm[Named]], encode: Callable[[str], Sequence[int]], *, end: int) -> None:
        """Keep the graph; its arms are encoded where a text comes by.

        Args:
            start: the ways to begin.
            encode: the tokens of a stretch of text, without marks of beginning and end.
            end: the token that ends a text.
        """
        self._start, self._encode, self._end = tuple(start), encode, end
        self._encoded: dict[str, Tokens] = {}

    def start(self) -> Place[Named]:
        """Return the place before the first token."""
        return Place((), self._open(self._start))

    def after(self, place: Place[Named], token: int) -> Place[Named]:
        """Return the place behind a token.

        Raises:
            DataError: the token may not stand there.
        """
        fitting = tuple((arm, tokens) for arm, tokens in place.open if tokens[place.depth] == token)
        if not fitting:
            words = "".join(arm.words for arm in place.said)
            message = f"token {token} may not follow {words!r}: expected one of {place.allowed()}."
            raise DataError(message)
        depth = place.depth + 1
        (arm, tokens), *others = fitting
        # No arm begins another, so one that is through is the only one that fits.
        if others or len(tokens) > depth:
            return Place(place.said, fitting, depth)
        return Place((*place.said, arm), self._open(arm.then))

    def read(self, tokens: Sequence[int]) -> tuple[Arm[Named], ...]:
        """Return the arms that a whole text went through; no other way through the grammar has these tokens.

        Raises:
            DataError: the grammar does not admit the tokens, or they break off.
        """
        place = self.start()
        for token in tokens:
            place = self.after(place, token)
        if not place.ended:
            message = f"the text breaks off after {len(tokens)} tokens: expected one of {place.allowed()}."
            raise DataError(message)
        return place.said

    def _open(self, arms: Sequence[Arm[Named]]) -> tuple[tuple[Arm[Named], Tokens], ...]:
        """Return the arms with their tokens, without those that begin an earlier one or are begun by it."""
        kept: list[tuple[Arm[Named], Tokens]] = []
        for arm in arms:
            tokens = self._tokens(arm.words)
            if not any(_one_begins_the_other(tokens, other) for _, other in kept):
                kept.append((arm, tokens))
        return tuple(kept)

    def _tokens(self, words: str) -> Tokens:
        if words not in self._encoded:
            # A tokenizer may have no token for a stretch; its place in the text is then marked by the end.
            self._encoded[words] = tuple(self._encode(words) if words else ()) or (self._end,)
        return self._encoded[words]


def _one_begins_the_other(one: Tokens, other: Tokens) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
