from pathlib import Path

import pytest

from explainrec_models.data.loading import layout_names, read_raw, source_of
from explainrec_models.errors import MissingArtefactError, UnknownNameError
from explainrec_models.params import Source


def test_the_layouts_that_params_accept_are_the_files() -> None:
    accepted = Source.model_json_schema()["properties"]["layout"]["enum"]
    assert layout_names() == sorted(accepted)


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
        read_raw(tmp_path / "raw", layout="amazon-2023", categories=["Mugs"])
