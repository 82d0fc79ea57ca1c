"""The splits of CoLLM and TALLRec, cut from the plain MovieLens files and compared with the published rows.

Command: ``python benchmarks/published_splits.py``; ten seconds on one core. Needs ``movielens-1m/{ratings.dat.gz,
movies.dat}``, ``collm_ml1m/{train,valid,test}.parquet``, ``movielens-100k/ml-100k.{inter,item}`` and
``tallrec/movie_{valid,test}.json.gz``. The published users and items of CoLLM are numbered anew: items are matched by
title, users by the one user whose rows have the same titles at the same seconds.
"""

import gzip
from collections.abc import Mapping
from typing import Any

import polars as pl
from real_data import real_data
from record import write_record

from explainrec_models.data import schema
from explainrec_models.data.pins import COLLM_ML1M, COLLM_ML1M_ROWS, TALLREC_MOVIES, TALLREC_WINDOWS_SHA256
from explainrec_models.data.schema import PARTS
from explainrec_models.data.splits import Split, cut, split_digest
from explainrec_models.data.tallrec_windows import rating_lines, windows_digest
from explainrec_models.params import Split as Choice

LIKED_FROM = 4
UID = "uid"
_ROW = [schema.TITLE, schema.TIMESTAMP]


def labelled(lines: list[tuple[str, str, int, str]]) -> pl.DataFrame:
    """Return rows as ``prepare`` hands them to a recipe."""
    columns = [schema.USER_ID, schema.ITEM_ID, schema.RATING, schema.TIMESTAMP]
    return pl.DataFrame(lines, schema=columns, orient="row").with_columns(
        pl.col(schema.RATING).cast(pl.Float32),
        pl.col(schema.TIMESTAMP).cast(pl.Int64) * 1000,
        (pl.col(schema.RATING) >= LIKED_FROM).cast(pl.Int8).alias(schema.LIKED),
        pl.lit("").alias(schema.CATEGORY),
    )


def movielens_1m() -> tuple[pl.DataFrame, dict[str, str]]:
    """Return the ratings of MovieLens 1M in file order, and the title of each item."""
    text = gzip.decompress(real_data("movielens-1m/ratings.dat.gz").read_bytes()).decode()
    films = real_data("movielens-1m/movies.dat").read_text(encoding="latin-1").splitlines()
    titles = {line.split("::")[0]: line.split("::")[1] for line in films}
    return labelled(rating_lines(text.replace("::", "\t"))), titles


def movielens_100k() -> pl.DataFrame:
    """Return the ratings of MovieLens 100K in file order."""
    return labelled(rating_lines(real_data("movielens-100k/ml-100k.inter").read_text().split("\n", 1)[1]))


def published_collm() -> dict[str, pl.DataFrame]:
    """Return the published rows of CoLLM a part."""
    columns = (
        UID,
        schema.TITLE,
        (pl.col("timestamp").cast(pl.Int64) * 1000).alias(schema.TIMESTAMP),
        pl.col("label").cast(pl.Int8).alias(schema.LIKED),
    )
    titles = pl.read_csv(real_data("collm_ml1m/items.csv")).rename({"title": schema.TITLE})
    return {
        part: pl.read_parquet(real_data(f"collm_ml1m/{part}.parquet"))
        .select(UID, "iid", "timestamp", "label")
        .join(titles, on="iid", how="left")
        .select(columns)
        for part in PARTS
    }


def with_titles(split: Split, titles: Mapping[str, str]) -> dict[str, pl.DataFrame]:
    """Return the rows of each part with the item's title."""
    title = pl.col(schema.ITEM_ID).replace_strict(titles).alias(schema.TITLE)
    return {part: getattr(split, part).select(schema.USER_ID, title, schema.TIMESTAMP, schema.LIKED) for part in PARTS}


def same_users(ours: Mapping[str, pl.DataFrame], theirs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the pairs of a published user and ours with all of the published user's rows."""
    published = pl.concat(theirs.values())
    shared = published.join(pl.concat(ours.values()), on=_ROW).group_by(UID, schema.USER_ID).len("shared")
    return shared.join(published.group_by(UID).len("rows"), on=UID).filter(pl.col("shared") == pl.col("rows"))


def equal_rows(mine: pl.DataFrame, theirs: pl.DataFrame, users: pl.DataFrame) -> int:
    """Count the distinct published rows of a part with the same user, title, moment and label in ours."""
    keys = [schema.USER_ID, *_ROW, schema.LIKED]
    return theirs.join(users, on=UID).unique(keys).join(mine, on=keys, how="semi").height


def compare_collm() -> dict[str, Any]:
    """Cut MovieLens 1M and compare."""
    rows, titles = movielens_1m()
    split = cut(rows, choice=without_pin(COLLM_ML1M), seed=0)
    ours, theirs = with_titles(split, titles), published_collm()
    users = same_users(ours, theirs)
    return {
        "rows": {part: table.height for part, table in ours.items()},
        "published_rows": {part: table.height for part, table in theirs.items()},
        "papers_rows": COLLM_ML1M_ROWS,
        "equal_rows": {part: equal_rows(ours[part], theirs[part], users) for part in PARTS},
        "users": pl.concat(ours.values())[schema.USER_ID].n_unique(),
        "published_users": pl.concat(theirs.values())[UID].n_unique(),
        "users_one_to_one": users.height == users[UID].n_unique() == users[schema.USER_ID].n_unique(),
        "sha256": split_digest(split),
        "pinned": split_digest(split) == COLLM_ML1M.sha256,
    }


def compare_tallrec() -> dict[str, Any]:
    """Rebuild the windows of TALLRec and compare."""
    # Late: it imports the system that it measures, and torch with it.
    from tallrec_movies import equal_rows as equal_windows
    from tallrec_movies import read_titles, read_windows

    windows = read_windows()
    split = cut(movielens_100k(), choice=without_pin(TALLREC_MOVIES), seed=0)
    return {
        "rows": {part: getattr(split, part).height for part in PARTS},
        "equal_windows": equal_windows(windows, read_titles()),
        "windows_sha256": windows_digest(windows),
        "sha256": split_digest(split),
        "pinned": (windows_digest(windows), split_digest(split)) == (TALLREC_WINDOWS_SHA256, TALLREC_MOVIES.sha256),
        "note": "The published training windows are not available; ours follow from the same recipe.",
    }


def without_pin(choice: Choice) -> Choice:
    """Return a choice that cuts other rows as well, so that a difference can be counted."""
    return choice.model_copy(update={"sha256": None})


def main() -> None:
    """Compare and record."""
    result = {"collm_ml1m": compare_collm(), "tallrec_movies": compare_tallrec()}
    write_record("published_splits", result, seed=0)
    print(result)


if __name__ == "__main__":
    main()
