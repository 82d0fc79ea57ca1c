"""Cutting interactions into parts by a recipe of ``data/recipes``: adding a split is adding a file."""

import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import polars as pl

from explainrec_models.data import recipes, schema
from explainrec_models.data.days import day, milliseconds
from explainrec_models.data.schema import PARTS
from explainrec_models.errors import DataError, ParamsError, UnknownNameError
from explainrec_models.params import Split as Choice

Promise = Literal["time apart", "users in order", "users apart", "items apart"]
"""What a recipe's parts keep, which the prepared suite then checks.

``time apart``: every row of a later part comes after every row of an earlier one. ``users in order``: within each user
no row of a later part comes before a row of an earlier one; rows of one moment may lie on both sides, in file order.
``users apart``, ``items apart``: no user, or item, of a held-out part has a row in an earlier one.
"""
_KEPT = (*PARTS, "context")
_DIGESTED_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Split:
    """The parts, each with ``schema.INTERACTION_COLUMNS`` in time order (ties in file order).

    Attributes:
        train: rows that systems are fitted on.
        valid: rows that settings are chosen on, never for fitting.
        test: rows that only scoring and evaluation read.
        context: rows that the histories of held-out users hold when they are scored; nothing is fitted on them.
        left_out: reason to count, of rows that are in no part. The parts, the context and these are all rows.
        noted: what else a reader should know of rows that are in a part, counted.
    """

    train: pl.DataFrame
    valid: pl.DataFrame
    test: pl.DataFrame
    context: pl.DataFrame
    left_out: Mapping[str, int]
    noted: Mapping[str, int] = field(default_factory=dict)


