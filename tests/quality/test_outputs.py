"""The suites of features, labels and predictions, each expectation on outputs that violate exactly it."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from checked_outputs import SYSTEM, Outputs, write_outputs

from explainrec_models.data import schema
from explainrec_models.errors import MissingArtefactError
from explainrec_models.quality.limits import OutputLimits

Change = Callable[[pl.DataFrame], pl.DataFrame]
POINTWISE, RANKING = f"predictions/{SYSTEM}/pointwise", f"predictions/{SYSTEM}/ranking"
IMAGE, TEXT, LABELS = "image/features", "text/features", "labels/labels"
SCORES, RANKS = f"predictions_{SYSTEM}", f"predictions_{SYSTEM}_ranking"


@pytest.fixture
def outputs(tmp_path: Path) -> Outputs:
    return write_outputs(tmp_path / "outputs")


def at(row: int, column: str, value: object) -> Change:
    """Replace one value."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        given = pl.lit(value, dtype=table.schema[column])
        return table.with_columns(pl.when(pl.int_range(pl.len()) == row).then(given).otherwise(column).alias(column))

    return change


def vector(row: int, value: list[float]) -> Change:
    def change(table: pl.DataFrame) -> pl.DataFrame:
        vectors = table[schema.EMBEDDING].to_list()
        vectors[row] = value
        return table.with_columns(pl.Series(schema.EMBEDDING, vectors, dtype=table.schema[schema.EMBEDDING]))

    return change


def ragged(table: pl.DataFrame) -> pl.DataFrame:
    vectors = table[schema.EMBEDDING].to_list()
    vectors[1] = vectors[1][:-1]
    return table.with_columns(pl.Series(schema.EMBEDDING, vectors, dtype=pl.List(pl.Float32)))


def without(row: int) -> Change:
    return lambda table: table.filter(pl.int_range(pl.len()) != row)


