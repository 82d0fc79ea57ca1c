import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from invented_models import additive, rank_among

from explainrec_models.evaluation.explanation.evidence import in_top
from explainrec_models.evaluation.explanation.necessity import f_ns, necessity, sufficiency


def test_necessity_and_sufficiency_by_hand() -> None:
    """Weights 4, 3, 2, 1 (score 10) against rivals at 6.5 and 2.5, first two count.

    Without 1, 2, 3 pieces the score is 6, 3, 1, the rank 2, 2, 3: only removing three throws it out. With 1, 2, 3
    alone the score is 4, 7, 9, the rank 2, 1, 1: it always stays. All four are all there is: undefined.
    """
    holds = in_top(rank_among(additive([4.0, 3.0, 2.0, 1.0]), [6.5, 2.5]), 2)
    attribution = np.array([4.0, 3.0, 2.0, 1.0])
    assert necessity(holds, attribution, counts=(1, 2, 3)).tolist() == [0, 0, 1]
    assert sufficiency(holds, attribution, counts=(1, 2, 3)).tolist() == [1, 1, 1]
    assert np.isnan(necessity(holds, attribution, counts=(4, 5))).all()


def test_an_answer_that_never_stood_is_no_case() -> None:
    holds = in_top(rank_among(additive([1.0, 1.0]), [9.0]), 1)
    assert np.isnan(necessity(holds, [1.0, 1.0], counts=(1,))).all()
    assert np.isnan(sufficiency(holds, [1.0, 1.0], counts=(1,))).all()


def test_f_ns_by_hand() -> None:
    """2 · 0.6 · 0.3 / 0.9 = 0.4."""
    assert f_ns([0.6, 0.0, 1.0], [0.3, 0.0, 1.0]).round(12).tolist() == [0.4, 0.0, 1.0]


@given(st.floats(0, 1), st.floats(0, 1))
def test_f_ns_lies_between_the_smaller_and_twice_the_smaller(first: float, second: float) -> None:
    value = float(f_ns(first, second))
    assert min(first, second) - 1e-9 <= value <= 2 * min(first, second) + 1e-9
