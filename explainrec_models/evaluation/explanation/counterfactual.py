"""The smallest set of evidence without which the answer falls.

Tan et al. (CountER, CIKM 2021) call it the simplest explanation, Ghazimatin et al., "PRINCE" (WSDM 2020, arXiv
1911.08378) a minimal set of the user's own actions. **Greedy**: remove along an attribution's order until the answer
falls; an upper bound that says how good the order is. **Exact**: all sets of one piece, of two, and so on; for few
pieces only, since there are 2^K of them.
"""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.evidence import Holds, first_removed, importance_order

MOST_PIECES = 12
"""4,096 sets."""


def greedy_size(holds: Holds, attribution: ArrayLike) -> int | None:
    """Return after how many removals along an attribution (K,) the answer falls.

    Returns:
        None where it stands with everything removed, or falls with nothing removed: there is no counterfactual.
    """
    order = importance_order(attribution)
    stands = np.asarray(holds(first_removed(order, range(len(order) + 1))), dtype=np.bool_)
    fallen = np.flatnonzero(~stands)
    return int(fallen[0]) if len(fallen) and stands[0] else None


def smallest_counterfactual(holds: Holds, pieces: int) -> tuple[int, ...] | None:
    """Return the places of the smallest set whose removal makes the answer fall; the first in order of equally small.

    Returns:
        None where there is none, or where the answer does not stand in the first place.

    Raises:
        DataError: there are more than 12 pieces.
    """
    if pieces > MOST_PIECES:
        message = (
            f"an exact search over {pieces} pieces would ask about 2^{pieces} sets; {MOST_PIECES} pieces are the most. "
            "Group the evidence, or use the greedy size."
        )
        raise DataError(message)
    if not np.asarray(holds(np.ones((1, pieces), dtype=np.bool_)))[0]:
        return None
    for size in range(1, pieces + 1):
        removed = np.array(list(combinations(range(pieces), size)), dtype=np.intp)
        kept = np.ones((len(removed), pieces), dtype=np.bool_)
        np.put_along_axis(kept, removed, values=False, axis=1)
        fallen = np.flatnonzero(~np.asarray(holds(kept), dtype=np.bool_))
        if len(fallen):
            return tuple(removed[fallen[0]].tolist())
    return None
