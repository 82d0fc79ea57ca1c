import os
import sys
from pathlib import Path

import pytest

from explainrec_dagster.dvc import LAST_LINES, environment, failure_reason

RUNNING = "Running stage 'a':\n> run a\n"
FAILED = "ERROR: failed to reproduce 'a': failed to run: run a, exited with 1\n"


def test_the_reason_is_what_the_stage_said() -> None:
    assert failure_reason(f"{RUNNING}no file x\nput it there\n{FAILED}") == "no file x\nput it there"


def test_a_users_error_is_told_without_what_libraries_printed_before_it() -> None:
    said = "UserWarning: beware\nexplainrec: no file x\n  put it there\n"
    assert failure_reason(f"{RUNNING}{said}{FAILED}") == "no file x\n  put it there"


def test_the_reason_is_dvcs_if_the_stage_did_not_start() -> None:
    assert failure_reason("ERROR: failed to reproduce 'a': missing data 'source': x\n") == "missing data 'source': x"


def test_a_long_reason_keeps_its_end_and_a_progress_bar_its_last_state() -> None:
    lines = [f"line {number}" for number in range(100)]
    assert failure_reason(RUNNING + "\n".join(lines) + "\n" + FAILED) == "\n".join(lines[-LAST_LINES:])
    assert failure_reason(f"{RUNNING}10%\r50%\r\n{FAILED}").splitlines()[-1] == "50%"


def test_silence_is_said() -> None:
    assert failure_reason("") == "it said nothing"


def test_the_stage_finds_our_programs_first_and_keeps_the_users_thread_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    found = environment()
    assert found["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert (found["OMP_NUM_THREADS"], found["OMP_WAIT_POLICY"]) == ("3", "passive")
