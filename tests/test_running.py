"""Running a stage: its facts on one line, its time in the log, its message to Dagster when Dagster listens."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param

from explainrec_models.errors import ParamsError
from explainrec_models.running import run_stage


@dataclass(frozen=True)
class Counted:
    rows: int = 3
    note: str = "x" * 200
    tried: tuple[int, ...] = (1, 2)

    def summary(self) -> dict[str, Any]:
        return asdict(self)


def test_facts_are_printed_short_and_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_stage("prepare", "shop", Counted) == Counted().summary()
    assert capsys.readouterr().out.startswith("prepare shop: rows 3 (0.0 s)")
    line = json.loads((tmp_path / ".explainrec/timings.jsonl").read_text(encoding="utf-8"))
    assert (line["stage"], line["subject"]) == ("prepare", "shop")
    assert line["seconds"] < 5
    # This very process: less than what the machine has, more than an interpreter.
    assert 0.01 < line["peak_gib"] < 64


def test_a_failed_stage_leaves_no_time_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZeroDivisionError, match="division"):
        run_stage("prepare", "shop", lambda: Counted(rows=1 // 0))
    assert not (tmp_path / ".explainrec/timings.jsonl").exists()


def test_dagster_hears_the_report_through_pipes(tmp_path: Path) -> None:
    context, messages = tmp_path / "context.json", tmp_path / "messages.jsonl"
    empty = dict.fromkeys(
        ["asset_keys", "code_version_by_asset_key", "provenance_by_asset_key", "partition_key", "partition_key_range"]
    )
    rest: dict[str, Any] = {
        "partition_time_window": None,
        "run_id": "r",
        "job_name": None,
        "retry_number": 0,
        "extras": {},
    }
    context.write_text(json.dumps({**empty, **rest}), encoding="utf-8")
    environment = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"path": str(context)}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(messages)}),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])]),
    }
    imports = "from test_running import Counted; from explainrec_models.running import run_stage"
    code = f"{imports}; run_stage('prepare', 'shop', Counted)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env={**os.environ, **environment})
    heard = [json.loads(line) for line in messages.read_text(encoding="utf-8").splitlines()]
    custom = [message["params"]["payload"] for message in heard if message["method"] == "report_custom_message"]
    assert [(m["stage"], m["subject"], m["report"]["rows"]) for m in custom] == [("prepare", "shop", 3)]


PARAMS = "seed: 1\ndatasets: [shop]\nsources:\n  shop: {layout: table}\n  films: {layout: atomic}\n"


@pytest.mark.parametrize(
    ("old", "new", "named"), [("seed: 1", "seed: 2", "seed"), ("layout: table", "layout: atomic", "sources")]
)
def test_parameters_that_change_meanwhile_are_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(PARAMS, encoding="utf-8")

    def work() -> Counted:
        params.write_text(PARAMS.replace(old, new), encoding="utf-8")
        return Counted()

    with pytest.raises(ParamsError, match=f"params.yaml changed under `{named}` while tune of shop-ease ran"):
        run_stage("tune", "shop-ease", work)
    assert not (tmp_path / ".explainrec/timings.jsonl").exists()


def test_other_datasets_may_come_and_go_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(PARAMS, encoding="utf-8")

    def work() -> Counted:
        params.write_text(
            PARAMS.replace("[shop]", "[shop, more]").replace("layout: atomic", "layout: x"), encoding="utf-8"
        )
        return Counted()

    assert run_stage("tune", "shop-ease", work) == Counted().summary()


def test_one_process_at_a_time_works_on_an_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = (
        "import sys, time; from explainrec_models.running import alone\n"
        "with alone('tune-shop'): print('in', flush=True); time.sleep(float(sys.argv[1]))\n"
    )
    start = [sys.executable, "-c", code]
    first = subprocess.Popen([*start, "60"], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "in\n"
    second = subprocess.Popen([*start, "0"], stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None
    assert second.stdout.readline() == "tune-shop is still running in another process; waiting for it to end.\n"
    first.kill()
    first.communicate()
    # The lock is the operating system's: it ends with a killed process.
    assert second.communicate(timeout=30)[0] == "in\n"
    assert second.returncode == 0


def test_a_time_that_cannot_be_kept_fails_no_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output is in its place by then; a folder stands for a disk that has become full."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".explainrec/timings.jsonl").mkdir(parents=True)
    assert run_stage("prepare", "shop", Counted) == Counted().summary()


def test_the_number_of_threads_reaches_libraries_that_ask_when_they_are_loaded(tmp_path: Path) -> None:
    params = Path(__file__).parents[1] / "params.yaml"
    (tmp_path / "params.yaml").write_text(params.read_text(encoding="utf-8"), encoding="utf-8")
    code = (
        "import sys, threadpoolctl; from explainrec_models.cli import main\n"
        "sys.argv = ['explainrec', 'attribution-labels', '-d', 'sample-shop']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as ended:\n"
        "    print(ended.code, *(pool['num_threads'] for pool in threadpoolctl.threadpool_info()))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**environment, "EXPLAINREC_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    exit_code, *threads = done.stdout.split()
    assert exit_code == "5"
    assert set(threads) == {"1"}
