"""Reasons in words, checked on the model's behaviour: does what a text names matter more than what it does not?

A text that names history items claims that they moved the answer. Removing them must lower the score more than
removing as many random ones, and the order in which they are named should be that of their leave-one-out effects.
Madsen, Chandar and Reddy, "Are self-explanations from Large Language Models faithful?" (ACL 2024 Findings, arXiv
2401.07927) make the case that such texts must be tested; the gap with its random control is this project's.

verbal gap = m(x) - m(x without named) - mean over draws of (m(x) - m(x without as many random ones)).
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import kendalltau

from explainrec_models.evaluation.explanation.evidence import Score, ask

DRAWS = 20


def named_in_text(text: str, names: Sequence[str]) -> list[int]:
    """Return the places of the names that a text contains, in the order of their first mention.

    Case and runs of whitespace do not matter. A name counts only as whole words and only where no longer name covers
    it.

    >>> named_in_text("Because of Aliens and alien", ["Alien", "Aliens", "Heat"])
    [1, 0]
    """
    left = " ".join(text.casefold().split())
    found: list[tuple[int, int]] = []
    for place in sorted(range(len(names)), key=lambda place: -len(names[place])):
        name = " ".join(names[place].casefold().split())
        match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", left) if name else None
        if match:
            found.append((match.start(), place))
            # Blanked in equal length, so that later names keep their places.
            left = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda match: "\0" * len(match[0]), left)
    return [place for _, place in sorted(found)]


def verbal_gap(score: Score, pieces: int, named: Sequence[int], *, seed: int, draws: int = DRAWS) -> float:
    """Return how much more the score falls without what a text names than without as many random pieces.

    Args:
        score: of sets of kept evidence.
        pieces: how many there are (K).
        named: places that the text names.
        seed: of the draws, which are taken from all pieces, the named ones included.
        draws: removals that the random control is averaged over.

    Returns:
        NaN where nothing is named, or everything.
    """
    places = sorted(set(named))
    if not 0 < len(places) < pieces:
        return float("nan")
    generator = np.random.default_rng(seed)
    kept = np.ones((draws + 1, pieces), dtype=np.bool_)
    kept[0, places] = False
    removed = generator.permuted(np.tile(np.arange(pieces), (draws, 1)), axis=1)[:, : len(places)]
    np.put_along_axis(kept[1:], removed, values=False, axis=1)
    answers = ask(score, kept)
    return float(answers[1:].mean() - answers[0])


def named_order_agreement(named: Sequence[int], effects: ArrayLike) -> float:
    """Return Kendall's tau-b between the order of naming and leave-one-out effects (K,).

    Args:
        named: places in the order in which a text names them.
        effects: of every piece.

    Returns:
        NaN where fewer than two are named or their effects are all equal.
    """
    values = np.asarray(effects, dtype=np.float64)[list(named)]
    if len(values) < 2 or (values == values[0]).all():  # noqa: PLR2004 - two are the fewest that have an order
        return float("nan")
    return float(kendalltau(-np.arange(len(values)), values).statistic)
