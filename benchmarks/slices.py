"""Zero-shot transfer: cold users, cold items and other domains, `explainrec` and its ablations beside their rivals.

Command: ``python benchmarks/slices.py PROJECT [row …] [--experiments NAME …]``, in any order of rows; the differences
of `explainrec` from its rivals need the scores of both, which are kept in PROJECT/data/slices, those of `tallrec` in
the record too. PROJECT is a clone in which ``fingerprint``, ``pretrained`` of all three models and ``fetch``,
``validate``, ``prepare``, ``text_features`` and ``image_features`` of ml-100k and sample-shop have run. Rows and
experiments that are not named stay in the record with the commit that they were computed at.

Measured, each by AUC, UAUC, log loss and calibration error, users resampled, probabilities fitted on validation rows:

- users of whom 0, 1, 3, 5 or 10 rows are known and on whom nothing was fitted; what is asked is always the same;
- items that nobody has rated, and rated items of the same users and days, by the same fitted system;
- one category of the shop by a system fitted on the other two, and the shop by a system fitted on ml-100k.

Beside them stand the true tastes of the shop's people, the ceiling of every system.

Aims: on each slice `explainrec` 0.9 points of AUC above `tallrec` (the abstract of arXiv 2511.14770 claims as much
across domains) and nowhere below `rates`; cold items of the shop at 95 % of the warm ones or more.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collm_baselines import Score
from collm_explainrec import by_history
from collm_judging import Scores
from fitting import fitted
from record import commit, earlier, write_record
from shop_truth import TrueTastes
from slices_data import Asked, Experiment, experiments
from slices_judging import Scored, facts, judged, minus, ratios
from slices_tables import FULL, SEEN, UNSEEN

from explainrec_models.errors import NothingToLearnError
from explainrec_models.params import load_params

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "rates": ("rates", {}),
    "boosted": ("boosted", {}),
    "tallrec": ("tallrec", {}),
    "explainrec": ("explainrec", {}),
    "explainrec, no language model": ("explainrec", {"language_model": False}),
    "explainrec, no kinds of people": ("explainrec", {"kinds": 0}),
    "explainrec, nothing dropped in training": (
        "explainrec",
        {"cold_share": 0.0, "new_share": 0.0, "blind_share": 0.0},
    ),
}
"""System, and settings beside those of params.yaml."""
CEILINGS: dict[str, tuple[str, ...]] = {SEEN: (), UNSEEN: ("popularity",)}
"""What the best system could reach, without families that it may not know: nothing that an unrated item shows tells
whether it is a bestseller."""
SLOW = "tallrec"
"""Its scores stay in the record: what `explainrec` is ahead by can be told again without an hour of prompts."""
RIVALS = (SLOW, "rates", "boosted")
AIM, WARM_SHARE = 0.009, 0.95
NAME = "slices"


def scored(score: Score, experiment: Experiment) -> dict[str, Scored]:
    """Score every slice; validation rows that slices share are scored once."""
    done: dict[int, Scores] = {}

    def of(asked: Asked) -> Scores:
        if id(asked) not in done:
            done[id(asked)] = by_history(score, asked.rows, asked.histories)
        return done[id(asked)]

    return {
        one.name: Scored.of(one.valid.rows, of(one.valid), one.test.rows, of(one.test)) for one in experiment.slices
    }


def measured(row: str, name: str, experiment: Experiment, project: Path, *, seed: int) -> dict[str, Any]:
    """Return what a row reaches in an experiment, or why it has nothing to say; its scores are kept."""
    started = time.perf_counter()
    try:
        system = (
            TrueTastes.of(experiment.corpus, CEILINGS[row])
            if row in CEILINGS
            else fitted(*ROWS[row], experiment.corpus, project, seed=seed)
        )
    except NothingToLearnError as error:
        return {"slices": {one.name: {"metrics": {}, "note": str(error)} for one in experiment.slices}}
    seconds = time.perf_counter() - started
    found = scored(system.score, experiment)
    cost = {
        "fit_seconds": round(seconds, 1),
        "score_seconds": round(time.perf_counter() - started - seconds, 1),
        "commit": commit(),
        "fit": dict(system.report()),
    }
    for slice_name, one in found.items():
        one.write(kept(project, row), slice_name)
    return {
        "slices": {slice_name: judged(one) for slice_name, one in found.items()},
        "ratios": {cold: ratios(found[cold], found[warm]) for cold, warm in experiment.ratios},
        "costs": {name: cost},
    }


def kept(project: Path, row: str) -> Path:
    """Return the folder that a row's scores are kept in."""
    return project / "data/slices" / row.replace(", ", "_").replace(" ", "-")


