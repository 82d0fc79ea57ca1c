"""An item that no catalogue lists, described by whoever asks about it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class NewItem:
    """One item with what can be known of it without a single row.

    Attributes:
        item_id: an id that no item of the catalogue has.
        attributes: ``field:value`` each, as ``schema.ATTRIBUTES`` has them.
        text_vector: of title, attributes and text, as the feature table's rows are.
        image_vector: of the picture, likewise; None without a picture.
    """

    item_id: str
    title: str
    text: str
    attributes: tuple[str, ...]
    text_vector: NDArray[np.float32]
    image_vector: NDArray[np.float32] | None
