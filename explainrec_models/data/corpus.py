"""What a system may see of a dataset while it is fitted; test rows are not part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from explainrec_models.data import schema
from explainrec_models.data.features import read_features
from explainrec_models.data.histories import Histories
from explainrec_models.data.tables import read_parquet

Embeddings = tuple[NDArray[np.float32], NDArray[np.bool_]]


@dataclass(frozen=True)
class Corpus:
    """Training and validation rows with item metadata.

    Attributes:
        key: the dataset's key in params.yaml.
        noun: what an item is called in prompts ("movie", "product").
        items: one row an item, columns ``schema.ITEM_COLUMNS``, sorted by item id.
        train: rows before the validation cut, columns ``schema.INTERACTION_COLUMNS``, in time order.
        valid: rows between the two cuts, same columns; for choosing settings, never for fitting.
        context: rows of held-out users that their histories hold when they are scored; nothing is fitted on them.
        embeddings: of ``text`` and ``image`` where they were asked for: vectors in the order of ``items`` (I, D) and
            which of them are real (I).
    """

    key: str
    noun: str
    items: pl.DataFrame
    train: pl.DataFrame
    valid: pl.DataFrame
    context: pl.DataFrame = field(default_factory=pl.DataFrame)
    embeddings: Mapping[str, Embeddings] = field(default_factory=dict)

    @cached_property
    def item_ids(self) -> list[str]:
        """Item ids in the order of ``items``: the catalogue that rankings are over."""
        return self.items[schema.ITEM_ID].to_list()

    @cached_property
    def titles(self) -> dict[str, str]:
        """Title of each item."""
        return dict(zip(self.item_ids, self.items[schema.TITLE].to_list(), strict=True))

    @cached_property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """Attributes of each item, ``field:value``."""
        values = self.items[schema.ATTRIBUTES].to_list()
        return {item: tuple(value) for item, value in zip(self.item_ids, values, strict=True)}

    @cached_property
    def histories(self) -> Histories:
        """History of each user at the validation moment: training rows and context."""
        return Histories(self._with_context(self.train))

    @cached_property
    def known(self) -> pl.DataFrame:
        """Everything that is known of users at the test moment: training and validation rows and context."""
        return self._with_context(self.train, self.valid)

    @cached_property
    def known_histories(self) -> Histories:
        """History of each user at the test moment."""
        return Histories(self.known)

    def _with_context(self, *parts: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([*parts, *([self.context] if self.context.height else [])])


def load_corpus(prepared: Path, *, key: str, noun: str, features: Mapping[str, Path] | None = None) -> Corpus:
    """Read the folder that the stage ``prepare`` wrote.

    Args:
        prepared: that folder.
        key: the dataset's key.
        noun: what an item is called.
        features: folder of each kind of embedding to read besides (``text``, ``image``).

    Raises:
        MissingArtefactError: ``prepare`` has not run for this dataset.
        DataError: a table is not what it wrote.
    """
    tables = {
        name: read_parquet(prepared / f"{name}.parquet", made_by=f"prepare@{key}")
        for name in ("items", "train", "valid", "context")
    }
    item_ids = tables["items"][schema.ITEM_ID].to_list()
    embeddings = {
        kind: read_features(folder, item_ids, made_by=f"{kind}_features@{key}")
        for kind, folder in (features or {}).items()
    }
    return Corpus(key, noun, **tables, embeddings=embeddings)
