"""An invented miniature of the published splits, in every variant."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.sources.amazon_2023_benchmark import addresses, fetch, read
from explainrec_models.errors import DataError, MissingArtefactError, ParamsError

MOMENT = 1_600_000_000_000
HEADER = "user_id,parent_asin,rating,timestamp"
MUGS = Request(categories=("Mugs",))
# User u has four events, v has two (none for training) and w one, which the leave-one-out recipe makes a test row.
PARTS = {
    "train": [("u", "a", 5.0, 0), ("u", "b", 4.0, 1)],
    "valid": [("u", "c", 1.0, 2), ("v", "a", 3.0, 5)],
    "test": [("u", "d", 2.0, 3), ("v", "e", 5.0, 6), ("w", "a", 4.0, 9)],
}
HISTORIES = {"train": ["", "a"], "valid": ["a b", ""], "test": ["a b c", "a", ""]}
ROWS = [
    (user, item, rating, MOMENT + after, part) for part, rows in PARTS.items() for user, item, rating, after in rows
]


def _write(
    folder: Path, part: str, *, history: bool = False, header: bool = True, end: str = "\n", category: str = "Mugs"
) -> None:
    """Write a part; items of another category than Mugs are named for it."""
    own = "" if category == "Mugs" else category
    lines = [HEADER + ",history" * history] * header
    for (user, item, rating, after), past in zip(PARTS[part], HISTORIES[part], strict=True):
        events = " ".join(own + name for name in past.split())
        lines.append(f"{user},{own}{item},{rating},{MOMENT + after}" + f",{events}" * history)
    (folder / f"{category}.{part}.csv").write_text(end.join([*lines, ""]), encoding="utf-8", newline="")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "last_out"
    path.mkdir()
    for part in PARTS:
        _write(path, part)
    return path


def _counted(tables: RawTables) -> dict[str, int]:
    return {reason: count for reason, count in tables.dropped.items() if count}


@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_reads_every_variant(folder: Path, history: bool, header: bool, end: str) -> None:  # noqa: FBT001 - parameters
    for part in PARTS:
        _write(folder, part, history=history, header=header, end=end)
    tables = read(folder, MUGS)
    assert dict(tables.interactions.schema) == {**RAW_INTERACTION_SCHEMA, schema.SPLIT: pl.Enum(list(PARTS))}
    assert tables.interactions.rows() == ROWS
    assert tables.items.rows() == [(name, name, [], "", None, "Mugs") for name in "abcde"]
    assert _counted(tables) == {"items_without_metadata": 5, "categories_without_metadata": 1}


def test_packed_files_with_metadata_beside(folder: Path) -> None:
    plain = folder / "Mugs.train.csv"
    (folder / "Mugs.train.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    pictures = [{"large": "https://example.invalid/a.jpg", "variant": "MAIN"}]
    entries = [{"parent_asin": name, "title": f"Mug {name}", "images": pictures} for name in "ab"]
    (folder / "meta_Mugs.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    tables = read(folder, MUGS)
    assert tables.interactions.rows() == ROWS
    assert tables.items[schema.TITLE].to_list() == ["Mug a", "Mug b", "c", "d", "e"]
    assert addresses(folder, MUGS) == dict.fromkeys("ab", "https://example.invalid/a.jpg")


def test_ratings_alone_have_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "Mugs.csv"
    path.write_text(f"{HEADER}\nu, b,4.0,{MOMENT}\nu,a,5,{MOMENT + 1}\nu,b,1.0,{MOMENT + 2}\n", encoding="utf-8")
    tables = read(tmp_path, MUGS)
    assert tables.interactions.schema == RAW_INTERACTION_SCHEMA
    assert tables.interactions.rows() == [("u", "b", 4.0, MOMENT), ("u", "a", 5.0, MOMENT + 1)]
    assert tables.dropped["repeated_ratings"] == 1
    assert tables.dropped["ids_with_blanks"] == 1


@pytest.mark.parametrize("history", ["a", "a a", "b a", "a b c", ""])
def test_histories_that_the_rows_contradict_are_counted(folder: Path, history: str) -> None:
    for part in PARTS:
        _write(folder, part, history=True)
    path = folder / "Mugs.valid.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",a b\n", f",{history}\n"), encoding="utf-8")
    tables = read(folder, MUGS)
    assert tables.interactions.rows() == ROWS
    assert tables.dropped["histories_unlike_the_rows"] == 1


def test_histories_are_those_of_their_category(folder: Path) -> None:
    for part in PARTS:
        _write(folder, part, history=True)
        _write(folder, part, history=True, category="Lamps")
    tables = read(folder, Request(categories=("Mugs", "Lamps")))
    assert tables.interactions.height == 2 * len(ROWS)
    assert tables.dropped["histories_unlike_the_rows"] == 0


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (f"u,b,five,{MOMENT}", "rating"),
        (f"u,b,nan,{MOMENT}", "'nan' as rating, expected a number"),
        (f"u,b,1e300,{MOMENT}", r"rating 1e\+300, expected a number"),
        ("u,b,5.0,2020-01-01", "timestamp"),
        ("u,b,5.0,1600000000", "timestamp 1600000000, .* not seconds"),
        (f"u,b,5.0,{MOMENT}000", "timestamp 1600000000000000, .* not microseconds"),
        (f" ,b,5.0,{MOMENT}", "user_id"),
        (f",b,5.0,{MOMENT}", "user_id"),
        ("u,b,5.0", "3"),
    ],
)
def test_names_the_place_of_a_row_that_cannot_be_used(folder: Path, row: str, found: str) -> None:
    good = f"u,a,5.0,{MOMENT}"
    (folder / "Mugs.train.csv").write_text("\n".join([HEADER, good, row, good, ""]), encoding="utf-8")
    offset = len(HEADER) + len(good) + 2
    with pytest.raises(DataError, match=rf"Mugs\.train\.csv, line 3, byte {offset}: found .*{found}"):
        read(folder, MUGS)


def test_a_column_that_is_missing_is_named(folder: Path) -> None:
    (folder / "Mugs.test.csv").write_text(f"user_id,asin,rating,timestamp\nu,d,2.0,{MOMENT}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"Mugs\.test\.csv, line 1, byte 0: .*a column 'parent_asin'"):
        read(folder, MUGS)


def test_fetch_copies_the_parts_of_one_variant(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (folder / "Lamps.train.csv").write_text(HEADER, encoding="utf-8")
    facts = fetch(out, Request(location=folder, categories=("Mugs",)))
    assert sorted(path.name for path in out.iterdir()) == ["Mugs.test.csv", "Mugs.train.csv", "Mugs.valid.csv"]
    assert "states no licence" in facts["licence"]
    assert read(out, MUGS).interactions.rows() == ROWS


def test_fetch_takes_files_named_one_by_one(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    request = Request(files={part: folder / f"Mugs.{part}.csv" for part in PARTS}, categories=("Cups",))
    fetch(out, request)
    assert sorted(path.name for path in out.iterdir()) == ["Cups.test.csv", "Cups.train.csv", "Cups.valid.csv"]
    assert read(out, request).interactions.rows() == ROWS


def test_fetch_says_what_is_missing_or_ambiguous(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ParamsError, match=r"layout amazon-2023-benchmark needs `location:`"):
        fetch(out, Request(location=folder))
    with pytest.raises(
        MissingArtefactError, match=r"`files:` in params.yaml has no file .* expected Mugs.train.csv or"
    ):
        fetch(out, Request(files={"valid": folder / "Mugs.valid.csv"}, categories=("Mugs",)))
    with pytest.raises(MissingArtefactError, match=r"expected Rugs.train.csv or Rugs.train.csv.gz or Rugs.csv or"):
        fetch(out, Request(location=folder, categories=("Rugs",)))
    other = tmp_path / "timestamp"
    other.mkdir()
    (other / "Mugs.test.csv").write_text(HEADER, encoding="utf-8")
    with pytest.raises(
        DataError, match=r"last_out/Mugs.test.csv and timestamp/Mugs.test.csv for category Mugs: keep one"
    ):
        fetch(out, Request(location=tmp_path, categories=("Mugs",)))
    (folder / "Mugs.csv").write_text(HEADER, encoding="utf-8")
    with pytest.raises(DataError, match=r"has Mugs.train.csv and .* and Mugs.csv for category Mugs: keep one"):
        fetch(out, Request(location=folder, categories=("Mugs",)))
    assert list(out.iterdir()) == []


def test_parts_of_some_categories_only_are_refused(folder: Path) -> None:
    (folder / "Lamps.csv").write_text(f"{HEADER}\nu,x,1.0,{MOMENT}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"has parts \(train, valid, test\) for some categories and only ratings"):
        read(folder, Request(categories=("Mugs", "Lamps")))
