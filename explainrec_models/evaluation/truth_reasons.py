"""Does an explanation name the attribute that truly mattered most?

For each explained example the strongest positive contribution among the slots ``attribute`` and ``prior`` is held
against the largest positive true weight among the item's attributes. The slot ``prior`` stands for a true reason of
kind ``popularity``. Pictures have no attribute names in the catalogue: the clusters ``look:…`` are named afterwards by
the visual truth that most of their items share, for scoring only.

The prior holds a system's level as well as an item's popularity and so is often the largest contribution of all.
``truth_top_attribute`` therefore asks the same with the prior and the reasons of kind ``popularity`` set aside.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.bootstrap import Measure, mean_measure
from explainrec_models.evaluation.truth import Truth, shuffled_within_examples

_NAMED = "named"
_HIT = "hit"
_KINDS_BESIDE_POPULARITY = tuple(kind for kind in c.KINDS if kind != c.POPULARITY)
_SHUFFLES = 20


def name_looks(contributions: pl.DataFrame, truth: Truth) -> dict[str, str]:
    """Return the visual attribute that most items of each look share; a tie goes to the first name.

    ``contributions`` holds item_id, slot and source of all systems and labels.
    """
    visual = truth.weights.filter(pl.col(c.KIND) == c.VISUAL).select(c.TRUE_ATTRIBUTE).unique()
    members = contributions.filter(
        (pl.col(schema.SLOT) == schema.ATTRIBUTE) & pl.col(schema.SOURCE).str.starts_with(c.LOOK_PREFIX)
    )
    counted = (
        members.select(schema.ITEM_ID, schema.SOURCE)
        .unique()
        .join(truth.items.join(visual, on=c.TRUE_ATTRIBUTE, how="semi"), on=schema.ITEM_ID)
        .group_by(schema.SOURCE, c.TRUE_ATTRIBUTE)
        .len()
        .sort([schema.SOURCE, "len", c.TRUE_ATTRIBUTE], descending=[False, True, False])
    )
    best = counted.unique(schema.SOURCE, keep="first", maintain_order=True)
    return dict(zip(best[schema.SOURCE].to_list(), best[c.TRUE_ATTRIBUTE].to_list(), strict=True))


def true_reasons(examples: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """Return the strongest positive true reasons of each example: example_id, user_id, reasons, kinds, kind.

    Equal weights give several reasons, any of which is right; the example counts under the first kind by name.
    ``examples`` holds example_id, user_id and item_id, one row an example.
    """
    positive = (
        examples.join(truth.items, on=schema.ITEM_ID)
        .join(truth.weights.filter(pl.col(c.WEIGHT) > 0), on=[schema.USER_ID, c.TRUE_ATTRIBUTE])
        .filter(pl.col(c.WEIGHT) == pl.col(c.WEIGHT).max().over(schema.EXAMPLE_ID))
    )
    return (
        positive.group_by(schema.EXAMPLE_ID, schema.USER_ID)
        .agg(pl.col(c.TRUE_ATTRIBUTE).alias("reasons"), pl.col(c.KIND).unique().sort().alias("kinds"))
        .with_columns(pl.col("kinds").list.first().alias(c.KIND))
        .sort(schema.EXAMPLE_ID)
    )


def top_reason_hits(contributions: pl.DataFrame, reasons: pl.DataFrame, looks: Mapping[str, str]) -> pl.DataFrame:
    """Return example_id, user_id, kind and ``hit`` (0 or 1) of each example with a true reason.

    An example without any positive contribution is a miss; equal contributions go to the first name.

    Args:
        contributions: rows of the slots ``attribute`` and, where it may be named, ``prior``.
        reasons: what ``true_reasons`` returned.
        looks: the name of each look.
    """
    named = pl.col(schema.SOURCE).replace(dict(looks)) if looks else pl.col(schema.SOURCE)
    strongest = (
        contributions.filter(pl.col(schema.CONTRIBUTION) > 0)
        .sort([schema.EXAMPLE_ID, schema.CONTRIBUTION, schema.SOURCE], descending=[False, True, False])
        .unique(schema.EXAMPLE_ID, keep="first", maintain_order=True)
        .select(schema.EXAMPLE_ID, schema.SLOT, named.alias(_NAMED))
    )
    by_prior = (pl.col(schema.SLOT) == schema.PRIOR) & pl.col("kinds").list.contains(c.POPULARITY)
    by_name = (pl.col(schema.SLOT) == schema.ATTRIBUTE) & pl.col("reasons").list.contains(pl.col(_NAMED))
    hit = (by_prior | by_name).fill_null(value=False).cast(pl.Float64)
    return reasons.join(strongest, on=schema.EXAMPLE_ID, how="left", maintain_order="left").select(
        schema.EXAMPLE_ID, schema.USER_ID, c.KIND, hit.alias(_HIT)
    )


def reason_measures(
    contributions: pl.DataFrame, truth: Truth, looks: Mapping[str, str], users: list[str], *, seed: int
) -> dict[str, Measure]:
    """Return the share of right ones for ``truth_top_reason`` and ``truth_top_attribute``: by kind and shuffled."""
    beside = Truth(truth.weights.filter(pl.col(c.KIND) != c.POPULARITY), truth.items)
    attributes, both = [schema.ATTRIBUTE], [schema.ATTRIBUTE, schema.PRIOR]
    return {
        **_measures("truth_top_reason", contributions, truth, looks, users, slots=both, kinds=c.KINDS, seed=seed),
        **_measures(
            "truth_top_attribute",
            contributions,
            beside,
            looks,
            users,
            slots=attributes,
            kinds=_KINDS_BESIDE_POPULARITY,
            seed=seed,
        ),
    }


def _measures(
    name: str,
    contributions: pl.DataFrame,
    truth: Truth,
    looks: Mapping[str, str],
    users: list[str],
    *,
    slots: Sequence[str],
    kinds: Sequence[str],
    seed: int,
) -> dict[str, Measure]:
    """Return one question's measures; without rows where no explanation weighs any of the slots.

    The control permutes the contributions among these slots of the same example (mean of 20 shuffles).
    """
    weighed = contributions.filter(pl.col(schema.SLOT).is_in(slots)).sort(schema.EXAMPLE_ID, schema.SOURCE)
    examples = contributions.select(schema.EXAMPLE_ID, schema.USER_ID, schema.ITEM_ID).unique(maintain_order=True)
    silent = weighed.filter(pl.col(schema.CONTRIBUTION) != 0).is_empty()
    reasons = true_reasons(examples.clear() if silent else examples, truth)
    hits = top_reason_hits(weighed, reasons, looks)
    measures = {f"{name}_score": mean_measure(hits, _HIT, users)}
    for kind in kinds:
        measures[f"{name}_{kind}_score"] = mean_measure(hits.filter(pl.col(c.KIND) == kind), _HIT, users)
    generator = np.random.default_rng(seed)
    shuffled = pl.concat(
        top_reason_hits(shuffled_within_examples(weighed, generator), reasons, looks) for _ in range(_SHUFFLES)
    )
    per_example = shuffled.group_by(schema.EXAMPLE_ID, schema.USER_ID, maintain_order=True).agg(pl.col(_HIT).mean())
    measures[f"{name}_shuffled_score"] = mean_measure(per_example, _HIT, users)
    return measures
