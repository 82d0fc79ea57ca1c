import json

import dagster as dg
import pytest
from orchestration.small_project import Project

from explainrec_dagster.assets import build_assets
from explainrec_dagster.definitions import build_definitions
from explainrec_dagster.dvc import Dvc
from explainrec_dagster.lock import locked_versions
from explainrec_dagster.sync import latest_version, unknown_versions
from explainrec_models.errors import ParamsError


def run_all(project: Project, instance: dg.DagsterInstance) -> list[dg.ExecuteInProcessResult]:
    return [
        project.materialize(instance, groups="code pretrained"),
        *(project.materialize(instance, dataset, groups="data explanations") for dataset in project.pipeline.datasets),
        project.materialize(instance, groups="evaluation"),
    ]


def test_dvc_is_clean_after_a_dagster_run_and_a_second_run_runs_nothing(
    project: Project, instance: dg.DagsterInstance
) -> None:
    results = run_all(project, instance)
    assert [result.success for result in results] == [True] * 4
    assert json.loads(project.dvc("status", "--json").stdout) == {}
    assert list(unknown_versions(instance, project.pipeline)) == []
    version = locked_versions(project.root)["explain@shop-tallrec", "data/explanations/shop/tallrec"]
    assert latest_version(instance, dg.AssetKey(["explanations", "tallrec"]), "shop") == version

    ran = project.ran()
    assert sorted(ran) == sorted(set(ran))
    assert len(ran) == len(project.pipeline.stages) - 1  # the pretrained stage is a shell command
    again = project.materialize(instance, "shop", groups="data explanations")
    assert {m.metadata["cached"].value for m in again.asset_materializations_for_node("fetch")} == {True}
    project.dvc("repro")
    assert project.ran() == ran


def test_a_materialization_carries_what_its_page_shows(project: Project, instance: dg.DagsterInstance) -> None:
    project.dvc("repro", "validate@shop", "pretrained@language_model")
    result = project.materialize(instance, "shop", groups="explanations")
    (told,) = result.asset_materializations_for_node("explain__tallrec")
    assert told.metadata["cached"].value is False
    assert told.metadata["seconds"].value == 1.5
    assert told.metadata["users"].value == 2
    assert told.metadata["dagster/row_count"].value == 2
    assert "Red Mug" in str(told.metadata["preview"].value)
    schema = told.metadata["dagster/column_schema"].value
    assert isinstance(schema, dg.TableSchema)
    assert [column.name for column in schema.columns] == ["user_id", "rank", "title", "reason"]


def test_a_failing_stage_says_why_and_stops_what_comes_after(project: Project, instance: dg.DagsterInstance) -> None:
    (project.root / "sources" / "shop.txt").unlink()
    project.dvc("repro", "fingerprint")
    result = project.materialize(instance, "shop", groups="data")
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    assert error is not None
    assert "fetch@shop failed: sources/shop.txt is not there: put the rows of shop there" in error.message
    assert project.ran() == ["fingerprint", "fetch shop"]


def test_dvc_says_what_is_missing_when_the_stage_cannot_start(project: Project, instance: dg.DagsterInstance) -> None:
    result = project.materialize(instance, "shop", groups="explanations")
    failures = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert "data/code/explain.json" in str(failures[0])


def test_both_graphs_have_the_same_stages_and_edges(real_project: Project) -> None:
    pipeline = real_project.pipeline
    graph = build_definitions(real_project.root).resolve_asset_graph()
    stage_of = {(dg.AssetKey(list(a)), s.dataset): s.name for s in pipeline.stages for a in s.assets}
    edges = set()
    for (key, dataset), name in stage_of.items():
        for parent in graph.get(key).parent_keys:
            sources = pipeline.datasets if graph.get(parent).is_partitioned else (None,)
            # Dagster's default: a dataset reads itself, and what has no dataset reads all.
            read = [dataset] if dataset in sources else sources
            edges |= {(stage_of[parent, source], name) for source in read}
    dot = real_project.dvc("dag", "--dot").stdout
    lines = [line.replace('"', "").rstrip(";") for line in dot.splitlines() if line.startswith('"')]
    assert edges == {tuple(line.split(" -> ")) for line in lines if "->" in line}
    assert set(stage_of.values()) == {line for line in lines if "->" not in line}


def test_every_asset_tells_its_stage_owner_and_kinds(real_project: Project) -> None:
    specs = {spec.key: spec for assets in build_assets(real_project.root) for spec in assets.specs}
    spec = specs[dg.AssetKey(["tuned_system", "tallrec"])]
    assert spec.owners == ["team:explainrec"]
    assert spec.kinds == {"lightning", "pytorch", "safetensors"}
    assert spec.metadata["dvc stage"] == "tune@<dataset>-tallrec"
    assert spec.metadata["path"] == "data/systems/<dataset>/tallrec"
    assert all(spec.description and spec.group_name != "default" for spec in specs.values())


def test_selection_strings_resolve(real_project: Project) -> None:
    assets = build_assets(real_project.root)
    chosen = dg.AssetSelection.from_string('kind:"parquet"+').resolve(assets)
    assert dg.AssetKey(["prepared_dataset"]) in chosen
    assert dg.AssetKey(["report_page"]) in chosen
    assert dg.AssetKey(["raw_dataset"]) not in chosen


def test_the_gpu_is_a_pool_where_there_is_one(real_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = real_project.root
    monkeypatch.delenv("EXPLAINREC_DEVICE", raising=False)
    assert {assets.op.pool for assets in build_assets(root)} == {None}
    monkeypatch.setenv("EXPLAINREC_DEVICE", "cuda")
    pooled = {assets.op.name.split("__")[0] for assets in build_assets(root) if assets.op.pool == "gpu"}
    assert pooled == {"tune", "predict", "explain", "image_features", "text_features"}


def test_a_new_dataset_leaves_the_old_ones_alone(project: Project) -> None:
    project.dvc("repro")
    params = project.root / "params.yaml"
    text = params.read_text(encoding="utf-8").replace("[films, shop]", "[films, shop, games]")
    params.write_text(text.replace("systems:", "  games: {noun: game}\nsystems:"), encoding="utf-8")
    stale = set(json.loads(project.dvc("status", "--json").stdout))
    new = {stage.name for stage in project.pipeline.stages if stage.dataset == "games"}
    assert stale == new | {"report"}
    assert project.pipeline.datasets == ("films", "shop", "games")


def test_a_dataset_must_not_read_another(project: Project) -> None:
    dvc = project.root / "dvc.yaml"
    text = dvc.read_text(encoding="utf-8").replace(
        "- data/quality/${item.dataset}\n      - data/pre", "- data/quality\n      - data/pre"
    )
    dvc.write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match="must not depend on another dataset"):
        build_assets(project.root)


def test_one_output_of_a_stage_with_several_can_be_materialised_alone(
    project: Project, instance: dg.DagsterInstance
) -> None:
    result = dg.materialize(
        build_assets(project.root),
        selection=[dg.AssetKey(["code", "fetch"])],
        instance=instance,
        resources={"dvc": Dvc(project.root)},
    )
    told = [event.asset_key for event in result.get_asset_materialization_events()]
    assert told == [dg.AssetKey(["code", "fetch"])]
    # DVC has run the whole stage; what Dagster was not asked for, sync tells it.
    assert {asset.to_user_string() for _, _, asset, _ in unknown_versions(instance, project.pipeline)} == {
        "code/explain"
    }
