"""`tallrec` with 64 shots on the published movie test of TALLRec, beside counting and beside the published numbers.

Command: ``python benchmarks/tallrec_movies.py [seed ...]``; about a quarter of an hour a seed on two cores, one seed by
default. Needs ``movielens-100k/ml-100k.{inter,item}``, ``tallrec/movie_{valid,test}.json.gz`` and the language model of
the embedded default (``explainrec pretrained --model language_model``). The windows are rebuilt from MovieLens 100K and
compared with the published rows, in order. Published: LLaMA-7B, 64 shots, AUC 0.6748 (Table 1, arXiv 2305.00447).
"""

import gzip
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from real_data import real_data
from record import write_record

from explainrec_models.data.examples import Example
from explainrec_models.data.paths import Paths
from explainrec_models.data.tallrec_windows import TallrecWindows, published_input, rating_lines, tallrec_windows
from explainrec_models.evaluation.bootstrap import bootstrap_interval, draw_weights
from explainrec_models.evaluation.pointwise import auc_statistic
from explainrec_models.params import load_params
from explainrec_models.parts.asking import Catalogue
from explainrec_models.registry import system_config
from explainrec_models.systems import tallrec

SHOTS = 64
VALID_ROWS = 120
RESAMPLES = 1000


def read_titles() -> dict[str, str]:
    """Return titles as MovieLens prints them."""
    lines = real_data("movielens-100k/ml-100k.item").read_text(encoding="utf-8").splitlines()[1:]
    return {line.split("\t")[0]: "{1} ({2})".format(*line.split("\t")) for line in lines}


def read_windows() -> TallrecWindows:
    """Rebuild the three parts."""
    return tallrec_windows(rating_lines(real_data("movielens-100k/ml-100k.inter").read_text().split("\n", 1)[1]))


def equal_rows(windows: TallrecWindows, titles: Mapping[str, str]) -> dict[str, str]:
    """Count the rebuilt rows that equal the published ones at the same place."""
    counts = {}
    for part in ("valid", "test"):
        published = json.loads(gzip.decompress(real_data(f"tallrec/movie_{part}.json.gz").read_bytes()))
        ours = [(published_input(e, titles), "Yes." if e.liked else "No.") for e in getattr(windows, part)]
        same = sum(mine == (row["input"], row["output"]) for mine, row in zip(ours, published, strict=True))
        counts[part] = f"{same}/{len(published)}"
    return counts


def like_share(example: Example) -> float:
    """Return the counting score: the share of liked films in the prompt's own history."""
    return float(np.mean(example.history.liked))


def tuned_scores(windows: TallrecWindows, catalogue: Catalogue, seed: int) -> tuple[list[float], Mapping[str, Any]]:
    """Tune on 64 rows drawn from the training part and score the test rows."""
    settings = {**load_params().system_settings.get("tallrec", {}), "shots": SHOTS}
    config = system_config("tallrec", settings)
    assert isinstance(config, tallrec.Config)
    drawn = np.random.default_rng(seed).permutation(len(windows.train))[:SHOTS]
    with tempfile.TemporaryDirectory() as scratch:
        tuned = tallrec.tune(
            [windows.train[place] for place in drawn],
            windows.valid[:: len(windows.valid) // VALID_ROWS],
            catalogue,
            config,
            language_model=Paths().pretrained("language_model"),
            scratch=Path(scratch),
            seed=seed,
        )
    system = tallrec.System(tuned, catalogue, config)
    scores = system.score([e.history for e in windows.test], [[e.item_id] for e in windows.test])[:, 0]
    return [float(score) for score in scores], tuned.report


def intervals(
    examples: Sequence[Example], columns: Mapping[str, Sequence[float]]
) -> dict[str, dict[str, float | None]]:
    """Return the AUC of each column with an interval over users, the same resamples for all."""
    names, users = np.unique([e.history.user_id for e in examples], return_inverse=True)
    liked = [int(e.liked) for e in examples]
    weights = draw_weights(len(names), RESAMPLES, seed=0)
    found = {}
    for name, scores in columns.items():
        interval = bootstrap_interval(auc_statistic(users, liked, scores), weights)
        found[name] = {"value": interval.value, "low": interval.low, "high": interval.high}
    return found


def main() -> None:
    """Measure and record."""
    seeds = [int(word) for word in sys.argv[1:]] or [0]
    windows, titles = read_windows(), read_titles()
    columns = {"counting: share of liked films in the prompt": [like_share(e) for e in windows.test]}
    reports = {}
    for seed in seeds:
        scores, report = tuned_scores(windows, Catalogue(titles, "movie"), seed)
        columns[f"tallrec, {SHOTS} shots, seed {seed}"] = scores
        reports[str(seed)] = dict(report)
        print(seed, intervals(windows.test, columns), report, flush=True)
    result = {
        "rows": len(windows.test),
        "users": len({e.history.user_id for e in windows.test}),
        "equal_published_rows": equal_rows(windows, titles),
        "auc_score": intervals(windows.test, columns),
        "tuning": reports,
        "published": {"tallrec_64_shots_llama_7b": 0.6748, "counting": 0.726},
        "note": "The language model is SmolLM2-135M-Instruct (dequantised Q4_1), fifty times smaller than LLaMA-7B.",
    }
    write_record("tallrec_movies", result, seed=seeds[0])


if __name__ == "__main__":
    main()
