"""Stage ``image_features``: one vector an item from its picture."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.features import write_features
from explainrec_models.data.outputs import REPORT_NAME, read_json, replacing, require, write_json
from explainrec_models.parts.contact_sheet import write_contact_sheet
from explainrec_models.parts.progress import tracked


@dataclass(frozen=True)
class ImageFeaturesReport:
    """How many pictures there were and how many could be read."""

    items: int
    pictures: int
    unreadable: int
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

    items = pl.read_parquet(require(prepared / "items.parquet", made_by="prepare"))
    name = read_json(encoder / REPORT_NAME, made_by="pretrained@image_encoder")["name"]
    model = ImageEncoder.load(encoder)
    with_picture = items.with_row_index("row").filter(pl.col(schema.IMAGE).is_not_null())
    paths = [raw / image for image in with_picture[schema.IMAGE].to_list()]
    encoded = []
    for batch in tracked(model.encode(paths), what="pictures", total=-(-len(paths) // 32)):
        encoded += batch
    vectors = [None] * items.height
    for row, vector in zip(with_picture["row"].to_list(), encoded, strict=True):
        vectors[row] = vector
    report = ImageFeaturesReport(items.height, len(paths), sum(v is None for v in encoded), model.size, name)
    with replacing(out) as folder:
        write_features(folder, items[schema.ITEM_ID].to_list(), vectors, model.size)
        write_contact_sheet(paths, folder / "preview.png")
        write_json(folder / REPORT_NAME, report.summary())
    return report
