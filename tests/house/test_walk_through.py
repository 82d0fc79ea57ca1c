"""docs/add_a_category.md is run as it stands: every command of its shell blocks, in order."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from explainrec_dagster.dvc import environment
from explainrec_models.params import load_params

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/add_a_category.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    return [line for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")) for line in block.splitlines()]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository as a newcomer has it: the committed files, nothing computed."""
    root = tmp_path / "clone"
    ignored = shutil.ignore_patterns("*.pyc", "__pycache__")
    for name in ("explainrec_models", "data/sample", ".dvc/config"):
        source = ROOT / name
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=ignored)
        else:
            shutil.copy(source, root / name)
    for name in ("params.yaml", "dvc.yaml", "dvc.lock", ".gitignore", ".dvcignore"):
        shutil.copy(ROOT / name, root / name)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return root


def entries(root: Path, key: str) -> dict[str, object]:
    """Return what dvc.lock says of the stages of other keys."""
    stages = yaml.safe_load((root / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    return {name: stage for name, stage in stages.items() if key not in name and "@" in name}


@pytest.mark.slow
def test_every_command_works_and_leaves_the_other_datasets_alone(clone: Path) -> None:
    params, locked = (clone / "params.yaml").read_bytes(), entries(clone, "mugs")
    said = {}
    for command in commands():
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=clone,
            env={**os.environ, **environment(), "PYTHONPATH": str(clone)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        said[command] = done.stdout
        if "datasets add" in command:
            assert load_params(clone / "params.yaml").source("mugs").split.valid_from is not None
            assert "dvc repro" in done.stdout
    assert "mugs: amazon-2023, temporal" in said["explainrec datasets list"]
    assert "validate mugs" in said["dvc repro validate@mugs"]
    assert (clone / "data/prepared/mugs/train.parquet").is_file()
    assert entries(clone, "mugs") == locked
    # The key came and went; not a byte of the registry remains changed.
    assert (clone / "params.yaml").read_bytes() == params