def differences(project: Path, names: Sequence[str], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Return the full system minus each rival where the scores of both are known, else what the record has."""
    result: dict[str, Any] = {rival: dict(earlier.get("minus", {}).get(rival, {})) for rival in RIVALS}
    for rival in RIVALS:
        for name in names:
            mine, other = (Scored.read(kept(project, row), name) for row in (FULL, rival))
            recorded = earlier.get("scores", {}).get(rival, {}).get(name)
            if mine is not None and other is None and recorded is not None:
                other = mine.with_scores(recorded)
            if mine is not None and other is not None:
                result[rival][name] = {**minus(mine, other, name=name), "commit": computed_at(earlier, FULL, name)}
    return result


def computed_at(result: Mapping[str, Any], row: str, name: str) -> str | None:
    """Return the commit that a row's scores of a slice are of; none where it was never measured."""
    experiments = {column["name"]: column["experiment"] for column in result.get("columns", [])}
    costs: Mapping[str, Any] = next(
        (one.get("costs", {}) for one in result.get("rows", []) if one["system"] == row), {}
    )
    found: str | None = costs.get(experiments.get(name, ""), {}).get("commit")
    return found


def condensed(project: Path, row: str, names: Sequence[str]) -> dict[str, Any]:
    """Return the scores that a row has of some slices, as the record keeps them."""
    found = {name: Scored.read(kept(project, row), name) for name in names}
    return {name: one.condensed() for name, one in found.items() if one is not None}


def described(experiment: Experiment, name: str) -> list[dict[str, Any]]:
    """Return what each slice of an experiment is made of."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "experiment": name,
            **facts(one.test.rows, [len(history) for history in one.test.histories]),
        }
        for one in experiment.slices
    ]


def merged(result: Mapping[str, Any], row: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a record with an experiment of one of them put in or replaced, in the order of the table."""
    rows = [dict(one) for one in result.get("rows", [])]
    mine: dict[str, Any] = next((one for one in rows if one["system"] == row), {"system": row})
    for part in ("slices", "ratios", "costs"):
        mine[part] = {**mine.get(part, {}), **found.get(part, {})}
    order = [*ROWS, *CEILINGS]
    rows = [*(one for one in rows if one["system"] in order and one["system"] != row), mine]
    return sorted(rows, key=lambda one: order.index(one["system"]))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "rows", nargs="*", metavar="row", help=f"any of: {'; '.join((*ROWS, *CEILINGS))}; all by default"
    )
    parser.add_argument("--experiments", nargs="+", metavar="NAME", help="all where none is named")
    return parser.parse_args()


def main() -> None:
    """Measure what is named, or all, and merge it into the record."""
    asked_for = arguments()
    project: Path = asked_for.project
    seed = load_params(project / "params.yaml").seed
    made = {name: make() for name, make in experiments(project).items()}
    result = earlier(NAME) | {
        "columns": [one for name, experiment in made.items() for one in described(experiment, name)],
        "left_out": {name: dict(experiment.left_out) for name, experiment in made.items() if experiment.left_out},
        "aims": {"minus": AIM, "warm_share": WARM_SHARE},
    }
    for name in asked_for.experiments or made:
        for row in asked_for.rows or (*ROWS, *CEILINGS):
            found = measured(row, name, made[name], project, seed=seed)
            names = list(found["slices"])
            if row == SLOW:
                before = result.get("scores", {}).get(row, {})
                result["scores"] = {row: {**before, **condensed(project, row, names)}}
            result |= {"rows": merged(result, row, found), "minus": differences(project, names, result)}
            # All of it takes hours on a slow machine: what is measured stands in the record at once.
            write_record(NAME, dict(result), seed=seed)
            for column, cell in found["slices"].items():
                print(row, "|", column, "|", {key: one["value"] for key, one in cell["metrics"].items()}, flush=True)


if __name__ == "__main__":
    main()
