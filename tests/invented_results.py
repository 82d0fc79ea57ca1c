"""What every stage before ``report`` would have written, invented: two datasets, four systems, hostile titles."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from PIL import Image

from explainrec_models.data import schema
from explainrec_models.data.outputs import write_json

DATASETS = ("films", "shop")
RECIPES = {"films": "temporal", "shop": "leave-one-out"}
SYSTEMS = ("popularity", "rates", "ease", "tallrec")
HOSTILE = "<script>alert('title')</script> & \"Sons\" $5$"
HOSTILE_REASON = "Because you liked “<script>alert('reason')</script>”."
FILMS = [HOSTILE, "Lighthouse Summer (1995)", "The Paper Boat (1996)", "Winter Freight (1994)", "Tin Orchestra (1991)"]
UNSUPPORTED = ("u2", "3")
"""User and item where nothing in the history speaks for the item."""
AFTER = {"cited": -0.8, "random": 1.1, "popular": 0.35}
"""Score without two items, of 1.25 with all."""
NO_EXPLANATION = "the system gives no explanation"
UNKNOWN_TRUTH = "the true reasons of this dataset are not known"

_TITLES = {"popularity": "Popularity", "rates": "Like rates", "ease": "EASE", "tallrec": "TALLRec (LoRA)"}
_AUC = {"popularity": 0.6512, "rates": 0.7048, "ease": 0.7361, "tallrec": 0.7213}
_PICTURES = {"0": "images/0.png", "1": "images/1.png", "2": "images/2.png", "4": "images/broken.png"}


def write_results(data: Path) -> Path:
    """Write everything below ``data`` and return it."""
    for system in SYSTEMS:
        (data / "cards").mkdir(parents=True, exist_ok=True)
        write_json(data / "cards" / f"{system}.json", card(system))
    for key in DATASETS:
        _write_data(data, key)
        _write_evaluation(data / "evaluation" / key, key)
        for system in SYSTEMS:
            _write_explanations(data / "explanations" / key / system, system)
    return data


def card(system: str) -> dict[str, Any]:
    """Return the content of a card file."""
    quoted = [{"dataset": "ML-100K, 16 shots", "metric": "AUC", "value": 67.24, "source": "Table 2, arXiv 2305.00447"}]
    return {
        "system": system,
        "card": {
            "title": _TITLES[system],
            "task": "pointwise" if system == "tallrec" else "both",
            "signals": ["interactions"],
            "needs_language_model": system == "tallrec",
            "explains": system != "popularity",
            "cold_items": system == "tallrec",
            "full_ranking": system != "tallrec",
            "parts": [],
            "quoted": quoted if system == "tallrec" else [],
            "status": "measured",
        },
        "settings": {"shots": 64, "rate": 0.0003} if system == "tallrec" else {},
        "seed": 20,
        "code": {"sha256": system[0] * 64, "modules": [f"explainrec_models.systems.{system}"]},
        "language_model": {"name": "a small model", "sha256": "f" * 64, "note": None} if system == "tallrec" else None,
    }


def metrics(key: str) -> dict[str, dict[str, float]]:
    """Return the content of ``metrics.json``: absent values are absent keys."""
    found: dict[str, dict[str, float]] = {}
    for place, system in enumerate(SYSTEMS):
        auc = _AUC[system]
        found[system] = {
            "auc_score": auc,
            "uauc_score": auc - 0.0521,
            "log_loss": 1.31 - auc,
            "calibration_error": 0.0613 - 0.011 * place,
            "calibration_error_by_chance": 0.0213,
            "ndcg_at_10_score": 0.0412 + 0.0173 * place,
            "recall_at_10_score": 0.0633 + 0.0121 * place,
            "mrr_at_10_score": 0.0871 + 0.0091 * place,
        }
        if system != "popularity":
            found[system] |= {
                "comprehensiveness_score": 0.4127 + 0.3 * place,
                "comprehensiveness_random_score": 0.0213,
                "comprehensiveness_popular_score": 0.1178,
                "comprehensiveness_gap_score": 0.3914 + 0.3 * place,
                "grounding_score": 1.0,
            }
            if key == "shop":
                found[system] |= {"truth_score": 0.3121 + 0.1 * place, "truth_shuffled_score": -0.0042}
    if key == "shop":
        found["labels"] = {"truth_score": 0.7425, "truth_shuffled_score": 0.0011}
    return found


def _write_data(data: Path, key: str) -> None:
    raw, prepared, quality = (data / name / key for name in ("raw", "prepared", "quality"))
    for folder in (raw / "images", prepared, quality):
        folder.mkdir(parents=True)
    for item in ("0", "1", "2"):
        Image.new("RGBA", (300, 200), (40 * int(item) + 60, 120, 160, 200)).save(raw / "images" / f"{item}.png")
    (raw / "images" / "broken.png").write_bytes(b"not a picture")
    files = {
        "ratings.csv": {"sha256": "ab" * 32, "size": 1_250_000},
        "images/0.png": {"sha256": "cd" * 32, "size": 900},
    }
    write_json(
        raw / "report.json", {"origin": "invented here", "licence": "none needed", "files": files, "pictures": 3}
    )
    write_json(
        prepared / "report.json",
        {"rows": {"train": 80_312, "valid": 9_688}, "items": len(FILMS)},
    )
    write_json(quality / "report.json", {"interactions": 100_000, "dropped": {"repeated_reviews": 12}})
    for part, start in (("train", 0), ("valid", 3)):
        pl.DataFrame(
            {
                schema.USER_ID: ["u1", "u1", "u2"],
                schema.ITEM_ID: ["1", "2", "4"],
                schema.RATING: [5.0, 4.0, 1.0],
                schema.TIMESTAMP: [86_400_000 * (start + day) for day in range(3)],
                schema.LIKED: [1, 1, 0],
            }
        ).write_parquet(prepared / f"{part}.parquet")
    pl.DataFrame(
        {
            schema.ITEM_ID: [str(number) for number in range(len(FILMS))],
            schema.TITLE: FILMS,
            schema.ATTRIBUTES: [["genre:Comedy"]] * len(FILMS),
            schema.TEXT: [""] * len(FILMS),
            schema.IMAGE: [_PICTURES.get(str(number)) for number in range(len(FILMS))],
            schema.CATEGORY: [""] * len(FILMS),
        }
    ).write_parquet(prepared / "items.parquet")
    write_json(quality / "verdict.json", {"expectations": _expectations()})


def _expectations() -> list[dict[str, Any]]:
    good = {"layer": "raw_ratings", "severity": "critical", "success": True, "observed": "all rows fit"}
    bad = {"layer": "raw_items", "severity": "warning", "success": False, "observed": "3 of 1682 rows do not fit"}
    return [
        {"name": "ratings lie on the scale of the layout", "expected": "1 to 5", **good},
        {"name": "titles hold no HTML", "expected": "no tag or entity in any title", **bad},
    ]


def _write_evaluation(folder: Path, key: str) -> None:
    folder.mkdir(parents=True)
    measured = metrics(key)
    write_json(folder / "metrics.json", measured)
    intervals(measured).write_parquet(folder / "intervals.parquet")
    shares = (0.15, 0.4, 0.65, 0.9)
    pl.DataFrame(
        [
            {schema.SYSTEM: system, "bin": bin_, "mean_probability": share, "like_share": share**1.2, "rows": 40 * bin_}
            for system in SYSTEMS
            for bin_, share in enumerate(shares, start=1)
        ]
    ).write_csv(folder / "calibration.csv")
    drops = {"cited": 0.5, "random": 0.02, "popular": 0.1}
    pl.DataFrame(
        [
            {schema.SYSTEM: system, "removed": removed, "count": count, "mean_score_drop": drop * count}
            for system in SYSTEMS[1:]
            for removed, drop in drops.items()
            for count in (1, 2, 3)
        ]
    ).write_csv(folder / "deletion.csv")
    absent = {"popularity": {"comprehensiveness_score": NO_EXPLANATION, "grounding_score": NO_EXPLANATION}}
    if key == "films":
        absent |= {system: absent.get(system, {}) | {"truth_score": UNKNOWN_TRUTH} for system in SYSTEMS}
    write_json(
        folder / "report.json",
        {
            "systems": list(SYSTEMS),
            "resamples": 1000,
            "slices": {"all": {"users": 120, "rows": 1802}, "warm": {"users": 90, "rows": 1202}},
            "absent": absent,
            "protocol": {"ranking": "full catalogue for every user with a list"},
        },
    )


def intervals(measured: Mapping[str, Mapping[str, float]]) -> pl.DataFrame:
    """Return intervals of ± 0.02, on warm and cold users for AUC; one cold value has no bounds."""
    rows: list[dict[str, Any]] = []
    for system, values in measured.items():
        for metric, value in values.items():
            rows.append(_interval(system, metric, "all", value))
            if system not in {"rates", "labels"} and metric in measured["rates"]:
                difference = value - measured["rates"][metric]
                rows.append(_interval(system, f"{metric}_minus_rates", "all", difference))
        if "auc_score" in values:
            rows.append(_interval(system, "auc_score", "warm", values["auc_score"] + 0.011))
            cold = _interval(system, "auc_score", "cold", values["auc_score"] - 0.032)
            rows.append(cold | {"low": None, "high": None, "users": 1} if system == "rates" else cold)
    return pl.DataFrame(rows)


def _interval(system: str, metric: str, part: str, value: float) -> dict[str, Any]:
    bounds = {"value": value, "low": value - 0.02, "high": value + 0.02, "users": 90, "rows": 1202}
    return {schema.SYSTEM: system, "metric": metric, "slice": part, **bounds}


def _write_explanations(folder: Path, system: str) -> None:
    folder.mkdir(parents=True)
    explained = [] if system == "popularity" else [(user, item) for user in ("u1", "u2") for item in ("0", "3")]
    reasons, contributions, deletions = [], [], []
    for user, item in explained:
        rank, score = 1 + ["0", "3"].index(item), 1.25
        pair = {schema.USER_ID: user, schema.ITEM_ID: item}
        head = {**pair, schema.RANK: rank, schema.SCORE: score}
        supported = (user, item) != UNSUPPORTED
        reasons.append(
            {
                **head,
                schema.TITLE: FILMS[int(item)],
                schema.REASON: HOSTILE_REASON,
                "method": "exact linear",
                "cited": ["1"] if supported else [],
                "history": ["1", "2", "4"],
                "history_liked": [True, True, False],
            }
        )
        contributions += [
            {**head, schema.SLOT: slot, schema.SOURCE: source, schema.CONTRIBUTION: value}
            for slot, source, value in _CONTRIBUTIONS
            if supported or value < 0 or slot != schema.HISTORY
        ]
        deletions += [
            {**pair, "removed": removed, "count": 2, schema.SCORE: score, "score_without": after}
            for removed, after in AFTER.items()
            if supported
        ]
    _table(reasons, _REASONS).write_parquet(folder / "reasons.parquet")
    _table(contributions, _CONTRIBUTION_COLUMNS).write_parquet(folder / "contributions.parquet")
    _table(deletions, _DELETION_COLUMNS).write_parquet(folder / "deletions.parquet")
    write_json(folder / "report.json", {"system": system, "explained": len(explained)})


_CONTRIBUTIONS = [
    (schema.HISTORY, "1", 0.8),
    (schema.HISTORY, "2", 0.1),
    (schema.HISTORY, "4", -0.4),
    (schema.ATTRIBUTE, "genre:Comedy", 0.25),
    (schema.ASPECT, "its <picture>", 0.2),
    (schema.PRIOR, schema.PRIOR, 0.3),
]
_HEAD: dict[str, Any] = {
    schema.USER_ID: pl.String,
    schema.ITEM_ID: pl.String,
    schema.RANK: pl.Int32,
    schema.SCORE: pl.Float64,
}
_REASONS = _HEAD | {
    schema.TITLE: pl.String,
    schema.REASON: pl.String,
    "method": pl.String,
    "cited": pl.List(pl.String),
    "history": pl.List(pl.String),
    "history_liked": pl.List(pl.Boolean),
}
_CONTRIBUTION_COLUMNS = _HEAD | {schema.SLOT: pl.String, schema.SOURCE: pl.String, schema.CONTRIBUTION: pl.Float64}
_DELETION_COLUMNS: dict[str, Any] = {
    schema.USER_ID: pl.String,
    schema.ITEM_ID: pl.String,
    "removed": pl.String,
    "count": pl.Int32,
    schema.SCORE: pl.Float64,
    "score_without": pl.Float64,
}


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=columns)
