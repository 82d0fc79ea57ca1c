import dagster as dg
import pytest
from orchestration.small_project import Project

from explainrec_dagster.keys import register_keys
from explainrec_dagster.sensors import keys_sensor, lock_sensor
from explainrec_models.errors import ParamsError


def requests(sensor: dg.SensorDefinition, instance: dg.DagsterInstance) -> list[tuple[str, list[str]]]:
    result = sensor(dg.build_sensor_context(instance))
    assert isinstance(result, dg.SensorResult)
    return [
        (type(request).__name__, list(request.partition_keys)) for request in result.dynamic_partitions_requests or ()
    ]


def test_the_keys_follow_params_yaml_as_it_is_now(project: Project, instance: dg.DagsterInstance) -> None:
    sensor = keys_sensor(project.root)
    assert requests(sensor, instance) == [
        ("DeleteDynamicPartitionsRequest", []),
        ("AddDynamicPartitionsRequest", ["films", "shop"]),
    ]
    register_keys(instance, ["films", "shop"])
    assert isinstance(sensor(dg.build_sensor_context(instance)), dg.SkipReason)
    project.set_datasets("shop", "games")
    assert requests(sensor, instance) == [
        ("DeleteDynamicPartitionsRequest", ["films"]),
        ("AddDynamicPartitionsRequest", ["games"]),
    ]


def test_a_half_written_params_yaml_removes_no_key(project: Project, instance: dg.DagsterInstance) -> None:
    sensor = keys_sensor(project.root)
    register_keys(instance, ["films", "shop"])
    for text, message in (("", "expected a mapping"), ("datasets: [", "not valid YAML"), ("datasets: films", "a list")):
        (project.root / "params.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(ParamsError, match=message):
            sensor(dg.build_sensor_context(instance))
    assert instance.get_dynamic_partitions("datasets") == ["films", "shop"]


def test_outputs_of_a_key_that_came_after_loading_are_told(project: Project, instance: dg.DagsterInstance) -> None:
    sensor = lock_sensor(project.root)
    project.set_datasets("films", "games")
    project.dvc("repro", "fetch@games")
    result = sensor(dg.build_sensor_context(instance))
    assert isinstance(result, dg.SensorResult)
    told = {(event.asset_key.to_user_string(), event.partition) for event in result.asset_events}
    assert told == {("code/fetch", None), ("code/explain", None), ("raw_dataset", "games")}
    project.set_datasets("films")
    gone = sensor(dg.build_sensor_context(instance, cursor="then"))
    assert isinstance(gone, dg.SensorResult)
    assert {event.partition for event in gone.asset_events} == {None}
