"""SASRec: "Self-Attentive Sequential Recommendation", Kang, McAuley, ICDM 2018, arXiv 1808.09781.

Implemented: a causal transformer over the liked items in time order with tied item embeddings; every position learns to
name the next item. Differs from the paper: cross-entropy over the whole catalogue instead of one negative with a binary
loss ("Turning Dross Into Gold Loss", Klenitskiy, Vasilev, RecSys 2023, arXiv 2309.07602), sampled for large catalogues
(``parts/next_item_loss.py``); a start token, pre-norm blocks and no dropout of attention (``parts/sasrec.py``); long
histories are cut into windows, so that older items are targets too, where the paper reads the last ones only; item
embeddings begin at a truncated SVD of the likes. Unverified: the paper's own candidates of 100 sampled negatives.
The score is ln p(item comes next). The explanations (leave one history item out) are ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.data.matrix import like_matrix
from explainrec_models.errors import NothingToLearnError
from explainrec_models.parts.card import Card, QuotedResult
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.parts.item_factors import item_factors
from explainrec_models.parts.teaching import validation_part
from explainrec_models.parts.validation import validation_ndcg

if TYPE_CHECKING:
    from explainrec_models.parts.sasrec import Network

_PAPER = "main results, arXiv 2309.07602"
_ML_1M = "ml-1m, leave one out, full ranking"
CARD = Card(
    title="SASRec",
    task="ranking",
    signals=("interactions",),
    needs_language_model=False,
    explains=True,
    cold_items=False,
    full_ranking=True,
    parts=("sasrec", "next_item_loss", "item_factors"),
    quoted=(
        QuotedResult(_ML_1M, "recall_at_10_score", 0.2500, f"{_PAPER}, SASRec with its binary loss"),
        QuotedResult(_ML_1M, "ndcg_at_10_score", 0.1341, f"{_PAPER}, SASRec with its binary loss"),
        QuotedResult(_ML_1M, "recall_at_10_score", 0.3152, f"{_PAPER}, SASRec+ with cross-entropy"),
        QuotedResult(_ML_1M, "ndcg_at_10_score", 0.1821, f"{_PAPER}, SASRec+ with cross-entropy"),
    ),
)


class Config(BaseModel):
    """Settings of SASRec; where no source is given, the value is the paper's or that of its code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    history_length: PositiveInt = 50
    """Liked items of the past that are read; the paper takes 200 for MovieLens-1M and 50 elsewhere."""
    embedding_size: PositiveInt = 64
    """Of items and hidden states; the paper takes 50."""
    layers: PositiveInt = 2
    """Transformer blocks."""
    heads: PositiveInt = 1
    """Of attention; they must divide the embedding size."""
    expansion: PositiveInt = 1
    """Width of the feed-forward layer in embedding sizes."""
    dropout: float = Field(0.2, ge=0, lt=1)
    """The paper takes 0.2 for MovieLens-1M and 0.5 for sparser data."""
    learning_rate: PositiveFloat = 1e-3
    """Of AdamW, after the warm-up; it then falls linearly to zero, which is ours."""
    weight_decay: NonNegativeFloat = 0.0
    """Of AdamW, on the matrices of the blocks."""
    warmup_steps: NonNegativeInt = 100
    """Steps until the full learning rate; ours."""
    epochs: PositiveInt = 100
    """At most; ours."""
    patience: PositiveInt = 10
    """Epochs without a better validation NDCG@10 before stopping; ours."""
    batch_size: PositiveInt = 128
    """Windows of one pass."""
    accumulate: PositiveInt = 1
    """Passes of one step."""
    full_softmax_items: NonNegativeInt = 20_000
    """Largest catalogue whose items are all in the loss; ours."""
    sampled_items: PositiveInt = 3_000
    """Items that stand for a larger catalogue in a batch's loss; arXiv 2309.07602 takes up to 3,000 negatives."""
    svd_start: bool = True
    """Begin item embeddings at a truncated SVD of the likes; false: at random, as in the paper."""


