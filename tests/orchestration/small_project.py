"""A small project under DVC, run for real."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from explainrec_dagster.assets import build_assets
from explainrec_dagster.dvc import Dvc, environment
from explainrec_dagster.keys import register_keys
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

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file of the project."""
        text = (self.root / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (self.root / name).write_text(text, encoding="utf-8")

    def set_datasets(self, *keys: str) -> None:
        """Make these the datasets, each with a source."""
        lines = [
            "systems: [popularity, tallrec]",
            "models: {language_model: small-model}",
            f"datasets: [{', '.join(keys)}]",
        ]
        lines += ["sources:", *(f"  {key}: {{noun: thing}}" for key in keys)]
        (self.root / "params.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for key in keys:
            source = self.root / "sources" / f"{key}.txt"
            if not source.exists():
                source.write_text("good rows\n", encoding="utf-8")

    def ran(self) -> list[str]:
        """Return the stages that really ran, in order."""
        log = self.root / "ran.txt"
        return log.read_text(encoding="utf-8").splitlines() if log.is_file() else []

    def materialize(
        self, instance: dg.DagsterInstance, dataset: str | None = None, *, groups: str
    ) -> dg.ExecuteInProcessResult:
        """Materialise the assets of some groups through Dagster."""
        register_keys(instance, self.pipeline.datasets)
        return dg.materialize(
            build_assets(self.root),
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
