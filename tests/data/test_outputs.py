"""Outputs are whole or not there, and equal content gives equal bytes."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from explainrec_models.data.outputs import read_json, replacing, write_json
from explainrec_models.errors import DataError, MissingArtefactError


def test_a_finished_block_replaces_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for content in ("first", "second"):
        with replacing(out) as folder:
            (folder / content).write_text(content)
    assert [path.name for path in out.iterdir()] == ["second"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failed_block_keeps_what_was_there_and_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with replacing(out) as folder:
        (folder / "good").write_text("good")
    with pytest.raises(ValueError, match="half way"):
        _fail_half_way(out)
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "good"]


def _fail_half_way(out: Path) -> None:
    with replacing(out) as folder:
        (folder / "half").write_text("half")
        message = "half way"
        raise ValueError(message)


def test_what_a_killed_run_left_behind_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial/stale").write_text("stale")
    with replacing(tmp_path / "out") as folder:
        (folder / "new").write_text("new")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new"]


def test_json_does_not_depend_on_the_order_of_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"x": 1, "é": [2.5]})
    write_json(tmp_path / "b.json", {"é": [2.5], "x": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_json(tmp_path / "a.json") == {"x": 1, "é": [2.5]}


def test_numbers_that_json_does_not_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})


def test_a_missing_file_names_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"The stage 'tune' writes it: run `dvc repro` or `make demo` first"):
        read_json(tmp_path / "none.json", made_by="tune")


def write(out: Path, content: str) -> None:
    with replacing(out) as folder:
        (folder / "content").write_text(content)
        (folder / "deep").mkdir()
        (folder / "deep/content").write_text(content)


def content(out: Path) -> set[str]:
    return {(out / name).read_text() for name in ("content", "deep/content")}


OVERWRITE = """
from pathlib import Path
from test_outputs import write
sys.addaudithook(watch)
write(Path("{}"), "new")
"""


def killed_at(event: str, count: int, code: str) -> bool:
    """Run code in a process that is killed right before the ``count``-th event of its kind; False if it had fewer."""
    watch = (
        "import os, signal, sys\n"
        "seen = []\n"
        "def watch(event, arguments):\n"
        f"    if event == {event!r}:\n"
        "        seen.append(event)\n"
        f"        if len(seen) == {count}:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{watch}{code}"], check=False, capture_output=True, text=True, cwd=Path(__file__).parent
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode != 0


@pytest.mark.parametrize(
    ("event", "count"), [("os.rename", 1), ("os.rename", 2), ("os.rename", 3), ("shutil.rmtree", 1), ("os.rmdir", 1)]
)
def test_a_process_killed_in_the_swap_loses_neither_output(tmp_path: Path, event: str, count: int) -> None:
    out = tmp_path / "out"
    write(out, "old")
    assert killed_at(event, count, OVERWRITE.format(out))
    if out.exists():
        assert content(out) in ({"old"}, {"new"})
    else:
        assert content(tmp_path / ".out.earlier") == {"old"}
    # A next run that fails brings back what was whole, and one that succeeds leaves nothing beside it.
    with pytest.raises(ValueError, match="half way"):
        _fail_half_way(out)
    assert content(out) in ({"old"}, {"new"})
    write(out, "newer")
    assert content(out) == {"newer"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_half_of_what_is_being_removed_is_never_put_back(tmp_path: Path) -> None:
    """Killed while the earlier output is removed; then DVC takes the new one away to run the stage again."""
    out = tmp_path / "out"
    write(out, "old")
    assert killed_at("os.remove", 2, OVERWRITE.format(out))
    assert content(out) == {"new"}
    shutil.rmtree(out)
    with pytest.raises(ValueError, match="half way"):
        _fail_half_way(out)
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_while_it_writes_json_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"x": "old"})
    code = (
        "from pathlib import Path\nfrom explainrec_models.data.outputs import write_json\nsys.addaudithook(watch)\n"
        f"write_json(Path({str(path)!r}), {{'x': 'new'}})"
    )
    assert killed_at("os.rename", 1, code)
    assert read_json(path) == {"x": "old"}
    write_json(path, {"x": "newer"})
    assert read_json(path) == {"x": "newer"}
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_json_that_cannot_be_written_leaves_the_earlier_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        write_json(tmp_path / "a.json", {"x": "\ud800"})
    assert read_json(tmp_path / "a.json") == {"x": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_in_the_place_of_the_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(NotADirectoryError, match="out"):
        write(tmp_path / "out", "new")
    assert (tmp_path / "out").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/photo").write_text("precious")
    (tmp_path / "out").symlink_to(tmp_path / "mine")
    write(tmp_path / "out", "new")
    assert content(tmp_path / "out") == {"new"}
    assert not (tmp_path / "out").is_symlink()
    assert (tmp_path / "mine/photo").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


@pytest.mark.parametrize(("text", "reason"), [("{", "Expecting"), ("[1]", "holds a list"), ("\xff", "codec can't")])
def test_what_is_not_a_json_object_is_named_with_its_stage(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=rf"a\.json is not the JSON .*{reason}.*run the stage 'tune' again"):
        read_json(tmp_path / "a.json", made_by="tune")


def test_a_pipe_in_the_place_of_an_output_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe is a device or a pipe; expected what the stage 'tune' writes"):
        read_json(tmp_path / "pipe", made_by="tune")
