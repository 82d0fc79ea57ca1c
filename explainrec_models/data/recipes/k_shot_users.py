"""Recipe ``k-shot-users``: new users of whom only the first ``shots`` events are known, such as 0, 1, 3, 5 or 10.

The user cold-start curve of meta-learning (Lee et al., "MeLU", KDD 2019, arXiv 1908.00413), with the users of
``held-out-users``. What is asked is the same at every ``shots``, the later half of a user's rows or those from the
dates on, so that points of a curve differ in what is known and not in what is asked; rows between the known and the
asked ones are left out. A user with fewer than ``shots`` rows before what is asked is left out and counted. Reads
``shots`` and what ``held-out-users`` reads.
"""

import polars as pl

from explainrec_models.data.recipes import held_out_users
from explainrec_models.data.splits import Promise, Split, shots
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = held_out_users.PROMISES
SETTINGS = held_out_users.SETTINGS | {"shots"}


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:
    """Hold out users and keep their first events as context.

    Raises:
        ParamsError: ``shots`` is not set, or one date is given without the other.
    """
    return held_out_users.cut_users(rows, choice=choice, seed=seed, known=shots(choice))
