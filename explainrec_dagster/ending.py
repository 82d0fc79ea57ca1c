"""The last screen of a run: where the report is, and a few recommendations with their reasons."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from explainrec_dagster.pipeline import Pipeline

SHOWN_USERS = 2
REASONS = "data/explanations/{dataset}/{system}/reasons.parquet"


def show_ending(console: Console, pipeline: Pipeline, datasets: Iterable[str]) -> None:
    """Print the path of the report and, for each of the datasets, why two users are shown what they are shown."""
    for dataset in datasets:
        for system in reversed(pipeline.systems):
            reasons = pipeline.root / REASONS.format(dataset=dataset, system=system)
            # A system that cannot use the dataset gives none; the next one speaks for it.
            if reasons.is_file() and _holds_rows(reasons):
                console.print(_reasons_table(f"{dataset}: recommended by {system}", reasons))
                break
    page = pipeline.root / "data" / "report" / "index.html"
    if page.is_file():
        console.print(f"Report: [bold]{escape(str(page))}[/]", soft_wrap=True, highlight=False)


def _holds_rows(path: Path) -> bool:
    import polars as pl

    return bool(pl.scan_parquet(path).select(pl.len()).collect().item())


def _reasons_table(title: str, path: Path) -> Table:
    import polars as pl

    rows = pl.read_parquet(path, columns=["user_id", "rank", "title", "reason"])
    users = rows["user_id"].unique(maintain_order=True).head(SHOWN_USERS)
    table = Table(title=title, title_justify="left", show_lines=True)
    for heading in ("user", "item", "because"):
        table.add_column(heading, overflow="fold")
    for row in rows.filter(pl.col("user_id").is_in(users.implode())).sort("user_id", "rank").iter_rows(named=True):
        table.add_row(escape(str(row["user_id"])), escape(str(row["title"])), escape(str(row["reason"])))
    return table
