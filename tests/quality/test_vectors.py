from pathlib import Path

import numpy as np
import polars as pl
import pytest

from explainrec_models.data.features import FEATURES_FILE, write_features
from explainrec_models.quality import vectors
from explainrec_models.quality.vectors import FINITE, TWIN, WIDTH, ZEROS, vector_facts

WIDE = 8


@pytest.fixture
def matrix() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(5).standard_normal((6, WIDE), dtype=np.float32)


def test_facts_of_each_vector(tmp_path: Path, matrix: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    matrix[1, 3] = np.inf
    # The same content in another batch: equal but for rounding. A vector of another length points the same way.
    matrix[4] = matrix[0] * (1 + 1e-6)
    write_features(tmp_path, list("abcdef"), [*matrix[:2], None, *matrix[3:]], WIDE)
    facts = vector_facts(tmp_path / FEATURES_FILE)
    assert facts[WIDTH].to_list() == [WIDE] * 6
    assert facts[FINITE].to_list() == [1, 0, 1, 1, 1, 1]
    assert facts[ZEROS].to_list() == [0, 0, 1, 0, 0, 0]
    assert facts[TWIN].to_list() == ["a", None, None, "d", "a", "f"]


def test_chunks_change_nothing(
    tmp_path: Path, matrix: np.ndarray[tuple[int, ...], np.dtype[np.float32]], monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix[5] = matrix[0]
    write_features(tmp_path, list("abcdef"), list(matrix), WIDE)
    whole = vector_facts(tmp_path / FEATURES_FILE)
    monkeypatch.setattr(vectors, "_CHUNK", 2)
    assert vector_facts(tmp_path / FEATURES_FILE).equals(whole)
    assert whole[TWIN].to_list() == ["a", "b", "c", "d", "e", "a"]


def test_lists_of_uneven_width_and_missing_vectors_are_told(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {
            "item_id": ["a", "b", "c", "d"],
            "present": [True, True, True, True],
            "embedding": [[1.0, 2.0], [1.0], None, [1.0, None]],
        }
    )
    table.write_parquet(tmp_path / FEATURES_FILE)
    facts = vector_facts(tmp_path / FEATURES_FILE)
    assert facts[WIDTH].to_list() == [2, 1, None, 2]
    assert facts[FINITE].to_list() == [1, 1, None, 0]
    assert facts[TWIN].to_list() == ["a", None, None, None]


def test_a_table_without_rows_has_no_facts(tmp_path: Path) -> None:
    write_features(tmp_path, [], [], WIDE)
    assert vector_facts(tmp_path / FEATURES_FILE).height == 0


def test_different_vectors_are_told_apart(tmp_path: Path) -> None:
    many = np.random.default_rng(1).standard_normal((500, 64), dtype=np.float32) + 3
    write_features(tmp_path, [f"i{n}" for n in range(500)], list(many), 64)
    assert vector_facts(tmp_path / FEATURES_FILE)[TWIN].n_unique() == 500
