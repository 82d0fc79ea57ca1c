"""Published lists by hand: the target joins its list, ties tell nothing, nothing is left out uncounted."""

from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data.candidates import candidate_lists, has_candidates
from explainrec_models.errors import MissingArtefactError

PAIR = ["user_id", "item_id"]


def pairs(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(PAIR, pl.String), orient="row")


def test_targets_join_the_lists_in_the_order_of_the_catalogue(tmp_path: Path) -> None:
    published = pairs(("u", "c"), ("u", "a"), ("v", "b"), ("v", "new"), ("other", "a"))
    published.write_parquet(tmp_path / "candidates.parquet")
    liked = pairs(("u", "b"), ("v", "b"), ("w", "a"))
    lists = candidate_lists(tmp_path, liked, ["u", "v", "w"], ["a", "b", "c"], made_by="prepare")
    assert lists.by_user == {"u": ["a", "b", "c"], "v": ["b"]}
    assert lists.counts() == {
        "users": 2,
        "items": 4,
        "targets_added": 1,
        "outside_catalogue": 1,
        "users_without_list": 1,
    }


def test_no_lists(tmp_path: Path) -> None:
    assert not has_candidates(tmp_path)
    with pytest.raises(MissingArtefactError, match="prepare"):
        candidate_lists(tmp_path, pairs(), [], [], made_by="prepare")
