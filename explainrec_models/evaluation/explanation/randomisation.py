"""Sanity checks: an explanation of the model must change when the model no longer knows anything.

Adebayo et al., "Sanity Checks for Saliency Maps" (NeurIPS 2018, arXiv 1810.03292): the model parameter randomisation
test (section 3) compares attributions of the trained model with those of the same network with random weights, the
data randomisation test (section 4) with those of a model trained on permuted labels. Both report Spearman's
correlation, of the values and of their sizes; it should fall towards 0. High values mean that the explanation shows the
input and not the model.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explainrec_models.evaluation.explanation.agreement import rank_correlation
from explainrec_models.evaluation.explanation.evidence import Attribution, Numbers


def randomisation_check(
    own: Sequence[Attribution], randomised: Sequence[Attribution], *, absolute: bool = False
) -> Numbers:
    """Return, per example, the correlation of the two models' attributions; NaN where one is constant.

    Args:
        own: of the trained model, one (K,) an example; K may differ between examples.
        randomised: of the model with random weights, or trained on permuted labels, in the same order.
        absolute: compare sizes and not signs, the paper's second variant.
    """
    sized = np.abs if absolute else np.asarray
    return np.array(
        [rank_correlation(sized(first), sized(second)) for first, second in zip(own, randomised, strict=True)]
    )


def permuted_labels(labels: ArrayLike, *, seed: int) -> NDArray[np.generic]:
    """Return labels in a random order: as many of each, and no relation to their rows."""
    return np.random.default_rng(seed).permutation(np.asarray(labels))
