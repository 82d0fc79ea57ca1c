import dagster as dg
import pytest
from orchestration.small_project import Project

from explainrec_dagster import sync as sync_module
from explainrec_dagster.lock import locked_versions
from explainrec_dagster.sensors import lock_sensor
from explainrec_dagster.sync import latest_version, sync


def test_what_dvc_wrote_in_a_shell_is_told_once(project: Project, instance: dg.DagsterInstance) -> None:
    assert sync(instance, project.pipeline) == []
    project.dvc("repro")
    told = sync(instance, project.pipeline)
    versions = locked_versions(project.root)
    assert len(told) == len(versions) == 12
    for stage in project.pipeline.stages:
        for out, asset in zip(stage.outs, stage.assets, strict=True):
            assert latest_version(instance, dg.AssetKey(list(asset)), stage.dataset) == versions[stage.name, out]
    assert sync(instance, project.pipeline) == []

    result = project.materialize(instance, "films", groups="data")
    assert {event.metadata["cached"].value for event in result.asset_materializations_for_node("validate")} == {True}
    assert sync(instance, project.pipeline) == []


def test_a_committed_lock_alone_tells_nothing(project: Project, instance: dg.DagsterInstance) -> None:
    """A fresh clone has dvc.lock, but no output yet; when they appear under the same lock, they are told."""
    project.dvc("repro")
    sensor = lock_sensor(project.root)
    outs = [project.root / out for stage in project.pipeline.stages for out in stage.outs]
    for out in outs:
        out.rename(out.with_name(f"{out.name}.away"))
    assert sync(instance, project.pipeline) == []
    assert isinstance(sensor(dg.build_sensor_context(instance)), dg.SkipReason)
    for out in outs:
        out.with_name(f"{out.name}.away").rename(out)
    result = sensor(dg.build_sensor_context(instance))
    assert isinstance(result, dg.SensorResult)
    assert len([event for event in result.asset_events if isinstance(event, dg.AssetMaterialization)]) == len(outs)


def test_a_changed_output_is_told_again(project: Project, instance: dg.DagsterInstance) -> None:
    project.dvc("repro", "fetch@films")
    sync(instance, project.pipeline)
    (project.root / "sources" / "films.txt").write_text("other rows\n", encoding="utf-8")
    project.dvc("repro", "--force", "--single-item", "fetch@films")
    (told,) = sync(instance, project.pipeline)
    assert (told.asset_key, told.partition) == (dg.AssetKey(["raw_dataset"]), "films")


def test_the_sensor_reports_outputs_and_checks_when_the_lock_changes(
    project: Project, instance: dg.DagsterInstance
) -> None:
    sensor = lock_sensor(project.root)
    assert isinstance(sensor(dg.build_sensor_context(instance)), dg.SkipReason)
    project.dvc("repro", "validate@shop")
    result = sensor(dg.build_sensor_context(instance))
    assert isinstance(result, dg.SensorResult)
    kinds = [type(event).__name__ for event in result.asset_events]
    assert (kinds.count("AssetMaterialization"), kinds.count("AssetCheckEvaluation")) == (4, 5)
    assert isinstance(sensor(dg.build_sensor_context(instance, cursor=result.cursor)), dg.SkipReason)


def test_the_command_prints_what_it_told(
    project: Project,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EXPLAINREC_ROOT", str(project.root))
    project.dvc("repro", "fetch@shop")
    assert sync_module.main() == 0
    version = locked_versions(project.root)["fetch@shop", "data/raw/shop"]
    said = capsys.readouterr().out
    assert f"raw_dataset [shop] is at {version}" in said
    assert "films is a new dataset\nshop is a new dataset\n" in said
    assert sync_module.main() == 0
    assert capsys.readouterr().out == "Dagster knows every output.\n"
    assert latest_version(instance, dg.AssetKey(["raw_dataset"]), "shop") == version
    project.set_datasets("films")
    project.edit("params.yaml", ("noun: thing", "noun: film"))
    assert sync_module.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("shop is no dataset any more; its history stays under Events of each asset\n")
    assert instance.get_dynamic_partitions("datasets") == ["films"]
