"""The layers of what the later stages write: features, attribution labels and the predictions of every system."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from explainrec_models.data.tables import read_parquet
from explainrec_models.quality.feature_suites import IMAGE_FEATURES, TEXT_FEATURES, feature_layer
from explainrec_models.quality.label_suites import label_layers
from explainrec_models.quality.limits import OutputLimits
from explainrec_models.quality.prediction_suites import Asked, prediction_layers
from explainrec_models.quality.run import Layer


@dataclass(frozen=True)
class Folders:
    """What the later stages of one dataset wrote.

    Attributes:
        prepared: tables that systems may see.
        heldout: rows to score.
        image: image features.
        text: text features.
        labels: attribution labels.
        predictions: a folder a system.
    """

    prepared: Path
    heldout: Path
    image: Path
    text: Path
    labels: Path
    predictions: Path


def output_layers(
    folders: Folders, systems: Sequence[str], limits: OutputLimits, *, fused: Collection[str] = ()
) -> list[Layer]:
    """Return every layer, in the order of the pipeline.

    Args:
        folders: of what is checked.
        systems: whose predictions are.
        limits: thresholds.
        fused: systems whose rankings go by the retriever's rank too.

    Raises:
        MissingArtefactError: a stage has not run.
    """
    items = read_parquet(folders.prepared / "items.parquet", made_by="prepare")
    asked = Asked(folders.prepared, folders.heldout, items)
    layers = [
        feature_layer(IMAGE_FEATURES, folders.image, items, limits),
        feature_layer(TEXT_FEATURES, folders.text, items, limits),
        *label_layers(folders.labels, folders.prepared, items, limits),
    ]
    for system in systems:
        layers += prediction_layers(folders.predictions / system, system, asked, fused=system in fused)
    return layers
