"""Every attribution metric of explained examples, for the model's own attribution and its controls alike.

All sources are asked through one remembered score, so that sets which they share are asked once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.evaluation import columns as c
from explainrec_models.evaluation.explanation.controls import given_control
from explainrec_models.evaluation.explanation.counterfactual import greedy_size
from explainrec_models.evaluation.explanation.curves import (
    deletion_curve,
    insertion_curve,
    relative_deletion,
    relative_insertion,
)
from explainrec_models.evaluation.explanation.evidence import Attribution, Holds, Score, remembered
from explainrec_models.evaluation.explanation.necessity import COUNTS, necessity, sufficiency
from explainrec_models.evaluation.explanation.removal import SHARES, removal

SOURCE = "source"
"""Of the measured table: the attribution that was measured, the model's own or a control."""
MEASURED_SCHEMA = {
    schema.EXAMPLE_ID: pl.Int64,
    schema.USER_ID: pl.String,
    SOURCE: pl.String,
    c.METRIC: pl.String,
    c.VALUE: pl.Float64,
}


@dataclass(frozen=True)
class Example:
    """One explained prediction.

    Attributes:
        user_id: whose it is; intervals resample users.
        score: of sets of kept evidence.
        attributions: by source, one value a piece (K,).
        holds: whether the answer stands; without it necessity, sufficiency and counterfactual size are not measured.
    """

    user_id: str
    score: Score
    attributions: Mapping[str, Attribution]
    holds: Holds | None = None


def measure_examples(
    examples: Iterable[Example],
    *,
    shares: Sequence[float] = SHARES,
    counts: Sequence[int] = COUNTS,
    steps: int | None = None,
) -> pl.DataFrame:
    """Return a row an (example, source, metric): example_id, user_id, source, metric, value; null where undefined.

    Args:
        examples: in an order that gives them their numbers.
        shares: of the pieces, for comprehensiveness and sufficiency.
        counts: of the first pieces, for necessity and sufficiency of the answer.
        steps: of the curves; every piece if unset.

    Raises:
        DataError: a score does not answer with one finite number for each set, or an attribution is not a finite
            number a piece.
    """
    rows = [
        (number, example.user_id, source, metric, value)
        for number, example in enumerate(examples)
        for source, metric, value in _measured(example, shares, counts, steps)
    ]
    return pl.DataFrame(rows, schema=MEASURED_SCHEMA, orient="row").with_columns(pl.col(c.VALUE).fill_nan(None))


def _measured(
    example: Example, shares: Sequence[float], counts: Sequence[int], steps: int | None
) -> Iterator[tuple[str, str, float]]:
    score = remembered(example.score)
    pieces = len(next(iter(example.attributions.values())))
    for source, values in example.attributions.items():
        attribution = given_control(values, pieces)
        removed = removal(score, attribution, shares=shares)
        deleted, inserted = (curve(score, attribution, steps=steps) for curve in (deletion_curve, insertion_curve))
        yield source, "comprehensiveness_score", removed.aopc_comprehensiveness
        yield source, "comprehensiveness_relative_score", removed.relative_comprehensiveness
        yield source, "sufficiency_error", removed.aopc_sufficiency
        yield source, "sufficiency_relative_error", removed.relative_sufficiency
        yield source, "deletion_area_error", deleted.area
        yield source, "deletion_area_relative_error", relative_deletion(deleted).area
        yield source, "insertion_area_score", inserted.area
        yield source, "insertion_area_relative_score", relative_insertion(inserted).area
        if example.holds is not None:
            yield from ((source, metric, value) for metric, value in _stands(example.holds, attribution, counts))


def _stands(holds: Holds, attribution: Attribution, counts: Sequence[int]) -> Iterator[tuple[str, float]]:
    if not np.asarray(holds(np.ones((1, len(attribution)), dtype=np.bool_)))[0]:
        # What follows would be undefined, and each of its questions may be a pass of a large model.
        names = [f"{test}_at_{count}_score" for count in counts for test in ("pn", "ps")]
        yield from ((name, float("nan")) for name in (*names, "counterfactual_found_score", "counterfactual_size_loss"))
        return
    necessary = necessity(holds, attribution, counts=counts)
    sufficient = sufficiency(holds, attribution, counts=counts)
    for count, out, kept in zip(counts, necessary, sufficient, strict=True):
        yield f"pn_at_{count}_score", float(out)
        yield f"ps_at_{count}_score", float(kept)
    size = greedy_size(holds, attribution)
    yield "counterfactual_found_score", float(size is not None)
    yield "counterfactual_size_loss", float("nan") if size is None else float(size)
