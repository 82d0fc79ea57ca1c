"""Exact leave-one-out of a soft-token model: every item of the history hidden in turn, in one pass."""

from collections.abc import Sequence
from dataclasses import replace

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


@torch.inference_mode()
def leave_one_out(
    model: SoftTokenModel, table: EvidenceTable, past: Past, candidate: int
) -> tuple[float, dict[int, float]]:
    """Return the log-odds and what they lose without each item of the window."""
    session, sources = left_out_session(table, past, candidate, window=model.window)
    margins = model(pack([session])).margins.double().numpy()
    return float(margins[0]), {
        item: float(margins[0] - value) for item, value in zip(sources, margins[1:], strict=True)
    }


@torch.inference_mode()
def gap_without(
    model: SoftTokenModel, table: EvidenceTable, past: Past, candidate: int
) -> tuple[float, dict[int, float]]:
    """Return the log-odds and what the language model's part of them loses without each item of the window."""
    session, sources = left_out_session(table, past, candidate, window=model.window)
    reading = model(pack([session]))
    gaps = reading.gaps.double().cpu().numpy()
    return float(reading.margins[0]), {
        item: float(gaps[0] - value) for item, value in zip(sources, gaps[1:], strict=True)
    }


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
        variants, sources = left_out_session(table, session.past, int(session.candidates[0]), window=model.window)
        margins = model(pack([replace(variants, fold=session.fold)])).margins.double().cpu().numpy()
        lost = dict(zip(sources, margins[0] - margins[1:], strict=True))
        counted = table.lost(session.past, session.candidates, weights)
        items = session.past.items.tolist()
        # An item that stands there twice is left out whole; each of its rows gets half.
        rest = [(lost[item] - float(counted[item][0])) / items.count(item) for item in items]
        targets.append(np.array(rest, dtype=np.float32))
    return targets
