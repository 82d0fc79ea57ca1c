"""Outputs are whole or not there, and equal content gives equal bytes."""

from pathlib import Path

import pytest

from explainrec_models.data.outputs import read_json, replacing, write_json
from explainrec_models.errors import MissingArtefactError


def test_a_finished_block_replaces_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for content in ("first", "second"):
        with replacing(out) as folder:
            (folder / content).write_text(content)
    assert [path.name for path in out.iterdir()] == ["second"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failed_block_keeps_what_was_there_and_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with replacing(out) as folder:
        (folder / "good").write_text("good")
    with pytest.raises(ValueError, match="half way"):
        _fail_half_way(out)
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "good"]


def _fail_half_way(out: Path) -> None:
    with replacing(out) as folder:
        (folder / "half").write_text("half")
        message = "half way"
        raise ValueError(message)


def test_what_a_killed_run_left_behind_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial/stale").write_text("stale")
    with replacing(tmp_path / "out") as folder:
        (folder / "new").write_text("new")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new"]


def test_json_does_not_depend_on_the_order_of_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"x": 1, "é": [2.5]})
    write_json(tmp_path / "b.json", {"é": [2.5], "x": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_json(tmp_path / "a.json") == {"x": 1, "é": [2.5]}


def test_numbers_that_json_does_not_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})


def test_a_missing_file_names_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"The stage 'tune' writes it: run `dvc repro` or `make demo` first"):
        read_json(tmp_path / "none.json", made_by="tune")
