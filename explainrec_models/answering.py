"""Showing an answer: tables and sentences for people, JSON for machines."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from explainrec_models.asking.evidence_lines import Line
from explainrec_models.asking.session import FULL
from explainrec_models.asking.visitor import NEW_USER
from explainrec_models.serving import Answer
from explainrec_models.why import Why

SHOWN_HISTORY = 5
SHOWN_LINES = 12
"""Contributions that have a line of their own; the others share one."""


def show(answer: Answer, *, as_json: bool) -> None:
    """Print recommendations on standard output."""
    if as_json:
        print(json.dumps(answer.as_dict(), ensure_ascii=False, indent=2))  # noqa: T201 - this is the output
        return
    console = Console()
    console.print(Text(_who(answer)))
    table = Table(title=f"{answer.system}, {_ranking(answer.ranking)}", show_lines=True, title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("item", ratio=2)
    table.add_column("why", ratio=5)
    for item in answer.recommendations:
        # Text, not markup: titles come from outside.
        table.add_row(str(item.rank), Text(item.title), Text(item.reason))
    console.print(table)
    new = answer.new_item
    if new is not None:
        console.print(Text(f"Your new item “{new.title}” has place {new.place:,} of {new.candidates:,}."))
    methods = {item.method for item in answer.recommendations}
    console.print(Text(f"Reasons: {', '.join(sorted(methods))} contributions of {answer.system} itself."))


def show_why(why: Why, *, as_json: bool) -> None:
    """Print on standard output why an item gets its score."""
    if as_json:
        print(json.dumps(why.as_dict(), ensure_ascii=False, indent=2))  # noqa: T201 - this is the output
        return
    console = Console()
    user = "a new user" if why.user == NEW_USER else f"user {why.user}"
    console.print(Text(f"“{why.title}” for {user} of {why.dataset}, by {why.system}: {_standing(why)}."))
    console.print(Text(why.reason))
    console.print(_shares(why))
    console.print(Text(why.counterfactual.sentence))
    other = why.instead_of
    if other is not None:
        console.print(_lines(f"“{why.title}” rather than “{other.title}”", other.differences, ()))
        console.print(Text(other.sentence))


def _who(answer: Answer) -> str:
    user = "A new user" if answer.user == NEW_USER else f"User {answer.user}"
    # Of events without ratings each is a like, and says no more than that it happened.
    marks = {True: "", False: ""} if answer.rows == "events" else {True: " (liked)", False: " (not liked)"}
    recent = "; ".join(f"{row.title}{marks[row.liked]}" for row in answer.history[:SHOWN_HISTORY])
    return f"{user} of {answer.dataset}, {len(answer.history)} {answer.rows}, last: {recent}"


def _ranking(ranking: str) -> str:
    return "ranking the whole catalogue" if ranking == FULL else ranking


def _standing(why: Why) -> str:
    standing = why.standing
    likely = "" if standing.probability is None else f"probability of a like {standing.probability:.0%}, "
    place = "in the history" if standing.place is None else f"place {standing.place:,} of {why.candidates:,}"
    return f"{likely}score {standing.score:.4g}, {place} ({_ranking(why.ranking)})"


def _shares(why: Why) -> Table:
    ends = [("sum, which is the score", why.total)] if why.exact else [("sum", why.total)]
    if not why.exact:
        ends.append(("what no single item accounts for", why.standing.score - why.total))
        ends.append(("score", why.standing.score))
    return _lines(f"{why.method} contributions", why.contributions, ends)


def _lines(title: str, lines: Sequence[Line], ends: Sequence[tuple[str, float]]) -> Table:
    table = Table(title=Text(title), title_justify="left")
    table.add_column("share", justify="right")
    table.add_column("of what")
    telling = [line for line in lines if line.value != 0]
    for line in telling[:SHOWN_LINES]:
        table.add_row(f"{line.value:+.4f}", Text(line.words))
    rest = telling[SHOWN_LINES:]
    if rest:
        table.add_row(f"{sum(line.value for line in rest):+.4f}", f"{len(rest)} smaller ones together")
    if len(telling) < len(lines):
        table.add_row("0", f"{len(lines) - len(telling)} more, nothing each")
    if ends:
        table.add_section()
    for words, value in ends:
        table.add_row(f"{value:+.4f}", words)
    return table
