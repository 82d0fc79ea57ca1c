"""Exact leave-one-out of a soft-token model: every item of the history hidden in turn, in one pass."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from explainrec_models.parts.evidence import EvidenceTable, Past
from explainrec_models.parts.sessions import Session, questions
from explainrec_models.parts.soft_tokens import SoftTokenModel, pack


def left_out_session(table: EvidenceTable, past: Past, candidate: int, *, window: int) -> tuple[Session, list[int]]:
    """Return one question as it is and once without each item of the window, and those items.

    Args:
        table: counts the features.
        past: whole history.
        candidate: the item in question.
        window: rows that the language model sees.
    """
    shown = Past(past.items[-window:], past.liked[-window:])
    sources = list(dict.fromkeys(shown.items.tolist()))
    asked = np.array([candidate], dtype=np.intp)
    features = [table.features(past, asked), *(table.features(past.without(item), asked) for item in sources)]
    hidden = np.array([-1, *sources], dtype=np.intp)
    candidates = np.full(len(hidden), candidate, dtype=np.intp)
    return questions(shown, candidates, np.concatenate(features), hidden=hidden), sources


class LeftOut(NamedTuple):
    """One question and what it loses without each item of the window.

    Attributes:
        margin: log-odds.
        lost: what they lose, by item.
        gaps: the language model's part of that.
    """

    margin: float
    lost: dict[int, float]
    gaps: dict[int, float]


@torch.inference_mode()
def leave_one_out(
    model: SoftTokenModel, table: EvidenceTable, past: Past, candidate: int, *, fold: int = -1
) -> LeftOut:
    """Hide every item of the window in turn.

    Args:
        model: as it is now.
        table: counts the features.
        past: whole history.
        candidate: the item in question.
        fold: which counts the items have, -1 for those of all training rows.
    """
    session, sources = left_out_session(table, past, candidate, window=model.window)
    reading = model(pack([replace(session, fold=fold)]))
    margins, gaps = (part.double().cpu().numpy() for part in (reading.margins, reading.gaps))
    return LeftOut(
        float(margins[0]),
        dict(zip(sources, (margins[0] - margins[1:]).tolist(), strict=True)),
        dict(zip(sources, (gaps[0] - gaps[1:]).tolist(), strict=True)),
    )


@torch.inference_mode()
def attribution_targets(
    model: SoftTokenModel, tables: Sequence[EvidenceTable], sessions: Sequence[Session]
) -> list[NDArray[np.float32]]:
    """Return what leaving out each row does to the log-odds beyond what the linear model loses by it (H), by session.

    Args:
        model: as it is now.
        tables: that count each session's features.
        sessions: of one question, which sees the whole past of the session.
    """
    weights = model.feature_weights()
    targets = []
    for table, session in zip(tables, sessions, strict=True):
        lost = leave_one_out(model, table, session.past, int(session.candidates[0]), fold=session.fold).lost
        counted = table.lost(session.past, session.candidates, weights)
        items = session.past.items.tolist()
        # An item that stands there twice is left out whole; each of its rows gets half.
        rest = [(lost[item] - float(counted[item][0])) / items.count(item) for item in items]
        targets.append(np.array(rest, dtype=np.float32))
    return targets