class Recipe(Protocol):
    """What a module in ``data/recipes`` offers; the recipe ``a-b`` is the file ``a_b.py``."""

    PROMISES: frozenset[Promise]
    SETTINGS: frozenset[str]
    """Which fields of ``params.Split`` it reads; any other that is set is refused."""

    def split(self, rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:
        """Cut rows of ``schema.INTERACTION_COLUMNS`` and ``schema.CATEGORY``, in file order.

        Published parts stand in a column ``schema.SPLIT``, where the source has them.
        """


def recipe_names() -> list[str]:
    """Return the name of every recipe."""
    folder = Path(recipes.__path__[0])
    return sorted(path.stem.replace("_", "-") for path in folder.glob("*.py") if not path.stem.startswith("_"))


def recipe_of(name: str) -> Recipe:
    """Import a recipe.

    Raises:
        UnknownNameError: no file of that name.
    """
    if name not in recipe_names():
        advice = "A recipe is a file in explainrec_models/data/recipes."
        raise UnknownNameError(kind="split recipe", name=name, known=recipe_names(), advice=advice)
    return cast("Recipe", importlib.import_module(f"{recipes.__name__}.{name.replace('-', '_')}"))


def cut(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:
    """Cut rows by the recipe that params.yaml names and check its pin.

    Raises:
        ParamsError: the recipe lacks a setting, or has no use for one that is set.
        DataError: a part is empty, or the rows are not those of the pin.
    """
    recipe = recipe_of(choice.recipe)
    _refuse_unused(choice, recipe.SETTINGS)
    split = recipe.split(rows, choice=choice, seed=seed)
    for name in PARTS:
        if getattr(split, name).is_empty():
            raise DataError(_empty_part(name, rows, choice, split.left_out))
    if choice.sha256 is not None:
        found = split_digest(split)
        if found != choice.sha256:
            message = (
                f"the rows of the split have sha256 {found}, but `split.sha256` in params.yaml expects "
                f"{choice.sha256}: the files or the recipe are not those the pin was made for. Write the new value "
                "into params.yaml if the change is meant."
            )
            raise DataError(message)
    return split


def split_digest(split: Split) -> str:
    """Return one digest of the rows of all parts and of the context, whatever their order within a part."""
    digest = hashlib.sha256()
    keys = (schema.USER_ID, schema.ITEM_ID, schema.TIMESTAMP, schema.LIKED)
    for name in _KEPT:
        part: pl.DataFrame = getattr(split, name)
        ordered = part.select(
            pl.col(schema.USER_ID, schema.ITEM_ID).cast(pl.String), schema.TIMESTAMP, schema.LIKED
        ).sort(keys)
        digest.update(f"{name} {ordered.height}\n".encode())
        for piece in ordered.iter_slices(_DIGESTED_AT_ONCE):
            digest.update(piece.write_csv(include_header=False).encode())
    return digest.hexdigest()


def divided(
    rows: pl.DataFrame, places: Mapping[str, pl.Expr], *, otherwise: str, left_out: Mapping[str, int] | None = None
) -> Split:
    """Send every row to the first place whose condition holds, so that no row is lost or used twice.

    Args:
        rows: in file order or in time order.
        places: part, ``context`` or else a reason to leave rows out, each with its condition; null counts as not held.
        otherwise: where all other rows go.
        left_out: counts of rows that are not in ``rows`` any more.
    """
    names = [*places, otherwise]
    number = pl.lit(len(places), pl.UInt8)
    for place, condition in reversed(list(enumerate(places.values()))):
        number = pl.when(condition).then(pl.lit(place, pl.UInt8)).otherwise(number)
    numbers = rows.select(number.alias("place")).to_series()
    columns = rows.select(schema.INTERACTION_COLUMNS)

    def part(name: str) -> pl.DataFrame:
        mine = [place for place, found in enumerate(names) if found == name]
        return in_time_order(columns.filter(numbers.is_in(mine)))

    reasons = {name: int((numbers == place).sum()) for place, name in enumerate(names) if name not in _KEPT}
    train, valid, test, context = (part(name) for name in _KEPT)
    return Split(train, valid, test, context, left_out={**(left_out or {}), **reasons})


def within(rows: pl.DataFrame, choice: Choice) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows from ``start`` to before ``until``, and the count of those at each end that is cut off."""
    moment, counts = pl.col(schema.TIMESTAMP), {}
    ends = {
        "rows_before_start": moment < milliseconds(choice.start) if choice.start else None,
        "rows_from_until_on": moment >= milliseconds(choice.until) if choice.until else None,
    }
    for reason, is_outside in ends.items():
        if is_outside is not None:
            inside = rows.filter(~is_outside)
            counts[reason], rows = rows.height - inside.height, inside
    return rows, counts


def cuts(choice: Choice) -> tuple[int, int]:
    """Return the first moments of validation and of test.

    Raises:
        ParamsError: a day is not set.
    """
    return milliseconds(_needed(choice, "valid_from")), milliseconds(_needed(choice, "test_from"))


def shots(choice: Choice) -> int:
    """Return how many rows or events a recipe of few shots takes.

    Raises:
        ParamsError: they are not set.
    """
    return cast("int", _needed(choice, "shots"))


def needed_names(choice: Choice, name: Literal["train_categories", "test_categories"]) -> tuple[str, ...]:
    """Return the names that a recipe cannot do without.

    Raises:
        ParamsError: there are none.
    """
    return cast("tuple[str, ...]", _needed(choice, name))


def in_time_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows in time order, ties in the order of ``rows``."""
    return rows.sort(schema.TIMESTAMP, maintain_order=True)


def _needed(choice: Choice, name: str) -> Any:
    value = getattr(choice, name)
    if value in {None, ()}:
        message = f"split recipe {choice.recipe} needs `{name}:` under `split` in params.yaml."
        raise ParamsError(message)
    return value


def _refuse_unused(choice: Choice, used: frozenset[str]) -> None:
    for name in sorted(choice.model_fields_set - used - {"recipe", "sha256"}):
        if getattr(choice, name) not in {None, ()}:
            reads = f"It reads: {', '.join(sorted(used))}." if used else "It reads no setting."
            message = f"split recipe {choice.recipe} has no use for `{name}:`; remove it from params.yaml. {reads}"
            raise ParamsError(message)


def _empty_part(name: str, rows: pl.DataFrame, choice: Choice, left_out: Mapping[str, int]) -> str:
    if rows.is_empty():
        return "there are no rows to split; the raw files hold no usable rating."
    first, last = (
        day(int(moment))  # type: ignore[arg-type]
        for moment in (rows[schema.TIMESTAMP].min(), rows[schema.TIMESTAMP].max())
    )
    used = {"recipe", *recipe_of(choice.recipe).SETTINGS}
    chosen = {key: value for key, value in choice if key in used and value not in {None, ()}}
    reasons = [f"{count} {reason}" for reason, count in left_out.items() if count]
    return (
        f"the {name} part has no rows: {rows.height} ratings go from {first} to {last}, and the split is "
        f"{', '.join(f'{key} {value}' for key, value in chosen.items())} (left out: {', '.join(reasons) or 'none'}). "
        "Choose a split in params.yaml that leaves rows to each part."
    )
