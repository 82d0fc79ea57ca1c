"""The main job on real files, unchanged: ML-1M with posters and plots, Amazon 2018 categories and LLMRank's Games.

Command: ``python benchmarks/real_datasets.py [folder [name …]]``; about an hour on two cores. Clones this repository
into a folder (a temporary one by default), registers each dataset (or those named) with ``explainrec datasets add``,
runs ``python -m explainrec_dagster.run`` over all keys and records what the evaluation measured; datasets of an earlier
record that were not run stay in it with the commit that they were computed at. Needs ``movielens-1m``,
``amazon2018_5core`` and ``amazon2018_games_llmrank`` of the real files. A second call with the same folder goes on
where the first stopped.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded_default import measured
from real_data import real_data
from record import earlier, head_of, write_record

from explainrec_dagster.dvc import environment
from explainrec_models.params import load_params
from explainrec_models.stages.evaluate import HEADLINE

ROOT = Path(__file__).parents[1]
RECORD_ONLY = "--record"
"""Word that leaves the run out and records what a folder holds."""
PARTS = ("datasets", "absent", "read", "computed")
"""Of a record, what stands there dataset by dataset."""
NOTE = (
    "Registered with `explainrec datasets add`, files unchanged; cuts at 80 % and 90 % of the times. ML-1M has its "
    "posters (3,256 of 3,883 items) and OMDb plots, directors and cast; Gift Cards has its metadata, the other two "
    "categories have none, so that their items are known by id alone. Games are LLMRank's events without ratings on "
    "its published split: `*_candidates_score` ranks its published lists of 100 sampled items with the test item "
    "added, which is no full ranking. `tallrec` re-ranks the retriever's list."
)


def additions(data: Callable[[str], Path]) -> Iterator[list[str]]:
    """Yield the arguments of ``explainrec datasets add`` for each dataset."""
    films, shop = data("movielens-1m"), data("amazon2018_5core")
    yield [
        "movielens", "ml-1m", "--location", str(films), "--pictures", str(films / "posters_short224.tar"),
        "--details", str(films / "omdb_metadata.jsonl.gz"),
    ]  # fmt: skip
    meta = ["--meta", str(shop / "meta_Gift_Cards.json.gz")]
    yield ["amazon-2018", "Gift_Cards", "--reviews", str(shop / "Gift_Cards_5.json.gz"), *meta]
    for category in ("All_Beauty", "AMAZON_FASHION"):
        yield ["amazon-2018", category, "--reviews", str(shop / f"{category}_5.json.gz")]
    yield ["llmrank", "games", "--location", str(data("amazon2018_games_llmrank"))]


def run(project: Path, *command: str) -> None:
    """Run a command of the project in its own folder."""
    subprocess.run(  # noqa: S603 - fixed words
        [sys.executable, "-m", *command],
        cwd=project,
        env={**os.environ, **environment(), "EXPLAINREC_ROOT": str(project), "PYTHONPATH": str(project)},
        check=True,
    )


def prepare_project(project: Path, *, only: Sequence[str]) -> None:
    """Clone this commit, and register the datasets (or ``only`` those names) in place of those that are there."""
    if (project / "params.yaml").is_file():
        return
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(project)], check=True)  # noqa: S603, S607
    before = load_params(project / "params.yaml").datasets
    for arguments in [words for words in additions(real_data) if not only or words[1] in only]:
        run(project, "explainrec_models.cli", "datasets", "add", *arguments)
    for key in before:
        run(project, "explainrec_models.cli", "datasets", "remove", key)


def summary(project: Path, key: str) -> dict[str, Any]:
    """Return what was read and what was dropped of one dataset."""
    prepared = json.loads((project / "data/heldout" / key / "report.json").read_text(encoding="utf-8"))
    images = json.loads((project / "data/features/image" / key / "report.json").read_text(encoding="utf-8"))
    return {
        "rows": prepared["rows"],
        "users": prepared["users"],
        "items": prepared["items"],
        "dropped": {reason: count for reason, count in prepared["dropped"].items() if count},
        "pictures": images["pictures"],
    }


def absent(project: Path, key: str) -> dict[str, dict[str, str]]:
    """Return why a system has no value of a metric, or of a group of them."""
    report = json.loads((project / "data/evaluation" / key / "report.json").read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = report["absent"]
    return found


def provenance(project: Path, seconds: float) -> dict[str, Any]:
    """Return the commit that a dataset was computed at, where and how long."""
    return {"commit": head_of(project), "date": f"{datetime.now(UTC):%Y-%m-%d}", "seconds": round(seconds, 1)}


def seconds_of(project: Path, key: str) -> float:
    """Return how long the last run of each stage of a dataset took."""
    lines = (project / ".explainrec/timings.jsonl").read_text(encoding="utf-8").splitlines()
    last = {(line["stage"], line["subject"]): float(line["seconds"]) for line in map(json.loads, lines)}
    return sum(took for (_, subject), took in last.items() if subject == key or subject.startswith(f"{key}-"))


def with_earlier(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result with the datasets that only the earlier record holds; each keeps its own commit."""
    before = earlier("real_datasets")
    for part in PARTS:
        result[part] = {**before.get(part, {}), **result[part]}
    return result


def main() -> None:
    """Run and record."""
    words = [word for word in sys.argv[1:] if word != RECORD_ONLY]
    project = Path(words[0]) if words else Path(tempfile.mkdtemp()) / "project"
    if RECORD_ONLY not in sys.argv:
        prepare_project(project, only=words[1:])
        run(project, "explainrec_dagster.run")
    params = load_params(project / "params.yaml")
    finished = [key for key in params.datasets if (project / "data/evaluation" / key).is_dir()]
    result = {
        "metrics": list(HEADLINE),
        "datasets": {key: measured(project / "data/evaluation" / key) for key in finished},
        "absent": {key: absent(project, key) for key in finished},
        "read": {key: summary(project, key) for key in finished},
        "computed": {key: provenance(project, seconds_of(project, key)) for key in finished},
        "unfinished": [key for key in params.datasets if key not in finished],
        "note": NOTE,
    }
    write_record("real_datasets", with_earlier(result), seed=params.seed)


if __name__ == "__main__":
    main()
