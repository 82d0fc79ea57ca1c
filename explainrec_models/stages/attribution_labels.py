"""Stage ``attribution_labels``: signed contributions of every history item and attribute to the teacher's score."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus, load_corpus
from explainrec_models.data.features import read_features
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.data.tables import write_parquet
from explainrec_models.parts.clusters import cluster_attributes
from explainrec_models.parts.linear_teacher import SLOTS, Contributions, LinearTeacher, Windows
from explainrec_models.parts.looks import looks_of
from explainrec_models.parts.progress import tracked
from explainrec_models.parts.teaching import fit_teacher

_CHUNK = 20_000
"""Rows labelled at once."""


@dataclass(frozen=True)
class AttributionLabelsReport:
    """How the teacher was chosen and how much it labelled.

    Attributes:
        examples: labelled rows.
        rows_with_history: training rows that could have been labelled; where there are more than ``examples``, every
            how many-th of them in time order is labelled.
        rows: training rows.
        weights: whether the item-item weights are dense or sparse, and how many are kept.
        users_step: every how many-th user the attribute regression read; 1 is everybody.
        largest_gap: largest difference between a score and the sum of its contributions, relative to the largest score.
    """

    examples: int
    rows_with_history: int
    rows: int
    contributions: int
    attributes: int
    looks: int
    topics: int
    decay: float
    weights: Mapping[str, str | int]
    users_step: int
    largest_gap: float
    tried: Sequence[Mapping[str, Any]]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def attribution_labels(
    out: Path,
    *,
    prepared: Path,
    image: Path,
    text: Path,
    key: str,
    noun: str,
    regularisation: float,
    decays: Sequence[float],
    looks: int,
    topics: int,
    history_length: int,
    seed: int,
    examples: int = 200_000,
    dense_items: int = 12_000,
    neighbours: int = 200,
) -> AttributionLabelsReport:
    """Fit the teacher on training rows and label the training rows that have a history.

    Each label is computed on the same truncated, ordered history that a language model reads; only the training rows
    before the labelled one are in it. Beyond ``examples`` such rows, as many are taken, evenly spaced in time order.

    Args:
        out: folder to write.
        prepared: folder of the training and validation rows.
        image: folder of the image features; clusters of what they show beyond attributes are attributes (``look:3``).
        text: folder of the text features; clusters of them are attributes (``topic:7``).
        key: the dataset's key.
        noun: what an item is called.
        regularisation: L2 penalty of the teacher.
        decays: recency decays to choose from.
        looks: visual clusters at most.
        topics: text clusters.
        history_length: rows of history in a label.
        seed: of the clusters.
        examples: rows to label at most.
        dense_items: largest catalogue whose item-item matrix is inverted whole.
        neighbours: items that may add to an item's score in a larger one.

    Raises:
        MissingArtefactError: an earlier stage has not run.
    """
    corpus = load_corpus(prepared, key=key, noun=noun)
    vectors, present = read_features(image, corpus.item_ids, made_by=f"image_features@{key}")
    attributes = [corpus.attributes[item] for item in corpus.item_ids]
    seen = looks_of(attributes, vectors, present, most=looks, seed=seed)
    vectors, present = read_features(text, corpus.item_ids, made_by=f"text_features@{key}")
    extra = [seen, cluster_attributes(vectors, present, prefix="topic", count=topics, seed=seed)]
    fitted = fit_teacher(
        corpus, extra, regularisation=regularisation, decays=decays, dense_items=dense_items, neighbours=neighbours
    )
    past = TrainingPast.of(corpus, history_length)
    with replacing(out) as folder:
        (folder / "teacher").mkdir()
        fitted.teacher.save(folder / "teacher")
        written = _write_labels(folder, fitted.teacher, corpus, past, past.spread(examples))
        report = AttributionLabelsReport(
            examples=written.examples,
            rows_with_history=len(past.labelled),
            rows=corpus.train.height,
            contributions=written.contributions,
            attributes=len(fitted.teacher.attributes),
            looks=len({name for name in extra[0] if name}),
            topics=len({name for name in extra[1] if name}),
            decay=fitted.teacher.decay,
            weights=fitted.teacher.model.form(),
            users_step=fitted.users_step,
            largest_gap=written.gap,
            tried=fitted.tried,
        )
        write_json(folder / REPORT_NAME, report.summary())
    return report


@dataclass(frozen=True)
class TrainingPast:
    """Where each training row's history lies, as numbers alone: millions of rows make no Python object.

    ``N`` training rows, ``L`` of them with a history.

    Attributes:
        rows: (N,) row of the training table, users together, each user's rows in time order (ties in file order).
        starts: (N,) place in ``rows`` of the oldest row of the history.
        stops: (N,) place after its latest row.
        labelled: (L,) places in ``rows`` that have a history, in time order.
        items: (N,) rows of the catalogue, in the order of the table.
        liked: (N,) in the order of the table.
    """

    rows: NDArray[np.int64]
    starts: NDArray[np.int32]
    stops: NDArray[np.int32]
    labelled: NDArray[np.int32]
    items: NDArray[np.unsignedinteger]
    liked: NDArray[np.bool_]

    @classmethod
    def of(cls, corpus: Corpus, history_length: int) -> "TrainingPast":
        """Find the histories that ``data.examples.windows`` would give.

        A history holds the user's earlier rows only, the last ``history_length`` of them; a row of the same moment is
        not earlier.
        """
        train = corpus.train
        users = train[schema.USER_ID].cast(pl.Categorical).to_physical().to_numpy()
        moments = train[schema.TIMESTAMP].to_numpy()
        in_time = np.argsort(moments, kind="stable")
        by_user = np.argsort(users[in_time], kind="stable")
        rows = in_time[by_user]
        places = np.arange(len(rows), dtype=np.int32)
        changes_user = np.diff(users[rows], prepend=-1) != 0
        changes_moment = np.diff(moments[rows], prepend=0) != 0
        first = np.maximum.accumulate(np.where(changes_user, places, 0))
        stops = np.maximum.accumulate(np.where(changes_user | changes_moment, places, 0))
        place = np.empty_like(places)
        place[by_user] = places
        return cls(
            rows,
            np.maximum(first, stops - history_length),
            stops,
            place[(stops > first)[place]],
            train[schema.ITEM_ID].cast(pl.Enum(corpus.item_ids)).to_physical().to_numpy(),
            train[schema.LIKED].to_numpy() == 1,
        )

    def spread(self, limit: int) -> NDArray[np.int32]:
        """Return the places to label: all, or ``limit`` of them evenly spaced in time order."""
        count = len(self.labelled)
        return self.labelled if count <= limit else self.labelled[np.arange(limit) * count // limit]

    def windows(self, places: NDArray[np.int32]) -> Windows:
        """Return these rows with their histories."""
        lengths = (self.stops[places] - self.starts[places]).astype(np.int64)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        history = self.rows[np.repeat(self.starts[places], lengths) + within]
        items = self.items[self.rows[places]].astype(np.int64)
        return Windows(items, lengths, self.items[history].astype(np.int64), self.liked[history])


@dataclass(frozen=True)
class _Written:
    examples: int
    contributions: int
    gap: float


def _write_labels(
    folder: Path, teacher: LinearTeacher, corpus: Corpus, past: TrainingPast, places: NDArray[np.int32]
) -> _Written:
    """Write ``labels.parquet`` in chunks."""
    contributions, gap, largest = 0, 0.0, 1e-12
    parts = folder / "parts"
    parts.mkdir()
    starts = range(0, max(len(places), 1), _CHUNK)
    for start in tracked(starts, what="labels", total=len(starts)):
        chunk = places[start : start + _CHUNK]
        explained = teacher.explain_windows(past.windows(chunk))
        table = _table(teacher, corpus.train[past.rows[chunk]], explained, first_example=start)
        table.write_parquet(parts / f"{start:012d}.parquet")
        contributions += table.height
        sums = np.bincount(explained.example, explained.value.astype(np.float32), minlength=len(chunk))
        gap = max(gap, float(np.abs(sums - explained.score.astype(np.float32)).max(initial=0.0)))
        largest = max(largest, float(np.abs(explained.score).max(initial=0.0)))
    write_parquet(pl.scan_parquet(sorted(parts.glob("*.parquet"))), folder / "labels.parquet")
    shutil.rmtree(parts)
    return _Written(len(places), contributions, round(gap / largest, 9))


def _table(teacher: LinearTeacher, rows: pl.DataFrame, explained: Contributions, *, first_example: int) -> pl.DataFrame:
    """Put names on the contributions of some training rows."""
    source = np.full(len(explained.slot), schema.PRIOR, dtype=object)
    for slot, names in ((schema.HISTORY, teacher.item_ids), (schema.ATTRIBUTE, teacher.attributes)):
        mine = explained.slot == SLOTS.index(slot)
        source[mine] = np.array(names, dtype=object)[explained.source[mine]]
    of_row = rows[explained.example]
    return pl.DataFrame(
        {
            schema.EXAMPLE_ID: pl.Series(explained.example + first_example, dtype=pl.Int64),
            schema.SLOT: pl.Series(np.array(SLOTS, dtype=object)[explained.slot], dtype=pl.String),
            schema.SOURCE: pl.Series(source, dtype=pl.String),
            schema.CONTRIBUTION: pl.Series(explained.value.astype(np.float32)),
            schema.USER_ID: of_row[schema.USER_ID],
            schema.ITEM_ID: of_row[schema.ITEM_ID],
            schema.TIMESTAMP: of_row[schema.TIMESTAMP],
            schema.LIKED: of_row[schema.LIKED].cast(pl.Int8),
            schema.SCORE: pl.Series(explained.score[explained.example].astype(np.float32)),
        }
    )
