"""The page as a parser sees it."""

import shutil
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from invented_results import DATASETS, HOSTILE, RECIPES, SYSTEMS, metrics

from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.reporting.cells import number
from explainrec_models.reporting.render import Page, render

VOID = {"meta", "link", "img", "br", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Parsed(HTMLParser):
    """Every element with all text below it; complains about unbalanced tags."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]


@pytest.fixture(scope="module")
def parsed(page: Page) -> Parsed:
    return _parse(page.html)


def _parse(html: str) -> Parsed:
    parser = Parsed()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser


def test_two_renders_are_equal_bytes(results: Path, page: Page) -> None:
    assert render(results, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES) == page


def test_each_section_says_how_its_rows_are_held_out(parsed: Parsed) -> None:
    said = [paragraph.text for paragraph in parsed.all("p") if paragraph.text.startswith("Held out by recipe")]
    assert [text.split(".")[0] for text in said] == ["Held out by recipe temporal", "Held out by recipe leave-one-out"]
    assert "nothing from after the test cut reached training" in said[0]
    assert "reached training" not in said[1]


def test_bold_is_explained_by_the_baselines_that_were_paired_with(
    parsed: Parsed, results: Path, tmp_path: Path
) -> None:
    rule = next(item.text for item in parsed.all("li") if item.text.startswith("Bold marks"))
    assert rule.count("The baseline is rates.") == 1
    shutil.copytree(results, tmp_path, dirs_exist_ok=True)
    report = tmp_path / "evaluation/shop/report.json"
    write_json(report, {**read_json(report), "reference": "popularity"})
    page = render(tmp_path, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES).html
    assert "The baseline is <code>rates</code> for films; <code>popularity</code> for shop." in page


def test_nothing_is_loaded_from_elsewhere(page: Page, parsed: Parsed) -> None:
    addresses = [
        value
        for element in parsed.elements
        for name, value in element.attributes.items()
        if name in {"src", "href", "xlink:href", "srcset", "action", "poster"} and value
    ]
    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "@import" not in page.html
    assert "url(http" not in page.html


def test_titles_and_reasons_from_outside_are_text(page: Page, parsed: Parsed) -> None:
    assert not parsed.all("script")
    assert "<script" not in page.html
    assert HOSTILE in [heading.text for heading in parsed.all("h5")]
    assert f"Picture of {HOSTILE}" in [image.attributes["alt"] for image in parsed.all("img")]
    assert any("<script>alert('reason')</script>" in paragraph.text for paragraph in parsed.all("p"))


def test_every_number_of_the_main_table_is_the_evaluations(parsed: Parsed) -> None:
    for key in DATASETS:
        shown = _numbers(parsed, f"{key}-comparison")
        expected = {
            (system, name): number(value) for system, row in metrics(key).items() for name, value in row.items()
        }
        assert shown == expected


def _numbers(parsed: Parsed, table: str) -> dict[tuple[str, str], str]:
    """Read the visible numbers of a table by system and metric."""
    found = {}
    inside, system = False, ""
    cell: Element | None = None
    for element in parsed.elements:
        if element.tag == "table":
            inside = element.attributes.get("data-table") == table
        if not inside:
            continue
        if element.tag == "tr":
            system = element.attributes.get("data-system") or ""
        elif element.tag == "td" and "data-metric" in element.attributes:
            cell = element
        elif element.tag == "data" and cell is not None:
            found[system, str(cell.attributes["data-metric"])] = element.text
        elif element.tag == "small" and "data-metric" in element.attributes:
            found[system, str(element.attributes["data-metric"])] = element.text.split()[-1]
    return found


def test_the_page_says_what_a_reader_must_know(parsed: Parsed) -> None:
    text = " ".join(" ".join(element.text.split()) for element in parsed.all("header", "main", "footer"))
    for words in (
        "calibrated on validation rows",
        "re-ranks the retriever's list",
        "Popularity: its card says that it gives no explanations.",
        "The true reasons of this dataset are not known.",
        "Table 2, arXiv 2305.00447",
        "titles hold no HTML (raw items, warning)",
        "repeated reviews",
        "none needed",
        "t" * 64,
    ):
        assert words in text


def test_headings_descend_and_everything_has_a_name(parsed: Parsed) -> None:
    levels = [int(heading.tag[1]) for heading in parsed.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert len(parsed.all("table")) == len(parsed.all("caption"))
    assert all(image.attributes.get("alt") for image in parsed.all("img"))
    assert all(svg.attributes.get("aria-label") for svg in parsed.all("svg"))
    ids = [element.attributes["id"] for element in parsed.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    anchors = {str(link.attributes["href"])[1:] for link in parsed.all("a")}
    assert anchors <= set(ids)


def test_pictures_are_counted_and_missing_ones_have_a_placeholder(page: Page, parsed: Parsed) -> None:
    assert page.pictures == {"shown": 12, "absent": 12, "unreadable": 0, "over_budget": 0}
    placeholders = [element for element in parsed.all("div") if element.attributes.get("class") == "picture none"]
    assert len(placeholders) == 12
    assert page.recommendations == {"films": 12, "shop": 12}


def _removals(parser: Parsed) -> list[str]:
    return [" ".join(element.text.split()) for element in parser.all("p") if _has_class(element, "removal")]


def _has_class(element: Element, name: str) -> bool:
    return name in (element.attributes.get("class") or "").split()


def test_each_card_says_how_the_score_stands_without_what_speaks_for_it(parsed: Parsed) -> None:
    told = _removals(parsed)
    # Three systems by two users by two items on each of two datasets; of one user and item nothing can be removed.
    assert len(told) == 24
    assert Counter(told) == {
        "1.250 →becomes \N{MINUS SIGN}0.800 without the 2 history items that speak most for it "
        "(1.100 without as many random ones, 0.350 without as many of the most popular).": 12,
        "77.7 % →becomes 31.0 % without the 2 history items that speak most for it "
        "(75.0 % without as many random ones, 58.7 % without as many of the most popular).": 6,
        "Nothing in the history speaks for it, so there is nothing to remove.": 6,
    }


def test_probabilities_stand_beside_scores_that_are_log_odds(parsed: Parsed) -> None:
    standings = [" ".join(found.text.split()) for found in parsed.all("p") if _has_class(found, "standing")]
    assert Counter(standings) == {"Score 1.250": 16, "77.7 % likely to be liked score 1.250": 8}


def test_a_system_without_deletions_has_its_other_facts(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path, dirs_exist_ok=True)
    table = tmp_path / "explanations/films/ease/deletions.parquet"
    pl.read_parquet(table).clear().write_parquet(table)
    told = _removals(_parse(render(tmp_path, datasets=["films"], systems=["rates", "ease"], recipes=RECIPES).html))
    # Of each user the two items of rates, then the two of ease.
    assert [text.startswith("Nothing in the history") for text in told] == [
        *(False, False, True, True),
        *(False, True, True, True),
    ]


def test_hostile_names_of_evidence_are_text(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path, dirs_exist_ok=True)
    hostile = "\"><img src=x onerror=alert(1)><script>alert('evidence')</script>"
    items = tmp_path / "prepared/films/items.parquet"
    pl.read_parquet(items).with_columns(pl.lit(hostile).alias("title")).write_parquet(items)
    for name, changes in {
        "contributions": {"source": pl.when(pl.col("slot") == "aspect").then(pl.lit(hostile)).otherwise("source")},
        "reasons": {"title": pl.lit(hostile), "reason": pl.lit(hostile), "method": pl.lit(hostile)},
    }.items():
        table = tmp_path / f"explanations/films/ease/{name}.parquet"
        pl.read_parquet(table).with_columns(**changes).write_parquet(table)
    parser = _parse(render(tmp_path, datasets=["films"], systems=["ease"], recipes=RECIPES).html)
    assert not parser.all("script")
    assert not [image for image in parser.all("img") if "onerror" in image.attributes]
    labels = [element.text for element in parser.all("span") if element.text.removesuffix(" (cited)") == hostile]
    # Of four cards: the aspect; and the history items, three on each but for the card where only one is left.
    assert len(labels) == 4 + 3 * 3 + 1
