import json
import os
import shutil
import subprocess
import sys

import dagster as dg
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


def test_failing_datasets_leave_the_others_finished_and_the_report_is_of_those(project: Project) -> None:
    project.set_datasets("games", "films", "shop")
    (project.root / "sources" / "games.txt").unlink()
    (project.root / "sources" / "shop.txt").write_text("bad rows\n", encoding="utf-8")
    result = run(project)
    assert result.returncode == 1
    ran = project.ran()
    assert "explain films tallrec" in ran
    assert ran[-1] == "report"
    summary = result.stdout[result.stdout.index("stages ran") :]
    assert f"Report: {project.root / 'data' / 'report' / 'index.html'}" in summary
    assert "finished  films\n" in summary
    assert "failed    games: fetch@games failed: sources/games.txt is not there: put the rows of games there" in summary
    assert "Not run because of it: validate@games, explain@games-popularity, explain@games-tallrec." in summary
    assert "failed    shop: validate@shop failed: ratings of shop are not between 1 and 5" in summary
    assert "Not run because of it: explain@shop-popularity, explain@shop-tallrec." in summary
    assert "earlier run" not in summary

    (project.root / "sources" / "games.txt").write_text("good rows\n", encoding="utf-8")
    project.dvc("repro", "--single-item", "fetch@games")
    again = run(project)
    assert again.returncode == 1
    assert "finished  games\nfinished  films\nfailed    shop: validate@shop failed" in again.stdout
    # It reads what is there, so it runs anew when more is.
    assert [line for line in project.ran()[len(ran) :] if line == "report"] == ["report"]


def test_what_is_left_of_an_earlier_run_is_said(project: Project) -> None:
    project.dvc("repro")
    (project.root / "sources" / "shop.txt").write_text("bad rows\n", encoding="utf-8")
    project.dvc("repro", "--force", "--single-item", "fetch@shop")
    result = run(project)
    assert result.returncode == 1
    kept = "data/explanations/shop/popularity, data/explanations/shop/tallrec"
    assert f"Still there from an earlier run: {kept}." in result.stdout
    assert "films: recommended by tallrec" in result.stdout
    assert "shop: recommended by tallrec" not in result.stdout


def test_where_every_dataset_fails_nothing_reads_them(project: Project) -> None:
    for key in ("films", "shop"):
        (project.root / "sources" / f"{key}.txt").unlink()
    result = run(project)
    assert result.returncode == 1
    assert "not run   what all datasets share\n  Not run because of it: report." in result.stdout
    assert "report" not in project.ran()


def test_what_serves_all_datasets_stops_all_when_it_fails(project: Project) -> None:
    shutil.rmtree(project.root / "code")
    result = run(project)
    assert result.returncode == 1
    assert "failed    what all datasets share: fingerprint failed: " in result.stdout
    assert "not run   films\n" in result.stdout
    assert "not run   shop\n" in result.stdout


def test_the_keys_are_registered_first(project: Project) -> None:
    project.dvc("repro")
    assert run(project).returncode == 0
    home = project.root / ".explainrec" / "dagster"
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.get_dynamic_partitions("datasets") == ["films", "shop"]


def test_one_dataset_alone_runs_no_other_and_the_report_is_of_what_is_there(project: Project) -> None:
    project.dvc("repro", "fingerprint", "explain@films-tallrec", "pretrained@language_model")
    result = run(project, "--dataset", "films")
    assert result.returncode == 0
    assert "ran     explain popularity · films" in result.stdout
    assert "ran     report" in result.stdout
    assert "shop" not in " ".join(project.ran())


def test_an_unknown_dataset_is_named_with_the_nearest(project: Project) -> None:
    result = run(project, "--dataset", "film")
    assert result.returncode == 2
    assert "unknown dataset 'film'. Nearest known: films." in result.stdout
