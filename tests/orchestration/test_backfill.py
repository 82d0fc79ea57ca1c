"""Backfills launched through Dagster's GraphQL and carried out by its daemon's own loop, one run a key."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_START_TAG
from orchestration.backfills import AT_ONCE, Backfills, open_backfills
from orchestration.small_project import Project

from explainrec_dagster.instance import open_instance
from explainrec_dagster.keys import register_keys

OF_A_KEY = ["raw_dataset", "quality_report", "explanations/popularity", "explanations/tallrec"]
KEYS = ["games", "films", "books", "shop"]


@pytest.fixture
def backfills(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backfills]:
    """Load four datasets, in an order that no sorting would give; what serves all of them has run."""
    home = tmp_path / "dagster_home"
    home.mkdir()
    (home / "dagster.yaml").write_text(AT_ONCE, encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    project.set_datasets(*KEYS)
    project.dvc("repro", "fingerprint", "pretrained@language_model")
    with open_instance(project.root) as instance, open_backfills(project, instance) as backfills:
        register_keys(instance, project.pipeline.datasets)
        yield backfills


def ran_keys(project: Project) -> list[str]:
    """Return the datasets whose stages ran, in order."""
    words = [line.split() for line in project.ran()]
    return list(dict.fromkeys(parts[1] for parts in words if len(parts) > 1))


def runs(instance: dg.DagsterInstance) -> list[tuple[str | None, dg.DagsterRunStatus]]:
    """Return key and end of every run, oldest first."""
    return [(run.tags.get(ASSET_PARTITION_RANGE_START_TAG), run.status) for run in reversed(instance.get_runs())]


def test_one_key_runs_only_that_key(backfills: Backfills) -> None:
    assert backfills.run(OF_A_KEY, partitionNames=["films"]) is BulkActionStatus.COMPLETED_SUCCESS
    assert backfills.project.ran()[1:] == [
        "fetch films",
        "validate films",
        "explain films popularity",
        "explain films tallrec",
    ]
    assert runs(backfills.instance) == [("films", dg.DagsterRunStatus.SUCCESS)]
    stale = set(json.loads(backfills.project.dvc("status", "--json").stdout))
    assert {name.partition("@")[2].partition("-")[0] for name in stale} == {"games", "books", "shop", ""}


def test_several_keys_run_only_those(backfills: Backfills) -> None:
    assert backfills.run(OF_A_KEY[:2], partitionNames=["shop", "games"]) is BulkActionStatus.COMPLETED_SUCCESS
    assert sorted(ran_keys(backfills.project)) == ["games", "shop"]
    assert sorted(runs(backfills.instance)) == [
        ("games", dg.DagsterRunStatus.SUCCESS),
        ("shop", dg.DagsterRunStatus.SUCCESS),
    ]


def test_a_range_goes_from_key_to_key_as_params_yaml_lists_them(backfills: Backfills) -> None:
    """The command line's backfill; the web page turns a range into names by the same order."""
    said = backfills.command("job", "backfill", "-j", "whole_line", "--from", "films", "--to", "shop", "--noprompt")
    assert said.returncode == 0, said.stderr
    assert ran_keys(backfills.project) == ["films", "books", "shop"]
    ended = {run.tags["dagster/partition"]: run.status for run in backfills.instance.get_runs()}
    assert ended == dict.fromkeys(("films", "books", "shop"), dg.DagsterRunStatus.SUCCESS)
    page = backfills.graphql(
        '{ assetNodeOrError(assetKey: {path: ["raw_dataset"]}) { ... on AssetNode { partitionKeys } } }'
    )
    assert page["assetNodeOrError"]["partitionKeys"] == KEYS


def test_a_range_in_one_run_is_refused(backfills: Backfills) -> None:
    said = backfills.command("asset", "materialize", "--select", "raw_dataset", "--partition-range", "films...shop")
    assert said.returncode != 0
    assert "BackfillPolicy.single_run()" in said.stderr
    assert ran_keys(backfills.project) == []


def test_a_failing_key_leaves_the_others_finished(backfills: Backfills) -> None:
    project = backfills.project
    (project.root / "sources" / "films.txt").write_text("bad rows\n", encoding="utf-8")
    assert backfills.run(OF_A_KEY, allPartitions=True) is BulkActionStatus.COMPLETED_FAILED
    assert dict(runs(backfills.instance)) == {
        "games": dg.DagsterRunStatus.SUCCESS,
        "films": dg.DagsterRunStatus.FAILURE,
        "books": dg.DagsterRunStatus.SUCCESS,
        "shop": dg.DagsterRunStatus.SUCCESS,
    }
    for key in ("games", "books", "shop"):
        assert f"explain {key} tallrec" in project.ran()
    assert "explain films tallrec" not in project.ran()
    answer = backfills.graphql(
        '{ assetNodeOrError(assetKey: {path: ["explanations", "tallrec"]}) { ... on AssetNode {'
        " assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions } } } } }"
    )
    statuses = answer["assetNodeOrError"]["assetPartitionStatuses"]
    assert sorted(statuses["materializedPartitions"]) == ["books", "games", "shop"]


def test_the_whole_line_of_one_key_leaves_out_what_reads_all_of_them(backfills: Backfills) -> None:
    """The job holds stages of the key and stages that have none, in the same run."""
    job = backfills.definitions.resolve_job_def("whole_line")
    done = job.execute_in_process(partition_key="books", instance=backfills.instance)
    assert done.success
    assert ran_keys(backfills.project) == ["books"]
    told = {event.asset_key for event in done.get_asset_materialization_events()}
    keys = ["code/fetch", "code/explain", "pretrained/language_model", *OF_A_KEY]
    assert told == {dg.AssetKey.from_user_string(key) for key in keys}


def test_a_backfill_of_everything_runs_the_report_once_after_the_keys(backfills: Backfills) -> None:
    everything = ["code/fetch", "code/explain", "pretrained/language_model", *OF_A_KEY, "report_page"]
    assert backfills.run(everything, allPartitions=True) is BulkActionStatus.COMPLETED_SUCCESS
    ran = backfills.project.ran()
    assert ran.count("report") == 1
    assert ran[-1] == "report"
    assert json.loads(backfills.project.dvc("status", "--json").stdout) == {}


def test_a_new_key_is_backfilled_without_a_reload_and_an_old_one_is_refused(backfills: Backfills) -> None:
    project = backfills.project
    project.set_datasets("games", "music")
    register_keys(backfills.instance, project.pipeline.datasets)
    assert backfills.run(OF_A_KEY, partitionNames=["music"]) is BulkActionStatus.COMPLETED_SUCCESS
    assert ran_keys(project) == ["music"]
    told = backfills.launch(OF_A_KEY, partitionNames=["films"])
    assert told["__typename"] == "PartitionKeysNotFoundError"
    assert "films" in told["message"]
