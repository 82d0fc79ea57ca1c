"""Keeping the scores of a row of the slices, and judging them: metrics, cold against warm, one row minus another."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from collm_judging import RESAMPLES, SEED, Scores, cell, cells, measures, paired
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.evaluation.bootstrap import Measure, bootstrap_interval, draw_weights

PARTS = (schema.VALID, schema.TEST)
ROW = (schema.USER_ID, schema.ITEM_ID, schema.LIKED)
"""What tells one row of a slice from another."""
METRICS = ("auc_score", "uauc_score")
"""Of which a ratio is stated."""
DECIMALS = 5
"""Of scores in a record."""
SAYS_NOTHING = "within each user all items have the same score, so that UAUC is that of chance"


@dataclass(frozen=True)
class Scored:
    """Validation and test rows of a slice, columns user_id, item_id, liked and score."""

    valid: pl.DataFrame
    test: pl.DataFrame

    @classmethod
    def of(cls, valid: pl.DataFrame, valid_scores: Scores, test: pl.DataFrame, test_scores: Scores) -> "Scored":
        """Put scores beside their rows."""
        return cls(_with_scores(valid, valid_scores), _with_scores(test, test_scores))

    def measures(self) -> dict[str, Measure]:
        """Return every metric; probabilities are fitted on validation rows."""
        valid, test = (table[schema.SCORE].to_numpy() for table in (self.valid, self.test))
        return measures(self.test, test, self.valid, valid)

    def write(self, folder: Path, name: str) -> None:
        """Write both tables."""
        for part in PARTS:
            path = _path(folder, name, part)
            path.parent.mkdir(parents=True, exist_ok=True)
            getattr(self, part).write_parquet(path)

    @classmethod
    def read(cls, folder: Path, name: str) -> "Scored | None":
        """Read what ``write`` wrote; nothing where it has not."""
        paths = [_path(folder, name, part) for part in PARTS]
        return cls(*(pl.read_parquet(path) for path in paths)) if all(path.is_file() for path in paths) else None

    def condensed(self) -> dict[str, Any]:
        """Return the scores alone, with a checksum of the rows that they are of; no row can be read from it."""
        scores = {part: getattr(self, part)[schema.SCORE].round(DECIMALS).to_list() for part in PARTS}
        return {"rows": self._checksum(), **scores}

    def with_scores(self, condensed: Mapping[str, Any]) -> "Scored | None":
        """Return these rows with the scores of ``condensed``; nothing where those are of other rows."""
        if condensed["rows"] != self._checksum():
            return None
        tables = (_with_scores(getattr(self, part), np.array(condensed[part], dtype=np.float32)) for part in PARTS)
        return Scored(*tables)

    def _checksum(self) -> str:
        rows = [getattr(self, part).select(ROW).write_csv() for part in PARTS]
        return hashlib.sha256("\0".join(rows).encode()).hexdigest()


def _path(folder: Path, name: str, part: str) -> Path:
    return folder / name.replace(", ", "_").replace(" ", "-") / f"{part}.parquet"


def _with_scores(rows: pl.DataFrame, scores: Scores) -> pl.DataFrame:
    return rows.select(ROW).with_columns(pl.Series(schema.SCORE, scores))


def judged(scored: Scored) -> dict[str, Any]:
    """Return the metrics with intervals over users, and what keeps one from saying anything."""
    found: dict[str, Any] = {"metrics": cells(scored.test, scored.measures())}
    different = scored.test.group_by(schema.USER_ID).agg(pl.col(schema.SCORE).n_unique())[schema.SCORE]
    return found | ({"note": SAYS_NOTHING} if (different == 1).all() else {})


def ratios(cold: Scored, warm: Scored) -> dict[str, dict[str, float | None]]:
    """Return AUC and UAUC of one slice divided by those of another of the same users, both on the same resamples."""
    users = cold.test[schema.USER_ID].unique().sort()
    assert users.equals(warm.test[schema.USER_ID].unique().sort()), "the slices are of different users"
    weights = draw_weights(len(users), RESAMPLES, seed=SEED)
    first, second = cold.measures(), warm.measures()
    return {name: _ratio(first[name], second[name], weights) for name in METRICS}


def _ratio(first: Measure, second: Measure, weights: NDArray[np.float64]) -> dict[str, float | None]:
    return cell(bootstrap_interval(lambda drawn: first.statistic(drawn) / second.statistic(drawn), weights))


def minus(mine: Scored, other: Scored, *, name: str) -> dict[str, Any]:
    """Return one row's metrics minus another's, on the same rows and resamples.

    Raises:
        SystemExit: the scores are of different rows.
    """
    if not mine.test.select(ROW).equals(other.test.select(ROW)):
        message = (
            f"the scores of {name!r} that are kept are of different rows: the dates, the seed or the data were "
            "changed since. Name both rows on the command line, so that both are scored anew."
        )
        raise SystemExit(message)
    return paired(mine.test, mine.measures(), other.measures())


def facts(test: pl.DataFrame, histories: list[int]) -> Mapping[str, Any]:
    """Return how many rows and users a slice has and how much is known of them."""
    mixed = test.group_by(schema.USER_ID).agg(pl.col(schema.LIKED).n_unique())[schema.LIKED]
    return {
        "rows": test.height,
        "users": len(mixed),
        "mixed_users": int((mixed > 1).sum()),
        "liked_share": round(float(test[schema.LIKED].cast(pl.Float64).to_numpy().mean()), 4),
        "median_history": float(np.median(histories)),
    }
