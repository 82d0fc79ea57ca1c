"""The SASRec row: order is learnt, unknown items rank last, deleting an item is what the explanation says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from invented import corpus

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.errors import NothingToLearnError
from explainrec_models.parts.sasrec import load_item_vectors
from explainrec_models.systems.sasrec import Config, System, liked_sequences

SMALL = {"embedding_size": 8, "history_length": 4, "dropout": 0.0, "learning_rate": 0.02, "warmup_steps": 5}


def walks(steps: int = 9) -> Corpus:
    """Twelve people who watch eight films in the order of their numbers, each from another start."""
    rows = [(f"u{user}", str((user + step) % 8), 5.0, step, 1) for user in range(12) for step in range(steps)]
    base = corpus()
    table = pl.DataFrame(rows, schema=base.train.schema, orient="row").sort(schema.TIMESTAMP, maintain_order=True)
    return Corpus("walks", "film", base.items, table, table.clear())


def fitted(of: Corpus, scratch: Path, **settings: object) -> System:
    return System.fit(of, Config(**{**SMALL, **settings}), language_model=Path(), scratch=scratch, seed=2)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> System:
    return fitted(walks(), tmp_path_factory.mktemp("scratch"), epochs=60, batch_size=4)


def history(*items: str, liked: tuple[bool, ...] | None = None) -> History:
    return History("u", items, liked or (True,) * len(items), tuple(range(len(items))))


def test_what_comes_next_is_learnt(walked: System) -> None:
    scores = walked.score_all([history("1", "2", "3"), history("4", "5", "6")])
    assert scores.argmax(axis=1).tolist() == [4, 7]
    assert np.exp(scores).max(axis=1).min() > 0.8
    assert walked.report()["valid_ndcg_at_10_scores"] == []


@pytest.mark.parametrize("settings", [{"full_softmax_items": 4, "sampled_items": 5}, {"svd_start": False}])
def test_samples_and_random_starts_learn_it_too(settings: dict[str, int], tmp_path: Path) -> None:
    system = fitted(walks(), tmp_path, epochs=60, batch_size=4, **settings)
    assert system.score_all([history("1", "2", "3")]).argmax() == 4
    assert system.report()["items_in_loss"] == settings.get("sampled_items", 8)


def test_dislikes_and_strangers_in_a_history_are_passed_over(walked: System) -> None:
    mixed = history("1", "5", "nowhere", "2", liked=(True, False, True, True))
    np.testing.assert_array_equal(walked.score_all([mixed]), walked.score_all([history("1", "2")]))


def test_an_item_outside_the_catalogue_scores_as_the_lowest(walked: System) -> None:
    scores = walked.score([history("1", "2")], [[*map(str, range(8)), "nowhere"]])[0]
    assert scores[8] == scores[:8].min()


def test_an_explanation_is_what_deleting_an_item_does(walked: System) -> None:
    """The item that leads to the next one counts for it most; a repeated item is deleted wherever it stands."""
    past = history("2", "6", "2", "3", "5", liked=(True, True, True, True, False))
    (explanation,) = walked.explain(past, ["4"])
    prior, *parts = explanation.contributions
    assert prior.slot == schema.PRIOR
    assert prior.value == pytest.approx(float(walked.score([history()], [["4"]])[0, 0]))
    assert [part.source for part in parts] == ["2", "6", "3"]
    whole = float(walked.score([past], [["4"]])[0, 0])
    for part in parts:
        without = float(walked.score([past.without([part.source])], [["4"]])[0, 0])
        assert part.value == pytest.approx(whole - without, abs=1e-4)
    assert max(parts, key=lambda part: part.value).source == "3"


def test_items_behind_the_window_are_not_cited_and_do_not_fill_it_up(walked: System) -> None:
    past = history("7", "0", "1", "2", "3")
    (explanation,) = walked.explain(past, ["4"])
    assert [c.source for c in explanation.contributions if c.slot == schema.HISTORY] == ["0", "1", "2", "3"]
    whole, without = (
        float(walked.score([past.only(k)], [["4"]])[0, 0]) for k in (["0", "1", "2", "3"], ["0", "1", "2"])
    )
    assert explanation.contributions[-1].value == pytest.approx(whole - without, abs=1e-4)


def test_vectors_are_lent_to_others_from_the_folder_alone(walked: System, tmp_path: Path) -> None:
    walked.save(tmp_path)
    item_ids, vectors = load_item_vectors(tmp_path)
    assert tuple(item_ids) == walked.item_ids
    np.testing.assert_array_equal(vectors, walked.item_vectors())
    assert vectors.shape == (8, 8)


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        fitted(corpus(), tmp_path / "scratch", epochs=3, dropout=0.3).save(folder)
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert written[0] == written[1]


def test_sequences_are_likes_of_training_rows_in_time_order() -> None:
    of = corpus()
    expected = [
        [int(item) for item in of.histories[user].liked_items()]
        for user in sorted(of.histories)
        if of.histories[user].liked_items()
    ]
    assert liked_sequences(of) == expected
    assert liked_sequences(replace(of, context=of.valid)) == expected


def test_the_best_epoch_on_validation_rows_is_kept(tmp_path: Path) -> None:
    report = fitted(corpus(), tmp_path, epochs=20, patience=2).report()
    scores = report["valid_ndcg_at_10_scores"]
    assert report["epochs"] == len(scores)
    assert report["kept_epoch"] == scores.index(max(scores)) + 1
    assert len(scores) == 20 or len(scores) == report["kept_epoch"] + 2


def test_without_likes_there_is_nothing_to_learn(tmp_path: Path) -> None:
    of = corpus()
    none = replace(of, train=of.train.with_columns(pl.lit(0, pl.Int8).alias(schema.LIKED)))
    with pytest.raises(NothingToLearnError, match=rf"none of {of.train.height} training rows is a like"):
        fitted(none, tmp_path)
