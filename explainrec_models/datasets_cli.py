"""`explainrec datasets`: the registry of datasets in params.yaml from the command line."""

from pathlib import Path
from typing import Annotated

import typer

from explainrec_models.errors import ParamsError

app = typer.Typer(help="Add, list, rename and remove datasets; params.yaml keeps its comments.", no_args_is_help=True)

MOVED = "Its outputs stay on disk and in DVC's cache: `explainrec prune` and `dvc gc --workspace` remove them."


@app.command()
def add(  # noqa: PLR0913, PLR0917 - one option a fact
    layout: Annotated[str, typer.Argument(help="amazon-2023, amazon-2018, movielens, atomic, table, …")],
    name: Annotated[str, typer.Argument(help="Category as its files are spelled, or a name of your own.")],
    reviews: Annotated[Path | None, typer.Option(help="File of reviews (Amazon).")] = None,
    meta: Annotated[Path | None, typer.Option(help="File of metadata (Amazon).")] = None,
    location: Annotated[Path | None, typer.Option(help="Folder, archive or file with the dataset.")] = None,
    file: Annotated[list[str] | None, typer.Option(help="Another file by its role: ratings=/data/ratings.csv")] = None,
    column: Annotated[list[str] | None, typer.Option(help="Layout table: user_id=<column of your file>.")] = None,
    pictures: Annotated[
        str | None, typer.Option(help="Folder or archive named by item id, table, or addresses.")
    ] = None,
    details: Annotated[Path | None, typer.Option(help="OMDb answers as JSON lines (movies).")] = None,
    key: Annotated[str | None, typer.Option(help="Key in params.yaml; from the name unless given.")] = None,
    noun: Annotated[str | None, typer.Option(help="What an item is called in prompts.")] = None,
    like_threshold: Annotated[float | None, typer.Option(help="Ratings from here on are likes.")] = None,
    recipe: Annotated[str | None, typer.Option(help="Split recipe; temporal unless the files have no clock.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="First validation day, YYYY-MM-DD.")] = None,
    test_from: Annotated[str | None, typer.Option(help="First test day.")] = None,
) -> None:
    """Check the beginning of the files, choose the cuts and write the dataset into params.yaml."""
    from explainrec_models.adding import Wishes
    from explainrec_models.adding import add as register
    from explainrec_models.data.request import Request
    from explainrec_models.params import PARAMS_FILE

    named = {"reviews": reviews, "meta": meta}
    files = {role: path for role, path in named.items() if path is not None}
    files |= {role: Path(path) for role, path in _pairs(file, "--file").items()}
    request = Request(
        location=location, files=files, columns=_pairs(column, "--column"), pictures=pictures, details=details
    )
    added = register(
        Wishes(layout, name, request, key, noun, like_threshold, recipe, valid_from, test_from), PARAMS_FILE
    )
    typer.echo(
        f"{added.key}: {added.rows:,} {added.what} (all, or the beginning of a large file) of {added.users:,} users "
        f"for {added.items:,} items, {added.span}, read without an error."
    )
    for reason, count in added.dropped.items():
        typer.echo(f"  {reason.replace('_', ' ')}: {count:,}")
    split = ", ".join(f"{name} {value}" for name, value in added.source["split"].items())
    typer.echo(f"Written to {PARAMS_FILE} with split {split}; change it there if you mean another.\n\nNext:")
    typer.echo(f"  explainrec fetch -d {added.key} && explainrec validate -d {added.key}   # the whole files, checked")
    typer.echo(f"  python -m explainrec_dagster.run --dataset {added.key}   # everything, through Dagster")
    typer.echo("  dvc repro   # or without Dagster; other datasets stay as they are")


@app.command("list")
def show() -> None:
    """Show each dataset with its layout and split."""
    from explainrec_models.params import load_params

    params = load_params()
    for key in params.datasets:
        source = params.source(key)
        cuts = [day for day in (source.split.valid_from, source.split.test_from) if day]
        typer.echo(f"{key}: {source.layout}, {source.split.recipe}{' ' + ' and '.join(cuts) if cuts else ''}")


@app.command()
def rename(old: str, new: str) -> None:
    """Give a dataset another key; its stages run anew under it, and DVC takes what did not change from its cache."""
    from explainrec_models.data.params_file import rename_dataset
    from explainrec_models.params import PARAMS_FILE

    rename_dataset(PARAMS_FILE, old, new)
    typer.echo(f"{old} is now {new} in {PARAMS_FILE}. {MOVED}")


@app.command()
def remove(key: str) -> None:
    """Take a dataset out of params.yaml."""
    from explainrec_models.data.params_file import remove_dataset
    from explainrec_models.params import PARAMS_FILE

    remove_dataset(PARAMS_FILE, key)
    typer.echo(f"{key} is no longer in {PARAMS_FILE}. {MOVED}")


def _pairs(entries: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for entry in entries or ():
        name, equals, value = entry.partition("=")
        if not (name and equals and value):
            message = f"{option} {entry!r} is not of the form name=value."
            raise ParamsError(message)
        pairs[name] = value
    return pairs
