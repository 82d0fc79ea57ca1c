"""The invented films; the folder around them is made once a module that asks for it."""

import pytest
from invented import corpus

from explainrec_models.data.corpus import Corpus


@pytest.fixture(scope="session")
def films() -> Corpus:
    return corpus()
