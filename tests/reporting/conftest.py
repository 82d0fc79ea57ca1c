"""Invented results of all earlier stages, written once."""

from pathlib import Path

import pytest
from invented_results import DATASETS, RECIPES, SYSTEMS, write_results

from explainrec_models.reporting.inputs import DatasetInputs, SystemCard, read_cards, read_dataset
from explainrec_models.reporting.render import Page, render


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def cards(results: Path) -> dict[str, SystemCard]:
    return read_cards(results, SYSTEMS)


@pytest.fixture(scope="session")
def films(results: Path, cards: dict[str, SystemCard]) -> DatasetInputs:
    return read_dataset(results, "films", cards)


@pytest.fixture(scope="session")
def shop(results: Path, cards: dict[str, SystemCard]) -> DatasetInputs:
    return read_dataset(results, "shop", cards)


@pytest.fixture(scope="session")
def page(results: Path) -> Page:
    return render(results, datasets=DATASETS, systems=SYSTEMS, recipes=RECIPES)
