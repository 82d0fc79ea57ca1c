"""Scores and attributions of a tuned soft-token model for one person's questions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from explainrec_models.data.new_item import NewItem
from explainrec_models.parts.catalogue_fit import Counted
from explainrec_models.parts.evidence import FEATURES, SUPPORT, UNRATED, EvidenceTable, Past
from explainrec_models.parts.item_space import ATTRIBUTES, PICTURE, WORDS
from explainrec_models.parts.leaving_out import leave_one_out
from explainrec_models.parts.looks import look_of
from explainrec_models.parts.sessions import Session, questions
from explainrec_models.parts.shapley_shares import shapley_shares
from explainrec_models.parts.soft_tokens import SoftTokenModel, knowledge, pack

QUESTIONS_A_PASS = 256

ASPECTS = {"others": "what others made of it", WORDS: "its words", PICTURE: "its picture"}
"""Names of an item's aspects, as a person reads them."""


@dataclass(frozen=True)
class Attribution:
    """What moved one margin; the rest of it belongs to the prior.

    Attributes:
        margin: log-odds.
        history: by place of the item in the catalogue.
        attributes: by attribute.
        aspects: by name, of ``ASPECTS``.
    """

    margin: float
    history: Mapping[int, float]
    attributes: Mapping[str, float]
    aspects: Mapping[str, float]


def session_of(table: EvidenceTable, past: Past, places: NDArray[np.intp], window: int) -> Session:
    """Return questions about items: the counts see the whole past, the language model its end."""
    shown = Past(past.items[-window:], past.liked[-window:])
    return questions(shown, places, table.features(past, places))


@torch.inference_mode()
def margins(model: SoftTokenModel, table: EvidenceTable, past: Past, places: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return log-odds of a like (C)."""
    if model.silent:
        # What the language model would say counts for nothing: it need not be asked.
        return model.counted(torch.from_numpy(table.features(past, places))).double().cpu().numpy()
    found = [np.zeros(0)]
    for start in range(0, len(places), QUESTIONS_A_PASS):
        session = session_of(table, past, places[start : start + QUESTIONS_A_PASS], model.window)
        found.append(model(pack([session])).margins.double().cpu().numpy())
    return np.concatenate(found)


@torch.inference_mode()
def attributed(
    model: SoftTokenModel, counted: Counted, table: EvidenceTable, past: Past, places: NDArray[np.intp]
) -> list[Attribution]:
    """Return log-odds and what moved them, from one pass of the language model a question.

    An item's share is its Shapley value in the linear model, whose features are counted anew for every set of items,
    plus what the language model's part loses without it: the pass that scores a question holds it once more without
    each item.
    """
    weights, means = model.feature_weights(), model.feature_means()
    shares, tastes = counted_shares(table, past, places, weights)
    if model.silent:
        decided = margins(model, table, past, places)
    else:
        decided = np.zeros(len(places))
        for row, place in enumerate(places.tolist()):
            left_out = leave_one_out(model, table, past, place)
            decided[row] = left_out.margin
            for item, value in left_out.gaps.items():
                shares[item][row] += value
    found = []
    for row, place in enumerate(places):
        history = {item: float(values[row]) for item, values in shares.items()}
        attributes, aspects = _of_item(counted, int(place), weights, means)
        for column, values in tastes.items():
            if column in attributes:
                attributes[column] += float(values[row])
        names = {counted.space.vocabulary[column]: value for column, value in attributes.items()}
        found.append(Attribution(float(decided[row]), history, names, aspects))
    return found


def counted_shares(
    table: EvidenceTable, past: Past, places: NDArray[np.intp], weights: NDArray[np.float64]
) -> tuple[dict[int, NDArray[np.float64]], dict[int, NDArray[np.float64]]]:
    """Return Shapley values (C) of a weighted sum of features: by item of the history, and by column of attributes.

    The person's taste for an attribute of the item is owed to the rows it was learned from and to the attribute alike;
    Shapley values halve what two players only have together. All rows of an item are one player.
    """
    items, player = np.unique(past.items, return_inverse=True)
    sums, spoken = table.weighed(past, places, weights)

    def value(players: NDArray[np.bool_]) -> NDArray[np.float64]:
        rows, attributes = np.split(players, [len(items)], axis=1)
        return sums(rows[:, player], attributes)

    _, gains = shapley_shares(value, len(items) + len(spoken))
    of_items, of_attributes = np.split(gains, [len(items)])
    return dict(zip(items.tolist(), of_items, strict=True)), dict(zip(spoken.tolist(), of_attributes, strict=True))


def _of_item(
    counted: Counted, place: int, weights: NDArray[np.float64], means: NDArray[np.float64]
) -> tuple[dict[int, float], dict[str, float]]:
    """Return what the effect of an item owes to its attributes, by column, and to its other aspects."""
    by_name = dict(zip(FEATURES, weights, strict=True))
    usual = dict(zip(FEATURES, means, strict=True))
    effects, space = counted.effects, counted.space
    scale = by_name["item_content"] * float(effects.trust[place])
    kinds = len(space.vocabulary)
    width = space.blocks[WORDS].shape[1]
    rated = effects.support[place] > 0
    known = effects.rated_weights[: len(effects.weights)] if rated else effects.weights
    of_attributes, of_words, of_picture = np.split(known, [kinds, kinds + width])
    owned = np.flatnonzero(space.blocks[ATTRIBUTES][place] > 0)
    attributes = {int(column): float(scale * of_attributes[column]) for column in owned}
    from_words = float(scale * (space.blocks[WORDS][place] @ of_words))
    from_picture = float(scale * (space.blocks[PICTURE][place] @ of_picture))
    # The number of ratings is held against the usual one: what every item owes to it belongs to the prior.
    ratings = {SUPPORT: np.log1p(effects.support[place]), UNRATED: float(not rated)}
    others = by_name["item_own"] * effects.own[place]
    others += sum(by_name[name] * (value - usual[name]) for name, value in ratings.items())
    # What is left of the prior is what it makes of who rated the item.
    audience = scale * effects.prior[place] - sum(attributes.values()) - from_words - from_picture
    aspects = {
        ASPECTS["others"]: float(others + audience),
        ASPECTS[WORDS]: from_words,
        ASPECTS[PICTURE]: from_picture,
    }
    return attributes, aspects


def extended(counted: Counted, item: NewItem) -> Counted:
    """Return the counts with one more item, known by its content alone."""
    looks = () if item.image_vector is None else look_of(counted.space, item.attributes, item.image_vector)
    attributes = (*item.attributes, *looks)
    space = counted.space.with_item(item.item_id, attributes, item.text_vector, item.image_vector)
    return replace(counted, space=space, effects=counted.effects.with_new(space.content()[-2]))


def with_catalogue(model: SoftTokenModel, counted: Counted, *, like: Counted) -> SoftTokenModel:
    """Return the model for another catalogue, its effects in the units of the one it was trained on."""
    return model.with_knowledge(knowledge(counted.space, [(counted.space, counted.effects)], like.effects))
