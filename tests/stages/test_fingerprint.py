"""Code fingerprints: edits of code change them, comments and docstrings do not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import explainrec_models
from explainrec_models.stages.fingerprint import code_of, fingerprint

PACKAGE = Path(explainrec_models.__path__[0])


def test_every_stage_of_the_pipeline_has_one(tmp_path: Path) -> None:
    import yaml

    fingerprint(tmp_path)
    stages = yaml.safe_load((PACKAGE.parent / "dvc.yaml").read_text())["stages"]
    declared = {Path(out).name for out in stages["fingerprint"]["outs"]}
    assert {path.name for path in tmp_path.iterdir()} == declared


def test_whoever_asks_a_tuned_system_depends_on_its_code() -> None:
    """An edit of how a system gives reasons leaves its weights as they are: the explanations change all the same."""
    import yaml

    stages = yaml.safe_load((PACKAGE.parent / "dvc.yaml").read_text())["stages"]
    tuned, card = "data/systems/${item.dataset}/${item.system}", "data/cards/${item.system}.json"
    asking = {name: stage["deps"] for name, stage in stages.items() if tuned in stage.get("deps", ())}
    assert asking.keys() == {"predict", "explain"}
    assert all(card in deps for deps in asking.values())


def test_sources_that_are_found_by_name_are_part_of_their_readers() -> None:
    modules = code_of("explainrec_models.stages.prepare")["modules"]
    assert "explainrec_models.data.sources.amazon_2023" in modules
    assert "explainrec_models.data.splits" in modules


def test_systems_are_no_part_of_the_tune_stage() -> None:
    modules = code_of("explainrec_models.stages.tune")["modules"]
    assert not [name for name in modules if name.startswith("explainrec_models.systems.")]


def in_copy(folder: Path, edit: tuple[str, str, str] | None) -> dict[str, str]:
    """Copy the package, edit one of its files, and return the hash of each stage's code."""
    copy = folder / "explainrec_models"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    if edit is not None:
        path, old, new = edit
        text = (copy / path).read_text()
        assert old in text
        (copy / path).write_text(text.replace(old, new, 1))
    imports = "from pathlib import Path; from explainrec_models.stages.fingerprint import fingerprint"
    code = f"{imports}; fingerprint(Path('out'))"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, env={"PYTHONPATH": str(folder)})
    return {path.stem: json.loads(path.read_text())["sha256"] for path in (folder / "out").iterdir()}


def test_an_edit_reaches_the_stages_behind_it_and_no_other(tmp_path: Path) -> None:
    for name in ("plain", "comment", "code"):
        (tmp_path / name).mkdir()
    plain = in_copy(tmp_path / "plain", None)
    commented = in_copy(tmp_path / "comment", ("data/splits.py", '"""Cutting', '"""Well, cutting'))
    edited = in_copy(tmp_path / "code", ("data/recipes/temporal.py", "moment < valid_cut", "moment <= valid_cut"))
    assert commented == plain
    changed = {stage for stage in plain if plain[stage] != edited[stage]}
    assert "prepare" in changed
    assert not changed & {"fetch", "pretrained", "tune", "report", "explain"}
