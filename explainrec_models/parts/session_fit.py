"""What ExplainRec is fitted on and what is solved, not tuned: sessions, the linear model, the calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.parts.catalogue_fit import (
    Counted,
    Shrinkage,
    Tastes,
    count,
    count_without_folds,
    encoded,
    folds_of,
)
from explainrec_models.parts.evidence import EvidenceTable, Past
from explainrec_models.parts.item_space import AUDIENCE, PICTURE, TASTE, WORDS, ItemSpace, build_item_space
from explainrec_models.parts.linear_evidence import solved
from explainrec_models.parts.looks import with_looks
from explainrec_models.parts.session_settings import SessionSettings
from explainrec_models.parts.sessions import (
    Session,
    packs,
    past_of,
    places_of,
    questions,
    training_sessions,
    with_drops,
)
from explainrec_models.parts.soft_reading import session_of
from explainrec_models.parts.soft_tokens import Pack, SoftTokenModel, pack

KINDS = {WORDS: "text", PICTURE: "image"}


@dataclass(frozen=True)
class Material:
    """What is counted, and the questions that are tuned and judged on.

    Attributes:
        counted: from all training rows.
        without_folds: from the rows of the other folds of users.
        sessions: of training rows.
        tables: that counted each session's features.
        valid: of validation rows, one a person.
    """

    counted: Counted
    without_folds: Sequence[Counted]
    sessions: Sequence[Session]
    tables: Sequence[EvidenceTable]
    valid: Sequence[Session]


def item_space(corpus: Corpus, config: SessionSettings, seed: int) -> ItemSpace:
    """Build what is known of the catalogue; a kind of embedding that the corpus lacks is missing for every item."""
    nothing = np.zeros((len(corpus.item_ids), 1), dtype=np.float32), np.zeros(len(corpus.item_ids), dtype=bool)
    space = build_item_space(
        corpus.item_ids,
        [corpus.attributes[item] for item in corpus.item_ids],
        {name: corpus.embeddings.get(kind, nothing) for name, kind in KINDS.items()},
        sizes={
            WORDS: config.word_components,
            PICTURE: config.picture_components,
            TASTE: config.taste_components,
            AUDIENCE: config.audience_components,
        },
        fewest=config.fewest_items,
    )
    if PICTURE not in config.without:
        space = with_looks(space, most=config.looks, seed=seed)
    return space.without(config.without)


def prepared_material(corpus: Corpus, config: SessionSettings, seed: int, tastes: Tastes | None = None) -> Material:
    """Count training rows and turn them, and validation rows, into sessions.

    Args:
        corpus: what may be seen.
        config: settings.
        seed: of looks, folds and kinds of people.
        tastes: what gives the block of taste; None for matrix factors.
    """
    space = item_space(corpus, config, seed)
    shrinkage = Shrinkage(config.user_rows, config.item_rows, config.content_penalty, config.kinds)
    rows, moments, users = encoded(corpus.train, space)
    folds = folds_of(len(users), seed)
    counted = _ablated(count(rows, space, shrinkage, users=len(users), seed=seed, tastes=tastes), config)
    without_folds = [
        _ablated(each, config) for each in count_without_folds(rows, space, shrinkage, folds, seed=seed, tastes=tastes)
    ]
    tables = [each.table() for each in without_folds]
    sessions, owners = [], []
    first = max(0, len(rows.users) - config.max_rows)
    for user in np.unique(rows.users[first:]).tolist():
        fold = int(folds[user])
        for session in training_sessions(
            rows, moments, user, tables[fold], fold=fold, window=config.window, size=config.session_questions
        ):
            sessions.append(session)
            owners.append(tables[fold])
    return Material(counted, without_folds, sessions, owners, valid_sessions(corpus, counted, config, seed))


def _ablated(counted: Counted, config: SessionSettings) -> Counted:
    """Leave out the taste block where an ablation asks for it: it is filled by counting."""
    return replace(counted, space=counted.space.without(config.without))


def valid_sessions(corpus: Corpus, counted: Counted, config: SessionSettings, seed: int) -> list[Session]:
    """Return one session a validation user, of as many users as the limit of rows admits."""
    position = counted.space.position
    table = counted.table()
    rows = corpus.valid.partition_by(schema.USER_ID, as_dict=True)
    users = sorted(key[0] for key in rows)
    sessions: list[Session] = []
    left = config.valid_rows
    for place in np.random.default_rng((seed, 2)).permutation(len(users)):
        user = users[place]
        asked = rows[(user,)]
        if left <= 0:
            break
        left -= asked.height
        places = places_of(asked[schema.ITEM_ID], position)
        past = past_of(corpus.histories.get(user, History(user)), position)
        session = session_of(table, past, places, config.window)
        sessions.append(replace(session, liked=asked[schema.LIKED].cast(float).to_numpy().copy()))
    return sessions


def solve_linear(model: SoftTokenModel, material: Material, config: SessionSettings, seed: int) -> dict[str, Any]:
    """Solve the linear model on all questions as they are and as the drops leave them; return what was chosen."""
    generator = np.random.default_rng((seed, 3))
    drops = {"cold": config.cold_share, "new": config.new_share, "blind": 0.0}
    dropped = [with_drops(session, generator, **drops) for session in material.sessions]
    kept = [(s.features[s.cold | s.new], s.liked[s.cold | s.new]) for s in dropped]
    features = np.vstack([*(s.features for s in material.sessions), *(rows for rows, _ in kept)]).astype(np.float64)
    liked = np.concatenate([*(s.liked for s in material.sessions), *(labels for _, labels in kept)])
    linear, apart = solved(features, liked, material.valid, strength=config.linear_strength)
    model.start_from(linear.centre.tolist(), linear.spread.tolist(), linear.weights.tolist(), linear.intercept)
    return {"unrated_apart": apart}


def attribution_questions(
    material: Material, config: SessionSettings, seed: int
) -> tuple[list[EvidenceTable], list[Session]]:
    """Draw questions with a past from the training sessions, one a session."""
    generator = np.random.default_rng((seed, 4))
    tables: list[EvidenceTable] = []
    chosen: list[Session] = []
    for place in generator.permutation(len(material.sessions)):
        if len(chosen) >= config.attribution_questions:
            break
        session = material.sessions[place]
        able = np.flatnonzero(session.seen > 1)
        if not len(able):
            continue
        asked = int(generator.choice(able))
        stop = int(session.seen[asked])
        start = max(0, stop - config.window)
        past = Past(session.past.items[start:stop], session.past.liked[start:stop])
        candidates = session.candidates[asked : asked + 1]
        table = material.tables[place]
        chosen.append(replace(questions(past, candidates, table.features(past, candidates)), fold=session.fold))
        tables.append(table)
    return tables, chosen


@torch.inference_mode()
def calibrate(model: SoftTokenModel, sessions: Sequence[Session]) -> dict[str, float]:
    """Weigh the language model's part and divide the sum, both for the smallest log loss on validation rows.

    A language model that only repeats or blurs what is counted gets a weight near zero: the sum is never worse there
    than the counts alone. Nor does it get more weight than it was tuned with: what is left of its noise grows with it.
    Both stay as they are where there are no validation rows.
    """
    if not sessions:
        return {"gap_weight": 1.0, "temperature": 1.0}
    readings = [model(pack([session])) for session in sessions]
    gaps = torch.cat([reading.gaps for reading in readings]).double().cpu().numpy()
    counted = torch.cat([reading.margins for reading in readings]).double().cpu().numpy() - gaps
    liked = np.concatenate([session.liked for session in sessions])

    def loss(choice: NDArray[np.float64]) -> float:
        margins = (counted + choice[0] * gaps) * np.exp(choice[1])
        return float(np.mean(np.logaddexp(0, margins) - liked * margins))

    bounds = [(0.0, 1.0), (-1.5, 1.5)]
    best = min((minimize(loss, [start, 0.0], bounds=bounds) for start in (0.0, 1.0)), key=lambda found: found.fun)
    weight, log_scale = (round(float(value), 6) for value in best.x)
    model.gate.mul_(weight)
    return {"gap_weight": weight, "temperature": round(float(np.exp(-log_scale)), 6)}


@dataclass(frozen=True)
class TrainingPacks:
    """Makes a training sequence from its number and epoch. Processes that train together are sent it.

    Attributes:
        groups: sessions of each sequence.
        drops: shares of what is known that are taken away at random.
        seed: of the choices.
    """

    groups: Sequence[Sequence[Session]]
    drops: Mapping[str, float]
    seed: int

    @classmethod
    def of(cls, material: Material, config: SessionSettings, seed: int) -> "TrainingPacks":
        """Group sessions of like length: what is padding elsewhere is what does not fit here."""
        sessions = material.sessions
        order = sorted(range(len(sessions)), key=lambda place: -len(sessions[place]))
        groups = packs(sessions, order, config.sequence_tokens)
        drops = {"cold": config.cold_share, "new": config.new_share, "blind": config.blind_share}
        return cls([[sessions[place] for place in group] for group in groups], drops, seed)

    def __len__(self) -> int:
        """Count the sequences of an epoch."""
        return len(self.groups)

    def __call__(self, group: int, epoch: int) -> Pack:
        """Return a sequence; what is dropped depends on seed, epoch and number alone."""
        generator = np.random.default_rng((self.seed, epoch, group))
        return pack([with_drops(session, generator, **self.drops) for session in self.groups[group]])


def valid_packs(material: Material, tokens: int) -> list[Pack]:
    """Return the validation sequences."""
    groups = packs(material.valid, range(len(material.valid)), tokens)
    return [pack([material.valid[place] for place in group]) for group in groups]
