"""Recipe ``temporal``: one moment in time between the parts, for all users alike.

Ji et al., "A Critical Study on Data Leakage in Recommender System Offline Evaluation", ACM TOIS 2023. The cuts are
dates and not shares: a share would move when a later row arrives, and training rows would change with it. Reads
``valid_from``, ``test_from`` and, to leave out both ends, ``start`` and ``until``.

Zhang et al., "CoLLM" (arXiv 2310.19488), cut MovieLens 1M this way: ``data/pins.py`` has their dates and the pin.
"""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.splits import Promise, Split, cuts, divided, within
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = frozenset({"time apart"})
SETTINGS = frozenset({"start", "valid_from", "test_from", "until"})


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:  # noqa: ARG001  # every recipe has the same signature
    """Cut at the first days of validation and test."""
    valid_cut, test_cut = cuts(choice)
    inside, ends = within(rows, choice)
    moment = pl.col(schema.TIMESTAMP)
    return divided(inside, {"train": moment < valid_cut, "valid": moment < test_cut}, otherwise="test", left_out=ends)