def twice(table: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([table, table.tail(1)])


def stranger(table: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([table, at(0, schema.ITEM_ID, "unheard of")(table.head(1))])


def placeholder(row: int) -> Change:
    return lambda table: vector(row, [0.0] * 5)(at(row, schema.PRESENT, value=False)(table))


def constant(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.lit(0.5, pl.Float32).alias(schema.SCORE))


ONES = [1.0, 1.0, 1.0, 1.0, 1.0]
NAN = [1.0, float("nan"), 1.0, 1.0, 1.0]
VIOLATIONS: list[tuple[str, str, str, Change]] = [
    (IMAGE, "image_features", "items are encoded once", twice),
    (IMAGE, "image_features", "every item has a row", without(5)),
    (TEXT, "text_features", "rows are of items", lambda table: vector(6, ONES)(stranger(table))),
    (TEXT, "text_features", "vectors have one width", ragged),
    (TEXT, "text_features", "vectors are finite", vector(1, NAN)),
    (IMAGE, "image_features", "placeholders are zeros", vector(5, ONES)),
    (TEXT, "text_features", "placeholders are zeros", vector(5, [0.0] * 5)),
    (TEXT, "text_features", "items have words", placeholder(5)),
    (IMAGE, "image_features", "pictures can be read", placeholder(0)),
    (TEXT, "text_features", "vectors tell items apart", lambda table: vector(0, ONES)(vector(1, ONES)(table))),
    (LABELS, "attribution_labels", "slots are known", at(2, schema.SLOT, "hearsay")),
    (LABELS, "attribution_labels", "sources exist", at(2, schema.SOURCE, "colour:unheard of")),
    (LABELS, "attribution_labels", "column source has no missing value", at(2, schema.SOURCE, None)),
    (LABELS, "attribution_labels", "no example is labelled with its own future", at(1, schema.SOURCE, "i1")),
    (LABELS, "attribution_labels_by_example", "contributions sum to the score", at(2, schema.CONTRIBUTION, -0.2499)),
    (LABELS, "attribution_labels_by_example", "every example has one prior", without(3)),
    (LABELS, "attribution_labels_by_example", "only training rows are labelled", lambda table: table.with_columns(
        pl.when(pl.col(schema.EXAMPLE_ID) == 1).then(pl.lit("i3")).otherwise(schema.ITEM_ID).alias(schema.ITEM_ID)
    )),
    (POINTWISE, SCORES, "every held-out row is scored", without(3)),
    (POINTWISE, SCORES, "only held-out rows are scored", stranger),
    (POINTWISE, SCORES, "rows are scored once", twice),
    (POINTWISE, SCORES, "scores are finite", at(0, schema.SCORE, float("nan"))),
    (POINTWISE, SCORES, "labels are those of the held-out rows", at(0, schema.LIKED, 0)),
    (POINTWISE, SCORES, "scores tell rows apart", constant),
    (RANKING, RANKS, "rankings are for test users with a history", lambda table: pl.concat(
        [table, at(0, schema.USER_ID, "u2")(table.head(1))]
    )),
    (RANKING, RANKS, "every test user with a history and something new has a ranking", lambda table: table.head(3)),
    (RANKING, RANKS, "ranks count from 1 without gaps", at(4, schema.RANK, 3)),
    (RANKING, RANKS, "scores fall with the rank", at(4, schema.SCORE, 0.31)),
    (RANKING, RANKS, "scores are finite", at(2, schema.SCORE, float("-inf"))),
    (RANKING, RANKS, "items are recommended once", at(2, schema.ITEM_ID, "i3")),
    (RANKING, RANKS, "items are in the item table", at(2, schema.ITEM_ID, "unheard of")),
    (RANKING, RANKS, "nothing known is recommended again", at(4, schema.ITEM_ID, "i2")),
]  # fmt: skip
# Without the prior the rest cannot add up.
FOLLOWING = {"every example has one prior": {("attribution_labels_by_example", "contributions sum to the score")}}
WARNINGS = {"items have words", "pictures can be read", "vectors tell items apart", "scores tell rows apart"}


def test_good_outputs_pass(outputs: Outputs) -> None:
    assert outputs.failed() == set()
    layers = dict.fromkeys(one["layer"] for one in outputs.check()["expectations"])
    assert list(layers) == [
        "image_features", "text_features", "attribution_labels", "attribution_labels_by_example", SCORES, RANKS,
    ]  # fmt: skip


def test_scores_need_not_fall_where_the_retrievers_rank_counts_too(outputs: Outputs) -> None:
    outputs.change(RANKING, at(4, schema.SCORE, 0.31))
    assert not outputs.check()["success"]
    assert outputs.check(fused=True)["success"]


@pytest.mark.parametrize(("file", "layer", "name", "change"), VIOLATIONS, ids=[f"{v[1]}: {v[2]}" for v in VIOLATIONS])
def test_an_expectation_fails_alone(file: str, layer: str, name: str, change: Change, outputs: Outputs) -> None:
    outputs.change(file, change)
    verdict = outputs.check()
    found = {(one["layer"], one["name"]) for one in verdict["expectations"] if not one["success"]}
    assert found == {(layer, name)} | FOLLOWING.get(name, set())
    assert verdict["success"] == (name in WARNINGS)


def test_large_outputs_are_counted_with_the_same_verdict(outputs: Outputs) -> None:
    by_row = outputs.check()
    assert outputs.check(OutputLimits(rows_at_once=0)) == by_row
    for file, _, _, change in VIOLATIONS[::4]:
        outputs.change(file, change)
    assert outputs.check(OutputLimits(rows_at_once=0)) == outputs.check()


def test_the_evidence_of_a_later_row_is_the_future(outputs: Outputs) -> None:
    # u1 has i2 at the example's own moment, which is not before it.
    outputs.change(LABELS, at(4, schema.SOURCE, "i2"))
    assert outputs.failed() == {("attribution_labels", "no example is labelled with its own future")}


def test_missing_pictures_are_a_warning_only_where_there_are_any(outputs: Outputs) -> None:
    rare = OutputLimits(max_missing_picture_share=0.1)
    found = [one["name"] for one in outputs.check(rare)["expectations"] if not one["success"]]
    assert found == ["items have a picture"]
    outputs.change("prepared/items", lambda table: table.with_columns(pl.lit(None, pl.String).alias(schema.IMAGE)))
    outputs.change(IMAGE, lambda table: table.with_columns(pl.lit(value=False).alias(schema.PRESENT)))
    for row in range(6):
        outputs.change(IMAGE, vector(row, [0.0] * 5))
    assert all(one["success"] for one in outputs.check(rare)["expectations"])


def test_nothing_of_the_context_is_recommended(outputs: Outputs) -> None:
    outputs.change(
        "prepared/context",
        lambda empty: pl.concat([empty, pl.DataFrame([("u1", "i3", 5.0, 5, 1)], schema=empty.schema, orient="row")]),
    )
    assert (RANKS, "nothing known is recommended again") in outputs.failed()


@pytest.mark.parametrize(
    ("file", "column", "layer"),
    [
        (IMAGE, schema.PRESENT, "image_features"),
        (LABELS, schema.SCORE, "attribution_labels"),
        (POINTWISE, schema.SCORE, SCORES),
        (RANKING, schema.RANK, RANKS),
    ],
)
def test_a_missing_column_is_named_and_nothing_crashes(file: str, column: str, layer: str, outputs: Outputs) -> None:
    outputs.change(file, lambda table: table.drop(column))
    assert outputs.failed() == {(layer, "the expected columns are there")}


def test_a_missing_table_names_its_stage(outputs: Outputs) -> None:
    (outputs.root / f"{RANKING}.parquet").unlink()
    with pytest.raises(MissingArtefactError, match=r"ranking\.parquet is not there\. The stage 'predict'"):
        outputs.check()
