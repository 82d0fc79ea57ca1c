"""`dagster dev` as `make dev` starts it, with its web server, its daemon and its code server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster_graphql.client.query import LAUNCH_PARTITION_BACKFILL_MUTATION
from orchestration.small_project import Project
from orchestration.web import ask

from explainrec_dagster.dvc import environment

KEYS = '{ assetNodeOrError(assetKey: {path: ["raw_dataset"]}) { ... on AssetNode { partitionKeys } } }'
HISTORY = '{ assetOrError(assetKey: {path: ["raw_dataset"]}) { ... on Asset { assetMaterializations { partition } } } }'


@pytest.fixture
def address(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Sync and start it on the small project, as the Makefile does, and yield the address of the page."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "yes")
    variables = {**os.environ, **environment()}
    project.set_datasets("films")
    sync = [sys.executable, "-m", "explainrec_dagster.sync"]
    subprocess.run(sync, cwd=project.root, env=variables, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "dev.log").open("wb") as log:
        dev = subprocess.Popen(
            ["dagster", "dev", "-m", "explainrec_dagster.definitions", "-h", "127.0.0.1", "-p", str(port)],
            cwd=project.root,
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            dev.send_signal(signal.SIGINT)
            try:
                dev.wait(timeout=60)
            except subprocess.TimeoutExpired:
                # A loaded machine may need longer; nothing of it must stay behind.
                os.killpg(dev.pid, signal.SIGKILL)
                dev.wait()


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + 180
    while not is_so():
        assert time.monotonic() < give_up_at, f"{what} did not happen"
        time.sleep(0.5)


@pytest.mark.slow
def test_keys_come_and_go_without_a_reload(address: str, project: Project) -> None:
    def keys() -> list[str]:
        found: list[str] = ask(address, KEYS)["data"]["assetNodeOrError"]["partitionKeys"]
        return found

    assert keys() == ["films"]
    project.set_datasets("games", "films")
    wait_until(lambda: keys() == ["films", "games"], "the sensor's look at the new key")
    params = {"assetSelection": [{"path": ["raw_dataset"]}, {"path": ["quality_report"]}], "partitionNames": ["games"]}
    project.dvc("repro", "fingerprint")
    told = ask(address, LAUNCH_PARTITION_BACKFILL_MUTATION, {"backfillParams": params})
    assert told["data"]["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", told
    wait_until(lambda: "validate games" in project.ran(), "the backfill of the new key")
    project.set_datasets("films")
    wait_until(lambda: keys() == ["films"], "the sensor's look at the key that is gone")
    history = ask(address, HISTORY)["data"]["assetOrError"]["assetMaterializations"]
    assert [event["partition"] for event in history] == ["games"]
