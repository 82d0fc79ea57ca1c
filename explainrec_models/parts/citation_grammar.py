"""Sentences that an explanation admits: true citations in slots, and words around them that a language model chooses.

A slot takes an item of the history that pulls the way the sentence says and was liked or not as the sentence says, or
an attribute of the item that lifts it; nothing else has a slot. The strongest piece of evidence is always named, and so
is the strongest item of the history, so that the sentence gives the main reason; among the others the language model
is free. What would make the reason untrue if it were left out is said always: that anyone would be shown the item, and
what speaks strongly against it.

The grammar is ours; ``parts/token_grammar.py`` names the papers of the method.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.prompts import bounded
from explainrec_models.parts.token_grammar import Arm
from explainrec_models.parts.wording import MAX_ATTRIBUTES, attribute_words, mostly_prior, strongest_against

_INNER = str.maketrans("“”", "''")
_LIKED = {True: ("liked", "enjoyed"), False: ("did not like", "disliked")}
_ANYONE = (" Mostly, though, anyone would be shown it.", " Above all, though, anyone would be shown it.")
_NOTHING = (
    "Nothing in your history speaks for it; anyone would be shown it.",
    "It rests on nothing in your history; anyone would be shown it.",
)


@dataclass(frozen=True)
class Citation:
    """What a sentence names.

    Attributes:
        favours: whether it is said to speak for the item.
        liked: whether an item of the history is said to be liked; None for an attribute.
    """

    slot: str
    source: str
    favours: bool
    liked: bool | None = None


@dataclass(frozen=True)
class Piece:
    """One piece of evidence in words."""

    words: str
    value: float
    citation: Citation


@dataclass(frozen=True)
class Evidence:
    """What a sentence may say.

    Attributes:
        history: items that speak for it, the strongest first.
        attributes: of the item, the strongest first.
        against: the item that speaks most against it, if it weighs enough to be said.
        anyone: whether most of the support is there for everybody.
    """

    history: tuple[Piece, ...]
    attributes: tuple[Piece, ...]
    against: Piece | None
    anyone: bool


Node = tuple[Arm[Citation], ...]
_END: Node = (Arm(""),)


def gathered(explanation: Explanation, history: History, titles: Mapping[str, str], *, cited: int) -> Evidence:
    """Return what the sentence may say.

    Args:
        explanation: contributions to one score.
        history: what the user did; only its items can be cited.
        titles: title of each item, as found outside.
        cited: most history items to cite.
    """
    liked = dict(zip(history.item_ids, history.liked, strict=True))

    def item(contribution: Contribution) -> Piece:
        source = contribution.source
        citation = Citation(schema.HISTORY, source, contribution.value > 0, bool(liked[source]))
        return Piece(quoted(titles.get(source, source)), contribution.value, citation)

    count = len(explanation.contributions)
    items = [item(c) for c in explanation.strongest(count, slots=[schema.HISTORY]) if c.source in liked]
    attributes = [
        Piece(shown(attribute_words(c.source)), c.value, Citation(schema.ATTRIBUTE, c.source, favours=True))
        for c in explanation.strongest(count, slots=[schema.ATTRIBUTE])
    ]
    against = strongest_against(explanation)
    return Evidence(
        tuple(_distinct(items)[:cited]),
        tuple(_distinct(attributes)[:MAX_ATTRIBUTES]),
        item(against) if against is not None and against.source in liked else None,
        mostly_prior(explanation),
    )


def shown(words: str) -> str:
    r"""Return words from outside as they are, but on one line, printable, bounded and unable to end their quotes.

    >>> shown("Two\x00 <lines>\n\u202eand “quotes”")
    "Two <lines> and 'quotes'"
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in words.translate(_INNER))
    return bounded(" ".join(printable.split()))


def quoted(title: str) -> str:
    """Return a title in quotes that it cannot end."""
    return f"“{shown(title)}”"


def sentences(evidence: Evidence) -> Node:
    """Return the ways to begin a sentence; each way through what follows is an admissible one."""
    behind = _against(evidence.against)
    if not evidence.history and not evidence.attributes:
        return tuple(Arm(words, behind) for words in _NOTHING)
    if evidence.anyone:
        behind = tuple(Arm(words, behind) for words in _ANYONE)
    if not evidence.history:
        return _attributes(
            ("It fits", "It is recommended because it fits"), evidence.attributes, behind, strongest=True
        )
    if evidence.attributes:
        # The reason that weighs most has to be named, whatever it is.
        strongest = evidence.attributes[0].value > evidence.history[0].value
        said = _attributes((" It also fits", " Besides, it fits"), evidence.attributes, behind, strongest=strongest)
        behind = said if strongest else (*said, *behind)
    return _history(evidence.history, behind)


def _history(pieces: Sequence[Piece], behind: Node) -> Node:
    first = bool(pieces[0].citation.liked)
    alike = [piece for piece in pieces if piece.citation.liked == first]
    others = [piece for piece in pieces if piece.citation.liked != first]

    def cited(closing: str) -> Node:
        close: Node = (Arm(closing, behind),)
        turn = _listed(others, close) if others else ()
        turns = tuple(Arm(f" but {verb}", turn) for verb in _LIKED[not first] if turn)
        return _listed(alike, (*close, *turns), strongest=True)

    forms = (("Because you", "."), ("You", "; that speaks for it."), ("It is recommended because you", "."))
    lists = [(words, cited(closing)) for words, closing in forms]
    return tuple(Arm(f"{words} {verb}", listed) for words, listed in lists for verb in _LIKED[first])


def _attributes(openings: Sequence[str], pieces: Sequence[Piece], behind: Node, *, strongest: bool) -> Node:
    listed = _listed(pieces, (Arm(".", behind),), strongest=strongest)
    return tuple(Arm(f"{words} your taste for", listed) for words in openings)


def _against(piece: Piece | None) -> Node:
    if piece is None:
        return _END
    verb, noun = ("liked", "liking") if piece.citation.liked else ("did not like", "disliking")
    named = (Arm(f" {piece.words}", (Arm(" speaks against it.", _END),), piece.citation),)
    return (Arm(f" Your {noun}", named), Arm(f" That you {verb}", named))


def _listed(pieces: Sequence[Piece], behind: Node, *, strongest: bool = False) -> Node:
    """Return the ways to list some pieces, in their order: "a", "a and c", "a, b and c".

    Args:
        pieces: the strongest first.
        behind: what follows the list.
        strongest: whether the list begins with the first piece; otherwise any may be left out.
    """

    def said(place: int, then: Node) -> Arm[Citation]:
        return Arm(f" {pieces[place].words}", then, pieces[place].citation)

    # Cached, or a list of n pieces would be built in 2^n copies.
    @cache
    def further(place: int) -> Node:
        later = range(place + 1, len(pieces))
        if not later:
            return ()
        last = tuple(said(following, behind) for following in later)
        comma = tuple(said(following, further(following)) for following in later[:-1])
        return (Arm(" and", last), Arm(" as well as", last), *((Arm(",", comma),) if comma else ()))

    return tuple(said(place, (*behind, *further(place))) for place in range(1 if strongest else len(pieces)))


def _distinct(pieces: Sequence[Piece]) -> list[Piece]:
    """Leave out what reads like a stronger piece: a sentence that names it twice says nothing more."""
    first: dict[tuple[str, bool | None], Piece] = {}
    for piece in pieces:
        first.setdefault((piece.words, piece.citation.liked), piece)
    return list(first.values())
