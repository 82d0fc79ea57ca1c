"""Invented movies in the three forms."""

from pathlib import Path

import pytest

from explainrec_models.data import schema
from explainrec_models.data.movielens_items import read_items
from explainrec_models.data.raw_tables import ITEM_SCHEMA
from explainrec_models.data.sources.movielens_100k import GENRES
from explainrec_models.errors import DataError


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_title_is_trimmed_and_what_is_missing_is_counted(tmp_path: Path) -> None:
    content = (
        "movieId,title,genres\r\n"
        '1,"Moth, The (1999) ",Comedy|Drama|Comedy\r\n'
        '2,"Say ""Ah"" (2001)",(no genres listed)\r\n'
        "3,Nameless,War\r\n"
        '4,"",\r\n'
        "1,Again (1950),War\r\n"
        "6,Say (1001 Nights) (1890\u20131902),Sci-Fi\r\n"
        '7,"Moth, The (1999)",War\r\n'
    )
    items, counts = read_items(written(tmp_path, "movies.csv", content.encode()))
    assert items.schema == ITEM_SCHEMA
    assert items.select(schema.ITEM_ID, schema.TITLE, schema.ATTRIBUTES).rows() == [
        ("1", "Moth, The (1999)", ["genre:Comedy", "genre:Drama", "decade:1990s"]),
        ("2", 'Say "Ah" (2001)', ["decade:2000s"]),
        ("3", "Nameless", ["genre:War"]),
        ("4", "4", []),
        ("6", "Say (1001 Nights) (1890\u20131902)", ["genre:Sci-Fi", "decade:1890s"]),
        ("7", "Moth, The (1999)", ["genre:War", "decade:1990s"]),
    ]
    assert dict(counts) == {
        "repeated_movies": 1,
        "titles_with_blanks_around": 1,
        "items_without_title": 1,
        "items_without_year": 2,
        "items_without_genre": 2,
        "items_that_share_a_title": 2,
    }


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_old_editions_are_utf8_or_latin_1(tmp_path: Path, encoding: str) -> None:
    content = "1::Café: Été (1995)::Children's|War\n2::Late (1996)::\n".encode(encoding)
    items, _ = read_items(written(tmp_path, "movies.dat", content))
    assert items[schema.TITLE].to_list() == ["Café: Été (1995)", "Late (1996)"]
    assert items[schema.ATTRIBUTES].to_list() == [
        ["genre:Children's", "genre:War", "decade:1990s"],
        ["decade:1990s"],
    ]


def test_flags_of_100k_become_words(tmp_path: Path) -> None:
    def line(number: int, title: str, *genres: str) -> str:
        flags = "|".join(str(int(genre in genres)) for genre in GENRES)
        return f"{number}|{title}|01-Jan-1995||http://example.invalid|{flags}\n"

    content = line(1, "Été (1995) (V) ", "War", "Action") + line(2, "unknown", "unknown")
    items, counts = read_items(written(tmp_path, "u.item", content.encode("latin-1")))
    assert items.select(schema.TITLE, schema.ATTRIBUTES).rows() == [
        ("Été (1995) (V)", ["genre:Action", "genre:War", "decade:1990s"]),
        ("unknown", []),
    ]
    assert counts["items_without_genre"] == 1


def test_new_editions_are_utf8_or_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "movies.csv", "movieId,title,genres\n1,Été,War\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"movies.csv, line 2, byte 21: found byte 0xc9 after 2 good bytes"):
        read_items(path)
