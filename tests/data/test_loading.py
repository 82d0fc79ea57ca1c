from pathlib import Path

import pytest

from explainrec_models.data.loading import layout_names, read_raw, source_of
from explainrec_models.data.request import Request
from explainrec_models.errors import MissingArtefactError, UnknownNameError
from explainrec_models.params import load_params


def test_every_layout_of_the_registered_datasets_is_a_file() -> None:
    params = load_params(Path(__file__).parents[2] / "params.yaml")
    assert {source.layout for source in params.sources.values()} <= set(layout_names())


@pytest.mark.parametrize("layout", layout_names())
def test_each_layout_fetches_and_reads(layout: str) -> None:
    source = source_of(layout)
    assert callable(source.fetch)
    assert callable(source.read)


def test_an_unknown_layout_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown layout 'amazon-2032'\. Nearest known: amazon-2023"):
        source_of("amazon-2032")


def test_a_raw_folder_that_is_not_there_names_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="The stage 'fetch' writes it"):
        read_raw(tmp_path / "raw", layout="amazon-2023", request=Request(categories=("Mugs",)))
