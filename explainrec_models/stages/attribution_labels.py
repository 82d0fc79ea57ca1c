"""Stage ``attribution_labels``: signed contributions of every history item and attribute to the teacher's score."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus, load_corpus
from explainrec_models.data.examples import windows
from explainrec_models.data.features import read_features
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.parts.clusters import cluster_attributes
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.progress import tracked
from explainrec_models.parts.teaching import fit_teacher


@dataclass(frozen=True)
class AttributionLabelsReport:
    """How the teacher was chosen and how much it labelled.

    Attributes:
        largest_gap: largest difference between a score and the sum of its contributions, relative to the largest score.
    """

    examples: int
    contributions: int
    attributes: int
    looks: int
    topics: int
    decay: float
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
) -> AttributionLabelsReport:
    """Fit the teacher on training rows and label every training row that has a history.

    Each label is computed on the same truncated, ordered history that a language model reads; only the training rows
    before the labelled one are in it.

    Args:
        out: folder to write.
        prepared: folder of the training and validation rows.
        image: folder of the image features; clusters of them are attributes (``look:3``).
        text: folder of the text features; clusters of them are attributes (``topic:7``).
        key: the dataset's key.
        noun: what an item is called.
        regularisation: L2 penalty of the teacher.
        decays: recency decays to choose from.
        looks: visual clusters.
        topics: text clusters.
        history_length: rows of history in a label.
        seed: of the clusters.

    Raises:
        MissingArtefactError: an earlier stage has not run.
    """
    corpus = load_corpus(prepared, key=key, noun=noun)
    extra = []
    for prefix, folder, count in (("look", image, looks), ("topic", text, topics)):
        vectors, present = read_features(folder, corpus.item_ids, made_by=f"{folder.parent.name}_features@{key}")
        extra.append(cluster_attributes(vectors, present, prefix=prefix, count=count, seed=seed))
    fitted = fit_teacher(corpus, extra, regularisation=regularisation, decays=decays)
    labels, gap = _label(fitted.teacher, corpus, history_length)
    report = AttributionLabelsReport(
        examples=labels[schema.EXAMPLE_ID].n_unique(),
        contributions=labels.height,
        attributes=len(fitted.teacher.attributes),
        looks=len({name for name in extra[0] if name}),
        topics=len({name for name in extra[1] if name}),
        decay=fitted.teacher.decay,
        largest_gap=gap,
        tried=fitted.tried,
    )
    with replacing(out) as folder:
        (folder / "teacher").mkdir()
        fitted.teacher.save(folder / "teacher")
        labels.write_parquet(folder / "labels.parquet")
        write_json(folder / REPORT_NAME, report.summary())
    return report


def _label(teacher: LinearTeacher, corpus: Corpus, history_length: int) -> tuple[pl.DataFrame, float]:
    columns: dict[str, list[Any]] = {
        name: [] for name in (schema.EXAMPLE_ID, schema.SLOT, schema.SOURCE, schema.CONTRIBUTION)
    }
    rows: list[tuple[int, str, str, int, int, float]] = []
    examples = [example for example in windows(corpus.train, history_length=history_length) if len(example.history)]
    gap, largest = 0.0, 1e-12
    for number, example in enumerate(tracked(examples, what="labels", total=len(examples))):
        explanation = teacher.explain(example.history, [example.item_id])[0]
        values = [c.value for c in explanation.contributions]
        gap = max(gap, abs(sum(values) - explanation.score))
        largest = max(largest, abs(explanation.score))
        columns[schema.EXAMPLE_ID] += [number] * len(values)
        columns[schema.SLOT] += [c.slot for c in explanation.contributions]
        columns[schema.SOURCE] += [c.source for c in explanation.contributions]
        columns[schema.CONTRIBUTION] += values
        rows.append(
            (number, example.history.user_id, example.item_id, example.timestamp, int(example.liked), explanation.score)
        )
    head = pl.DataFrame(
        rows,
        schema={
            schema.EXAMPLE_ID: pl.Int64,
            schema.USER_ID: pl.String,
            schema.ITEM_ID: pl.String,
            schema.TIMESTAMP: pl.Int64,
            schema.LIKED: pl.Int8,
            schema.SCORE: pl.Float32,
        },
        orient="row",
    )
    kinds = {
        schema.EXAMPLE_ID: pl.Int64,
        schema.SLOT: pl.String,
        schema.SOURCE: pl.String,
        schema.CONTRIBUTION: pl.Float32,
    }
    slots = pl.DataFrame(columns, schema=kinds)
    return slots.join(head, on=schema.EXAMPLE_ID, how="left", maintain_order="left"), round(gap / largest, 9)
