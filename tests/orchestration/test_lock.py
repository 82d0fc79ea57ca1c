import threading
import time

import pytest
import yaml
from orchestration.small_project import Project

from explainrec_dagster import lock
from explainrec_dagster.lock import locked_versions, read_lock, versions_of
from explainrec_models.errors import ParamsError


def blocks(project: Project) -> dict[str, str]:
    """Return the text of each stage's entry in dvc.lock."""
    lines = (project.root / "dvc.lock").read_text(encoding="utf-8").splitlines(keepends=True)
    found: dict[str, str] = {}
    for line in lines[2:]:
        if line.startswith("  ") and line[2] not in " -":
            name = line.strip().removesuffix(":")
            found[name] = ""
        found[name] += line
    return found


def test_keys_that_come_and_go_leave_the_entries_of_the_others_as_they_are(project: Project) -> None:
    project.set_datasets("films", "shop")
    project.dvc("repro")
    kept = {name: text for name, text in blocks(project).items() if name != "report"}
    assert {*kept, "report"} == {stage.name for stage in project.pipeline.stages}
    added, renamed, removed = ("films", "shop", "games"), ("films", "arcade", "shop"), ("films", "shop")
    for keys in (added, renamed, removed):
        project.set_datasets(*keys)
        ran = len(project.ran())
        project.dvc("repro")
        assert {name: text for name, text in blocks(project).items() if name in kept} == kept
        assert not any(key in line for line in project.ran()[ran:] for key in ("films", "shop"))
    # DVC forgets no stage by itself; explainrec_dagster.prune does.
    assert {name.partition("@")[2] for name in blocks(project) if name.startswith("fetch")} == {
        "films",
        "shop",
        "games",
        "arcade",
    }


def test_a_lock_that_is_being_written_is_waited_for(project: Project) -> None:
    """DVC writes dvc.lock in place, line by line."""
    project.dvc("repro", "fetch@films", "fetch@shop")
    path = project.root / "dvc.lock"
    text, versions = path.read_text(encoding="utf-8"), locked_versions(project.root)
    (stage,) = [stage for stage in project.pipeline.stages if stage.name == "fetch@shop"]
    starts = text.index("  fetch@shop:")
    # What stands there breaks off within a line, and then at the end of one, before the stage is reached.
    path.write_text(text[: starts - 3], encoding="utf-8")

    def go_on() -> None:
        time.sleep(0.4)
        path.write_text(text[:starts], encoding="utf-8")
        time.sleep(0.4)
        path.write_text(text, encoding="utf-8")

    writer = threading.Thread(target=go_on)
    writer.start()
    assert versions_of(project.root, stage) == {"data/raw/shop": versions["fetch@shop", "data/raw/shop"]}
    writer.join()


def test_what_never_comes_is_not_waited_for_for_ever(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.3)
    project.dvc("repro", "fingerprint")
    (stage,) = [stage for stage in project.pipeline.stages if stage.name == "fetch@shop"]
    assert versions_of(project.root, stage) == {}
    (project.root / "dvc.lock").write_text("schema: '2.0'\nstages: {}", encoding="utf-8")
    assert read_lock(project.root) == {}


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\na: [\n", "- a\n", "stages: [a, b]\n"])
def test_a_lock_that_dvc_did_not_write_is_named(project: Project, text: str) -> None:
    (project.root / "dvc.lock").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=r"(?s)dvc\.lock is not what DVC writes: .*Restore it from git"):
        read_lock(project.root)


def test_the_lock_is_read_as_yaml_reads_it(project: Project) -> None:
    project.dvc("repro", "fingerprint")
    content = yaml.safe_load((project.root / "dvc.lock").read_text(encoding="utf-8"))
    assert read_lock(project.root) == content["stages"]
