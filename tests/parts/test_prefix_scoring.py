"""Shared prefixes change the cost of a score, never the score."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_model import write_tiny_language_model
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, MistralConfig, MistralForCausalLM

from explainrec_models.errors import ParamsError
from explainrec_models.parts import prefix_scoring
from explainrec_models.parts.language_model import load_language_model
from explainrec_models.parts.prefix_scoring import PrefixScorer, common_prefix
from explainrec_models.parts.prompts import ANSWER_PAIRS

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_language_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def scorer(folder: Path) -> PrefixScorer:
    return PrefixScorer(*load_language_model(folder, precision=torch.float32), ANSWER_PAIRS)


def plain_scores(model: torch.nn.Module, scorer: PrefixScorer, prompts: list[str]) -> np.ndarray:
    """One full pass a prompt through the whole model and its whole head."""
    rows = []
    for tokens in scorer.encode(prompts):
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor([tokens])).logits[0, -1]
        rows.append([float(logits[yes] - logits[no]) for yes, no in pair_tokens(scorer)])
    return np.array(rows)


def pair_tokens(scorer: PrefixScorer) -> list[tuple[int, int]]:
    return [prefix_scoring.answer_tokens(scorer._tokenizer, pair) for pair in ANSWER_PAIRS]


HISTORY = 'Liked movies: "Alien (1979)", "Heat (1995)"\nDisliked movies: "Titanic (1997)"\n'
CASES = {
    "many": [f'{HISTORY}Will the user like "Film {number}"? Answer Yes or No.\nAnswer:' for number in range(40)],
    "one": [f"{HISTORY}Yes or No?"],
    "identical": [f"{HISTORY}Yes or No?"] * 3,
    "prefix of another": [HISTORY, f"{HISTORY}Will the user", f"{HISTORY}Will the user like it?"],
    "nothing shared": ["Yes", "No, never", "Answer: it is a movie"],
    "single token": ["Y", "Y", "YN"],
}


@pytest.mark.parametrize("case", CASES)
def test_shared_scores_equal_separate_passes(case: str, folder: Path, scorer: PrefixScorer) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder)
    expected = plain_scores(model, scorer, CASES[case])
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(scorer.score_shared(CASES[case]), expected, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(scorer.score_prompts(CASES[case]), expected, atol=TOLERANCE, rtol=0)


def test_groups_keep_their_order_and_size(scorer: PrefixScorer) -> None:
    groups: list[list[str]] = [CASES["many"][:5], [], CASES["one"], CASES["prefix of another"]]
    together = scorer.score_groups(groups)
    assert [len(scores) for scores in together] == [5, 0, 1, 3]
    for group, scores in zip(groups, together, strict=True):
        np.testing.assert_allclose(scores, scorer.score_prompts(group), atol=TOLERANCE, rtol=0)


def test_no_prompts_give_no_scores(scorer: PrefixScorer) -> None:
    assert scorer.score_groups([]) == []
    assert scorer.score_shared([]).shape == scorer.score_prompts([]).shape == (0, len(ANSWER_PAIRS))


def test_chunks_change_nothing(scorer: PrefixScorer, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scorer.score_shared(CASES["many"])
    monkeypatch.setattr(prefix_scoring, "PACKED_TOKENS", 50)
    monkeypatch.setattr(prefix_scoring, "BATCH_TOKENS", 200)
    np.testing.assert_allclose(scorer.score_shared(CASES["many"]), whole, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(scorer.score_prompts(CASES["many"]), whole, atol=TOLERANCE, rtol=0)


def test_the_shared_tokens_run_once(scorer: PrefixScorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 prompts of about 60 tokens, of which all but about 20 are shared, in fewer than a third of all tokens."""
    run = []
    body = scorer._body
    forward = type(body).forward

    def counting(self: torch.nn.Module, *args: object, **kwargs: object) -> object:
        tokens = kwargs["input_ids"]
        assert isinstance(tokens, torch.Tensor)
        run.append(tokens.numel())
        return forward(self, *args, **kwargs)

    monkeypatch.setattr(type(body), "forward", counting)
    scorer.score_shared(CASES["many"])
    separate = sum(len(tokens) for tokens in scorer.encode(CASES["many"]))
    assert sum(run) < separate / 3


def test_other_architectures_fall_back_to_what_is_exact(folder: Path) -> None:
    """GPT-2 learns its positions; Mistral with a window of 8 forgets, which a mask of branches would undo."""
    _, tokenizer = load_language_model(folder, precision=torch.float32)
    size = len(tokenizer)
    torch.manual_seed(1)
    gpt2 = GPT2LMHeadModel(
        GPT2Config(vocab_size=size, n_embd=32, n_layer=2, n_head=4, initializer_range=0.3, n_positions=256)
    )
    mistral = MistralForCausalLM(
        MistralConfig(
            vocab_size=size,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            initializer_range=0.3,
            sliding_window=8,
        )
    )
    for model in (gpt2, mistral):
        model.train(mode=False)
        scorer = PrefixScorer(model, tokenizer, ANSWER_PAIRS)
        expected = plain_scores(model, scorer, CASES["many"][:6])
        np.testing.assert_allclose(scorer.score_shared(CASES["many"][:6]), expected, atol=TOLERANCE, rtol=0)


def test_answers_that_begin_alike_are_refused(folder: Path) -> None:
    model, tokenizer = load_language_model(folder)
    with pytest.raises(ParamsError, match="'Yes' and 'Yes!' begin with the same token"):
        PrefixScorer(model, tokenizer, [("Yes", "Yes!")])


def test_common_prefix_leaves_a_token_to_each() -> None:
    assert common_prefix([[5]]) == 0
    assert common_prefix([[1, 2, 3], [1, 2, 3], [1, 2, 9]]) == 2
