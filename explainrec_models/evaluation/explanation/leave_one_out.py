"""Leave-one-out: what the score loses without each piece alone.

φ_k = m(x) - m(x without k). It is the model's behaviour and no estimate of it, at K + 1 questions; two pieces that
replace one another get nothing each. Li et al., "Understanding Neural Networks through Representation Erasure" (2016,
arXiv 1612.08220).
"""

import numpy as np

from explainrec_models.evaluation.explanation.evidence import Attribution, Score, ask


def leave_one_out(score: Score, pieces: int) -> Attribution:
    """Return the loss of each piece (K,).

    Raises:
        DataError: the score does not answer with one finite number for each set.
    """
    kept = np.concatenate([np.ones((1, pieces), dtype=np.bool_), ~np.eye(pieces, dtype=np.bool_)])
    answers = ask(score, kept)
    return np.asarray(answers[0] - answers[1:])
