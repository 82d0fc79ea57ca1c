"""Items by id or title, and what is said where no item or several are meant."""

from dataclasses import replace

import polars as pl
import pytest

from explainrec_models.asking.item_names import find_item
from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.errors import ParamsError, UnknownNameError


def titled(films: Corpus, *titles: str | None) -> Corpus:
    """Return a catalogue of items 0, 1, … with these titles."""
    return replace(films, items=films.items.head(len(titles)).with_columns(pl.Series(schema.TITLE, titles)))


def test_an_item_is_found_by_id_and_by_title(films: Corpus) -> None:
    assert find_item(films, "3") == "3"
    assert find_item(films, "Film 3 (1993)") == "3"
    assert find_item(films, " fILM 3 (1993) ") == "3"
    assert find_item(films, 'THE "QUOTED" ONE') == "1"


def test_an_id_comes_before_a_title_and_a_whole_title_before_one_without_its_year(films: Corpus) -> None:
    assert find_item(titled(films, "1", "Heat (1995)", "Heat", None), "1") == "1"
    assert find_item(titled(films, "1", "Heat (1995)", "Heat", None), "heat") == "2"


def test_several_items_of_one_title_are_told_apart_by_id(films: Corpus) -> None:
    with pytest.raises(
        ParamsError, match=r"'heat' is the title of 2 items: 0 “Heat \(1986\)”; 2 “Heat \(1995\)”\. Give"
    ):
        find_item(titled(films, "Heat (1986)", "Fargo (1996)", "Heat (1995)"), "heat")


def test_an_unknown_title_names_the_nearest_whatever_its_case(films: Corpus) -> None:
    catalogue = titled(films, "Toy Story (1995)", "Fargo (1996)")
    with pytest.raises(
        UnknownNameError, match=r"unknown item 'TOY STORRY'\. Nearest titles: “Toy Story \(1995\)” \(id 0"
    ):
        find_item(catalogue, "TOY STORRY")
    with pytest.raises(UnknownNameError, match=r"unknown item ''\. invented has 2 items; name one by its id or"):
        find_item(catalogue, "")
