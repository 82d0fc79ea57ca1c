"""Answers as people and machines see them; titles from outside stay plain text."""

import json
from dataclasses import replace

import pytest

from explainrec_models.answering import show, show_why
from explainrec_models.asking.counterfactual import Counterfactual, Standing
from explainrec_models.asking.evidence_lines import Line
from explainrec_models.serving import NO_REASON, Answer, Recommendation, Seen
from explainrec_models.why import Why

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


def test_systems_without_reasons_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    without = replace(ITEM, reason=NO_REASON, cited=(), method="no", contributions=())
    show(replace(ANSWER, rows="events", recommendations=(without,)), as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert "User u1 of shop, 2 events, last: [bold]A[/bold]; B" in shown
    assert "Reasons: no contributions of ease itself." in shown


def test_shares_that_do_not_sum_are_shown_with_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty shares of 0.01 and a score of 0.5: the twelve largest stand alone, 0.08 is of the others, 0.3 of none."""
    lines = tuple(Line("history", str(place), f"you liked “[b]{place}[/b]”", 0.01) for place in range(20))
    idle = Line("history", "x", "you liked “X”", 0.0)
    standing = Standing(score=0.5, place=3, probability=0.6225)
    why = Why(
        dataset="shop",
        system="tallrec",
        user="u1",
        item_id="7",
        title="[red]T[/red]",
        standing=standing,
        candidates=20,
        ranking="re-ranks the retriever's top 20",
        rows=21,
        method="leave-one-out",
        contributions=(*lines, idle),
        total=0.2,
        exact=False,
        reason="Because.",
        cited=(),
        counterfactual=Counterfactual((), None, "Nothing."),
    )
    show_why(why, as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert (
        "“[red]T[/red]” for user u1 of shop, by tallrec: probability of a like 62%, score 0.5, place 3 of 20" in shown
    )
    assert "(re-ranks the retriever's top 20)" in shown
    assert "you liked “[b]11[/b]”" in shown
    assert "“[b]12[/b]”" not in shown
    assert "+0.0800 │ 8 smaller ones together" in shown
    assert "0 │ 1 more, nothing each" in shown
    assert "+0.2000 │ sum │" in shown
    assert "+0.3000 │ what no single item accounts for" in shown
    assert "+0.5000 │ score" in shown


def test_machines_get_everything(capsys: pytest.CaptureFixture[str]) -> None:
    show(ANSWER, as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["recommendations"][0]["contributions"] == [{"slot": "history", "source": "3", "value": 0.5}]
    assert answer["history"][1] == {"title": "B", "liked": False}
