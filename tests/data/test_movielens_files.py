"""Which file is which, from the names alone."""

from pathlib import Path

import pytest

from explainrec_models.data.movielens_files import Form, form_of, published_files, published_name, require_files
from explainrec_models.errors import DataError, ParamsError

PLACE = Path("ml.zip")


def test_files_are_found_at_any_depth() -> None:
    names = ["__MACOSX/ml-25m/ratings.csv", "ml-25m/README.txt", "ml-25m/genome-tags.csv", "ml-25m/ratings.csv.gz"]
    assert published_files(names, PLACE) == {
        "genome_tags": "ml-25m/genome-tags.csv",
        "ratings": "ml-25m/ratings.csv.gz",
    }


@pytest.mark.parametrize("other", ["a/ratings.csv.gz", "b/ratings.csv", "u.data"])
def test_two_files_for_one_role_are_refused(other: str) -> None:
    message = (
        rf"^ml.zip holds both a/ratings.csv and {other}: keep one of them, or name one as `ratings:` under `files:`"
    )
    with pytest.raises(DataError, match=message):
        published_files(["a/ratings.csv", other], PLACE)


def test_what_is_missing_is_said_with_what_is_there() -> None:
    message = (
        r"^ml.zip has no movies of MovieLens: found links.csv, ratings.csv, expected one of movies.csv, movies.dat, "
        r"u.item \(each also as .gz\). Download the whole dataset, or name the file as `movies:`"
    )
    with pytest.raises(DataError, match=message):
        require_files({"ratings"}, ["ml/ratings.csv", "ml/links.csv"], PLACE)
    with pytest.raises(DataError, match="has no ratings of MovieLens: found no file, expected"):
        require_files({}, [], PLACE)


def test_a_named_file_gets_the_published_name_of_its_role() -> None:
    assert published_name("ratings", Path("mine.v2.csv.gz")) == "ratings.csv.gz"
    assert published_name("movies", Path("films.item")) == "u.item"
    message = (
        r"`links: l.dat` under `files:` in params.yaml: found the suffix '.dat', expected .csv \(each also with .gz\)"
    )
    with pytest.raises(ParamsError, match=message):
        published_name("links", Path("l.dat"))


def test_forms() -> None:
    names = ["ratings.csv.gz", "movies.dat", "u.data", "u.item"]
    assert [form_of(Path(name)) for name in names] == list(Form)
