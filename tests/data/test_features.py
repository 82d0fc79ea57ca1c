"""Feature tables come back in the order that is asked for, with placeholders marked."""

import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from explainrec_models.data import features
from explainrec_models.data.features import read_features, write_features
from explainrec_models.errors import MissingArtefactError


def test_round_trip_in_another_order_with_gaps(tmp_path: Path) -> None:
    vectors = [np.array([1.0, 2.0], dtype=np.float32), None, np.array([3.0, 4.0], dtype=np.float32)]
    write_features(tmp_path, ["a", "b", "c"], vectors, 2)
    matrix, present = read_features(tmp_path, ["c", "new", "b", "a"], made_by="text_features")
    assert matrix.tolist() == [[3.0, 4.0], [0.0, 0.0], [0.0, 0.0], [1.0, 2.0]]
    assert present.tolist() == [True, False, False, True]


def test_blocks_are_written_in_order_and_taken_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "BLOCK", 4)
    alive: list[weakref.ref[object]] = []

    def vectors() -> Iterator[NDArray[np.float32]]:
        for number in range(18):
            assert sum(reference() is not None for reference in alive) <= 2 * features.BLOCK
            vector = np.full(3, number, dtype=np.float32)
            alive.append(weakref.ref(vector))
            yield vector

    write_features(tmp_path, [str(number) for number in range(18)], vectors(), 3)
    matrix, present = read_features(tmp_path, ["17", "4", "0"], made_by="image_features")
    assert matrix.tolist() == [[17.0] * 3, [4.0] * 3, [0.0] * 3]
    assert present.all()
    assert [path.name for path in tmp_path.iterdir()] == [features.FEATURES_FILE]


def test_no_items_make_an_empty_table(tmp_path: Path) -> None:
    write_features(tmp_path, [], [], 3)
    matrix, present = read_features(tmp_path, ["new"], made_by="image_features")
    assert matrix.tolist() == [[0.0] * 3]
    assert present.tolist() == [False]


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_vectors_leaves_no_table(tmp_path: Path, count: int) -> None:
    with pytest.raises((ValueError, AssertionError), match=r"is shorter than|more vectors than the 2 items"):
        write_features(tmp_path, ["a", "b"], [None] * count, 3)
    assert not list(tmp_path.iterdir())


def test_missing_features_name_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="image_features@shop"):
        read_features(tmp_path, ["a"], made_by="image_features@shop")
