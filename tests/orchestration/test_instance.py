import os
import subprocess
import sys
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


def test_processes_that_open_it_first_at_once_do_not_trip_over_one_another(tmp_path: Path) -> None:
    code = "import pathlib, explainrec_dagster.instance as i; i.open_instance(pathlib.Path.cwd()).get_runs()"
    variables = {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, cwd=tmp_path, env=variables) for _ in range(5)]
    assert [process.wait(timeout=120) for process in started] == [0] * 5
