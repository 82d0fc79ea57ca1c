"""Where every output lies below the data folder: the same places that dvc.yaml names."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explainrec_models.params import Retriever


@dataclass(frozen=True)
class Paths:
    """Folders by dataset key and system name."""

    root: Path = Path("data")

    def code(self, stage: str) -> Path:
        """Fingerprint of a stage's code."""
        return self.root / "code" / f"{stage}.json"

    def pretrained(self, role: str) -> Path:
        """Weights of a pretrained model."""
        return self.root / "pretrained" / role

    def card(self, system: str) -> Path:
        """Card of a system, with its resolved settings."""
        return self.root / "cards" / f"{system}.json"

    def raw(self, dataset: str) -> Path:
        """Files as the source lays them out."""
        return self.root / "raw" / dataset

    def quality(self, dataset: str) -> Path:
        """Verdict and Data Docs."""
        return self.root / "quality" / dataset

    def prepared(self, dataset: str) -> Path:
        """Tables that systems may see."""
        return self.root / "prepared" / dataset

    def heldout(self, dataset: str) -> Path:
        """Rows that only scoring and evaluation read."""
        return self.root / "heldout" / dataset

    def features(self, kind: str, dataset: str) -> Path:
        """Embeddings of a kind (``image``, ``text``)."""
        return self.root / "features" / kind / dataset

    def labels(self, dataset: str) -> Path:
        """Linear teacher and attribution labels."""
        return self.root / "labels" / dataset

    def retriever(self, dataset: str, choice: "Retriever") -> Path:
        """What draws the lists that systems re-rank."""
        return self.root / choice.kind / dataset / choice.name

    def system(self, dataset: str, system: str) -> Path:
        """A fitted system."""
        return self.root / "systems" / dataset / system

    def predictions(self, dataset: str, system: str = "") -> Path:
        """Scores of a system, or of all."""
        return self.root / "predictions" / dataset / system

    def explanations(self, dataset: str, system: str = "") -> Path:
        """Reasons of a system, or of all."""
        return self.root / "explanations" / dataset / system

    def checks(self, dataset: str) -> Path:
        """Verdict over features, labels and predictions."""
        return self.root / "checks" / dataset

    def evaluation(self, dataset: str) -> Path:
        """Metrics of all systems."""
        return self.root / "evaluation" / dataset

    def headline(self, dataset: str) -> Path:
        """The few metrics that `dvc metrics show` prints."""
        return self.root / "metrics" / f"{dataset}.json"

    def curve(self, name: str, dataset: str) -> Path:
        """A curve that `dvc plots show` draws."""
        return self.root / "plots" / name / f"{dataset}.csv"

    def report(self) -> Path:
        """The page."""
        return self.root / "report"
