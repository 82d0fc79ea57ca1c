"""What each metric is called and means on the page; names and direction are the evaluation's."""

from collections.abc import Collection
from dataclasses import dataclass

POINTWISE = "Held-out rows"
RANKING = "Ranking"
CANDIDATES = "Published candidates"
EXPLANATIONS = "Explanations"

CITED_DELETION = "comprehensiveness_score"
RANDOM_DELETION = "comprehensiveness_random_score"
POPULAR_DELETION = "comprehensiveness_popular_score"
TRUTH = "truth_score"


@dataclass(frozen=True)
class Metric:
    """One column of the comparison.

    Attributes:
        name: key in ``metrics.json``; its last word tells the direction.
        meaning: for a reader who does not know the metric.
        beside: metrics shown in small type within the same cell, by their label.
    """

    name: str
    label: str
    group: str
    meaning: str
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def lower_is_better(self) -> bool:
        """Whether a small value is good: names end in their direction."""
        return self.name.endswith(("_loss", "_error"))

    @property
    def arrow(self) -> str:
        """Direction of improvement as one character."""
        return "↓" if self.lower_is_better else "↑"


METRICS = (
    Metric(
        "auc_score",
        "AUC",
        POINTWISE,
        "Probability that a liked row scores above a disliked one, over all held-out rows; 0.5 is chance.",
    ),
    Metric("uauc_score", "UAUC", POINTWISE, "AUC within each user, then the mean over users; 0.5 is chance."),
    Metric(
        "log_loss",
        "Log loss",
        POINTWISE,
        "Mean negative log-likelihood of the answers under the calibrated probabilities.",
    ),
    Metric(
        "calibration_error",
        "ECE",
        POINTWISE,
        "Expected calibration error: the gap between stated probability and observed share of likes. "
        "Resampling widens gaps, so the interval may lie above the value. Right probabilities have an error, "
        "too, on so many rows by chance.",
        (("calibration_error_by_chance", "by chance"),),
    ),
    Metric("ndcg_at_10_score", "NDCG@10", RANKING, "Quality of the first ten places; hits further up weigh more."),
    Metric("recall_at_10_score", "Recall@10", RANKING, "Share of the items liked later that are in the first ten."),
    Metric("mrr_at_10_score", "MRR@10", RANKING, "Mean of one over the place of the first hit in the first ten."),
    Metric(
        "ndcg_at_10_candidates_score",
        "NDCG@10 of candidates",
        CANDIDATES,
        "The same over the list of sampled items that the dataset publishes for the user, the test item added: the "
        "protocol of LLMRank. A hundred sampled items are easier to rank than a catalogue, so these numbers are no "
        "match for those of the full ranking.",
    ),
    Metric(
        "recall_at_10_candidates_score",
        "Recall@10 of candidates",
        CANDIDATES,
        "Share of the items liked later that are in the first ten of the published list.",
    ),
    Metric(
        CITED_DELETION,
        "Compreh.",
        EXPLANATIONS,
        "Comprehensiveness: how far the system's own score falls when the history items that its reason may cite are "
        "deleted, in standard deviations of its scores for that user. It says something only beside the fall after "
        "deleting as many items chosen at random or by popularity.",
        ((RANDOM_DELETION, "random"), (POPULAR_DELETION, "popular")),
    ),
    Metric(
        "comprehensiveness_gap_score",
        "Gap",
        EXPLANATIONS,
        "The fall after deleting these items minus the fall after deleting random ones, for the same "
        "recommendation. A faithful explanation has a positive gap.",
    ),
    Metric(
        "grounding_score",
        "Grounding",
        EXPLANATIONS,
        "Share of the cited items that really are in the user's history; anything below 1 is an invented reason.",
    ),
    Metric(
        TRUTH,
        "Truth",
        EXPLANATIONS,
        "Rank correlation between the contributions and the true reasons, which are known for invented data only; "
        "beside it the same with contributions shuffled.",
        (("truth_shuffled_score", "shuffled"),),
    ),
)


def shown_metrics(measured: Collection[str]) -> tuple[Metric, ...]:
    """Return the columns of a table: all, but those of published candidates only where they were measured."""
    return tuple(metric for metric in METRICS if metric.group != CANDIDATES or metric.name in measured)
