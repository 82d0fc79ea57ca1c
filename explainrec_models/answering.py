"""Showing an answer: a table for people, JSON for machines."""

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from explainrec_models.serving import Answer

SHOWN_HISTORY = 5


def show(answer: Answer, *, as_json: bool) -> None:
    """Print an answer on standard output."""
    if as_json:
        print(json.dumps(answer.as_dict(), ensure_ascii=False, indent=2))  # noqa: T201 - this is the output
        return
    console = Console()
    seen = answer.history[:SHOWN_HISTORY]
    recent = "; ".join(f"{row.title} ({'liked' if row.liked else 'not liked'})" for row in seen)
    console.print(Text(f"User {answer.user} of {answer.dataset}, {len(answer.history)} ratings, last: {recent}"))
    ranking = "ranking the whole catalogue" if answer.ranking == "full" else answer.ranking
    table = Table(title=f"{answer.system}, {ranking}", show_lines=True, title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("item", ratio=2)
    table.add_column("why", ratio=5)
    for item in answer.recommendations:
        # Text, not markup: titles come from outside.
        table.add_row(str(item.rank), Text(item.title), Text(item.reason))
    console.print(table)
    methods = {item.method for item in answer.recommendations}
    console.print(Text(f"Reasons: {', '.join(sorted(methods))} contributions of {answer.system} itself."))
