"""TALLRec's windows: the recipe on a made-up file, and row for row on the real one where it is present."""

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from explainrec_models.data.tallrec_windows import published_input, rating_lines, tallrec_windows, windows_digest
from explainrec_models.errors import DataError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"))


def made_up(users: int, rows: int) -> str:
    """Users appear in falling order of their id; each one's rows stand in the file newest first."""
    lines = [
        f"{user}\t{item}\t{1 + (item + user) % 5}\t{800_000_000 + rows - item}"
        for user in range(users, 0, -1)
        for item in range(rows)
    ]
    return "\n".join(lines) + "\n"


def test_the_last_ten_thousand_windows_in_order_of_first_appearance() -> None:
    windows = tallrec_windows(rating_lines(made_up(users=200, rows=70)))
    assert [len(windows.train), len(windows.valid), len(windows.test)] == [8_000, 1_000, 1_000]
    last = windows.test[-1]
    # User 1 comes last in the file; item 0 is its newest row, items 10 to 1 the ten before, oldest first.
    assert last.history.user_id == "1"
    assert last.item_id == "0"
    assert last.history.item_ids == tuple(str(item) for item in range(10, 0, -1))


def test_likes_start_above_three() -> None:
    windows = tallrec_windows(rating_lines(made_up(users=200, rows=70)))
    last = windows.test[-1]
    assert last.history.liked == tuple(1 + (item + 1) % 5 > 3 for item in range(10, 0, -1))


def test_the_digest_changes_with_any_row_and_with_the_order() -> None:
    text = made_up(users=200, rows=70)
    windows = tallrec_windows(rating_lines(text))
    digest = windows_digest(windows)
    assert digest == windows_digest(tallrec_windows(rating_lines(text)))
    swapped = replace(windows, test=(windows.test[1], windows.test[0], *windows.test[2:]))
    other_label = replace(
        windows, train=(replace(windows.train[0], liked=not windows.train[0].liked), *windows.train[1:])
    )
    assert len({digest, windows_digest(swapped), windows_digest(other_label)}) == 3


def test_too_few_ratings_are_refused() -> None:
    with pytest.raises(DataError, match=r"give 60 windows, but TALLRec's recipe keeps the last 10000"):
        tallrec_windows(rating_lines(made_up(users=1, rows=70)))


@pytest.mark.skipif(not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with the published files")
@pytest.mark.parametrize("part", ["valid", "test"])
def test_rebuilt_windows_equal_the_published_rows_in_order(part: str) -> None:
    ratings = (REAL / "movielens-100k/ml-100k.inter").read_text(encoding="utf-8").split("\n", 1)[1]
    windows = tallrec_windows(rating_lines(ratings))
    films = (REAL / "movielens-100k/ml-100k.item").read_text(encoding="utf-8").splitlines()[1:]
    titles = {line.split("\t")[0]: "{1} ({2})".format(*line.split("\t")) for line in films}
    published = json.loads(gzip.decompress((REAL / f"tallrec/movie_{part}.json.gz").read_bytes()))
    ours = [
        (published_input(example, titles), "Yes." if example.liked else "No.") for example in getattr(windows, part)
    ]
    assert ours == [(row["input"], row["output"]) for row in published]
