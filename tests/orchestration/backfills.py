"""Backfills of the small project as the web page launches them and the daemon carries them out."""

import logging
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster_graphql.client.query import LAUNCH_PARTITION_BACKFILL_MUTATION
from dagster_graphql.test.utils import execute_dagster_graphql
from orchestration.small_project import Project

from explainrec_dagster.definitions import build_definitions
from explainrec_dagster.dvc import environment

DEFINITIONS = """
from pathlib import Path
from explainrec_dagster.definitions import build_definitions
defs = build_definitions(Path(__file__).parent)
"""
# Runs are executed as soon as they are launched, in this process, so that a test can wait for them.
AT_ONCE = """
run_launcher: {module: dagster._core.launcher.sync_in_memory_run_launcher, class: SyncInMemoryRunLauncher}
run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}
telemetry: {enabled: false}
"""


@dataclass(frozen=True)
class Backfills:
    """Launches backfills in a workspace that was loaded once."""

    project: Project
    instance: dg.DagsterInstance
    workspace: WorkspaceProcessContext

    @property
    def definitions(self) -> dg.Definitions:
        """The definitions as they are now."""
        return build_definitions(self.project.root)

    def graphql(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask as the web page does."""
        return dict(execute_dagster_graphql(self.workspace.create_request_context(), query, variables).data)

    def launch(self, assets: Sequence[str], **partitions: Any) -> dict[str, Any]:
        """Launch a backfill and return what the web page would be told."""
        keys = [{"path": asset.split("/")} for asset in assets]
        params = {"backfillParams": {"assetSelection": keys, **partitions}}
        told = self.graphql(LAUNCH_PARTITION_BACKFILL_MUTATION, params)
        content: dict[str, Any] = told["launchPartitionBackfill"]
        return content

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `dagster` on the project."""
        return subprocess.run(
            ["dagster", *arguments, "-f", "definitions.py"],
            cwd=self.project.root,
            env={**os.environ, **environment()},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, assets: Sequence[str], **partitions: Any) -> BulkActionStatus:
        """Launch a backfill, let the daemon turn until it is done, and return how it ended."""
        told = self.launch(assets, **partitions)
        assert told["__typename"] == "LaunchBackfillSuccess", told
        for _ in range(20):
            errors = [one for one in execute_backfill_iteration(self.workspace, logging.getLogger("daemon")) if one]
            assert errors == []
            backfill = self.instance.get_backfill(told["backfillId"])
            assert backfill is not None
            if backfill.status not in {BulkActionStatus.REQUESTED, BulkActionStatus.FAILING}:
                return backfill.status
        raise AssertionError(backfill)


@contextmanager
def open_backfills(project: Project, instance: dg.DagsterInstance) -> Iterator[Backfills]:
    """Load the project's definitions into a workspace."""
    definitions = project.root / "definitions.py"
    definitions.write_text(DEFINITIONS, encoding="utf-8")
    target = LoadableTargetOrigin(python_file=str(definitions), attribute="defs", working_directory=str(project.root))
    with WorkspaceProcessContext(
        instance, InProcessWorkspaceLoadTarget([InProcessCodeLocationOrigin(target)])
    ) as workspace:
        yield Backfills(project, instance, workspace)
