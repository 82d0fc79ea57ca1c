"""The words of the question are chosen by validation AUC, and what cannot be asked is written down."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from tiny_model import write_tiny_language_model
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from explainrec_models.data.examples import Example
from explainrec_models.data.histories import History
from explainrec_models.errors import ParamsError
from explainrec_models.parts.asking import Asker, Catalogue, Wording, by_history, choose_wording
from explainrec_models.parts.language_model import load_language_model
from explainrec_models.parts.prompts import ANSWER_PAIRS, FORMS

Loaded = tuple[PreTrainedModel, PreTrainedTokenizerBase]
CATALOGUE = Catalogue({str(number): f"Film {number}" for number in range(9)}, "movie")
HISTORIES = [
    History("u", ("0", "1"), (True, False), (1, 2)),
    History("v", ("2",), (True,), (1,)),
    History("cold"),
]
EXAMPLES = [
    Example(history, str(item), (item * 7 + place) % 3 == 0, timestamp=9)
    for item in range(3, 9)
    for place, history in enumerate(HISTORIES)
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load_language_model(write_tiny_language_model(tmp_path_factory.mktemp("model")), precision=torch.float32)


def test_examples_of_one_history_are_asked_together() -> None:
    groups = by_history(EXAMPLES)
    assert [group.history for group in groups] == HISTORIES
    assert all(group.item_ids == ("3", "4", "5", "6", "7", "8") for group in groups)
    assert groups[0].liked == (True, False, False, True, False, False)


def test_the_best_wording_on_the_examples_wins(loaded: Loaded) -> None:
    choice = choose_wording(*loaded, CATALOGUE, EXAMPLES, forms=FORMS, answers=ANSWER_PAIRS)
    assert len(choice.auc_scores) == len(FORMS) * len(ANSWER_PAIRS)
    assert choice.auc_scores[choice.wording.label()] == max(choice.auc_scores.values())
    assert len(set(choice.auc_scores.values())) > 1
    asker = Asker(*loaded, CATALOGUE, choice.wording)
    groups = by_history(EXAMPLES)
    scores = asker.scores([group.history for group in groups], [group.item_ids for group in groups])
    labels = [liked for group in groups for liked in group.liked]
    assert choice.auc_scores[choice.wording.label()] == pytest.approx(roc_auc_score(labels, np.concatenate(scores)))


def test_without_two_labels_the_first_wording_is_taken(loaded: Loaded) -> None:
    one_label = [example for example in EXAMPLES if example.liked]
    for examples in (one_label, []):
        choice = choose_wording(*loaded, CATALOGUE, examples, forms=("plain", "alpaca"), answers=ANSWER_PAIRS)
        assert choice.wording == Wording("plain", ("Yes", "No"))
        assert not choice.auc_scores


def test_what_cannot_be_asked_is_written_down(tmp_path: Path) -> None:
    model, tokenizer = load_language_model(write_tiny_language_model(tmp_path / "model"))
    tokenizer.chat_template = None
    choice = choose_wording(
        model, tokenizer, CATALOGUE, EXAMPLES, forms=FORMS, answers=[("Yes", "No"), ("Yes", "Yes."), ("Yes", "No!")]
    )
    assert choice.left_out == {
        "chat": "the tokenizer has no chat template",
        "Yes|Yes.": "both words begin with the same token",
        "Yes|No!": "the same tokens as Yes|No",
    }
    assert set(choice.auc_scores) == {"alpaca:Yes|No", "plain:Yes|No"}
    with pytest.raises(ParamsError, match=r"can use no wording of the question: .*no chat template"):
        choose_wording(model, tokenizer, CATALOGUE, EXAMPLES, forms=["chat"], answers=ANSWER_PAIRS)


def test_a_wording_survives_json() -> None:
    wording = Wording("chat", (" Yes", " No"))
    assert Wording.from_dict({"form": "chat", "answers": [" Yes", " No"]}) == wording
    assert Wording.from_dict(wording.as_dict()) == wording
