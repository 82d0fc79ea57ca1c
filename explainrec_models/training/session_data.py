"""What the soft-token model is tuned on: sessions packed by length, with knowledge dropped at random."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightning
import numpy as np
from torch.utils.data import DataLoader

from explainrec_models.parts.evidence import EvidenceTable
from explainrec_models.parts.sessions import Session, packs, with_drops
from explainrec_models.parts.soft_tokens import Pack, pack
from explainrec_models.training.examples import EpochOrder, mixed_seed


@dataclass(frozen=True)
class Drops:
    """Shares of questions from which something known is taken away while training.

    Attributes:
        cold: the item passes as one that nobody has rated.
        new: the person passes as one without a history.
        blind: the item's picture is taken away.
    """

    cold: float = 0.0
    new: float = 0.0
    blind: float = 0.0


class SessionData(lightning.LightningDataModule):
    """Training sessions with the evidence table each was counted by, and validation sessions."""

    def __init__(
        self,
        sessions: Sequence[Session],
        tables: Sequence[EvidenceTable],
        valid: Sequence[Session],
        *,
        tokens: int,
        drops: Drops,
        seed: int,
    ) -> None:
        """Store the data.

        Args:
            sessions: to train on.
            tables: of each session.
            valid: to choose the best epoch by; may be empty.
            tokens: most tokens of a sequence.
            drops: what is taken away.
            seed: of order and drops.
        """
        super().__init__()
        self.sessions, self.tables, self.groups = tuple(sessions), tuple(tables), tuple(valid)
        self._tokens, self._drops, self._seed = tokens, drops, seed

    @property
    def sequences(self) -> int:
        """Batches of an epoch: the same number every time, since groups are made once and then shuffled."""
        return len(self._groups())

    def train_dataloader(self) -> "SessionLoader":
        """Return the batches of an epoch."""
        order = EpochOrder(self.sequences, 1, self._seed)
        return SessionLoader(_Sequences(self, order), order)

    def val_dataloader(self) -> DataLoader[Pack]:
        """Return the validation sequences."""
        groups = packs(self.groups, range(len(self.groups)), self._tokens)
        return DataLoader([pack([self.groups[place] for place in group]) for group in groups], batch_size=None)  # type: ignore[arg-type]  # a list is a data set

    def sequence(self, group: int, epoch: int) -> Pack:
        """Return one training sequence as an epoch shows it."""
        generator = np.random.default_rng(mixed_seed(self._seed, epoch, group))
        drops = {"cold": self._drops.cold, "new": self._drops.new, "blind": self._drops.blind}
        chosen = self._groups()[group]
        return pack([with_drops(self.sessions[place], generator, self.tables[place], **drops) for place in chosen])

    def _groups(self) -> list[list[int]]:
        # Sessions of like length together: what is padded elsewhere is what does not fit here.
        order = sorted(range(len(self.sessions)), key=lambda place: -len(self.sessions[place]))
        return packs(self.sessions, order, self._tokens)


class SessionLoader(DataLoader[Pack]):
    """A loader that Lightning can put back into the middle of an epoch."""

    def __init__(self, sequences: "_Sequences", order: EpochOrder) -> None:
        self._order = order
        super().__init__(sequences, sampler=order, batch_size=None, num_workers=0)  # type: ignore[arg-type]  # it maps places to whole batches

    def state_dict(self) -> dict[str, int]:
        """Return how many batches of the epoch are done."""
        return {"shown": self._order.shown}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue behind them."""
        self._order.resume_after(state["shown"])


class _Sequences:
    def __init__(self, data: SessionData, order: EpochOrder) -> None:
        self._data, self._order = data, order

    def __len__(self) -> int:
        return self._data.sequences

    def __getitem__(self, places: list[int]) -> Pack:
        return self._data.sequence(places[0], self._order.epoch)

    def __iter__(self) -> Iterator[Pack]:
        for place in range(len(self)):
            yield self[[place]]
