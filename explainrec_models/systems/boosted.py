"""Boosted: gradient-boosted trees over like-rates and their counts, the strong baseline without a language model.

Trees: Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS 2017. Contributions: Lundberg
et al., "Consistent Individualized Feature Attribution for Tree Ensembles" (TreeSHAP), arXiv 1802.03888. LightGBM, as
its model is saved as text; scikit-learn's boosting can only be pickled.

Implemented: rates of the item, of its attributes, of the user and of the user for the item's attributes, each with its
count (``parts/taste_features.py``), under a logistic loss; a higher rate can only raise the score. No paper proposes
this set as a system. The item's counts of a training row come from users of other folds: counts of earlier rows alone
were tried and did worse on the validation rows of CoLLM's ML-1M split (AUC 0.7733 against 0.7757, UAUC 0.6671 against
0.6720, mean of two seeds), as the first rows are then described by next to nothing. Early stopping on validation rows,
each behind all earlier rows of its user.

``score`` is the log-odds of a like. TreeSHAP splits it exactly over the features. What the item's features add is the
prior; what the user's add is shared among the history rows that pull the same way, in proportion to their pull; what
the user's taste for attributes adds, among the item's attributes alike. The sharing within a group is ours.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.one_label import refuse_one_label
from explainrec_models.data.outputs import read_json, write_json
from explainrec_models.parts.card import Card
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.like_rates import ItemAttributes, LikeCounts, LikeRates
from explainrec_models.parts.padding import padded
from explainrec_models.parts.taste_features import (
    FEATURES,
    ITEM_FEATURES,
    RISING,
    USER_FEATURES,
    Scale,
    Taste,
    features_in_time,
    training_features,
)

if TYPE_CHECKING:
    from lightgbm import Booster

CARD = Card(
    title="Boosted like rates (LightGBM)",
    task="both",
    signals=("interactions", "attributes"),
    needs_language_model=False,
    explains=True,
    cold_items=True,
    full_ranking=True,
    parts=("like_rates", "taste_features"),
)
METHOD = "TreeSHAP"
_CHUNK = 64
"""Users scored at once: asking LightGBM costs more than a score does."""


class Config(BaseModel):
    """Settings of the trees; ours, chosen once on the validation rows of CoLLM's ML-1M split, where they are flat."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    smoothing: float = 5.0
    """Imaginary rows that every rate starts with."""
    folds: int = 10
    """Parts of the users; the item's counts of a training row come from the other parts."""
    train_rows: int = 500_000
    """Training rows that trees are grown on, the latest; counts and histories are of all rows."""
    trees: int = 1000
    """The most there may be; validation rows stop earlier."""
    patience: int = 100
    """Trees without a lower loss on validation rows after which to stop."""
    unchecked_trees: int = 100
    """Trees where there is no validation row; about as many as validation rows chose on CoLLM's split."""
    learning_rate: float = 0.05
    """Share of each tree that is added."""
    leaves: int = 8
    """Of a tree."""
    leaf_rows: int = 100
    """Training rows that a leaf needs."""
    regularisation: float = 10.0
    """L2 penalty on the values of the leaves."""
    feature_share: float = 0.6
    """Features drawn for each tree."""
    row_share: float = 0.8
    """Training rows drawn for each tree."""


