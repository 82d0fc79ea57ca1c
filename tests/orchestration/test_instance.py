from pathlib import Path

import pytest

from explainrec_dagster.instance import open_instance


def test_the_instance_lives_in_the_project_without_telemetry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.delenv("DAGSTER_HOME")
    with open_instance(tmp_path) as instance:
        assert instance.root_directory == str(tmp_path / ".explainrec" / "dagster")
        assert not instance.telemetry_enabled
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1


def test_a_home_of_the_users_own_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: true\n", encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with open_instance(tmp_path) as instance:
        assert instance.root_directory == str(home)
    assert (home / "dagster.yaml").read_text(encoding="utf-8") == "telemetry:\n  enabled: true\n"
