"""A small project under DVC, run for real."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from explainrec_dagster.assets import build_assets
from explainrec_dagster.dvc import Dvc, environment
from explainrec_dagster.pipeline import Pipeline, load_pipeline

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent


@dataclass(frozen=True)
class Project:
    """A project folder and what its stages did."""

    root: Path

    @property
    def pipeline(self) -> Pipeline:
        return load_pipeline(self.root)

    def dvc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["dvc", *arguments],
            cwd=self.root,
            env={**os.environ, **environment()},
            capture_output=True,
            text=True,
            check=True,
        )

    def ran(self) -> list[str]:
        """Return the stages that really ran, in order."""
        log = self.root / "ran.txt"
        return log.read_text(encoding="utf-8").splitlines() if log.is_file() else []

    def materialize(
        self, instance: dg.DagsterInstance, dataset: str | None = None, *, groups: str
    ) -> dg.ExecuteInProcessResult:
        """Materialise the assets of some groups through Dagster."""
        return dg.materialize(
            build_assets(self.pipeline),
            selection=dg.AssetSelection.groups(*groups.split()),
            partition_key=dataset,
            instance=instance,
            resources={"dvc": Dvc(self.root)},
            raise_on_error=False,
        )


def start_repository(root: Path) -> None:
    """Put a folder under git and DVC with the settings of this repository."""
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / ".dvc").mkdir()
    shutil.copy(REPOSITORY / ".dvc" / "config", root / ".dvc" / "config")
    (root / ".gitignore").write_text("/data/\n/.explainrec/\n/ran.txt\n", encoding="utf-8")
