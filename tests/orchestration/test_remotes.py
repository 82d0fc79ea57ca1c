"""What was pushed to a DVC remote comes back to a project that has lost everything but its text files."""

import json
import shutil
import socket
from pathlib import Path

import pytest
from orchestration.small_project import Project

from explainrec_dagster.prune import prune

BUCKET = "outputs"


def push_and_lose(project: Project) -> list[str]:
    """Run everything, push it, lose outputs and cache, and return what had run."""
    project.dvc("repro")
    project.dvc("push")
    for folder in ("data", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(project.root / folder)
    return project.ran()


def assert_it_comes_back(project: Project, ran: list[str]) -> None:
    project.dvc("pull")
    assert json.loads(project.dvc("status", "--json").stdout) == {}
    assert "Data and pipelines are up to date." in project.dvc("repro").stdout
    assert project.ran() == ran
    assert (project.root / "data" / "raw" / "shop" / "rows.txt").read_text(encoding="utf-8") == "good rows\n"


def test_a_folder_is_a_remote(project: Project, tmp_path: Path) -> None:
    project.dvc("remote", "add", "--default", "shelf", str(tmp_path / "shelf"))
    assert_it_comes_back(project, push_and_lose(project))


def test_a_key_that_went_does_not_come_back(project: Project, tmp_path: Path) -> None:
    """What is left of it on disk must not be part of what is pushed, or the report runs anew after a pull."""
    project.dvc("remote", "add", "--default", "shelf", str(tmp_path / "shelf"))
    project.set_datasets("shop", "films")
    project.dvc("repro")
    project.set_datasets("shop")
    prune(project.pipeline)
    ran = push_and_lose(project)
    assert_it_comes_back(project, ran)
    assert not (project.root / "data" / "raw" / "films").exists()


def test_s3_is_a_remote(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = "the extra s3 and moto are not installed"
    pytest.importorskip("dvc_s3", reason=needs)
    server_of = pytest.importorskip("moto.server", reason=needs)
    boto3 = pytest.importorskip("boto3", reason=needs)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "invented")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        address = f"http://127.0.0.1:{port}"
        store = boto3.client("s3", endpoint_url=address)
        store.create_bucket(Bucket=BUCKET)
        project.dvc("remote", "add", "--default", "store", f"s3://{BUCKET}/explainrec")
        project.dvc("remote", "modify", "store", "endpointurl", address)
        ran = push_and_lose(project)
        assert store.list_objects_v2(Bucket=BUCKET, Prefix="explainrec/files/md5/")["KeyCount"] > 0
        assert_it_comes_back(project, ran)
    finally:
        server.stop()
