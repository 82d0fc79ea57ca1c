"""Fitting the linear teacher: attributes from metadata, looks and topics; the decay is chosen on validation rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.linalg import LinearOperator, cg

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.matrix import like_matrix
from explainrec_models.parts.ease import ItemWeights
from explainrec_models.parts.linear_teacher import LinearTeacher
from explainrec_models.parts.progress import tracked
from explainrec_models.parts.sparse_ease import fit_item_weights
from explainrec_models.parts.validation import MAX_USERS, validation_ndcg

MIN_ITEMS = 3
"""An attribute of fewer items says nothing that the items do not."""
MAX_WORK = 5e10
"""Likes times attributes that the attribute regression may go through: about a minute on one core."""
MAX_DENSE_ATTRIBUTES = 4096
"""Up to here the normal equations are solved directly, above by conjugate gradients."""
_PANEL = 128
"""Attributes counted at once."""


@dataclass(frozen=True)
class FittedTeacher:
    """The chosen teacher and every choice that was tried, with its NDCG@10 on validation rows.

    Attributes:
        users_step: every how many-th user the attribute regression read; 1 is everybody.
    """

    teacher: LinearTeacher
    tried: tuple[Mapping[str, Any], ...]
    users_step: int


def fit_teacher(
    corpus: Corpus,
    extra_attributes: Sequence[Sequence[str | None]],
    *,
    regularisation: float,
    decays: Sequence[float],
    dense_items: int = 12_000,
    neighbours: int = 200,
) -> FittedTeacher:
    """Fit on training likes.

    Args:
        corpus: training and validation rows.
        extra_attributes: beside the metadata's (looks, topics): lists with one an item, None where it has none.
        regularisation: L2 penalty of EASE and of the attribute regression.
        decays: recency decays to choose from; the earlier one wins a tie.
        dense_items: largest catalogue whose item-item matrix is inverted whole.
        neighbours: items that may add to an item's score in a larger one.
    """
    likes = like_matrix(corpus.train, corpus.item_ids)
    (weights,) = fit_item_weights(
        likes, regularisations=[regularisation], centred=True, dense_items=dense_items, neighbours=neighbours
    )
    names, membership = attribute_membership(corpus, extra_attributes)
    step = users_step(likes, len(names))
    strengths = fit_attribute_strengths(likes, weights, membership, regularisation=regularisation, step=step)
    tried: list[dict[str, Any]] = []
    best: tuple[float, LinearTeacher] | None = None
    judged = validation_part(corpus)
    for with_attributes in (True, False):
        theta = strengths if with_attributes else np.zeros_like(strengths)
        for decay in decays:
            teacher = LinearTeacher(tuple(corpus.item_ids), names, weights, membership, theta, decay)
            value = round(validation_ndcg(teacher.score_all, judged), 6)
            tried.append({"decay": decay, "attributes": with_attributes, "valid_ndcg_at_10_score": value})
            # Without attributes is measured for comparison; the labels need them, so only decays compete.
            if with_attributes and (best is None or value > best[0]):
                best = (value, teacher)
    assert best is not None
    return FittedTeacher(best[1], tuple(tried), step)


def validation_part(corpus: Corpus) -> Corpus:
    """Return the corpus of the users that ``validation_ndcg`` reads; nobody else's history need be built."""
    past = [part for part in (corpus.train, corpus.context) if part.height]
    known = pl.concat([part.select(schema.USER_ID) for part in past]).unique() if past else corpus.train
    liked = corpus.valid.filter(pl.col(schema.LIKED) == 1).select(schema.USER_ID).unique()
    users = liked.join(known.select(schema.USER_ID), on=schema.USER_ID, how="semi").sort(schema.USER_ID).head(MAX_USERS)

    def of_users(part: pl.DataFrame) -> pl.DataFrame:
        return part.join(users, on=schema.USER_ID, how="semi", maintain_order="left") if part.height else part

    return replace(corpus, train=of_users(corpus.train), valid=of_users(corpus.valid), context=of_users(corpus.context))


def attribute_membership(
    corpus: Corpus, extra_attributes: Sequence[Sequence[str | None]]
) -> tuple[tuple[str, ...], sparse.csr_array]:
    """Return the names of the attributes that at least three items share, sorted, and the (I, A) membership."""
    owned = [set(corpus.attributes[item]) for item in corpus.item_ids]
    for attributes in extra_attributes:
        for own, attribute in zip(owned, attributes, strict=True):
            if attribute is not None:
                own.add(attribute)
    counts: dict[str, int] = {}
    for own in owned:
        for attribute in own:
            counts[attribute] = counts.get(attribute, 0) + 1
    names = tuple(sorted(name for name, count in counts.items() if MIN_ITEMS <= count < len(owned)))
    column = {name: place for place, name in enumerate(names)}
    columns = [sorted(column[name] for name in own if name in column) for own in owned]
    starts = np.concatenate([[0], np.cumsum([len(own) for own in columns])]).astype(np.int32)
    indices = np.array([place for own in columns for place in own], dtype=np.int32)
    ones = np.ones(len(indices), dtype=np.float32)
    return names, sparse.csr_array((ones, indices, starts), shape=(len(owned), len(names)))


