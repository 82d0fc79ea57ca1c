"""Fitting ExplainRec: count, solve the linear model, tune the language model with Lightning, tune its attribution.

Every choice that is made on data is made on validation rows.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.histories import History
from explainrec_models.parts.catalogue_fit import Counted, Shrinkage, count, count_without_folds, encoded, folds_of
from explainrec_models.parts.evidence import EvidenceTable, Past
from explainrec_models.parts.item_space import PICTURE, TASTE, WORDS, ItemSpace, build_item_space
from explainrec_models.parts.sessions import Session, questions, training_sessions, with_drops
from explainrec_models.parts.soft_files import build_model
from explainrec_models.parts.soft_reading import session_of
from explainrec_models.parts.soft_tokens import SoftTokenModel, pack
from explainrec_models.training.fit import FitReport, Schedule, run
from explainrec_models.training.session_data import Drops, SessionData
from explainrec_models.training.session_module import SessionOptimisation, SessionTuning
from explainrec_models.training.tune_attribution import tune_attribution

KINDS = {WORDS: "text", PICTURE: "image"}
LINEAR_ITERATIONS = 500
CONSTANT = 1e-6
"""Spread below which a feature says nothing."""


class Settings(Protocol):
    """The settings of the system that are read here; see its ``Config``."""

    def __getattr__(self, name: str) -> Any:
        """Return a setting."""
        ...

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Return plain values."""
        ...


@dataclass(frozen=True)
class Fitted:
    """What tuning leaves behind.

    Attributes:
        facts: for the report; ``temperature`` divides margins so that they are calibrated on validation rows.
    """

    counted: Counted
    model: SoftTokenModel
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class _Material:
    counted: Counted
    without_folds: Sequence[Counted]
    sessions: Sequence[Session]
    tables: Sequence[EvidenceTable]
    valid: Sequence[Session]


def fit_explainrec(corpus: Corpus, config: Settings, *, language_model: Path, scratch: Path, seed: int) -> Fitted:
    """Fit on training rows; resume a killed tuning from ``scratch``.

    Args:
        corpus: what may be seen.
        config: settings of the system.
        language_model: folder of pretrained weights.
        scratch: folder for checkpoints.
        seed: of every random choice.
    """
    material = _material(corpus, config, seed)
    model = build_model(
        material.counted,
        config.model_dump(mode="json"),
        language_model=language_model,
        noun=corpus.noun,
        seed=seed,
        without_folds=material.without_folds,
    )
    _solve_linear(model, material, config, seed)
    facts: dict[str, Any] = {"training_questions": int(sum(len(s.candidates) for s in material.sessions))}
    if config.language_model:
        facts |= _tune(model, material, config, corpus, scratch=scratch, seed=seed)
    else:
        with torch.no_grad():
            model.gate.zero_()
    model.eval()
    facts |= _calibrate(model, material.valid)
    if config.language_model:
        facts["head_agreement"] = tune_attribution(model, *_attribution_questions(material, config, seed))
    facts["trainable_parameters"] = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    # The counts without folds are for training rows alone.
    model.counts = model.counts[-1:].clone()  # type: ignore[index]
    return Fitted(material.counted, model, facts)


def item_space(corpus: Corpus, config: Settings) -> ItemSpace:
    """Build what is known of the catalogue; a kind of embedding that the corpus lacks is missing for every item."""
    nothing = np.zeros((len(corpus.item_ids), 1), dtype=np.float32), np.zeros(len(corpus.item_ids), dtype=bool)
    space = build_item_space(
        corpus.item_ids,
        [corpus.attributes[item] for item in corpus.item_ids],
        {name: corpus.embeddings.get(kind, nothing) for name, kind in KINDS.items()},
        sizes={WORDS: config.word_components, PICTURE: config.picture_components, TASTE: config.taste_components},
        fewest=config.fewest_items,
    )
    return space.without(config.without)


def _material(corpus: Corpus, config: Settings, seed: int) -> _Material:
    space = item_space(corpus, config)
    shrinkage = Shrinkage(config.user_rows, config.item_rows, config.content_penalty)
    rows, moments, users = encoded(corpus.train, space)
    folds = folds_of(len(users), seed)
    counted = _without(count(rows, space, shrinkage, users=len(users)), config)
    without_folds = [_without(each, config) for each in count_without_folds(rows, space, shrinkage, folds)]
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
    return _Material(counted, without_folds, sessions, owners, _valid_sessions(corpus, counted, config, seed))


def _without(counted: Counted, config: Settings) -> Counted:
    """Leave out the taste block where an ablation asks for it: it is filled by counting."""
    return replace(counted, space=counted.space.without(config.without))


