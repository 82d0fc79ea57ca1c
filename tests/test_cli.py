"""The command line: fast help, exit codes that mean something, errors in the user's words."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def explainrec(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "explainrec_models.cli", *words]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with parameters and nothing else."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return tmp_path


def test_help_answers_in_under_half_a_second() -> None:
    best = min(_seconds("--help") for _ in range(3))
    assert best < 0.5


def _seconds(*words: str) -> float:
    started = time.perf_counter()
    done = explainrec(*words)
    assert done.returncode == 0
    return time.perf_counter() - started


def test_help_names_a_verb_for_every_stage() -> None:
    import yaml

    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    text = explainrec("--help").stdout
    for stage in stages:
        assert stage.replace("_", "-") in text


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from explainrec_models.cli import app;"
        "CliRunner().invoke(app, ['--help']);"
        "heavy = {'torch', 'transformers', 'peft', 'timm', 'lightning', 'great_expectations'};"
        "heavy |= {'polars', 'dagster', 'dvc'};"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["prepare", "-d", "ml-10k"], 2, "unknown dataset 'ml-10k'. Nearest known: ml-100k."),
        (
            ["tune", "-d", "ml-100k", "-s", "talrec"],
            2,
            "unknown system 'talrec'. Nearest known: tallrec, sasrec, explainrec.",
        ),
        (["pretrained", "--model", "image"], 2, "unknown model 'image'. Nearest known: image_encoder"),
        (["prepare", "-d", "sample-shop"], 5, "The stage 'fetch"),
        (["recommend", "-d", "ml-100k", "-u", "1"], 5, "The stage 'prepare@ml-100k' writes it"),
        (["recommend", "-d", "ml-100k", "-u", "1", "--top", "0"], 2, "--top"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_mistakes_have_their_own_exit_code_and_message(project: Path, words: list[str], code: int, said: str) -> None:
    done = explainrec(*words, cwd=project)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_sync_outside_a_project_says_what_is_missing(project: Path) -> None:
    done = explainrec("sync", cwd=project)
    assert done.returncode == 2
    assert "dvc.yaml is not there" in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_a_project_the_command_says_where_to_go(tmp_path: Path) -> None:
    done = explainrec("prepare", "-d", "ml-100k", cwd=tmp_path)
    assert done.returncode == 2
    assert "params.yaml is not here" in done.stderr
