import os
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from explainrec_models.data import schema
from explainrec_models.quality.data_docs import self_contained
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.raw import check_raw

HOSTILE = "Mug $x {} </td></table><script src='https://example.org/x.js'>alert(1)</script><script>"


class Page(HTMLParser):
    """What a browser would show and fetch."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        if tag in {"script", "link", "img", "iframe"}:
            self.fetched.append(values.get("src") or values.get("href") or tag)
        if tag == "a":
            self.links.append(values.get("href") or "")

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def docs(
    tmp_path_factory: pytest.TempPathFactory, interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    is_first = pl.int_range(pl.len()) == 0
    hostile = items.with_columns(pl.when(is_first).then(pl.lit(HOSTILE)).otherwise(schema.TITLE).alias(schema.TITLE))
    bad = interactions.with_columns(pl.lit(9.0, pl.Float32).alias(schema.RATING))
    dropped = {"repeated_reviews": 2048, "<b>odd</b>": 1}
    check_raw(bad, hostile, limits, dataset="shop", docs=folder, dropped=dropped)
    return folder


@pytest.fixture(scope="module")
def counted_docs(
    tmp_path_factory: pytest.TempPathFactory, interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> Path:
    folder = tmp_path_factory.mktemp("counted")
    bad = interactions.with_columns(pl.lit(9.0, pl.Float32).alias(schema.RATING))
    check_raw(bad, items, replace(limits, rows_at_once=10), dataset="shop", docs=folder)
    return folder


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """Move this process to another time zone and back."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_index_shows_every_expectation_in_words(docs: Path) -> None:
    page = Page(docs / "index.html")
    assert "Data quality of shop" in page.text
    assert "A critical expectation failed" in page.text
    assert "failed ratings lie on the scale of the layout critical 120 of 120 rows (100.00%) do not fit" in page.text
    assert "warned titles hold no HTML warning" in page.text
    assert "passed items are listed once critical all 20 rows fit no item id twice" in page.text


def test_the_index_shows_what_was_left_out(docs: Path) -> None:
    page = Page(docs / "index.html")
    assert "Left out, repaired, merged Reason Count <b>odd</b> 1 repeated reviews 2,048" in page.text
    assert "b" not in page.tags


def test_pages_of_counted_tables_show_rows_and_not_how_they_were_judged(counted_docs: Path) -> None:
    ratings = Page(next((counted_docs / "validations" / "raw_ratings").rglob("*.html")))
    assert "Ratings lie on the scale of the layout: 1 to 5 (critical)." in ratings.text
    assert "120 unexpected values found. 100% of 120 total rows" in ratings.text
    index = Page(counted_docs / "index.html").text
    assert "failed ratings lie on the scale of the layout critical 120 of 120 rows (100.00%) do not fit" in index


def test_every_link_leads_to_a_page(docs: Path) -> None:
    pages = sorted(docs.rglob("*.html"))
    assert len(pages) == 7
    for page in pages:
        for link in Page(page).links:
            target = link.partition("#")[0]
            assert not target.startswith("http")
            assert not target or (page.parent / target).resolve().is_file()


def test_no_page_fetches_or_runs_anything(docs: Path) -> None:
    for path in docs.rglob("*.html"):
        page = Page(path)
        assert page.fetched == []
        assert "default-src 'none'" in path.read_text(encoding="utf-8")
    assert {path.suffix for path in docs.rglob("*") if path.is_file()} == {".html"}


def test_great_expectations_own_pages_show_results_and_samples(docs: Path) -> None:
    ratings = Page(next((docs / "validations" / "raw_ratings").rglob("*.html")))
    assert "Ratings lie on the scale of the layout: 1 to 5 (critical)." in ratings.text
    assert "120 unexpected values found" in ratings.text
    suite = Page(docs / "expectations" / "raw_items.html")
    assert "Titles hold no HTML: no tag or entity in any title (warning)." in suite.text


def test_html_in_the_data_is_shown_as_text(docs: Path) -> None:
    items = Page(next((docs / "validations" / "raw_items").rglob("*.html")))
    assert "alert(1)</script><script>" in items.text
    assert "script" not in items.tags


@pytest.mark.usefixtures("elsewhere")
def test_equal_data_gives_equal_bytes_at_any_time_and_place(
    tmp_path: Path, interactions: pl.DataFrame, items: pl.DataFrame, limits: Limits
) -> None:
    check_raw(interactions, items, limits, dataset="shop", docs=tmp_path / "there")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    check_raw(interactions, items, limits, dataset="shop", docs=tmp_path / "here")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_random_ids_become_numbers_that_still_match() -> None:
    first, second = "3f0edc19-d6e9-4e08-98ed-c45b54895116", "34cf7c47-2f1a-4e16-a24b-bd04df845ef2"
    page = self_contained(f'<head></head><a href="#{first}"></a><p id={second}></p><p id={first}></p>')
    assert page.endswith('<a href="#id0"></a><p id=id1></p><p id=id0></p>')
