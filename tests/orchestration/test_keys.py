import subprocess
import sys
from collections.abc import Sequence

import dagster as dg
import pytest
from orchestration.small_project import Project

from explainrec_dagster.assets import build_assets
from explainrec_dagster.definitions import build_definitions
from explainrec_dagster.dvc import Dvc
from explainrec_dagster.keys import DATASETS, key_changes, register_keys
from explainrec_dagster.sync import latest_version

RAW = dg.AssetKey(["raw_dataset"])


@pytest.mark.parametrize(
    ("before", "after"),
    [([], []), ([], "ba"), ("ba", "ba"), ("ba", "bac"), ("bac", "ac"), ("ba", "bca"), ("ba", "ab"), ("ba", [])],
)
def test_dagster_lists_the_keys_of_params_yaml_in_their_order(
    instance: dg.DagsterInstance, before: Sequence[str], after: Sequence[str]
) -> None:
    register_keys(instance, list(before))
    gone, new = register_keys(instance, list(after))
    assert instance.get_dynamic_partitions("datasets") == list(after)
    assert (set(gone), set(new)) == (set(before) - set(after), set(after) - set(before))
    assert key_changes(instance, list(after)) == ([], [])


def test_processes_that_register_at_once_do_not_trip_over_one_another(
    project: Project, instance: dg.DagsterInstance
) -> None:
    project.set_datasets(*(f"key{number}" for number in range(50)))
    command = [sys.executable, "-m", "explainrec_dagster.sync"]
    started = [subprocess.Popen(command, cwd=project.root, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(timeout=120) for process in started] == [0] * 4
    assert instance.get_dynamic_partitions("datasets") == list(project.pipeline.datasets)


def test_a_removed_key_keeps_its_history_which_counts_again_when_it_comes_back(
    project: Project, instance: dg.DagsterInstance
) -> None:
    project.dvc("repro", "fingerprint")
    project.materialize(instance, "shop", groups="data")
    version = latest_version(instance, RAW, "shop")
    assert version is not None
    register_keys(instance, ["films"])
    assert instance.get_dynamic_partitions("datasets") == ["films"]
    assert latest_version(instance, RAW, "shop") == version
    told = instance.fetch_materializations(RAW, limit=10).records
    assert [record.partition_key for record in told] == ["shop"]
    register_keys(instance, ["films", "shop"])
    assert instance.get_materialized_partitions(RAW) == {"shop"}


def test_a_key_that_came_after_loading_is_materialised(project: Project, instance: dg.DagsterInstance) -> None:
    assets = build_assets(project.root)
    project.dvc("repro", "fingerprint")
    project.set_datasets("films", "games")
    register_keys(instance, project.pipeline.datasets)
    result = dg.materialize(
        assets, selection=[RAW], partition_key="games", instance=instance, resources={"dvc": Dvc(project.root)}
    )
    assert result.success
    assert (project.root / "data" / "raw" / "games" / "rows.txt").is_file()


def test_a_key_that_params_yaml_no_longer_has_is_named_with_the_nearest(
    project: Project, instance: dg.DagsterInstance
) -> None:
    assets = build_assets(project.root)
    register_keys(instance, ["films", "shop"])
    project.set_datasets("films", "shops")
    result = dg.materialize(
        assets,
        selection=[RAW],
        partition_key="shop",
        instance=instance,
        resources={"dvc": Dvc(project.root)},
        raise_on_error=False,
    )
    (failure,) = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert failure is not None
    assert "unknown dataset 'shop'. Nearest known: shops. `datasets:` in params.yaml lists them." in failure.message
    assert project.ran() == []


def test_outputs_that_changed_since_loading_ask_for_a_reload(project: Project, instance: dg.DagsterInstance) -> None:
    assets = build_assets(project.root)
    register_keys(instance, ["films", "shop"])
    project.edit("dvc.yaml", ("- raw_dataset", "- raw_rows"))
    result = dg.materialize(
        assets,
        selection=[RAW],
        partition_key="shop",
        instance=instance,
        resources={"dvc": Dvc(project.root)},
        raise_on_error=False,
    )
    (failure,) = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert "fetch@shop has other outputs in dvc.yaml than Dagster has loaded; reload" in str(failure)


@pytest.mark.parametrize("datasets", ["[]", "null", None])
def test_a_project_without_keys_loads(project: Project, datasets: str | None) -> None:
    old = "datasets: [films, shop]"
    project.edit("params.yaml", (old, f"datasets: {datasets}" if datasets else ""))
    definitions = build_definitions(project.root)
    dg.Definitions.validate_loadable(definitions)
    graph = definitions.resolve_asset_graph()
    assert graph.get(RAW).partitions_def == DATASETS
    assert graph.get(dg.AssetKey(["report_page"])).parent_keys == {
        dg.AssetKey(["explanations", system]) for system in ("popularity", "tallrec")
    }
