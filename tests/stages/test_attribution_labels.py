"""The labels: the histories that examples have, a bounded number of rows, and bytes that depend on nothing else."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import corpus

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.examples import windows
from explainrec_models.data.features import write_features
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.stages import attribution_labels as stage
from explainrec_models.stages.attribution_labels import TrainingPast, attribution_labels

CORPUS = corpus()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented corpus as earlier stages write it, without pictures and with two kinds of texts."""
    root = tmp_path_factory.mktemp("labels")
    (root / "prepared").mkdir()
    for name in ("items", "train", "valid"):
        getattr(CORPUS, name).write_parquet(root / f"prepared/{name}.parquet")
    CORPUS.train.head(0).write_parquet(root / "prepared/context.parquet")
    texts = [np.array([film % 2, 1 - film % 2], dtype=np.float32) for film in range(len(CORPUS.item_ids))]
    for kind, vectors in (("image", [None] * len(texts)), ("text", texts)):
        (root / kind).mkdir()
        write_features(root / kind, CORPUS.item_ids, vectors, 2)
    return root


def label(root: Path, out: Path, **others: Any) -> pl.DataFrame:
    choices: dict[str, Any] = {"regularisation": 2.0, "decays": (1.0, 0.8), "looks": 2, "topics": 2, "seed": 1}
    attribution_labels(
        out,
        prepared=root / "prepared",
        image=root / "image",
        text=root / "text",
        key="invented",
        noun="film",
        **{"history_length": 3, **choices, **others},
    )
    return pl.read_parquet(out / "labels.parquet")


def report(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return found


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(CORPUS.item_ids), st.integers(0, 6), st.booleans()), max_size=25
)


@settings(deadline=None)
@given(rows=rows, history_length=st.integers(1, 4))
def test_histories_are_those_of_the_training_examples(
    rows: list[tuple[str, str, int, bool]], history_length: int
) -> None:
    """Ties, repeated items and an unsorted table included."""
    table = pl.DataFrame(
        [(user, item, 5.0, moment, int(liked)) for user, item, moment, liked in rows],
        schema=dict(zip(schema.INTERACTION_COLUMNS, CORPUS.train.dtypes, strict=True)),
        orient="row",
    )
    known: Corpus = replace(CORPUS, train=table)
    examples = [e for e in windows(table, history_length=history_length) if len(e.history)]
    past = TrainingPast.of(known, history_length)
    found = past.windows(past.labelled)
    ends = np.cumsum(found.lengths)
    assert len(found.items) == len(examples)
    for place, example in enumerate(examples):
        mine = slice(ends[place] - found.lengths[place], ends[place])
        assert CORPUS.item_ids[found.items[place]] == example.item_id
        assert tuple(CORPUS.item_ids[row] for row in found.history[mine]) == example.history.item_ids
        assert tuple(found.liked[mine].tolist()) == example.history.liked
        named = table.row(int(past.rows[past.labelled[place]]), named=True)
        assert (named[schema.USER_ID], named[schema.TIMESTAMP]) == (example.history.user_id, example.timestamp)


def test_every_label_is_what_the_teacher_says_of_the_example(root: Path, tmp_path: Path) -> None:
    labels = label(root, tmp_path / "out")
    teacher = LinearTeacher.load(tmp_path / "out/teacher")
    examples = [e for e in windows(CORPUS.train, history_length=3) if len(e.history)]
    assert labels[schema.EXAMPLE_ID].unique().sort().to_list() == list(range(len(examples)))
    for number, example in enumerate(examples):
        explanation = teacher.explain(example.history, [example.item_id])[0]
        mine = labels.filter(pl.col(schema.EXAMPLE_ID) == number)
        assert mine[schema.SLOT].to_list() == [c.slot for c in explanation.contributions]
        assert mine[schema.SOURCE].to_list() == [c.source for c in explanation.contributions]
        assert mine[schema.CONTRIBUTION].to_list() == pytest.approx(
            [c.value for c in explanation.contributions], abs=1e-6
        )
        assert mine[schema.SCORE].to_list() == pytest.approx([explanation.score] * len(mine), abs=1e-6)
        assert mine.select(schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP, schema.LIKED).unique().rows() == [
            (example.history.user_id, example.item_id, example.timestamp, int(example.liked))
        ]


def test_beyond_the_bound_rows_are_taken_evenly_over_time(root: Path, tmp_path: Path) -> None:
    whole, bounded = label(root, tmp_path / "whole"), label(root, tmp_path / "bounded", examples=10)
    row = [schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP]
    count = report(tmp_path / "whole")["examples"]
    taken = [number * count // 10 for number in range(10)]
    expected = whole.filter(pl.col(schema.EXAMPLE_ID).is_in(taken)).drop(schema.EXAMPLE_ID)
    assert bounded.drop(schema.EXAMPLE_ID).equals(expected)
    assert bounded.select(row).unique().height == 10
    found = report(tmp_path / "bounded")
    assert (found["examples"], found["rows_with_history"], found["rows"]) == (10, count, CORPUS.train.height)


def test_how_many_are_labelled_at_once_changes_no_row(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = label(root, tmp_path / "whole")
    monkeypatch.setattr(stage, "_CHUNK", 7)
    assert label(root, tmp_path / "parts").equals(whole)
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["labels.parquet", "report.json", "teacher"]


def test_a_large_catalogue_is_labelled_with_sparse_weights(root: Path, tmp_path: Path) -> None:
    whole = label(root, tmp_path / "whole")
    same = label(root, tmp_path / "same", dense_items=7, neighbours=7)
    numbers = [schema.CONTRIBUTION, schema.SCORE]
    assert same.drop(numbers).equals(whole.drop(numbers))
    np.testing.assert_allclose(same.select(numbers).to_numpy(), whole.select(numbers).to_numpy(), atol=1e-5)
    assert report(tmp_path / "whole")["weights"] == {"form": "dense", "entries": 64}
    assert report(tmp_path / "same")["weights"]["form"] == "sparse"
    label(root, tmp_path / "fewer", dense_items=7, neighbours=2)
    assert 0 < report(tmp_path / "fewer")["weights"]["entries"] <= 16
    assert report(tmp_path / "fewer")["largest_gap"] < 1e-6


def test_the_same_rows_give_the_same_bytes(root: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        label(root, tmp_path / name, dense_items=7, neighbours=3, examples=20)
    for path in sorted((tmp_path / "first").rglob("*")):
        if path.is_file():
            assert (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes() == path.read_bytes()


def test_no_row_with_a_history_gives_empty_labels(root: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").mkdir()
    for name in ("items", "valid", "context"):
        (tmp_path / f"prepared/{name}.parquet").symlink_to(root / f"prepared/{name}.parquet")
    CORPUS.train.unique(schema.USER_ID, keep="first", maintain_order=True).write_parquet(
        tmp_path / "prepared/train.parquet"
    )
    for kind in ("image", "text"):
        (tmp_path / kind).symlink_to(root / kind)
    labels = label(tmp_path, tmp_path / "out")
    assert labels.height == 0
    assert set(labels.columns) >= {schema.EXAMPLE_ID, schema.SLOT, schema.CONTRIBUTION, schema.SCORE}
    assert report(tmp_path / "out")["examples"] == 0
