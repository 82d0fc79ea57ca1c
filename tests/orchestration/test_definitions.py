import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from orchestration.small_project import Project
from orchestration.web import ask

from explainrec_dagster.definitions import build_definitions

HEAVY = [
    "torch",
    "transformers",
    "lightning",
    "great_expectations",
    "timm",
    "peft",
    "sklearn",
    "lightgbm",
    "matplotlib",
    "dvc",
]


def test_loading_imports_nothing_heavy(real_project: Project) -> None:
    code = f"import sys, explainrec_dagster.definitions; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=real_project.root, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_the_definitions_are_loadable(real_project: Project) -> None:
    definitions = build_definitions(real_project.root)
    dg.Definitions.validate_loadable(definitions)
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert {"raw_ratings_critical", "raw_items_warning"} <= checks
    assert definitions.resolve_job_def("whole_line").partitions_def is not None


@pytest.fixture
def web_server(real_project: Project, tmp_path: Path) -> Iterator[str]:
    """Start Dagster's web server on the real pipeline and yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path / "web_home"
    home.mkdir()
    command = ["dagster-webserver", "-m", "explainrec_dagster.definitions", "-h", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(
        [str(Path(sys.executable).parent / command[0]), *command[1:], "--read-only"],
        cwd=real_project.root,
        env={**os.environ, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "yes"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_the_web_page_shows_every_asset(web_server: str, real_project: Project) -> None:
    query = (
        "{ assetNodes { assetKey { path } groupName isPartitioned kinds owners { ... on TeamAssetOwner { team } } } }"
    )
    nodes = {tuple(node["assetKey"]["path"]): node for node in ask(web_server, query)["data"]["assetNodes"]}
    assert set(nodes) == {asset for stage in real_project.pipeline.stages for asset in stage.assets}
    tuned = nodes["tuned_system", "tallrec"]
    assert (tuned["groupName"], tuned["isPartitioned"]) == ("systems", True)
    assert sorted(tuned["kinds"]) == ["lightning", "pytorch", "safetensors"]
    assert tuned["owners"] == [{"team": "explainrec"}]
