"""Suites of the attribution labels: contributions that add up, evidence that exists, and nothing from the future.

Two layers: a row a contribution, and a row an example.
"""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.outputs import read_json
from explainrec_models.quality.frames import PAIR, is_among, scan
from explainrec_models.quality.limits import OutputLimits
from explainrec_models.quality.rules import CRITICAL, NUMBERS, Rule, flagged, has_columns, never_missing
from explainrec_models.quality.run import Layer

LABELS = "attribution_labels"
EXAMPLES = "attribution_labels_by_example"
COLUMNS = (
    schema.EXAMPLE_ID,
    schema.USER_ID,
    schema.ITEM_ID,
    schema.TIMESTAMP,
    schema.LIKED,
    schema.SLOT,
    schema.SOURCE,
    schema.CONTRIBUTION,
    schema.SCORE,
)
SLOTS = (schema.HISTORY, schema.ATTRIBUTE, schema.PRIOR)
ROW = [*PAIR, schema.TIMESTAMP, schema.LIKED]
"""What tells a training row from others."""

FINITE = "finite"
KNOWN_SOURCE = "known_source"
BEFORE = "source_is_earlier"
FIRST_SEEN = "first_seen"
ADDS_UP = "adds_up"
ONE_PRIOR = "one_prior"
TRAINED_ON = "is_training_row"


def label_layers(labels: Path, prepared: Path, items: pl.DataFrame, limits: OutputLimits) -> list[Layer]:
    """Return the suites of the attribution labels.

    Args:
        labels: folder that the stage wrote.
        prepared: folder of the training rows.
        items: columns ``schema.ITEM_COLUMNS``.
        limits: thresholds.

    Raises:
        MissingArtefactError: a stage has not run.
    """
    table = scan(labels / "labels.parquet", made_by="attribution_labels")
    if not set(COLUMNS) <= set(table.collect_schema()):
        return [Layer(LABELS, table, [has_columns(LABELS, COLUMNS)])]
    attributes = read_json(labels / "teacher" / "teacher.json", made_by="attribution_labels")["attributes"]
    train = scan(prepared / "train.parquet")
    return [
        Layer(LABELS, _contributions(table, train, items, attributes), _contribution_rules()),
        Layer(EXAMPLES, _examples(table, train, limits.max_label_gap), _example_rules(limits)),
    ]


def _contributions(
    table: pl.LazyFrame, train: pl.LazyFrame, items: pl.DataFrame, attributes: Collection[str]
) -> pl.LazyFrame:
    slot, source = pl.col(schema.SLOT), pl.col(schema.SOURCE)
    known = (
        pl.when(slot == schema.HISTORY)
        .then(is_among(schema.SOURCE, items[schema.ITEM_ID]))
        .when(slot == schema.ATTRIBUTE)
        .then(is_among(schema.SOURCE, pl.Series(sorted(attributes), dtype=pl.String)))
        .when(slot == schema.PRIOR)
        .then((source == schema.PRIOR).cast(pl.Int64))
    )
    finite = pl.col(schema.CONTRIBUTION).is_finite() & pl.col(schema.SCORE).is_finite()
    first_seen = train.group_by(PAIR).agg(pl.col(schema.TIMESTAMP).min().alias(FIRST_SEEN))
    evidence = pl.when(slot == schema.HISTORY).then(source).alias("evidence")
    is_earlier = (pl.col(FIRST_SEEN) < pl.col(schema.TIMESTAMP)).fill_null(value=False)
    return (
        table.with_columns(
            known.alias(KNOWN_SOURCE), finite.fill_null(value=False).cast(pl.Int64).alias(FINITE), evidence
        )
        .join(
            first_seen,
            left_on=[schema.USER_ID, "evidence"],
            right_on=PAIR,
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.when(slot == schema.HISTORY).then(is_earlier).cast(pl.Int64).alias(BEFORE))
        .drop("evidence", FIRST_SEEN)
    )


def _contribution_rules() -> list[Rule]:
    return [
        has_columns(LABELS, COLUMNS),
        *never_missing(LABELS, COLUMNS),
        flagged(LABELS, "contributions and scores are finite", FINITE, expected=NUMBERS),
        Rule(
            name="slots are known",
            layer=LABELS,
            severity=CRITICAL,
            expected=", ".join(SLOTS),
            expectation="ExpectColumnValuesToBeInSet",
            arguments={"column": schema.SLOT, "value_set": list(SLOTS)},
        ),
        flagged(
            LABELS,
            "sources exist",
            KNOWN_SOURCE,
            expected="an item of the item table, an attribute of the teacher, or prior",
        ),
        flagged(
            LABELS,
            "no example is labelled with its own future",
            BEFORE,
            expected="history items that the user had in a training row before the example's moment",
        ),
    ]


def _examples(table: pl.LazyFrame, train: pl.LazyFrame, max_gap: float) -> pl.LazyFrame:
    value, score = pl.col(schema.CONTRIBUTION).cast(pl.Float64), pl.col(schema.SCORE).cast(pl.Float64)
    rows = train.select(ROW).unique().with_columns(pl.lit(1, pl.Int64).alias(TRAINED_ON))
    gap = (pl.col("sum") - pl.col("score")).abs()
    # Both are stored in single precision: what rounding may do grows with the sizes that were added.
    adds_up = (gap <= max_gap * (pl.col("sizes") + pl.col("score").abs())) & (pl.col("score") == pl.col("other score"))
    return (
        table.group_by(schema.EXAMPLE_ID, maintain_order=True)
        .agg(
            pl.col(ROW).first(),
            value.sum().alias("sum"),
            value.abs().sum().alias("sizes"),
            score.min().alias("score"),
            score.max().alias("other score"),
            (pl.col(schema.SLOT) == schema.PRIOR).sum().alias("priors"),
        )
        .with_columns(
            adds_up.fill_null(value=False).cast(pl.Int64).alias(ADDS_UP),
            (pl.col("priors") == 1).cast(pl.Int64).alias(ONE_PRIOR),
        )
        .join(rows, on=ROW, how="left", maintain_order="left")
        .select(schema.EXAMPLE_ID, *ROW, ADDS_UP, ONE_PRIOR, pl.col(TRAINED_ON).fill_null(0))
    )


def _example_rules(limits: OutputLimits) -> list[Rule]:
    return [
        flagged(
            EXAMPLES,
            "contributions sum to the score",
            ADDS_UP,
            expected=f"one score an example, within {limits.max_label_gap:g} of what was added",
        ),
        flagged(EXAMPLES, "every example has one prior", ONE_PRIOR, expected="one contribution in slot prior"),
        flagged(EXAMPLES, "only training rows are labelled", TRAINED_ON, expected="a row of train.parquet"),
    ]
