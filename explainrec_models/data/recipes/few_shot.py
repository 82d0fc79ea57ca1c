"""Recipe ``few-shot``: the parts of ``temporal``, with a draw of ``shots`` rows in place of all training rows.

Bao et al., "TALLRec" (arXiv 2305.00447), tune on 16, 64 or 256 training rows. A row is drawn only if its user has an
earlier one, since it is asked together with its history. The rows that are not drawn are context: histories hold them,
nothing is fitted on them. The draw depends on the training rows and the seed alone, and of one seed the rows of fewer
shots are among those of more. Reads ``shots``, ``valid_from``, ``test_from`` and, to leave out both ends, ``start`` and
``until``.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.recipes import temporal
from explainrec_models.data.splits import Promise, Split, shots
from explainrec_models.errors import ParamsError
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = temporal.PROMISES
SETTINGS = temporal.SETTINGS | {"shots"}


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:
    """Cut by time and draw the training rows.

    Raises:
        ParamsError: a setting is missing, or there are fewer rows to draw from than shots.
    """
    wanted, whole = shots(choice), temporal.split(rows, choice=choice, seed=seed)
    moment = pl.col(schema.TIMESTAMP)
    has_history = whole.train.select(moment > moment.min().over(schema.USER_ID)).to_series()
    places = has_history.arg_true().to_numpy()
    if len(places) < wanted:
        message = (
            f"`shots: {wanted}` under `split` in params.yaml, but only {len(places)} of {whole.train.height} training "
            "rows have an earlier row of the same user; lower `shots`."
        )
        raise ParamsError(message)
    is_drawn = np.zeros(whole.train.height, dtype=np.bool_)
    is_drawn[np.random.default_rng(seed).permutation(places)[:wanted]] = True
    drawn = pl.Series(is_drawn)
    return replace(whole, train=whole.train.filter(drawn), context=whole.train.filter(~drawn))
