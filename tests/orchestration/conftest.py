"""Projects to run: a small one of the same shape, and the repository's own pipeline."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from orchestration.small_project import HERE, REPOSITORY, Project, start_repository

from explainrec_dagster.instance import open_instance


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    start_repository(root)
    shutil.copy(HERE / "small_dvc.yaml", root / "dvc.yaml")
    shutil.copy(HERE / "small_params.yaml", root / "params.yaml")
    shutil.copy(HERE / "tool.py", root / "tool.py")
    for folder in ("code", "sources"):
        (root / folder).mkdir()
    (root / "code" / "part.py").write_text("x = 1\n", encoding="utf-8")
    for dataset in ("films", "shop"):
        (root / "sources" / f"{dataset}.txt").write_text("good rows\n", encoding="utf-8")
    return Project(root)


@pytest.fixture
def instance(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    with open_instance(project.root) as instance:
        yield instance


@pytest.fixture
def real_project(tmp_path: Path) -> Project:
    """Copy this repository's own dvc.yaml and params.yaml to a fresh repository."""
    root = tmp_path / "real"
    start_repository(root)
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(REPOSITORY / name, root / name)
    return Project(root)
