import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.errors import DataError
from explainrec_models.evaluation.explanation.text_pairs import PairMetrics
from explainrec_models.evaluation.explanation.text_report import text_report

TOPICS = ["plot", "cast", "music", "price", "humour", "pace"]
PERSONAL = pl.DataFrame(
    {
        schema.USER_ID: [f"u{number % 12:02}" for number in range(36)],
        "generated": [f"you like the {TOPICS[number % 6]} of it" for number in range(36)],
        "reference": [f"she praises the {TOPICS[number % 6]} of it" for number in range(36)],
        "feature": [TOPICS[number % 6] for number in range(36)],
    }
)


def reported(rows: pl.DataFrame, *, features: list[str]) -> dict[str, tuple[float, float | None, float | None]]:
    found = text_report(rows, PairMetrics(), system="s", resamples=100, seed=3, features=features).intervals()
    return {row["metric"]: (row["value"], row["low"], row["high"]) for row in found.iter_rows(named=True)}


def test_what_is_personal_is_in_the_gap() -> None:
    """Every text mentions its own topic of six: FMR 1; another pair's text does so in 5 of 35 cases."""
    found = reported(PERSONAL, features=TOPICS)
    assert found["fmr_score"][0] == 1.0
    assert found["fmr_shuffled_score"][0] == pytest.approx(5 / 35, abs=0.08)
    assert found["fmr_gap_score"][0] == pytest.approx(1 - found["fmr_shuffled_score"][0])
    for metric in ("fmr_gap_score", "rouge_1_f_gap_score", "bleu_1_gap_score"):
        low = found[metric][1]
        assert low is not None
        assert low > 0, metric


def test_one_text_for_everybody_has_no_gap() -> None:
    same = PERSONAL.with_columns(generated=pl.lit("you like the plot of it"))
    found = reported(same, features=TOPICS)
    for metric in ("fmr", "rouge_1_f", "rouge_2_f", "rouge_l_f", "bleu_1"):
        # Sums over five derangements may round in their last digit.
        assert found[f"{metric}_gap_score"][0] == pytest.approx(0.0, abs=1e-9)
        assert found[f"{metric}_gap_score"][1] == pytest.approx(0.0, abs=1e-9)
    assert found["usr_score"][0] == pytest.approx(1 / 36)
    assert found["usr_score"][1:] == (None, None)
    assert found["div_error"][0] == 1.0


def test_what_reads_no_reference_is_said_to_have_no_gap() -> None:
    found = reported(PERSONAL, features=TOPICS)
    for metric in ("usr_gap_score", "entr_gap_score", "distinct_1_gap_score", "fcr_gap_score", "div_gap_error"):
        assert found[metric] == (0.0, None, None)
    assert found["fcr_score"][0] == 1.0
    assert "fcr_score" not in reported(PERSONAL, features=[])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match=r"lacks the column\(s\) feature; it has user_id, generated, reference"):
        reported(PERSONAL.drop("feature"), features=TOPICS)
