"""The true reasons behind the reviews, kept apart from the shop: only an evaluation may read them."""

from pathlib import Path

import polars as pl

from generator.items import Item
from generator.users import User

USER_SCHEMA = {"user_id": pl.String, "attribute": pl.String, "weight": pl.Float64, "kind": pl.String}
ITEM_SCHEMA = {"item_id": pl.String, "attribute": pl.String}

README = """# What is true in the sample shop

Written by `data/sample/generate.py`. No training or prediction may read this folder; evaluation may, to see whether a
system's reasons are the true ones.

| file | columns | rows |
|---|---|--:|
| `users.parquet` | user_id, attribute, weight, kind | {user_rows} |
| `items.parquet` | item_id, attribute | {item_rows} |

Attributes are `field:value`. A positive weight is a like, a negative one a dislike. What a user thinks of an item is

    utility(u, i) = sum over attributes a of weight(u, a) * has(i, a) + weight(u, popularity) * appeal(i)

minus its mean over the catalogue, plus noise; the rating follows from fixed thresholds.

| attribute | kind | who can see it | spelled by a reader of the metadata |
|---|---|---|---|
| `theme:<value>` | cross: the same weight in all categories | title, description, details | the same |
| `material:<value>` | plain | title, features, details | the same |
| `store:<value>` | plain | store | the same |
| `price_band:<value>` | plain | only through `price`, and not where it is null | not at all |
| `look:<value>` | visual | only the picture; no text names it | not at all |
| `popularity:bestseller` | popularity | only how often others review the item | not at all |

`popularity:bestseller` marks the quarter of each category with the highest appeal; in the formula appeal is a number
with mean 0 and standard deviation 1, the same quarter being its upper end. Details that nobody cares about (`capacity`,
`pages`, `cable length`) appear in no user's reasons, and neither does `category`.

The two items without metadata have their attributes here all the same, though no reader can see them.

Users with a reason of each kind: {kinds}.
"""


def write_truth(truth: Path, users: list[User], items: list[Item]) -> None:
    """Write both tables and the README that explains them."""
    truth.mkdir(parents=True, exist_ok=True)
    weights = pl.DataFrame(
        [(user.user_id, r.attribute, r.weight, r.kind) for user in users for r in user.reasons],
        schema=USER_SCHEMA,
        orient="row",
    )
    attributes = pl.DataFrame(
        [(item.item_id, attribute) for item in items for attribute in item.attributes()],
        schema=ITEM_SCHEMA,
        orient="row",
    )
    weights.write_parquet(truth / "users.parquet")
    attributes.write_parquet(truth / "items.parquet")
    counts = weights.group_by("kind").agg(pl.col("user_id").n_unique()).sort("kind")
    text = README.format(
        user_rows=weights.height,
        item_rows=attributes.height,
        kinds=", ".join(f"{kind} {count}" for kind, count in counts.iter_rows()),
    )
    (truth / "README.md").write_text(text, encoding="utf-8", newline="\n")
