import pytest

from explainrec_models.reporting.absence import reason
from explainrec_models.reporting.metrics import METRICS

BY_NAME = {metric.name: metric for metric in METRICS}


def test_the_recorded_reason_becomes_a_sentence() -> None:
    report = {"absent": {"ease": {"auc_score": "not defined on its 3 rows (one label only)"}}}
    assert reason(BY_NAME["auc_score"], "ease", {}, report) == "Not defined on its 3 rows (one label only)."


@pytest.mark.parametrize(
    ("metric", "recorded", "part"),
    [
        ("recall_at_10_score", "every ranking metric", "all"),
        ("log_loss", "every prediction metric (cold)", "cold"),
        ("log_loss", "log_loss (cold)", "cold"),
    ],
)
def test_a_reason_for_a_whole_group_or_slice_is_found(metric: str, recorded: str, part: str) -> None:
    report = {"absent": {"ease": {recorded: "nobody is there"}}}
    assert reason(BY_NAME[metric], "ease", {}, report, part=part) == "Nobody is there."


def test_without_a_record_the_card_speaks_and_then_the_gap_is_named() -> None:
    grounding = BY_NAME["grounding_score"]
    assert reason(grounding, "ease", {"explains": False}, {}) == "The system gives no explanation."
    assert reason(grounding, "ease", {"explains": True}, {}) == "The stage evaluate recorded no value and no reason."
