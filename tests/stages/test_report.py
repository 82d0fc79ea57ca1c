"""The stage, and its page in a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from invented_results import DATASETS, RECIPES, SYSTEMS, write_results
from playwright.sync_api import Browser, sync_playwright

from explainrec_models.data.outputs import read_json
from explainrec_models.errors import MissingArtefactError
from explainrec_models.stages.report import PAGE_NAME, report

CHROMIUM = Path("/usr/bin/chromium")
LARGEST_PAGE = 5_000_000


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = write_results(tmp_path_factory.mktemp("data"))
    folder = data / "report"
    report(folder, data=data, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES)
    return folder


def test_the_folder_holds_the_page_and_its_facts(out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == ["index.html", "report.json"]
    facts = read_json(out / "report.json")
    assert facts["page_bytes"] == (out / PAGE_NAME).stat().st_size < LARGEST_PAGE
    assert facts["datasets"] == list(DATASETS)
    assert facts["systems"] == list(SYSTEMS)
    assert facts["pictures"]["shown"] == 12


def test_a_second_run_writes_the_same_bytes(out: Path) -> None:
    again = out.with_name("again")
    report(again, data=out.parent, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES)
    assert (again / PAGE_NAME).read_bytes() == (out / PAGE_NAME).read_bytes()


def test_a_failing_run_keeps_the_earlier_page(tmp_path: Path) -> None:
    data = write_results(tmp_path)
    report(data / "report", data=data, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES)
    before = (data / "report" / PAGE_NAME).read_bytes()
    (data / "evaluation/films/metrics.json").unlink()
    with pytest.raises(MissingArtefactError, match="The stage 'evaluate@films' writes it"):
        report(data / "report", data=data, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES)
    assert (data / "report" / PAGE_NAME).read_bytes() == before


def test_the_page_says_which_datasets_it_does_not_cover(tmp_path: Path) -> None:
    data = write_results(tmp_path)
    shutil.rmtree(data / "evaluation/films")
    facts = report(data / "report", data=data, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES)
    assert facts.missing == ["films"]
    assert facts.datasets == [key for key in DATASETS if key != "films"]
    page = (data / "report" / PAGE_NAME).read_text()
    assert f"covers {len(DATASETS) - 1} of the {len(DATASETS)} datasets" in page
    assert 'id="films"' not in page


def test_without_any_evaluation_there_is_no_page(tmp_path: Path) -> None:
    data = write_results(tmp_path)
    shutil.rmtree(data / "evaluation")
    with pytest.raises(MissingArtefactError, match="The stage 'evaluate@"):
        report(data / "report", data=data, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed; the page is checked by the HTML parser only")
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield launched
        launched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_the_page_without_error(out: Path, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    problems: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.append(request.url))
    page.on("request", lambda request: requests.append(request.url))
    address = (out / PAGE_NAME).as_uri()
    page.goto(address)
    assert problems == []
    assert [url for url in requests if not url.startswith("data:")] == [address]
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(widths) == 12
    assert min(widths) > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    headings = page.locator("h2").all_inner_texts()
    assert headings == ["How to read this page", *DATASETS, "Quoted results", "Provenance"]
    assert page.locator("figure svg").first.is_visible()
    context.close()
