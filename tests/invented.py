"""A small invented catalogue and its ratings, shared by tests: twelve users, eight films, known likes."""

from pathlib import Path

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus

DAY = 86_400_000
GENRES = ("Comedy", "Drama")
FILMS = 8
USERS = 12


def items() -> pl.DataFrame:
    """Eight films; even ones are comedies, odd ones dramas; titles hold quotes and markup on purpose."""
    titles = [f"Film {number} (199{number})" for number in range(FILMS)]
    titles[1] = 'The "Quoted" One (1991)'
    titles[2] = "<b>Bold & Co</b> (1992)"
    return pl.DataFrame(
        {
            schema.ITEM_ID: [str(number) for number in range(FILMS)],
            schema.TITLE: titles,
            schema.ATTRIBUTES: [[f"genre:{GENRES[number % 2]}"] for number in range(FILMS)],
            schema.TEXT: [""] * FILMS,
            schema.IMAGE: pl.Series([None] * FILMS, dtype=pl.String),
            schema.CATEGORY: [""] * FILMS,
        }
    ).select(schema.ITEM_COLUMNS)


def interactions(seed: int = 3, rows_per_user: int = 6) -> pl.DataFrame:
    """Ratings over 100 days; even users like comedies, odd users dramas, with a little noise."""
    generator = np.random.default_rng(seed)
    rows = []
    for user in range(USERS):
        seen = generator.permutation(FILMS)[:rows_per_user]
        moments = np.sort(generator.integers(0, 100, size=rows_per_user))
        for film, day in zip(seen, moments, strict=True):
            agrees = (film % 2 == user % 2) != (generator.random() < 0.1)
            rows.append((f"u{user}", str(film), 5.0 if agrees else 2.0, int(day) * DAY, int(agrees)))
    types = [pl.String, pl.String, pl.Float32, pl.Int64, pl.Int8]
    table = pl.DataFrame(rows, schema=dict(zip(schema.INTERACTION_COLUMNS, types, strict=True)), orient="row")
    return table.sort(schema.TIMESTAMP, maintain_order=True)


def corpus(seed: int = 3) -> Corpus:
    """Training rows before day 70, validation rows after."""
    rows = interactions(seed)
    cut = pl.col(schema.TIMESTAMP) < 70 * DAY
    return Corpus("invented", "film", items(), rows.filter(cut), rows.filter(~cut))


def write_prepared(folder: Path, of: Corpus) -> Path:
    """Write a corpus as ``prepare`` does."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("items", "train", "valid", "context"):
        getattr(of, name).write_parquet(folder / f"{name}.parquet")
    return folder
