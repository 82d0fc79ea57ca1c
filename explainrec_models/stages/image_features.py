"""Stage ``image_features``: one vector an item from its picture."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.features import write_features
from explainrec_models.data.outputs import REPORT_NAME, read_json, replacing, require, write_json
from explainrec_models.parts.contact_sheet import write_contact_sheet
from explainrec_models.parts.picture_loading import Unreadable
from explainrec_models.parts.progress import tracked

if TYPE_CHECKING:
    from explainrec_models.parts.image_encoder import ImageEncoder


@dataclass(frozen=True)
class ImageFeaturesReport:
    """How many pictures there were and how many could be read.

    Attributes:
        items: rows of the table.
        pictures: items that name a picture.
        unreadable: pictures that could not be used.
        reasons: why not, with how many each.
        examples: the first picture of each reason, as the items name it.
        width: of a vector.
        encoder: name of the model.
    """

    items: int
    pictures: int
    unreadable: int
    reasons: Mapping[str, int]
    examples: Mapping[str, str]
    width: int
    encoder: str

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def image_features(out: Path, *, prepared: Path, raw: Path, encoder: Path) -> ImageFeaturesReport:
    """Encode every item's picture; items without a readable one get zeros and ``present`` false.

    Args:
        out: folder to write.
        prepared: folder that ``prepare`` wrote.
        raw: folder that picture paths are relative to.
        encoder: folder of the pretrained image encoder.

    Raises:
        MissingArtefactError: an earlier stage has not run.
    """
    from explainrec_models.parts.image_encoder import ImageEncoder

    items = pl.read_parquet(
        require(prepared / "items.parquet", made_by="prepare"), columns=[schema.ITEM_ID, schema.IMAGE]
    )
    name = read_json(encoder / REPORT_NAME, made_by="pretrained@image_encoder")["name"]
    model = ImageEncoder.load(encoder)
    images: list[str | None] = items[schema.IMAGE].to_list()
    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}
    with replacing(out) as folder:
        vectors = _vectors(model, raw, images, reasons, examples)
        write_features(folder, items[schema.ITEM_ID].to_list(), vectors, model.size)
        paths = [raw / image for image in images if image is not None]
        write_contact_sheet(paths, folder / "preview.png")
        report = ImageFeaturesReport(
            items=items.height,
            pictures=len(paths),
            unreadable=reasons.total(),
            reasons=dict(sorted(reasons.items())),
            examples=examples,
            width=model.size,
            encoder=name,
        )
        write_json(folder / REPORT_NAME, report.summary())
    return report


def _vectors(
    model: "ImageEncoder", raw: Path, images: list[str | None], reasons: Counter[str], examples: dict[str, str]
) -> Iterator[NDArray[np.float32] | None]:
    """Yield one vector an item, None without a readable picture, and count why."""
    paths = [raw / image for image in images if image is not None]
    encoded = (vector for batch in model.encode(paths) for vector in batch)
    following = tracked(encoded, what="pictures", total=len(paths))
    for image in images:
        vector = None if image is None else next(following)
        if isinstance(vector, Unreadable) and image is not None:
            reasons[vector.value] += 1
            examples.setdefault(vector.value, image)
            yield None
        else:
            yield vector  # type: ignore[misc]  # no reason is left