def _valid_sessions(corpus: Corpus, counted: Counted, config: Settings, seed: int) -> list[Session]:
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
        places = np.array([position.get(item, -1) for item in asked[schema.ITEM_ID]], dtype=np.intp)
        past = past_of(corpus.histories.get(user, History(user)), position)
        session = session_of(table, past, places, config.window)
        sessions.append(replace(session, liked=asked[schema.LIKED].cast(float).to_numpy().copy()))
    return sessions


def past_of(history: History, position: Mapping[str, int]) -> Past:
    """Return a history as indices into a catalogue; rows of other items are not part of it."""
    rows = zip(history.item_ids, history.liked, strict=True)
    kept = [(position[item], float(like)) for item, like in rows if item in position]
    items, liked = zip(*kept, strict=True) if kept else ((), ())
    return Past(np.array(items, dtype=np.intp), np.array(liked, dtype=np.float64))


def _solve_linear(model: SoftTokenModel, material: _Material, config: Settings, seed: int) -> None:
    """Solve the linear model on all questions as they are and as the drops leave them."""
    from sklearn.linear_model import LogisticRegression

    generator = np.random.default_rng((seed, 3))
    drops = {"cold": config.cold_share, "new": config.new_share, "blind": 0.0}
    dropped = [
        with_drops(session, generator, table, **drops)
        for session, table in zip(material.sessions, material.tables, strict=True)
    ]
    kept = [(s.features[s.cold | s.new], s.liked[s.cold | s.new]) for s in dropped]
    features = np.vstack([*(s.features for s in material.sessions), *(rows for rows, _ in kept)])
    liked = np.concatenate([*(s.liked for s in material.sessions), *(labels for _, labels in kept)])
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread < CONSTANT] = 1.0
    solver = LogisticRegression(C=config.linear_strength, max_iter=LINEAR_ITERATIONS)
    solver.fit((features - centre) / spread, liked)
    model.start_from(centre.tolist(), spread.tolist(), solver.coef_[0].tolist(), float(solver.intercept_[0]))


def _tune(
    model: SoftTokenModel, material: _Material, config: Settings, corpus: Corpus, *, scratch: Path, seed: int
) -> dict[str, Any]:
    drops = Drops(config.cold_share, config.new_share, config.blind_share)
    data = SessionData(
        material.sessions, material.tables, material.valid, tokens=config.sequence_tokens, drops=drops, seed=seed
    )
    asked = _attribution_questions(material, config, seed)
    optimisation = SessionOptimisation(
        learning_rate=config.learning_rate,
        wide_learning_rate=config.wide_learning_rate,
        weight_decay=config.weight_decay,
        warmup_steps=config.warmup_steps,
        steps=config.epochs * -(-data.sequences // config.accumulate),
        balance=config.balance,
    )
    module = SessionTuning(model, optimisation, asked, seed=seed)
    schedule = Schedule(config.epochs, config.accumulate, config.patience)
    fingerprint = _fingerprint(corpus, config, seed)
    report: FitReport = run(module, data, schedule, folder=scratch, fingerprint=fingerprint, device=model.gate.device)
    return {
        "epochs": report.epochs,
        "kept_epoch": report.kept_epoch,
        "valid_uauc_scores": list(report.valid_auc_scores),
        "gate": round(model.gate.item(), 6),
        "attribution_agreement": [round(value, 6) for value in module.agreements],
        "task_scales": [round(value, 6) for value in module.log_scales.tolist()],
        "config": {name: value for name, value in asdict(optimisation).items() if name in ("steps", "balance")},
    }


def _attribution_questions(
    material: _Material, config: Settings, seed: int
) -> tuple[list[EvidenceTable], list[Session]]:
    """Draw questions with a past from the training sessions, one a session."""
    generator = np.random.default_rng((seed, 4))
    tables, chosen = [], []
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
def _calibrate(model: SoftTokenModel, sessions: Sequence[Session]) -> dict[str, float]:
    """Weigh the language model's part and divide the sum, both for the smallest log loss on validation rows.

    A language model that only repeats or blurs what is counted gets a weight near zero: the sum is never worse there
    than the counts alone. Both stay as they are where there are no validation rows.
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

    bounds = [(0.0, 2.0), (-1.5, 1.5)]
    best = min((minimize(loss, [start, 0.0], bounds=bounds) for start in (0.0, 1.0)), key=lambda found: found.fun)
    weight, log_scale = (round(float(value), 6) for value in best.x)
    model.gate.mul_(weight)
    return {"gap_weight": weight, "temperature": round(float(np.exp(-log_scale)), 6)}


def _fingerprint(corpus: Corpus, config: Settings, seed: int) -> str:
    """Name everything that the result depends on."""
    digest = hashlib.sha256(json.dumps([config.model_dump(mode="json"), seed], sort_keys=True).encode())
    for table in (corpus.train, corpus.valid, corpus.items, corpus.context):
        digest.update(str(table.hash_rows(seed=0).to_numpy().sum() if table.height else 0).encode())
    return digest.hexdigest()