class System:
    """A causal transformer over liked items."""

    def __init__(self, network: "Network", item_ids: Sequence[str], report: Mapping[str, Any]) -> None:
        self._network = network
        self.item_ids = tuple(item_ids)
        """Catalogue, in the order of ``item_vectors``."""
        self._place = {item: place for place, item in enumerate(self.item_ids)}
        self._report = report

    @classmethod
    def fit(cls, corpus: Corpus, config: Config, *, language_model: Path, scratch: Path, seed: int) -> Self:  # noqa: ARG003
        """Train on the likes of training rows; keep the epoch of the best validation NDCG@10.

        Raises:
            NothingToLearnError: no training row is a like.
        """
        from explainrec_models.parts.sasrec import Shape, new_network

        sequences = liked_sequences(corpus)
        if not sequences:
            message = (
                f"none of {corpus.train.height:,} training rows is a like, and a model of which liked item comes next "
                "learns nothing without likes"
            )
            raise NothingToLearnError(message)
        shape = Shape(
            items=len(corpus.item_ids),
            history_length=config.history_length,
            embedding_size=config.embedding_size,
            layers=config.layers,
            heads=config.heads,
            expansion=config.expansion,
            dropout=config.dropout,
        )
        likes = like_matrix(corpus.train, corpus.item_ids)
        factors = item_factors(likes, size=config.embedding_size, seed=seed) if config.svd_start else None
        network = new_network(shape, seed=seed, item_factors=factors)
        report = _train(network, sequences, corpus, config, scratch=scratch, seed=seed)
        return cls(network, corpus.item_ids, report)

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return ln p(candidate is the next liked item), (B, C) with NaN behind a user's last candidate.

        An item outside the catalogue scores as the user's lowest item does: nothing is known of it, and softmax has
        pushed every item without likes there.
        """
        whole = self.score_all(histories)
        longest = max((len(items) for items in candidates), default=0)
        scores = np.full((len(candidates), longest), np.nan, dtype=np.float32)
        for row, items in enumerate(candidates):
            places = np.array([self._place.get(item, -1) for item in items], dtype=np.int64)
            scores[row, : len(items)] = np.where(places >= 0, whole[row, places], whole[row].min())
        return scores

    def score_all(self, histories: Sequence[History]) -> NDArray[np.float32]:
        """Return the scores of the whole catalogue (B, I)."""
        return self._network.log_probabilities([self._places(history) for history in histories])

    def explain(self, history: History, item_ids: Sequence[str]) -> list[Explanation]:
        """Leave each liked item of the window out of the sequence; what the score loses by it is its contribution.

        The sequence is shortened and not filled up with older items, so that the contribution is the item's alone. The
        prior is the score of an empty history. Contributions of items that say the same do not sum to the score.
        """
        liked = [item for item in history.liked_items() if item in self._place]
        window = liked[max(0, len(liked) - self._network.shape.history_length) :]
        sources = list(dict.fromkeys(window))
        variants = [window, [], *([item for item in window if item != source] for source in sources)]
        scores = self.score([_liked(history.user_id, items) for items in variants], [item_ids] * len(variants))
        exact = scores.astype(np.float64)
        return [
            Explanation(
                history.user_id,
                item,
                float(exact[0, place]),
                (
                    Contribution(schema.PRIOR, schema.PRIOR, float(exact[1, place])),
                    *(
                        Contribution(schema.HISTORY, source, float(exact[0, place] - exact[row, place]))
                        for row, source in enumerate(sources, start=2)
                    ),
                ),
                "leave-one-out",
            )
            for place, item in enumerate(item_ids)
        ]

    def item_vectors(self) -> NDArray[np.float32]:
        """Return the embeddings of ``item_ids`` (I, D)."""
        return self._network.item_vectors()

    def save(self, folder: Path) -> None:
        """Write the weights, the catalogue and the report."""
        from explainrec_models.parts.sasrec import save_network

        save_network(self._network, self.item_ids, folder, facts=self._report)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, *, language_model: Path) -> Self:  # noqa: ARG003
        """Read what ``save`` wrote.

        Raises:
            MissingArtefactError: nothing was saved there.
            DataError: the weights do not have the shape beside them.
        """
        from explainrec_models.parts.language_model import machine_device
        from explainrec_models.parts.sasrec import load_network

        network, item_ids, facts = load_network(folder)
        return cls(network.to(machine_device()), item_ids, facts)

    def report(self) -> Mapping[str, Any]:
        """Return the epochs, their validation scores and sizes."""
        return self._report

    def _places(self, history: History) -> list[int]:
        return [self._place[item] for item in history.liked_items() if item in self._place]


def liked_sequences(corpus: Corpus) -> list[list[int]]:
    """Return each user's liked training items as places in the catalogue, oldest first; users by id."""
    place = {item: number for number, item in enumerate(corpus.item_ids)}
    users = (
        corpus.train.filter(pl.col(schema.LIKED) == 1)
        .sort(schema.TIMESTAMP, maintain_order=True)
        .group_by(schema.USER_ID, maintain_order=True)
        .agg(schema.ITEM_ID)
        .sort(schema.USER_ID)
    )
    return [[place[item] for item in items] for items in users[schema.ITEM_ID].to_list()]


def _liked(user_id: str, item_ids: Sequence[str]) -> History:
    return History(user_id, tuple(item_ids), (True,) * len(item_ids), (0,) * len(item_ids))


def _train(
    network: "Network",
    sequences: Sequence[Sequence[int]],
    corpus: Corpus,
    config: Config,
    *,
    scratch: Path,
    seed: int,
) -> dict[str, Any]:
    """Run Lightning and return what it reports."""
    from explainrec_models.parts.language_model import limit_threads, machine_device, machine_precision
    from explainrec_models.training.machine import machine_on
    from explainrec_models.training.sequence_fit import Judge, SequencePlan, fit_sequences

    limit_threads()
    device = machine_device()
    judged = validation_part(corpus)
    sampled = 0 if len(corpus.item_ids) <= config.full_softmax_items else config.sampled_items
    names = {field.name for field in fields(SequencePlan)}
    plan = SequencePlan(start=network.start, seed=seed, **config.model_dump(include=names))
    report, windows = fit_sequences(
        network,
        sequences,
        partial(network.next_item_loss, sampled=sampled),
        plan,
        machine_on(device, machine_precision(device)),
        folder=scratch / "sasrec",
        judge=Judge(partial(_measure, network, judged), f"{sampled} {judged.valid.write_json()}")
        if judged.valid.height
        else None,
    )
    return {
        "epochs": report.epochs,
        "kept_epoch": report.kept_epoch,
        "valid_ndcg_at_10_scores": list(report.valid_scores),
        "users": len(sequences),
        "likes": sum(len(sequence) for sequence in sequences),
        "windows": windows,
        "items_in_loss": sampled or len(corpus.item_ids),
        "trained_parameters": sum(weight.numel() for weight in network.parameters()),
    }


def _measure(network: "Network", judged: Corpus) -> float:
    """Return the NDCG@10 of the network as it is on validation rows."""
    system = System(network, judged.item_ids, {})
    return validation_ndcg(system.score_all, judged)
