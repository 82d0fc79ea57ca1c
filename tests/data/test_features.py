"""Feature tables come back in the order that is asked for, with placeholders marked."""

from pathlib import Path

import numpy as np
import pytest

from explainrec_models.data.features import read_features, write_features
from explainrec_models.errors import MissingArtefactError


def test_round_trip_in_another_order_with_gaps(tmp_path: Path) -> None:
    vectors = [np.array([1.0, 2.0], dtype=np.float32), None, np.array([3.0, 4.0], dtype=np.float32)]
    write_features(tmp_path, ["a", "b", "c"], vectors, 2)
    matrix, present = read_features(tmp_path, ["c", "new", "b", "a"], made_by="text_features")
    assert matrix.tolist() == [[3.0, 4.0], [0.0, 0.0], [0.0, 0.0], [1.0, 2.0]]
    assert present.tolist() == [True, False, False, True]


def test_missing_features_name_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="image_features@shop"):
        read_features(tmp_path, ["a"], made_by="image_features@shop")
