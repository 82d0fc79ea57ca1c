"""A new item in somebody's words and picture, turned into what systems read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.new_item import NewItem
from explainrec_models.data.outputs import REPORT_NAME, read_json
from explainrec_models.data.paths import Paths
from explainrec_models.errors import DataError, ParamsError
from explainrec_models.parts.new_items import TakesNewItems
from explainrec_models.registry import system_class, system_names
from explainrec_models.stages.text_features import item_text

NEW_ITEM = "new-item"


@dataclass(frozen=True)
class Description:
    """A new item as it is described; ``attributes`` are of the form ``field:value``."""

    title: str
    text: str = ""
    attributes: tuple[str, ...] = ()
    picture: Path | None = None


def require_new_items(system: str, listed: Iterable[str] = ()) -> None:
    """Make sure that a system can be asked about items outside its catalogue.

    Args:
        system: name of the system.
        listed: names to look for one that can; unset, every system file.

    Raises:
        ParamsError: it cannot; the message names those that can.
    """
    if issubclass(system_class(system), TakesNewItems):
        return
    able = [f"--system {name}" for name in listed or system_names() if issubclass(system_class(name), TakesNewItems)]
    others = f"Of the listed systems these do: {', '.join(able)}." if able else "None of the listed systems does."
    message = f"{system} cannot be asked about a new item: it knows the items of its catalogue only. {others}"
    raise ParamsError(message)


def encode_item(paths: Paths, description: Description, *, known: Collection[str]) -> NewItem:
    """Encode a described item with the models that encoded the catalogue.

    Args:
        paths: where the pretrained models lie.
        description: the item.
        known: ids that are taken.

    Raises:
        ParamsError: there is no title, or an attribute is not of the form ``field:value``.
        DataError: the picture cannot be used.
        MissingArtefactError: a pretrained model is not on disk.
    """
    if not description.title.strip():
        message = "--new-item-title is empty; a new item needs words to be known by."
        raise ParamsError(message)
    for attribute in description.attributes:
        field, _, value = attribute.partition(":")
        if not (field.strip() and value.strip()):
            message = f"--new-item-attribute {attribute!r} is not of the form field:value, such as genre:Drama."
            raise ParamsError(message)
    item_id = NEW_ITEM
    while item_id in known:
        item_id = f"{item_id}+"
    # The picture first: it may be refused, and loading a text encoder takes seconds.
    image = None if description.picture is None else _image_vector(paths, description.picture)
    text = _text_vector(paths, description)
    return NewItem(item_id, description.title, description.text, description.attributes, text, image)


def _text_vector(paths: Paths, description: Description) -> NDArray[np.float32]:
    from explainrec_models.parts.text_encoder import TextEncoder

    folder = paths.pretrained("text_encoder")
    read_json(folder / REPORT_NAME, made_by="pretrained@text_encoder")
    row = {
        schema.TITLE: description.title,
        schema.ATTRIBUTES: list(description.attributes),
        schema.TEXT: description.text,
    }
    _, vectors = next(TextEncoder(folder).encode([item_text(row)]))
    vector: NDArray[np.float32] = vectors[0]
    return vector


def _image_vector(paths: Paths, picture: Path) -> NDArray[np.float32]:
    from explainrec_models.parts.image_encoder import ImageEncoder
    from explainrec_models.parts.picture_loading import FORMATS, Unreadable, no_remarks, read_picture

    with no_remarks():
        found = read_picture(picture, enough=1)
    if isinstance(found, Unreadable):
        raise _unreadable(picture, found, FORMATS)
    encoder = ImageEncoder.load(paths.pretrained("image_encoder"))
    (vector,), *_ = encoder.encode([picture], workers=1)
    if isinstance(vector, Unreadable):
        raise _unreadable(picture, vector, FORMATS)
    return vector


def _unreadable(picture: Path, reason: str, formats: tuple[str, ...]) -> DataError:
    message = (
        f"--new-item-picture {picture} cannot be used: {reason}. Expected a picture file ({', '.join(formats)}); leave "
        "the option out to ask without a picture."
    )
    return DataError(message)
