from explainrec_models.reporting.cells import Interval
from explainrec_models.reporting.marks import marks
from explainrec_models.reporting.metrics import METRICS

AUC = next(metric for metric in METRICS if metric.name == "auc_score")
LOSS = next(metric for metric in METRICS if metric.name == "log_loss")
APART = Interval(0.1, 0.05, 0.15, users=50)
UNCLEAR = Interval(0.1, -0.05, 0.25, users=50)


def test_a_lead_with_paired_evidence_is_best() -> None:
    values = {"rates": 0.6, "ease": 0.7}
    assert marks(AUC, values, {("ease", "auc_score_minus_rates", "all"): APART}) == {"ease": "best"}


def test_a_lead_within_the_noise_is_only_leading() -> None:
    values = {"rates": 0.6, "ease": 0.7}
    assert marks(AUC, values, {("ease", "auc_score_minus_rates", "all"): UNCLEAR}) == {"ease": "leading"}
    assert marks(AUC, values, {}) == {"ease": "leading"}


def test_a_loss_leads_by_being_small() -> None:
    values = {"rates": 0.6, "ease": 0.5}
    assert marks(LOSS, values, {("ease", "log_loss_minus_rates", "all"): APART}) == {"ease": "best"}


def test_a_leading_baseline_is_judged_by_the_runner_up() -> None:
    values = {"rates": 0.7, "ease": 0.65, "popularity": 0.5}
    intervals = {
        ("ease", "auc_score_minus_rates", "all"): UNCLEAR,
        ("popularity", "auc_score_minus_rates", "all"): APART,
    }
    assert marks(AUC, values, intervals) == {"rates": "leading"}


def test_ties_share_the_mark_and_equal_columns_have_none() -> None:
    assert marks(AUC, {"rates": 0.5, "a": 0.7, "b": 0.7}, {}) == {"a": "leading", "b": "leading"}
    assert marks(AUC, {"a": 1.0, "b": 1.0}, {}) == {}
    assert marks(AUC, {"a": 1.0}, {}) == {}
