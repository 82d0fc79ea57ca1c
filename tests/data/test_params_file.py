"""The registry edited line by line: every other line of params.yaml stays as it is."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainrec_models.data.params_file import add_dataset, remove_dataset, rename_dataset
from explainrec_models.errors import ParamsError, UnknownNameError
from explainrec_models.params import load_params

REAL = Path(__file__).parents[2] / "params.yaml"
SOURCE = {
    "layout": "amazon-2023",
    "files": {"reviews": "/data/Video_Games.jsonl.gz"},
    "categories": ["Video_Games"],
    "split": {"recipe": "temporal", "valid_from": "2021-01-01", "test_from": "2022-01-01"},
}


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copy(REAL, tmp_path / "params.yaml"))


def test_an_added_dataset_can_be_read_and_every_other_line_stays_in_order(params: Path) -> None:
    before = params.read_text().splitlines()
    add_dataset(params, "video-games", SOURCE)
    source = load_params(params).source("video-games")
    assert source.categories == ("Video_Games",)
    assert source.split.valid_from == "2021-01-01"
    after = iter(params.read_text().splitlines())
    assert all(line in after for line in before)


def test_comments_and_blank_lines_keep_their_place(params: Path) -> None:
    add_dataset(params, "video-games", SOURCE)
    text = params.read_text()
    comment = "# One row of the table each"
    assert text.index("test_from: '2022-01-01'") < text.index(comment) < text.index("systems:")


def test_adding_and_removing_restores_every_byte(params: Path) -> None:
    before = params.read_bytes()
    add_dataset(params, "video-games", SOURCE)
    remove_dataset(params, "video-games")
    assert params.read_bytes() == before


def test_renaming_there_and_back_restores_every_byte(params: Path) -> None:
    before = params.read_bytes()
    rename_dataset(params, "sample-shop", "shop")
    assert load_params(params).datasets == ("ml-100k", "shop")
    rename_dataset(params, "shop", "sample-shop")
    assert params.read_bytes() == before


@given(order=st.permutations(["games", "toys", "books"]))
@settings(max_examples=6, deadline=None)
def test_keys_go_in_any_order_and_leave_nothing(order: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    params = Path(shutil.copy(REAL, tmp_path_factory.mktemp("project") / "params.yaml"))
    before = params.read_bytes()
    for key in ("games", "toys", "books"):
        add_dataset(params, key, SOURCE)
    for key in order:
        remove_dataset(params, key)
    assert params.read_bytes() == before


def test_a_taken_key_is_refused(params: Path) -> None:
    before = params.read_bytes()
    with pytest.raises(ParamsError, match="has a dataset 'ml-100k' already"):
        add_dataset(params, "ml-100k", SOURCE)
    with pytest.raises(ParamsError, match="has a dataset 'ml-100k' already"):
        rename_dataset(params, "sample-shop", "ml-100k")
    assert params.read_bytes() == before


def test_an_entry_that_would_not_be_valid_changes_nothing(params: Path) -> None:
    before = params.read_bytes()
    with pytest.raises(ParamsError, match=r"sources\.games\.layoot: unknown key; did you mean 'layout'"):
        add_dataset(params, "games", {**SOURCE, "layoot": "x"})
    with pytest.raises(ParamsError, match="cannot be a name"):
        add_dataset(params, "../games", SOURCE)
    assert params.read_bytes() == before
    assert [path.name for path in params.parent.iterdir()] == ["params.yaml"]


def test_unknown_keys_name_the_nearest(params: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown dataset 'ml-100'\. Nearest known: ml-100k"):
        remove_dataset(params, "ml-100")
    with pytest.raises(UnknownNameError, match=r"unknown dataset 'ml-100'\. Nearest known: ml-100k"):
        rename_dataset(params, "ml-100", "films")


def test_the_last_dataset_stays(params: Path) -> None:
    remove_dataset(params, "sample-shop")
    with pytest.raises(ParamsError, match="ml-100k is the only dataset"):
        remove_dataset(params, "ml-100k")


def test_a_list_on_one_line_is_left_to_its_author(params: Path) -> None:
    text = params.read_text().replace("datasets:\n  - ml-100k\n  - sample-shop\n", "datasets: [ml-100k, sample-shop]\n")
    params.write_text(text)
    with pytest.raises(ParamsError, match="with one `- key` a line"):
        add_dataset(params, "games", SOURCE)
    assert params.read_text() == text
