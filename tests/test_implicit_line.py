"""Events without ratings through every stage: LLMRank's files, and a shop's own table. What cannot be said is not."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import log2
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from implicit_project import (
    KEY,
    candidates,
    run_everything,
    sequences,
    write_llmrank,
    write_project,
    write_table,
)

from explainrec_models.asking.question import Question
from explainrec_models.data.paths import Paths
from explainrec_models.errors import NothingToLearnError
from explainrec_models.params import Retriever
from explainrec_models.serving import recommend

POINTWISE = ("auc_score", "uauc_score", "log_loss", "calibration_error")
NO_RATES = "every item and every user has the same like-rate"
NO_ANSWERS = "a model that answers Yes or No learns nothing from rows with one and the same answer"


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="module", params=["llmrank", "table"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp(request.param)
    writer = write_llmrank if request.param == "llmrank" else write_table
    write_project(root, writer(root / "files"))
    with inside(root):
        run_everything()
    return root


def read(project: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "data" / name).read_text(encoding="utf-8"))
    return found


def has_lists(project: Path) -> bool:
    return (project / f"data/heldout/{KEY}/candidates.parquet").is_file()


def test_metrics_of_predictions_are_absent_and_say_why(project: Path) -> None:
    values, report = read(project, f"evaluation/{KEY}/metrics.json"), read(project, f"evaluation/{KEY}/report.json")
    for system in ("popularity", "ease"):
        assert not set(POINTWISE) & set(values[system])
        assert report["absent"][system]["every prediction metric"] == (
            "all 20 test rows are likes, so that there is nothing to tell them from"
        )
    assert report["probabilities"] == {}
    curve = pl.read_csv(project / f"data/evaluation/{KEY}/calibration.csv")
    assert curve.columns == ["system", "bin", "mean_probability", "like_share", "rows"]
    assert curve.is_empty()


def test_ranking_comes_first(project: Path) -> None:
    headline = read(project, f"metrics/{KEY}.json")
    assert set(headline) == {"popularity", "ease"}
    first = ("ndcg_at_10_score", "recall_at_10_score", "mrr_at_10_score")
    assert all(set(first) <= set(few) for few in headline.values())
    values = read(project, f"evaluation/{KEY}/metrics.json")
    assert values["ease"]["ndcg_at_10_score"] > values["popularity"]["ndcg_at_10_score"]


def test_systems_that_cannot_use_it_stop_nobody_and_say_why(project: Path) -> None:
    report = read(project, f"evaluation/{KEY}/report.json")
    for system, why in (("rates", NO_RATES), ("tallrec", NO_ANSWERS)):
        for stage in ("systems", "predictions", "explanations"):
            assert why in read(project, f"{stage}/{KEY}/{system}/report.json")["unusable"]
        assert why in report["unusable"][system]
        assert read(project, f"evaluation/{KEY}/metrics.json")[system] == {}
        with pytest.raises(NothingToLearnError, match=f"{system} gives no recommendations for {KEY}: .*Choose another"):
            recommend(
                Paths(project / "data"), Question(KEY, "item", system, "u00", 2, Retriever(), retrieved=4, cited=2)
            )
    checked = read(project, f"checks/{KEY}/report.json")
    assert checked["systems"] == ["popularity", "ease"]
    assert set(checked["unusable"]) == {"rates", "tallrec"}


def test_differences_are_taken_from_popularity(project: Path) -> None:
    assert read(project, f"evaluation/{KEY}/report.json")["reference"] == "popularity"
    metrics = pl.read_parquet(project / f"data/evaluation/{KEY}/intervals.parquet")["metric"].unique().to_list()
    assert "ndcg_at_10_score_minus_popularity" in metrics


def test_the_page_says_it_all(project: Path) -> None:
    page = (project / "data/report/index.html").read_text(encoding="utf-8")
    assert "All 20 test rows are likes, so that there is nothing to tell them from." in page
    assert NO_RATES in page
    assert NO_ANSWERS in page
    assert "events without ratings, each a like" in page
    assert "recorded no value and no reason" not in page
    assert "1970" not in page
    assert ("NDCG@10 of candidates" in page) == has_lists(project)


def test_candidates_are_ranked_where_they_are_published(project: Path) -> None:
    values = read(project, f"evaluation/{KEY}/metrics.json")
    names = {name for of_system in values.values() for name in of_system if "candidates" in name}
    if not has_lists(project):
        assert not names
        assert not (project / f"data/predictions/{KEY}/ease/candidates.parquet").exists()
        assert "candidates" not in read(project, f"evaluation/{KEY}/report.json")
        return
    ndcg, recall = popularity_by_hand(project, cutoff=5)
    assert values["popularity"]["ndcg_at_5_candidates_score"] == pytest.approx(ndcg)
    assert values["popularity"]["recall_at_5_candidates_score"] == pytest.approx(recall)
    assert read(project, f"evaluation/{KEY}/report.json")["candidates"]["ease"]["users"] == 20


def popularity_by_hand(project: Path, *, cutoff: int) -> tuple[float, float]:
    """Rank each sampled user's list and target by training likes, equal ones by id, from the invented sequences."""
    events, lists = sequences(), candidates()
    likes = [item for of_user in events.values() for item in of_user[:-2]]
    tested = pl.read_parquet(project / f"data/heldout/{KEY}/liked_test.parquet")["user_id"].to_list()
    assert len(tested) == 20
    assert set(tested) <= set(lists), "users with a list are tested before all others"
    places = [
        sorted([*lists[user], events[user][-1]], key=lambda item: (-likes.count(item), item)).index(events[user][-1])
        for user in tested
    ]
    hits = [place for place in places if place < cutoff]
    assert 0 < len(hits) < len(tested)
    return sum(1 / log2(place + 2) for place in hits) / len(tested), len(hits) / len(tested)
