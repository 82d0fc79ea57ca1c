"""Stage ``text_features``: one vector an item from its title, attributes and description."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.features import write_features
from explainrec_models.data.outputs import REPORT_NAME, read_json, replacing, write_json
from explainrec_models.data.tables import read_parquet
from explainrec_models.parts.progress import tracked


@dataclass(frozen=True)
class TextFeaturesReport:
    """How many texts were encoded."""

    items: int
    empty: int
    width: int
    encoder: str

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def text_features(out: Path, *, prepared: Path, encoder: Path) -> TextFeaturesReport:
    """Encode every item's words; an item without any gets zeros and ``present`` false.

    Args:
        out: folder to write.
        prepared: folder that ``prepare`` wrote.
        encoder: folder of the pretrained sentence encoder.

    Raises:
        MissingArtefactError: an earlier stage has not run.
    """
    from explainrec_models.parts.text_encoder import TextEncoder

    items = read_parquet(prepared / "items.parquet", made_by="prepare")
    name = read_json(encoder / REPORT_NAME, made_by="pretrained@text_encoder")["name"]
    texts = [item_text(row) for row in items.iter_rows(named=True)]
    rows = [row for row, text in enumerate(texts) if text]
    model = TextEncoder(encoder)
    vectors: list[NDArray[np.float32] | None] = [None] * len(texts)
    batches = model.encode([texts[row] for row in rows])
    for positions, encoded in tracked(batches, what="texts", total=-(-len(rows) // 64)):
        for position, vector in zip(positions, encoded, strict=True):
            vectors[rows[position]] = vector
    report = TextFeaturesReport(len(texts), len(texts) - len(rows), model.size, name)
    with replacing(out) as folder:
        write_features(folder, items[schema.ITEM_ID].to_list(), vectors, model.size)
        write_json(folder / REPORT_NAME, report.summary())
    return report


def item_text(item: dict[str, Any]) -> str:
    """Return an item's words as one text: title, attribute values, description."""
    values = [attribute.partition(":")[2] for attribute in item[schema.ATTRIBUTES] or []]
    parts = [item[schema.TITLE] or "", ", ".join(values), item[schema.TEXT] or ""]
    return ". ".join(part for part in parts if part)
