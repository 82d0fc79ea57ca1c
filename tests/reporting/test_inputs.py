import json
import re
from pathlib import Path

import pytest
from invented_results import SYSTEMS, write_results

from explainrec_models.errors import DataError, MissingArtefactError
from explainrec_models.reporting.inputs import read_cards, read_dataset


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("cards/ease.json", "card@ease"),
        ("raw/films/report.json", "fetch@films"),
        ("prepared/films/items.parquet", "prepare@films"),
        ("quality/films/verdict.json", "validate@films"),
        ("evaluation/films/metrics.json", "evaluate@films"),
        ("evaluation/films/deletion.csv", "evaluate@films"),
        ("explanations/films/ease/reasons.parquet", "explain@films-ease"),
        ("explanations/films/ease/deletions.parquet", "explain@films-ease"),
    ],
)
def test_a_missing_file_names_the_stage_that_writes_it(tmp_path: Path, path: str, stage: str) -> None:
    write_results(tmp_path)
    (tmp_path / path).unlink()
    with pytest.raises(MissingArtefactError, match=f"{re.escape(path)} is not there. The stage '{stage}' writes it"):
        read_dataset(tmp_path, "films", read_cards(tmp_path, SYSTEMS))


def test_a_system_that_does_not_explain_needs_no_explanations(tmp_path: Path) -> None:
    write_results(tmp_path)
    (tmp_path / "explanations/films/popularity/reasons.parquet").unlink()
    inputs = read_dataset(tmp_path, "films", read_cards(tmp_path, SYSTEMS))
    assert list(inputs.explanations) == ["rates", "ease", "tallrec"]


def test_an_evaluation_of_other_systems_is_refused(tmp_path: Path) -> None:
    report = write_results(tmp_path) / "evaluation/films/report.json"
    report.write_text(json.dumps({"systems": ["rates", "ease"]}), encoding="utf-8")
    with pytest.raises(DataError, match=r"compares rates, ease, but params.yaml also lists popularity, tallrec"):
        read_dataset(tmp_path, "films", read_cards(tmp_path, SYSTEMS))


def test_a_card_file_without_a_card_is_refused(tmp_path: Path) -> None:
    (write_results(tmp_path) / "cards/ease.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"ease.json holds no `card` with a `title`"):
        read_cards(tmp_path, SYSTEMS)
