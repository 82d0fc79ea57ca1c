import fcntl
import json
import shutil
from collections.abc import Sequence

import pytest
import yaml
from orchestration.small_project import Project

from explainrec_dagster import prune as prune_module
from explainrec_dagster.prune import prune, without
from explainrec_models.errors import ParamsError

LOCK = """\
schema: '2.0'
stages:
  first:
    cmd: run first
    outs:
    - path: a
  second@x-y:
    cmd: 'two

      lines'
    outs:
    - path: b
  third:
    cmd: run third
"""


@pytest.mark.parametrize("tail", ["", "datasets: []\n"])
@pytest.mark.parametrize("names", [["first"], ["second@x-y"], ["third"], ["first", "third"], []])
def test_blocks_are_cut_out_and_the_rest_stays_to_the_byte(names: Sequence[str], tail: str) -> None:
    text = LOCK + tail
    kept = without(text, names)
    content = yaml.safe_load(text)
    content["stages"] = {name: entry for name, entry in content["stages"].items() if name not in names}
    assert yaml.safe_load(kept) == content
    # Only whole lines are gone, and the others stand in their order.
    lines = iter(text.splitlines())
    assert all(line in lines for line in kept.splitlines())


def test_a_removed_dataset_is_let_go_of_and_the_others_are_untouched(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXPLAINREC_ROOT", str(project.root))
    project.set_datasets("films", "shop")
    project.dvc("repro")
    lock = project.root / "dvc.lock"
    before = lock.read_text(encoding="utf-8")
    project.set_datasets("films")
    assert prune_module.main() == 0
    said = capsys.readouterr().out
    assert "dvc.lock is rid of fetch@shop, validate@shop, explain@shop-popularity, explain@shop-tallrec." in said
    assert "removed data/explanations/shop/tallrec" in said
    gone = ["fetch@shop", "validate@shop", "explain@shop-popularity", "explain@shop-tallrec"]
    assert lock.read_text(encoding="utf-8") == without(before, gone)
    assert not (project.root / "data" / "raw" / "shop").exists()
    assert (project.root / "data" / "raw" / "films").is_dir()
    # Only what reads all datasets is told of the change.
    assert set(json.loads(project.dvc("status", "--json").stdout)) == {"report"}
    assert prune_module.main() == 0
    assert capsys.readouterr().out == "dvc.lock names no stage that is not there.\n"


def test_without_it_a_dataset_that_is_gone_still_counts_for_the_report(project: Project) -> None:
    """The reason to remove outputs too: another clone, without the folder, would have to run the report again."""
    project.set_datasets("films", "shop")
    project.dvc("repro")
    project.set_datasets("films")
    project.dvc("repro")
    shutil.rmtree(project.root / "data" / "explanations" / "shop")
    assert set(json.loads(project.dvc("status", "--json").stdout)) == {"report"}


def test_only_what_lies_in_the_project_and_belongs_to_nobody_is_removed(project: Project) -> None:
    project.dvc("repro", "fetch@films")
    outside = project.root.parent / "precious"
    outside.mkdir()
    (project.root / "data" / "link").symlink_to(outside)
    entry = "    cmd: x\n    outs:\n"
    paths = ["../precious", "data/link", "data/raw/films", "data/raw", "data/code", "sources", "data/nowhere"]
    with (project.root / "dvc.lock").open("a", encoding="utf-8") as lock:
        lock.write(f"  stale:\n{entry}" + "".join(f"    - path: {path}\n" for path in paths))
    assert prune(project.pipeline) == (["stale"], [])
    assert outside.is_dir()
    assert (project.root / "data" / "raw" / "films").is_dir()


def test_a_dvc_at_work_is_not_disturbed(project: Project) -> None:
    project.dvc("repro", "fetch@shop")
    project.set_datasets("films")
    with (project.root / ".dvc" / "tmp" / "lock").open("a", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ParamsError, match="another DVC process is at work"):
            prune(project.pipeline)
    assert (project.root / "data" / "raw" / "shop").is_dir()


def test_a_lock_of_which_nothing_is_left_is_removed_as_dvc_does(project: Project) -> None:
    (project.root / "dvc.lock").write_text("schema: '2.0'\nstages:\n  a:\n    cmd: x\n", encoding="utf-8")
    assert prune(project.pipeline) == (["a"], [])
    assert not (project.root / "dvc.lock").exists()
