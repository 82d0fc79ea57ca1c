import json
import os
from pathlib import Path

import dagster as dg
from orchestration.small_project import Project

from explainrec_dagster.checks import QUALITY_ASSET, check_results, check_specs, verdict_folder


def latest_evaluation(instance: dg.DagsterInstance, name: str) -> dg.AssetCheckEvaluation:
    key = dg.AssetCheckKey(QUALITY_ASSET, name)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.event is not None
    assert record.event.dagster_event is not None
    return record.event.dagster_event.asset_check_evaluation_data


def test_a_failed_critical_check_is_recorded_with_its_dataset_and_stops_what_comes_after(
    project: Project, instance: dg.DagsterInstance
) -> None:
    (project.root / "sources" / "shop.txt").write_text("bad rows\n", encoding="utf-8")
    project.dvc("repro", "fetch@shop", "pretrained@language_model")
    result = project.materialize(instance, "shop", groups="data explanations")
    assert not result.success
    evaluation = latest_evaluation(instance, "raw_ratings_critical")
    assert (evaluation.passed, evaluation.partition, evaluation.blocking) == (False, "shop", True)
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert evaluation.description == "Failed: a rating is between 1 and 5."
    assert latest_evaluation(instance, "raw_items_warning").passed
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "ratings of shop are not between 1 and 5" in str(failure.step_failure_data.error)
    assert not any(line.startswith("explain") for line in project.ran())


def test_a_good_dataset_passes_also_when_nothing_had_to_run(project: Project, instance: dg.DagsterInstance) -> None:
    project.dvc("repro", "validate@films")
    result = project.materialize(instance, "films", groups="data")
    evaluations = {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}
    assert len(evaluations) == 5
    assert all(evaluation.passed and evaluation.partition == "films" for evaluation in evaluations.values())
    table = evaluations["raw_ratings_critical"].metadata["table"]
    assert isinstance(table, dg.TableMetadataValue)
    assert table.records[0].data["expected"] == "1..5"


def test_nothing_in_a_verdict_is_dropped(tmp_path: Path) -> None:
    """A layer that nobody declared counts to the first, a severity that nobody declared is critical."""
    expectation = {"name": "n", "success": False, "observed": 1, "expected": 2, "unexpected_count": 3}
    rows = [
        {**expectation, "layer": "pictures", "severity": "warning"},
        {**expectation, "layer": "raw_items", "severity": "grave"},
    ]
    (tmp_path / "verdict.json").write_text(json.dumps({"expectations": rows}), encoding="utf-8")
    results = {result.check_name: result for result in check_results(QUALITY_ASSET, tmp_path)}
    assert {name for name, result in results.items() if not result.passed} == {
        "raw_ratings_warning",
        "raw_items_critical",
    }
    assert results["raw_ratings_warning"].severity is dg.AssetCheckSeverity.WARN


def test_an_old_verdict_of_a_failed_stage_does_not_count(tmp_path: Path) -> None:
    saved = tmp_path / ".explainrec" / "quality" / "shop" / "verdict.json"
    saved.parent.mkdir(parents=True)
    saved.write_text('{"expectations": []}', encoding="utf-8")
    os.utime(saved, (1000, 1000))
    assert verdict_folder(tmp_path, "data/quality/shop", failed_since=1001) is None
    assert verdict_folder(tmp_path, "data/quality/shop", failed_since=999) == saved.parent
    assert verdict_folder(tmp_path, "data/quality/shop") is None


def test_layers_count_to_the_name_they_begin_with(tmp_path: Path) -> None:
    row = {"name": "n", "success": True, "severity": "critical", "observed": "", "expected": ""}
    rows = [{**row, "layer": "prepared_train"}, {**row, "layer": "heldout_test", "success": False}]
    (tmp_path / "verdict.json").write_text(json.dumps({"expectations": rows}), encoding="utf-8")
    results = {result.check_name: result for result in check_results(dg.AssetKey(["heldout_rows"]), tmp_path)}
    assert results["prepared_critical"].passed
    assert not results["heldout_critical"].passed
    assert len(results) == 4


def test_results_have_a_layer_a_kind_of_result(tmp_path: Path) -> None:
    layers = ("image_features", "text_features", "attribution_labels", "predictions")
    results_quality = dg.AssetKey(["results_quality"])
    names = {spec.name for spec in check_specs([results_quality], None)}
    assert names == {f"{layer}_{severity}" for layer in layers for severity in ("critical", "warning")}
    row = {"name": "n", "success": False, "severity": "critical", "observed": "", "expected": ""}
    rows = [{**row, "layer": "predictions"}, {**row, "layer": "text_features", "severity": "warning"}]
    (tmp_path / "verdict.json").write_text(json.dumps({"expectations": rows}), encoding="utf-8")
    failed = {result.check_name for result in check_results(results_quality, tmp_path) if not result.passed}
    assert failed == {"predictions_critical", "text_features_warning"}


def test_drift_only_warns(tmp_path: Path) -> None:
    names = {spec.name: spec.blocking for spec in check_specs([QUALITY_ASSET], None)}
    assert names["drift_warning"] is False
    assert "drift_critical" not in names
    row = {"name": "n", "success": False, "layer": "drift", "observed": "", "expected": ""}
    rows = [{**row, "severity": "warning"}, {**row, "severity": "critical"}]
    (tmp_path / "verdict.json").write_text(json.dumps({"expectations": rows}), encoding="utf-8")
    failed = {result.check_name for result in check_results(QUALITY_ASSET, tmp_path) if not result.passed}
    # What was not announced must not pass unseen either.
    assert failed == {"drift_warning", "raw_ratings_critical"}
