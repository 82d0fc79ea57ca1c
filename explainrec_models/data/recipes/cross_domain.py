"""Recipe ``cross-domain``: fitted on some categories, asked about others that no system has seen.

The transfer of A-LLMRec (Kim et al., arXiv 2404.11343: movies to games) and of ExplainRec's cross-domain claim (arXiv
2511.14770), cut in time besides. Rows of ``train_categories`` are for training before ``valid_from`` and for validation
before ``test_from``; together they are the histories of test users. Rows of ``test_categories`` are for testing from
``test_from`` on; earlier ones are left out, since nothing of those categories may be known. Validation stays within the
training categories: settings chosen on the test categories would know them too. Reads ``train_categories``,
``test_categories``, ``valid_from``, ``test_from`` and, to leave out both ends, ``start`` and ``until``.
"""

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.splits import Promise, Split, cuts, divided, needed_names, within
from explainrec_models.errors import ParamsError, UnknownNameError
from explainrec_models.params import Split as Choice

PROMISES: frozenset[Promise] = frozenset({"time apart"})
SETTINGS = frozenset({"train_categories", "test_categories", "start", "valid_from", "test_from", "until"})


def split(rows: pl.DataFrame, *, choice: Choice, seed: int) -> Split:  # noqa: ARG001  # every recipe has the same signature
    """Train and validate in some categories, test in others.

    Raises:
        ParamsError: a setting is missing, or a category stands on both sides.
        UnknownNameError: no row is of a category that is named.
    """
    valid_cut, test_cut = cuts(choice)
    _check_names(rows, choice)
    inside, ends = within(rows, choice)
    category, moment = pl.col(schema.CATEGORY), pl.col(schema.TIMESTAMP)
    is_source = category.is_in(list(choice.train_categories))
    is_target = category.is_in(list(choice.test_categories))
    places = {
        "train": is_source & (moment < valid_cut),
        "valid": is_source & (moment < test_cut),
        "rows_of_train_categories_from_test_from_on": is_source,
        "test": is_target & (moment >= test_cut),
        "rows_of_test_categories_before_test_from": is_target,
    }
    return divided(inside, places, otherwise="rows_of_other_categories", left_out=ends)


def _check_names(rows: pl.DataFrame, choice: Choice) -> None:
    sides = {name: needed_names(choice, name) for name in ("train_categories", "test_categories")}
    both = sorted(set.intersection(*(set(names) for names in sides.values())))
    if both:
        message = (
            f"{', '.join(both)} stands both under `train_categories` and `test_categories` of `split` in params.yaml; "
            "a category is either known or asked about."
        )
        raise ParamsError(message)
    known = sorted(rows[schema.CATEGORY].unique().drop_nulls().cast(pl.String))
    for side, names in sides.items():
        for name in names:
            if name not in known:
                advice = f"The rows are of {', '.join(known) or 'no category'}."
                raise UnknownNameError(kind=f"category under `{side}`", name=name, known=known, advice=advice)
