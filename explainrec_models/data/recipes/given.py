"""Recipe ``given``: the parts as they were published, in the column that the layout's reader fills.

For the benchmark files of Amazon Reviews 2023 (Hou et al., arXiv 2403.03952: ``last_out`` and ``timestamp``) and the
Games sample of LLMRank (Hou et al., arXiv 2305.08845). Nothing is promised: what the parts keep is the publishers'
choice, and the leave-one-out files among them let training rows be later than test rows. Reads no setting.
"""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.schema import PARTS
from explainrec_models.data.splits import Promise, Split, divided
from explainrec_models.errors import DataError, ParamsError
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = frozenset()
SETTINGS: frozenset[str] = frozenset()
LAYOUTS = ("amazon-2023-benchmark", "atomic", "llmrank")
"""Layouts whose readers fill the column."""


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:  # noqa: ARG001  # every recipe has the same signature
    """Take the published parts.

    Raises:
        ParamsError: the layout has none.
        DataError: a part is not one of the three.
    """
    if schema.SPLIT not in rows.columns:
        message = (
            f"split recipe given takes published parts, and this layout has none; layouts that have: "
            f"{', '.join(LAYOUTS)}. Choose another `split.recipe` in params.yaml, such as temporal."
        )
        raise ParamsError(message)
    strange = sorted(set(rows[schema.SPLIT].unique().drop_nulls().cast(pl.String)) - set(PARTS))
    if strange:
        message = (
            f"column {schema.SPLIT!r} holds {', '.join(map(repr, strange))}; expected {', '.join(PARTS)} or nothing."
        )
        raise DataError(message)
    part = pl.col(schema.SPLIT).cast(pl.String)
    return divided(rows, {name: part == name for name in PARTS}, otherwise="rows_in_no_published_part")
