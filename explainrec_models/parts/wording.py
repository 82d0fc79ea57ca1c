"""An explanation in plain words, filled from its contributions and from nothing else.

The words can only cite items of the history and attributes of the recommended item, because only those are slots; what
they claim is what the contributions say. It is for systems that word no sentence themselves (``parts/speaks.py``).
"""

from collections.abc import Mapping

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.parts.explanation import Contribution, Explanation

MAX_ATTRIBUTES = 2


def reason(
    explanation: Explanation, history: History, titles: Mapping[str, str], *, cited: int
) -> tuple[str, list[str]]:
    """Return the reason in words and the history items that it cites.

    Args:
        explanation: contributions to one score.
        history: what the user did; tells likes from dislikes.
        titles: title of each item.
        cited: most history items to cite.
    """
    evidence = explanation.strongest(cited, slots=[schema.HISTORY])
    attributes = explanation.strongest(MAX_ATTRIBUTES, slots=[schema.ATTRIBUTE])
    liked = dict(zip(history.item_ids, history.liked, strict=True))
    sentences = []
    if evidence:
        sentences.append(f"Because you {_in_words(evidence, liked, titles)}.")
    if attributes:
        verb = "It also fits" if evidence else "It fits"
        sentences.append(f"{verb} your taste for {_listed([attribute_words(c.source) for c in attributes])}.")
    sentences.append(_prior_words(explanation, supported=bool(evidence or attributes)))
    against = strongest_against(explanation)
    if against is not None:
        title = titles.get(against.source, against.source)
        verb = "liking" if liked.get(against.source) else "disliking"
        sentences.append(f"Your {verb} “{title}” speaks against it.")
    return " ".join(sentence for sentence in sentences if sentence), [c.source for c in evidence]


def attribute_words(attribute: str) -> str:
    """Return an attribute for reading.

    >>> attribute_words("genre:Comedy")
    'Comedy (genre)'
    >>> attribute_words("look:3")
    'the look it shares with similar pictures (look 3)'
    """
    field, _, value = attribute.partition(":")
    if field == "look":
        return f"the look it shares with similar pictures (look {value})"
    if field == "topic":
        return f"similar descriptions (topic {value})"
    return f"{value} ({field})"


def _in_words(evidence: list[Contribution], liked: Mapping[str, bool], titles: Mapping[str, str]) -> str:
    quoted: dict[bool, list[str]] = {True: [], False: []}
    for contribution in evidence:
        quoted[bool(liked.get(contribution.source))].append(f"“{titles.get(contribution.source, contribution.source)}”")
    phrases = []
    if quoted[True]:
        phrases.append(f"liked {_listed(quoted[True])}")
    if quoted[False]:
        phrases.append(f"did not like {_listed(quoted[False])}")
    return " and ".join(phrases)


def _prior_words(explanation: Explanation, *, supported: bool) -> str:
    if not supported:
        return "Nothing in your history speaks for it; anyone would be shown it."
    return "Mostly, though, anyone would be shown it." if mostly_prior(explanation) else ""


def mostly_prior(explanation: Explanation) -> bool:
    """Return whether at least half of what lifts the score is there for everybody."""
    prior = sum(c.value for c in explanation.contributions if c.slot == schema.PRIOR)
    positive = sum(c.value for c in explanation.contributions if c.value > 0)
    return prior > 0 and prior >= positive / 2


def strongest_against(explanation: Explanation) -> Contribution | None:
    """Return the history item that pulls down most, if it pulls at least half as hard as the best one lifts."""
    history = [c for c in explanation.contributions if c.slot == schema.HISTORY]
    lift = max((c.value for c in history), default=0.0)
    worst = min(history, key=lambda c: c.value, default=None)
    if worst is None or worst.value >= 0 or -worst.value < lift / 2:
        return None
    return worst


def _listed(words: list[str]) -> str:
    """Join words as in a sentence.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
