"""Twenty candidates behind one 320-token history: shared prefix against twenty separate prompts.

Command: ``python benchmarks/prefix_sharing.py [model folder]``; about a minute on two cores with SmolLM2-135M in bf16.
Expected: 7 to 11 times faster. The bound is (320 + 16) * 20 / (320 + 16 * 20) = 10.5 by tokens; a packed pass
multiplies larger matrices than one prompt does, which can lift it a little.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from record import write_record

from explainrec_models.parts.language_model import load_language_model
from explainrec_models.parts.prefix_scoring import PrefixScorer
from explainrec_models.parts.prompts import ANSWER_PAIRS

HISTORY_TOKENS, CANDIDATE_TOKENS, CANDIDATES = 320, 16, 20
REPEATS = 5
SEED = 20
DEFAULT_MODEL = Path("data/pretrained/language_model")


class _Numbers:
    """Lets token ids stand for prompts, so that the lengths are exactly those of the title."""

    bos_token = None

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        if text.strip() in {"Yes", "No"}:
            encoded: list[int] = self._inner.encode(text, add_special_tokens=add_special_tokens)  # type: ignore[attr-defined]
            return encoded
        return [int(word) for word in text.split()]


def main() -> None:
    """Measure both ways in turn and record medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, nargs="?", default=DEFAULT_MODEL)
    model, tokenizer = load_language_model(parser.parse_args().model)
    scorer = PrefixScorer(model, _Numbers(tokenizer), ANSWER_PAIRS[:1])  # type: ignore[arg-type]
    prompts = _prompts(int(model.config.vocab_size))
    # Separate: one full pass a prompt, as with no sharing at all; batches of equal length gain nothing on a processor.
    ways: dict[str, Callable[[], NDArray[np.float32]]] = {
        "separate": lambda: np.concatenate([scorer.score_prompts([prompt]) for prompt in prompts]),
        "one_batch": lambda: scorer.score_prompts(prompts),
        "shared": lambda: scorer.score_shared(prompts),
    }
    scores = {name: way() for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - started)
    timed_in = str(model.dtype).removeprefix("torch.")
    model.float()  # type: ignore[no-untyped-call]
    exact = float(np.abs(ways["shared"]() - ways["separate"]()).max())
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratios = [separate / shared for separate, shared in zip(seconds["separate"], seconds["shared"], strict=True)]
    result = {
        "model": str(model.config.model_type) + f", {model.num_parameters() / 1e6:.1f} M parameters",
        "precision": timed_in,
        "history_tokens": HISTORY_TOKENS,
        "candidate_tokens": CANDIDATE_TOKENS,
        "candidates": CANDIDATES,
        "repeats": REPEATS,
        "median_seconds": {name: round(value, 4) for name, value in medians.items()},
        "speedup_median_of_paired_ratios": round(statistics.median(ratios), 2),
        "speedup_range": [round(min(ratios), 2), round(max(ratios), 2)],
        "token_bound": round((HISTORY_TOKENS + CANDIDATE_TOKENS) * CANDIDATES / _shared_tokens(), 2),
        "tokens_per_second_shared": round(_shared_tokens() / medians["shared"]),
        "largest_score_difference": float(np.abs(scores["shared"] - scores["separate"]).max()),
        "largest_score_difference_fp32": exact,
        "spread_of_scores": float(np.ptp(scores["separate"])),
    }
    print(write_record("prefix_sharing", result, seed=SEED).read_text(encoding="utf-8"))


def _shared_tokens() -> int:
    return HISTORY_TOKENS + CANDIDATE_TOKENS * CANDIDATES


def _prompts(vocabulary: int) -> list[str]:
    generator = np.random.default_rng(SEED)
    history = generator.integers(10, vocabulary, HISTORY_TOKENS)
    rests = generator.integers(10, vocabulary, (CANDIDATES, CANDIDATE_TOKENS))
    return [" ".join(map(str, np.concatenate([history, rest]))) for rest in rests]


if __name__ == "__main__":
    torch.manual_seed(SEED)
    main()
