"""Answers as people and machines see them; titles from outside stay plain text."""

import json

import pytest

from explainrec_models.answering import show
from explainrec_models.serving import Answer, Recommendation, Seen

ITEM = Recommendation(
    rank=1,
    item_id="7",
    title="[red]Not markup[/red] <b>&",
    score=0.5,
    reason="Because you liked “[bold]A[/bold]”.",
    cited=("[bold]A[/bold]",),
    method="exact linear",
    contributions=({"slot": "history", "source": "3", "value": 0.5},),
)
ANSWER = Answer("shop", "ease", "u1", "full", (Seen("[bold]A[/bold]", liked=True), Seen("B", liked=False)), (ITEM,))


def test_people_see_a_table_with_titles_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show(ANSWER, as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert "User u1 of shop, 2 ratings" in shown
    assert "[red]Not" in shown
    assert "[bold]A[/bold] (liked); B (not liked)" in shown
    assert "exact linear contributions of ease itself" in shown


def test_machines_get_everything(capsys: pytest.CaptureFixture[str]) -> None:
    show(ANSWER, as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["recommendations"][0]["contributions"] == [{"slot": "history", "source": "3", "value": 0.5}]
    assert answer["history"][1] == {"title": "B", "liked": False}
