"""ExplainRec: new items by content, blind and cold questions, no harm done by the language model, resumed tuning."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from invented import corpus
from tiny_model import write_tiny_language_model

from explainrec_models.data.corpus import Corpus
from explainrec_models.data.new_item import NewItem
from explainrec_models.errors import DataError, NothingToLearnError
from explainrec_models.parts.constrained_sentence import SentenceWriter
from explainrec_models.parts.evidence import FEATURES
from explainrec_models.parts.speaks import worded
from explainrec_models.parts.wording import reason
from explainrec_models.systems.explainrec import Config, System

SMALL = Config(epochs=1, attribution_questions=4)
WIDTH = 6


def with_embeddings(seed: int = 0) -> Corpus:
    generator = np.random.default_rng(seed)
    plain = corpus()
    vectors = {kind: generator.normal(size=(8, WIDTH)).astype(np.float32) for kind in ("text", "image")}
    present = np.array([True] * 7 + [False])
    return replace(plain, embeddings={kind: (vector, present) for kind, vector in vectors.items()})


@pytest.fixture(scope="module")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("language-model"))


@pytest.fixture(scope="module")
def system(language_model: Path, tmp_path_factory: pytest.TempPathFactory) -> System:
    scratch = tmp_path_factory.mktemp("scratch") / "tune"
    return System.fit(with_embeddings(), SMALL, language_model=language_model, scratch=scratch, seed=5)


def new_item(*, picture: bool = True) -> NewItem:
    vectors = with_embeddings().embeddings
    image = vectors["image"][0][0] if picture else None
    return NewItem("new", "Film 9", "", ("genre:Comedy", "genre:Unheard"), vectors["text"][0][0], image)


def test_a_new_item_is_scored_by_its_content_and_moves_no_other_score(system: System) -> None:
    history = corpus().histories["u0"]
    wider = system.with_item(new_item())
    before, after = system.score([history], [["0", "5"]])[0], wider.score([history], [["0", "5", "new"]])[0]
    np.testing.assert_allclose(after[:2], before, atol=1e-5)
    blind = system.with_item(new_item(picture=False)).score([history], [["new"]])[0]
    assert after[2] != pytest.approx(blind[0])
    (explanation,) = wider.explain(history, ["new"])
    assert {c.source for c in explanation.contributions if c.slot == "attribute"} == {"genre:Comedy"}


def test_the_number_of_ratings_is_a_reason_only_as_far_as_it_is_unusual(language_model: Path, tmp_path: Path) -> None:
    config = SMALL.model_copy(update={"language_model": False})
    system = System.fit(with_embeddings(), config, language_model=language_model, scratch=tmp_path, seed=5)
    place, means = FEATURES.index("item_support"), system._model.feature_means()
    system._model.start_from(means.tolist(), [1.0] * len(FEATURES), np.eye(len(FEATURES))[place].tolist(), 0.25)
    (explanation,) = system.explain(corpus().histories["u0"], ["5"])
    shares = {one.source: one.value * system._facts["temperature"] for one in explanation.contributions}
    support = system._counted.effects.support[system._counted.space.position["5"]]
    assert shares["what others made of it"] == pytest.approx(np.log1p(support) - means[place], abs=1e-5)
    assert shares["prior"] == pytest.approx(0.25, abs=1e-5)


def test_reasons_are_worded_by_the_whole_language_model(system: System, language_model: Path) -> None:
    known = corpus()
    history = known.histories["u0"]
    wider = system.with_item(new_item())
    titles = {**known.titles, "new": "Film 9"}
    said = SentenceWriter.load(language_model, noun="film")
    for explanation in wider.explain(history, ["0", "5", "new"]):
        expected = said.write(explanation, history, titles, cited=2)
        assert worded(wider, explanation, history, titles, cited=2) == (expected.words, expected.support)
        assert set(expected.support) <= set(history.item_ids)


def test_an_ablated_picture_changes_nothing_any_more(language_model: Path, tmp_path: Path) -> None:
    seen, other = with_embeddings(), with_embeddings(1)
    swapped = replace(seen, embeddings={"text": seen.embeddings["text"], "image": other.embeddings["image"]})
    config = SMALL.model_copy(update={"without": ("picture",)})
    scores = [
        System.fit(one, config, language_model=language_model, scratch=tmp_path / str(place), seed=5).score(
            [corpus().histories["u0"]], [["0", "5", "7"]]
        )
        for place, one in enumerate((seen, swapped))
    ]
    np.testing.assert_array_equal(scores[0], scores[1])


def test_without_a_language_model_only_the_counts_speak(language_model: Path, tmp_path: Path) -> None:
    config = SMALL.model_copy(update={"language_model": False})
    system = System.fit(corpus(), config, language_model=language_model, scratch=tmp_path, seed=5)
    assert float(system._model.gate.detach()) == 0
    assert "epochs" not in system.report()
    assert system.report()["trainable_parameters"] == len(FEATURES) + 1
    history, titles = corpus().histories["u0"], corpus().titles
    (explanation,) = system.explain(history, ["5"])
    assert system.sentence(explanation, history, titles, cited=2) == reason(explanation, history, titles, cited=2)


def test_a_sasrec_on_the_same_rows_can_give_the_collaborative_vectors(language_model: Path, tmp_path: Path) -> None:
    plain = SMALL.model_copy(update={"language_model": False})
    config = plain.model_copy(update={"collaborative": "sasrec", "sequence_epochs": 2})
    factors, first, again = (
        System.fit(corpus(), one, language_model=language_model, scratch=tmp_path / str(place), seed=5)
        for place, one in enumerate((plain, config, config))
    )
    blocks = [one._counted.space.blocks for one in (factors, first, again)]
    np.testing.assert_array_equal(blocks[1]["taste"], blocks[2]["taste"])
    assert not np.allclose(blocks[0]["taste"], blocks[1]["taste"], atol=0.01)
    np.testing.assert_array_equal(blocks[0]["audience"], blocks[1]["audience"])
    folder = tmp_path / "saved"
    folder.mkdir()
    first.save(folder)
    history = corpus().histories["u0"]
    loaded = System.load(folder, corpus(), language_model=language_model)
    np.testing.assert_array_equal(loaded.score([history], [["0", "5"]]), first.score([history], [["0", "5"]]))
    (explanation,) = loaded.explain(history, ["5"])
    assert sum(one.value for one in explanation.contributions) == pytest.approx(explanation.score)


@pytest.mark.parametrize("balance", ["uncertainty", "pcgrad", "fixed"])
def test_every_balance_of_the_tasks_tunes_the_same_again(balance: str, language_model: Path, tmp_path: Path) -> None:
    config = Config.model_validate({**SMALL.model_dump(), "balance": balance})
    scores = []
    for place in range(2):
        fitted = System.fit(
            with_embeddings(), config, language_model=language_model, scratch=tmp_path / f"{place}", seed=5
        )
        with torch.no_grad():
            fitted._model.gate.fill_(0.5)
        scores.append(fitted.score([corpus().histories["u0"]], [["0", "5"]]))
    np.testing.assert_array_equal(scores[0], scores[1])
    assert (fitted.report()["task_scales"] == [0.0] * 3) == (balance != "uncertainty")


def test_one_label_is_nothing_to_learn_from(language_model: Path, tmp_path: Path) -> None:
    plain = corpus()
    likes = replace(plain, train=plain.train.filter(plain.train["liked"] == 1))
    with pytest.raises(NothingToLearnError, match="are likes"):
        System.fit(likes, SMALL, language_model=language_model, scratch=tmp_path, seed=5)


def test_other_pretrained_weights_are_noticed(system: System, tmp_path: Path) -> None:
    # A linear model hides the language model behind a small gate: it has to be open to be noticed.
    import torch

    with torch.no_grad():
        system._model.gate.fill_(0.5)
    system.save(tmp_path)
    stranger = write_tiny_language_model(tmp_path / "stranger", seed=9)
    with pytest.raises(DataError, match=r"a probe scores .* away"):
        System.load(tmp_path, with_embeddings(), language_model=stranger)