class System:
    """Trees over like-rates."""

    def __init__(self, booster: "Booster", scale: Scale, counts: LikeCounts, choice: Mapping[str, Any]) -> None:
        self._booster = booster
        self._scale = scale
        self._counts = counts
        self._choice = choice

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:  # noqa: ARG003
        """Count rates in the training rows and grow trees on them, until validation rows no longer gain.

        Raises:
            NothingToLearnError: all rows have the same label.
        """
        same = "so that every item and every user has the same like-rate and trees have nothing to tell apart"
        refuse_one_label(corpus.train, same)
        attributes = ItemAttributes.of(corpus.attributes)
        scale, counts = _counted(attributes, corpus.train, config.smoothing)
        booster, choice = _grown(corpus, config, scale, seed)
        return cls(booster, scale, counts, choice)

    def recounted(self, rows: pl.DataFrame) -> Self:
        """Return the same trees over the items' counts in other rows, such as newer ones."""
        scale, counts = _counted(self._scale.attributes, rows, self._scale.smoothing)
        return type(self)(self._booster, scale, counts, self._choice)

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return (B, C) log-odds of a like; an item without rows is judged by its attributes."""
        pairs = list(zip(histories, candidates, strict=True))
        rows: list[list[float]] = []
        for start in range(0, len(pairs), _CHUNK):
            chunk = pairs[start : start + _CHUNK]
            places = [self._scale.attributes.items(items) for _, items in chunk]
            tastes = [Taste.of(self._scale, history) for history, _ in chunk]
            features = np.concatenate([taste.features(asked) for taste, asked in zip(tastes, places, strict=True)])
            scores = self._predict(features) if len(features) else np.zeros(0)
            stops = np.cumsum([len(asked) for asked in places])
            rows += [part.tolist() for part in np.split(scores, stops[:-1])]
        return padded(rows)

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Split each score by TreeSHAP; the contributions sum to it.

        Without a history what the user's features add belongs to the prior, as does the attributes' share of an item
        that has none.
        """
        if not item_ids:
            return []
        taste = Taste.of(self._scale, history)
        places = self._scale.attributes.items(item_ids)
        features = taste.features(places)
        shares = self._predict(features, pred_contrib=True)
        pulls = self._pulls(history)
        explanations = []
        for item, place, of_features in zip(item_ids, places, shares, strict=True):
            pairs, _ = self._scale.attributes.pairs(np.array([place]))
            names = [self._scale.attributes.names[pair] for pair in pairs]
            differences = dict(zip(names, taste.differences(pairs).tolist(), strict=True))
            contributions = _contributions(of_features, pulls, differences)
            score = float(of_features.sum())
            explanations.append(Explanation(history.user_id, item, score, contributions, METHOD))
        return explanations

    def _pulls(self, history: History) -> dict[str, float]:
        """Return how far each item's rows move the user's rate and leniency, up to a common factor."""
        rates = self._scale.rates
        own = rates.rate[self._scale.attributes.items(history.item_ids)].tolist()
        pulls: dict[str, float] = {}
        for item, liked, rate in zip(history.item_ids, history.liked, own, strict=True):
            pulls[item] = pulls.get(item, 0.0) + (liked - rates.overall) + (liked - rate)
        return pulls

    def _predict(self, features: NDArray[np.float64], **choices: bool) -> NDArray[np.float64]:
        return np.asarray(self._booster.predict(features, raw_score=True, num_threads=1, **choices), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write the trees as LightGBM's text, and the counts, as JSON."""
        counted = zip(self._scale.attributes.position, self._counts.likes, self._counts.rows, strict=False)
        content = {
            "trees": self._booster.model_to_string(),
            "item_counts": {item: [int(likes), int(rows)] for item, likes, rows in counted if rows},
            "smoothing": self._scale.smoothing,
            "choice": self._choice,
        }
        write_json(folder / "boosted.json", content)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:  # noqa: ARG003
        """Read the trees and the counts; attributes are those of the corpus."""
        from lightgbm import Booster

        content = read_json(folder / "boosted.json", made_by="tune")
        attributes = ItemAttributes.of(corpus.attributes)
        pairs = [content["item_counts"].get(item, (0, 0)) for item in attributes.position]
        likes, rows = np.array([*pairs, (0, 0)], dtype=np.float64).T
        counts = LikeCounts(likes, rows)
        smoothing = content["smoothing"]
        scale = Scale(attributes, LikeRates.of(attributes, counts, smoothing), smoothing)
        return cls(Booster(model_str=content["trees"]), scale, counts, content["choice"])

    def report(self) -> Mapping[str, Any]:
        """Return the number of trees, the validation loss and what each feature gained."""
        return self._choice


def _counted(attributes: ItemAttributes, rows: pl.DataFrame, smoothing: float) -> tuple[Scale, LikeCounts]:
    items, liked = attributes.items(rows[schema.ITEM_ID]), rows[schema.LIKED].to_numpy().astype(np.float64)
    counts = LikeCounts.of(attributes, items, liked)
    return Scale(attributes, LikeRates.of(attributes, counts, smoothing), smoothing), counts


def _grown(corpus: Corpus, config: Config, scale: Scale, seed: int) -> tuple["Booster", dict[str, Any]]:
    """Grow trees on the latest training rows."""
    import lightgbm

    latest = np.arange(corpus.train.height) >= corpus.train.height - config.train_rows
    features = training_features(
        corpus.train, latest, scale.attributes, folds=config.folds, smoothing=config.smoothing, seed=seed
    )
    labels = corpus.train[schema.LIKED].to_numpy()[latest]
    judged = []
    losses: dict[str, dict[str, list[float]]] = {}
    callbacks: list[Callable[..., Any]] = []
    if corpus.valid.height:
        judged = [lightgbm.Dataset(_valid_features(corpus, scale), corpus.valid[schema.LIKED].to_numpy())]
        stopping = lightgbm.early_stopping(config.patience, verbose=False)
        callbacks = [stopping, lightgbm.record_evaluation(losses)]
    booster = lightgbm.train(
        _settings(config, seed),
        lightgbm.Dataset(features, labels, feature_name=list(FEATURES)),
        config.trees if judged else config.unchecked_trees,
        valid_sets=judged,
        callbacks=callbacks,
    )
    gains = booster.feature_importance("gain")
    choice: dict[str, Any] = {
        "trees": booster.best_iteration if judged else booster.num_trees(),
        "gain": {name: round(float(gain / max(gains.sum(), 1)), 4) for name, gain in zip(FEATURES, gains, strict=True)},
    }
    if judged:
        choice["valid_log_loss"] = round(float(min(losses["valid_0"]["binary_logloss"])), 6)
    return booster, choice


def _valid_features(corpus: Corpus, scale: Scale) -> NDArray[np.float64]:
    """Describe each validation row behind all earlier rows of its user, validation rows included."""
    users = corpus.valid[schema.USER_ID].unique().implode()
    past = [part for part in (corpus.train, corpus.context) if part.height]
    rows = pl.concat([corpus.valid, *(part.filter(pl.col(schema.USER_ID).is_in(users)) for part in past)])
    return features_in_time(rows, np.arange(rows.height) < corpus.valid.height, scale)


def _settings(config: Config, seed: int) -> dict[str, Any]:
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": config.learning_rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": config.leaf_rows,
        "lambda_l2": config.regularisation,
        "feature_fraction": config.feature_share,
        "bagging_fraction": config.row_share,
        "bagging_freq": 1,
        "monotone_constraints": [int(name in RISING) for name in FEATURES],
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _contributions(
    shares: NDArray[np.float64], pulls: Mapping[str, float], differences: Mapping[str, float]
) -> tuple[Contribution, ...]:
    """Turn shares of features (F + 1, the last the mean of the trees) into those of slots."""
    items, users = len(ITEM_FEATURES), len(USER_FEATURES)
    of_user, of_taste = shares[items : items + users].sum(), shares[items + users : -1].sum()
    prior = float(shares[:items].sum() + shares[-1])
    prior += 0.0 if pulls else float(of_user)
    prior += 0.0 if differences else float(of_taste)
    return (
        Contribution(schema.PRIOR, schema.PRIOR, prior),
        *(Contribution(schema.HISTORY, *pair) for pair in _split(float(of_user), pulls).items()),
        *(Contribution(schema.ATTRIBUTE, *pair) for pair in _split(float(of_taste), differences).items()),
    )


def _split(total: float, pulls: Mapping[str, float]) -> dict[str, float]:
    """Share a total among those who pull its way, in proportion to their pull; among all alike where nobody does."""
    same = {name: abs(pull) if pull * total > 0 else 0.0 for name, pull in pulls.items()}
    weight = sum(same.values())
    if weight <= 0:
        return dict.fromkeys(pulls, total / len(pulls)) if pulls else {}
    return {name: total * share / weight for name, share in same.items()}
