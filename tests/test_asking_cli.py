"""The two verbs that ask, from the command line: answers, JSON, and mistakes in the user's words."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_project import EVENTS, KEY, overlap_among_systems, write_asked_project

from explainrec_models.asking_cli import FALLBACK, PREFERRED
from explainrec_models.cli import app
from explainrec_models.data.outputs import read_json
from explainrec_models.errors import DataError, ExplainRecError, MissingArtefactError, ParamsError, UnknownNameError


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with overlap_among_systems(tmp_path_factory.mktemp("systems")):
        folder = tmp_path_factory.mktemp("asked")
        write_asked_project(folder)
        yield folder


@pytest.fixture(autouse=True)
def _inside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "200")


def say(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    app(list(words), standalone_mode=False)
    return " ".join(capsys.readouterr().out.split())


def test_somebody_new_is_recommended_to(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("recommend", "-d", KEY, "--likes", "Film 0", "--likes", "4", "--dislikes", "film 3 (1993)", "-n", "2")
    said = say(capsys, *words)
    assert "A new user of films, 3 named items, last: Film 4 (1994) (liked); Film 0 (1990) (liked); Film 3" in said
    assert f"{FALLBACK}, ranking the whole catalogue" in said


def test_the_preferred_system_decides_where_it_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    params = Path("params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(params.replace("- overlap", f"- overlap\n- {PREFERRED}"), encoding="utf-8")
    try:
        with pytest.raises(MissingArtefactError, match=f"tune@{KEY}-{PREFERRED}"):
            say(capsys, "recommend", "-d", KEY, "-u", "u1")
    finally:
        Path("params.yaml").write_text(params, encoding="utf-8")


def test_events_are_not_called_ratings(capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "recommend", "-d", EVENTS, "-u", "u1", "-n", "1")
    assert " events, last: " in said
    assert "ratings" not in said
    assert "(liked)" not in said
    assert " ratings, last: " in say(capsys, "recommend", "-d", KEY, "-u", "u1", "-n", "1")


def test_why_one_item_and_not_another(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("explain", "-d", KEY, "-s", "overlap", "--likes", "0", "--likes", "2", "--dislikes", "3")
    said = say(capsys, *words, "--item", "Film 4", "--instead-of", "Film 5")
    assert "“Film 4 (1994)” for a new user of films, by overlap: probability of a like 65%, score 0.6, place" in said
    assert "+0.6000 │ you liked “Film 0 (1990)”" in said
    assert "+0.6000 │ sum, which is the score" in said
    assert "-0.0000" not in said
    assert "Without " in said
    assert "For “Film 4 (1994)” rather than “Film 5 (1995)”: " in said


def test_machines_get_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    app(["explain", "-d", KEY, "-u", "u1", "--item", "Film 4", "--json"], standalone_mode=False)
    answer = json.loads(capsys.readouterr().out)
    assert answer["item_id"] == "4"
    assert sum(line["value"] for line in answer["contributions"]) == pytest.approx(
        answer["standing"]["score"], abs=1e-5
    )
    assert answer["instead_of"] is None
    assert set(answer["counterfactual"]) == {"removed", "without", "sentence"}


def test_a_new_item_is_placed_among_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    new = ("--new-item-title", "Fresh", "--new-item-text", "a lamp", "--new-item-attribute", "genre:Comedy")
    asker = ("-d", KEY, "-s", "overlap", "--likes", "0", "--dislikes", "1")
    said = say(capsys, "recommend", *asker, *new, "-n", "1")
    assert "Your new item “Fresh” has place " in said
    assert " of 7." in said
    said = say(capsys, "explain", *asker, *new)
    assert said.startswith("“Fresh” for a new user of films, by overlap: ")


def test_without_an_item_explain_is_the_stage(root: Path) -> None:
    """As dvc.yaml runs it; nothing was predicted here, so that it says which stage is missing."""
    with pytest.raises(MissingArtefactError, match=f"predict@{KEY}-ease"):
        app(["explain", "--dataset", KEY, "--system", "ease"], standalone_mode=False)
    folder = root / f"data/predictions/{KEY}/rates"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text('{"unusable": "there is nothing"}', encoding="utf-8")
    app(["explain", "--dataset", KEY, "--system", "rates"], standalone_mode=False)
    assert read_json(root / f"data/explanations/{KEY}/rates/report.json")["unusable"] == "there is nothing"


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (["recommend"], ParamsError, "it is not said who asks: give --user ID"),
        (["recommend", "-u", "u1", "--likes", "0"], ParamsError, "--user u1 names a known user and --likes describe a"),
        (["recommend", "-u", "u99"], UnknownNameError, "unknown user 'u99'. Nearest known: "),
        (["recommend", "--likes", "Flim 4"], UnknownNameError, "unknown item 'Flim 4'. Nearest titles: "),
        (["recommend", "-u", "u1", "--new-item-title", "N"], ParamsError, "these do: --system overlap"),
        (
            ["recommend", "-u", "u1", "--new-item-text", "N"],
            ParamsError,
            "--new-item-text describe a new item that has",
        ),
        (
            ["recommend", "-u", "u1", "-s", "overlap", "--new-item-title", "N", "--new-item-picture", "params.yaml"],
            DataError,
            "--new-item-picture params.yaml cannot be used: not a picture of a known format.",
        ),
        (
            ["explain", "-u", "u1", "-s", "overlap", "--new-item-title", "N", "--new-item-picture", "absent.png"],
            DataError,
            "absent.png cannot be used: no such file.",
        ),
        (["explain", "-u", "u1", "--item", "Flim 4"], UnknownNameError, "unknown item 'Flim 4'. Nearest titles: "),
        (["explain", "--item", "4"], ParamsError, "it is not said who asks"),
        (["explain", "-u", "u1", "--likes", "0", "--item", "4"], ParamsError, "--user u1 names a known user"),
        (["explain", "-u", "u1"], ParamsError, "--user asks about one item: name it with --item TITLE"),
        (["explain"], ParamsError, "without --item, explain is a stage of the pipeline and needs --system"),
        (["explain", "-u", "u1", "--item", "4", "--instead-of", "Flim"], UnknownNameError, "unknown item 'Flim'."),
        (["explain", "-u", "u1", "--item", "4", "--new-item-title", "N"], ParamsError, "give one of both"),
    ],
)
def test_mistakes_are_answered_in_the_users_words(
    words: list[str], kind: type[ExplainRecError], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(kind) as caught:
        say(capsys, words[0], "-d", KEY, *words[1:])
    assert said in str(caught.value)
