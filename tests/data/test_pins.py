"""Published splits: the pins on the real files, equal to the published rows, where the files are present."""

import os
from pathlib import Path

import pytest
from published_splits import compare_collm, compare_tallrec, labelled, movielens_1m, movielens_100k

from explainrec_models.data.pins import COLLM_ML1M, COLLM_ML1M_ROWS, TALLREC_MOVIES
from explainrec_models.data.splits import cut
from explainrec_models.errors import DataError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"))
needs_files = pytest.mark.skipif(
    not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with the published files"
)


@needs_files
def test_collms_rows_are_the_published_ones() -> None:
    found = compare_collm()
    assert found["rows"] == found["published_rows"] == found["equal_rows"] == COLLM_ML1M_ROWS
    assert found["users"] == found["published_users"] == 838
    assert found["users_one_to_one"]
    assert found["sha256"] == COLLM_ML1M.sha256


@needs_files
def test_tallrecs_windows_are_the_published_ones() -> None:
    found = compare_tallrec()
    assert found["rows"] == {"train": 8000, "valid": 1000, "test": 1000}
    assert found["equal_windows"] == {"valid": "1000/1000", "test": "1000/1000"}
    assert found["pinned"]


@needs_files
def test_the_choices_pass_their_own_pins() -> None:
    assert cut(movielens_1m()[0], choice=COLLM_ML1M, seed=1).test.height == COLLM_ML1M_ROWS["test"]
    assert cut(movielens_100k(), choice=TALLREC_MOVIES, seed=1).test.height == 1000


def test_other_rows_do_not_pass_for_the_published_ones() -> None:
    moments = (1_000_000_000, 1_020_000_000, 1_031_000_000)
    rows = labelled([("1", str(place), 4, str(moment)) for place, moment in enumerate(moments)])
    with pytest.raises(DataError, match=f"expects {COLLM_ML1M.sha256}: the files or the recipe are not those"):
        cut(rows, choice=COLLM_ML1M, seed=0)