def users_step(likes: sparse.csr_array, attributes: int) -> int:
    """Return every how many-th user the attribute regression reads so that its work stays bounded."""
    return max(1, int(np.ceil(likes.nnz * attributes / MAX_WORK)))


def fit_attribute_strengths(
    likes: sparse.csr_array, model: ItemWeights, membership: sparse.csr_array, *, regularisation: float, step: int = 1
) -> NDArray[np.float32]:
    """Regress what EASE leaves unexplained on attribute overlap.

    ``min sum_{u,i} (X[u,i] - prior_i - (XB)[u,i] - sum_a theta_a T[i,a] (S[u,a] - X[u,i]))^2 + penalty |theta|^2``
    with ``S = X T``: the user's liked items of the attribute, the candidate itself left out. Neither the (U, I)
    residuals nor the (A, A) overlaps of attributes that share no item are ever built: with ``Q = X'S``, ``c`` the likes
    of each item and ``d`` what the model leaves unexplained of it, the normal equations are

    ``gram = (T'T) * (S'S) - M - M' + T' diag(c) T``, ``M = (T * Q)' T``, ``*`` element by element, and
    ``target_a = sum_i T[i,a] (Q[i,a] - prior_i sum_u S[u,a]) - sum_h Q[h,a] (BT)[h,a] - sum_i T[i,a] d_i``.

    Args:
        likes: (U, I) matrix of likes.
        model: fitted item-item weights.
        membership: (I, A).
        regularisation: L2 penalty.
        step: every how many-th user is read; what they give is scaled to everybody.

    Returns:
        (A,) strengths.
    """
    count = membership.shape[1]
    if count == 0:
        return np.zeros(0, dtype=np.float32)
    read = likes[::step].astype(np.float64)
    scale = likes.shape[0] / read.shape[0]
    counts = np.asarray(read.sum(axis=0)).ravel()
    everybody = np.asarray(likes.sum(axis=0, dtype=np.float64)).ravel()
    # The users read like an item more or less often than all do, and their own likes must cancel against this term.
    unexplained = model.unexplained * (scale * counts / np.maximum(everybody, 1))
    by_attribute = sparse.csc_array(membership, dtype=np.float64)
    shared = sparse.csc_array(by_attribute.T @ by_attribute)
    overlaps, own_overlaps, targets = [], [], []
    for start in tracked(range(0, count, _PANEL), what="attributes", total=-(-count // _PANEL)):
        panel = by_attribute[:, start : start + _PANEL]
        profiles = np.asarray((read @ panel).toarray())
        together = np.asarray(read.T @ profiles)
        pattern = sparse.coo_array(shared[:, start : start + _PANEL])
        profile_products = np.asarray(by_attribute.T @ together)[pattern.row, pattern.col]
        overlaps.append(sparse.csc_array((pattern.data * profile_products, (pattern.row, pattern.col)), pattern.shape))
        own = sparse.csc_array(panel.multiply(together))
        own_overlaps.append(sparse.csr_array(own.T @ by_attribute))
        explained = profiles.sum(axis=0) * (panel.T @ model.prior) + (together * model.onto(panel)).sum(axis=0)
        targets.append(scale * (np.asarray(own.sum(axis=0)).ravel() - explained) - panel.T @ unexplained)
    own_overlap = sparse.vstack(own_overlaps, format="csr")
    weighted = by_attribute.T @ sparse.diags_array(counts) @ by_attribute
    gram = sparse.csr_array(scale * (sparse.hstack(overlaps) - own_overlap - own_overlap.T + weighted))
    gram = sparse.csr_array(gram + regularisation * sparse.eye_array(count))
    return _solved(gram, np.concatenate(targets)).astype(np.float32)


def _solved(gram: sparse.csr_array, target: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(target) <= MAX_DENSE_ATTRIBUTES:
        return np.asarray(linalg.solve(gram.toarray(), target, assume_a="pos"))
    inverse = 1 / gram.diagonal()
    preconditioner = LinearOperator(gram.shape, matvec=lambda vector: inverse * vector, dtype=np.float64)
    solution, failed = cg(gram, target, rtol=1e-8, maxiter=10 * len(target), M=preconditioner)
    # A positive definite system is solved within as many steps as it has unknowns, but for rounding.
    assert failed == 0
    return np.asarray(solution)
