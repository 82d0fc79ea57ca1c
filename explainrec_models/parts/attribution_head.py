"""Tuning the attribution head alone on the finished model, until it agrees no better with leave-one-out."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from explainrec_models.parts.evidence import EvidenceTable
from explainrec_models.parts.leaving_out import attribution_targets
from explainrec_models.parts.sessions import Session
from explainrec_models.parts.soft_tokens import SoftTokenModel, pack

STEPS = 300
LOOK_EVERY = 20
PATIENCE = 3
LEARNING_RATE = 3e-3
JUDGED = 0.25
"""Share of the questions that only judge."""
TINY = 1e-6
FEWEST_RANKED = 3


class LeftOutQuestions:
    """Questions of a model whose rows are left out in turn, each with what counts its features."""

    def __init__(self, model: SoftTokenModel, tables: Sequence[EvidenceTable], asked: Sequence[Session]) -> None:
        """Store them; each session holds one question."""
        self._model, self._tables, self._asked = model, tables, asked

    def __len__(self) -> int:
        """Count the questions."""
        return len(self._asked)

    def targets(self) -> list[NDArray[np.float32]]:
        """Return what leaving out each row does beyond the linear model's share, by question."""
        return attribution_targets(self._model, self._tables, self._asked)

    def nothing(self) -> list[NDArray[np.float32]]:
        """Return zeros in the shape of the targets."""
        return [np.zeros(len(session.past.items), dtype=np.float32) for session in self._asked]

    def said(self, places: list[int]) -> list[torch.Tensor]:
        """Return what the second head says of each row, for some of the questions."""
        chosen = [self._asked[place] for place in places]
        pulls = self._model(pack(chosen)).pulls
        counts = [len(session.past.items) for session in chosen]
        return [part[row] for row, part in enumerate(torch.split(pulls, counts, dim=1))]

    def states(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return what the second head reads of each question: states of its rows and of itself."""
        with torch.inference_mode():
            packed = [self._model.states(pack([session])) for session in self._asked]
        return [(rows.clone(), question.clone()) for rows, question in packed]

    def agreement(self, targets: list[NDArray[np.float32]], said: list[NDArray[np.float32]]) -> float:
        """Return the mean rank correlation of the two."""
        return rank_agreement(targets, said)


def tune_attribution(model: SoftTokenModel, left_out: LeftOutQuestions) -> list[float]:
    """Fit the second head on frozen states; return its agreement on judged questions at each look, the first untuned.

    Args:
        model: in evaluation mode; only its second head changes.
        left_out: questions of this model.
    """
    if not len(left_out):
        return []
    states = left_out.states()
    targets = [torch.from_numpy(target).to(model.gate.device) for target in left_out.targets()]
    spread = torch.cat(targets).std() + TINY
    judged = max(1, int(JUDGED * len(left_out)))
    head = [*model.query.parameters(), *model.key.parameters()]
    optimiser = torch.optim.AdamW(head, lr=LEARNING_RATE, weight_decay=0.01)
    looks, best, waited = [_agreement(model, states[:judged], targets[:judged])], _copy(head), 0
    taught = list(zip(states[judged:], targets[judged:], strict=True))
    for step in range(1, STEPS + 1 if taught else 0):
        errors = [(model.pulls(rows, question)[0] - target) / spread for (rows, question), target in taught]
        loss = torch.cat(errors).square().mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if step % LOOK_EVERY:
            continue
        looks.append(_agreement(model, states[:judged], targets[:judged]))
        if looks[-1] >= max(looks):
            best, waited = _copy(head), 0
        else:
            waited += 1
        if waited == PATIENCE:
            break
    with torch.no_grad():
        for weight, kept in zip(head, best, strict=True):
            weight.copy_(kept)
        trust = _trust(model, states[:judged], targets[:judged])
        model.query.weight.mul_(trust)
        model.query.bias.mul_(trust)
    return [round(value, 6) for value in looks]


@torch.inference_mode()
def _agreement(
    model: SoftTokenModel, states: Sequence[tuple[torch.Tensor, torch.Tensor]], targets: Sequence[torch.Tensor]
) -> float:
    said = [model.pulls(rows, question)[0].cpu().numpy() for rows, question in states]
    return rank_agreement([target.cpu().numpy() for target in targets], said)


@torch.inference_mode()
def _trust(
    model: SoftTokenModel, states: Sequence[tuple[torch.Tensor, torch.Tensor]], targets: Sequence[torch.Tensor]
) -> float:
    """Return the factor, 0 to 1, by which what the head says comes closest to the targets of judged questions.

    A head that learned nothing is silenced by it: the linear model's own losses then stand alone.
    """
    said = torch.cat([model.pulls(rows, question)[0] for rows, question in states])
    right = torch.cat(list(targets))
    return float(((said @ right) / (said @ said + TINY**2)).clamp(0, 1))


def _copy(weights: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in weights]


def rank_agreement(targets: Sequence[NDArray[np.float32]], said: Sequence[NDArray[np.float32]]) -> float:
    """Return the mean rank correlation of what leaving rows out does and what the second head says of it."""
    values = [
        float(spearmanr(target, word).statistic)
        for target, word in zip(targets, said, strict=True)
        if len(target) >= FEWEST_RANKED and np.ptp(target) > 0 and np.ptp(word) > 0
    ]
    return float(np.mean(values)) if values else 0.0
