import json
import os
import shutil
import subprocess
import sys

from orchestration.small_project import Project

from explainrec_dagster.dvc import environment


def run(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **environment(), "COLUMNS": "200"}
    variables.pop("DAGSTER_HOME", None)
    command = [sys.executable, "-m", "explainrec_dagster.run", *arguments]
    return subprocess.run(command, cwd=project.root, env=variables, capture_output=True, text=True, check=False)


def test_everything_runs_once_and_the_end_shows_recommendations(project: Project) -> None:
    project.dvc("repro", "fingerprint", "explain@films-tallrec", "validate@shop")
    first = run(project)
    assert first.returncode == 0, first.stdout
    assert first.stderr == ""
    assert "cached  fingerprint" in first.stdout
    assert "ran     explain tallrec · shop in 2 s" in first.stdout
    assert "4 stages ran, 7 were up to date." in first.stdout
    assert "because of the Red Mug" in first.stdout
    assert f"Report: {project.root / 'data' / 'report' / 'index.html'}" in first.stdout
    assert json.loads(project.dvc("status", "--json").stdout) == {}

    ran = project.ran()
    second = run(project)
    assert (second.returncode, project.ran()) == (0, ran)
    assert "Everything is up to date; nothing ran." in second.stdout
    assert "because of the Red Mug" in second.stdout


def test_a_fresh_clone_with_a_committed_lock_builds_everything(project: Project) -> None:
    """The lock says what the outputs will be; neither they nor DVC's cache are in a clone."""
    project.dvc("repro")
    lock = (project.root / "dvc.lock").read_bytes()
    for folder in ("data", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(project.root / folder)
    (project.root / "ran.txt").unlink()
    result = run(project)
    assert result.returncode == 0, result.stdout
    # Outputs of equal content come from DVC's cache as soon as one stage has made them; the rest must really run.
    assert {"fetch films", "fetch shop", "report"} <= set(project.ran())
    assert (project.root / "dvc.lock").read_bytes() == lock
    assert json.loads(project.dvc("status", "--json").stdout) == {}


def test_one_failing_dataset_leaves_the_other_alone(project: Project) -> None:
    project.dvc("repro", "fingerprint", "explain@films-tallrec", "explain@films-popularity")
    (project.root / "sources" / "shop.txt").write_text("bad rows\n", encoding="utf-8")
    result = run(project, "--select", "group:data+")
    assert result.returncode == 1
    assert "cached  explain tallrec · films" in result.stdout
    assert "validate@shop failed: ratings of shop are not between 1 and 5" in result.stdout
    assert "Not run because of it: explain@shop-popularity, explain@shop-tallrec, report." in result.stdout


def test_one_dataset_alone_leaves_out_what_reads_the_others(project: Project) -> None:
    project.dvc("repro", "fingerprint", "explain@films-tallrec", "pretrained@language_model")
    result = run(project, "--dataset", "films")
    assert result.returncode == 0
    assert "Left out: report, which also reads shop, never run so far." in result.stdout
    assert "ran     explain popularity · films" in result.stdout
    assert "shop" not in " ".join(project.ran())


def test_an_unknown_dataset_is_named_with_the_nearest(project: Project) -> None:
    result = run(project, "--dataset", "film")
    assert result.returncode == 2
    assert "unknown dataset 'film'. Nearest known: films." in result.stdout
