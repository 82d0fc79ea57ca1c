"""What the machine refuses ends in one clear message and its own exit code; earlier outputs stay as they were."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from shop_project import KEY, PARAMS, ROOT, SOURCE, contents, leftovers, outputs, stages
from small_disk import SmallDisk, small_disk
from stage_server import stage_server

from explainrec_dagster.dvc import environment, failure_reason

EXPLAINREC = (sys.executable, "-m", "explainrec_models.cli")
FAST = (("fetch", "-d", KEY), ("prepare", "-d", KEY))
SYSTEMS = ("ease", "tallrec")
SMALL = 32 * 1024
SHOP = ROOT / "data/sample/shop"


def said(done: subprocess.CompletedProcess[str], code: int) -> str:
    """Return the one message of a command that ended with a code."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("explainrec: ") == 1
    assert done.stderr.startswith("explainrec: "), done.stderr
    return done.stderr.removeprefix("explainrec: ").strip()


def explainrec(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*EXPLAINREC, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """A disk of 16 MB with the shop's first three stages done."""
    with small_disk(tmp_path_factory.mktemp("disk"), "16m") as disk:
        (disk.view / "params.yaml").write_text(yaml.safe_dump({**PARAMS, "systems": ["ease"]}), encoding="utf-8")
        driver = [sys.executable, str(ROOT / "tests/shop_project.py"), "fetch", "validate", "prepare"]
        done = disk.run(driver)
        assert done.returncode == 0, done.stderr
        yield disk


@pytest.mark.parametrize("share", [0, 0.4])
@pytest.mark.parametrize("words", FAST, ids=lambda words: words[0])
def test_a_full_disk_is_said_and_harms_nothing(disk: SmallDisk, words: Sequence[str], share: float) -> None:
    places = outputs(words)
    before = {place: contents(disk.view / place) for place in places}
    disk.fill(leaving=int(share * size_of(before)))
    message = said(disk.run([*EXPLAINREC, *words]), 7)
    disk.make_room()
    check_full(message, places[0])
    assert {place: contents(disk.view / place) for place in places} == before
    assert leftovers(disk.view / "data") == []
    done = disk.run([*EXPLAINREC, *words])
    assert done.returncode == 0, done.stderr
    assert {place: contents(disk.view / place) for place in places} == before


def size_of(outputs: Mapping[str, Mapping[str, bytes]]) -> int:
    return sum(len(content) for files in outputs.values() for content in files.values())


def check_full(message: str, place: str) -> None:
    assert message.startswith(f"the disk is full: {place} could not be written (No space left on device; ")
    assert message.endswith("Make room (`dvc gc --workspace` removes unused cache) and run the same command again.")


@pytest.mark.slow
def test_a_full_disk_is_said_by_every_stage(tmp_path: Path) -> None:
    """Each stage with room; then twice without, with an output to lose."""
    with small_disk(tmp_path, "32m") as disk, stage_server(*disk.inside) as server:
        server.write_shop_project(disk.folder, SYSTEMS)
        for words in stages(SYSTEMS):
            places = outputs(words)
            done = server.run(disk.folder, words)
            assert done.code == 0, done.said
            before = {place: contents(disk.view / place) for place in places}
            # What is small fits into the pages that may be free.
            for share in (0, 0.3) if size_of(before) > SMALL else (0,):
                disk.fill(leaving=int(share * size_of(before)))
                failed = server.run(disk.folder, words)
                disk.make_room()
                assert failed.code == 7, (words, share, failed.said)
                assert failed.said.count("\n") == 1, failed.said
                check_full(failed.said.removeprefix("explainrec: ").strip(), places[0])
                assert {place: contents(disk.view / place) for place in places} == before
                assert leftovers(disk.view / "data") == []


def test_a_first_run_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path, "3m") as disk:
        (disk.view / "params.yaml").write_text(yaml.safe_dump({**PARAMS, "systems": ["ease"]}), encoding="utf-8")
        message = said(disk.run([*EXPLAINREC, "fetch", "-d", KEY]), 7)
        assert f"data/raw/{KEY} could not be written" in message
        assert contents(disk.view / "data") == {}


def test_a_limit_of_file_sizes_is_said(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**PARAMS, "systems": ["ease"]}), encoding="utf-8")
    limited = ["bash", "-c", 'ulimit -f 100 && exec "$0" "$@"', *EXPLAINREC]
    done = subprocess.run([*limited, "fetch", "-d", KEY], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said(done, 7).startswith(
        f"a file would pass the size limit (`ulimit -f`, or the file system's own): data/raw/{KEY}"
    )
    assert contents(tmp_path / "data") == {}


def test_a_file_of_polars_past_its_limit_is_said(tmp_path: Path) -> None:
    """Polars' error names the system's number in its text only."""
    code = (
        "import resource; from pathlib import Path; import polars as pl;"
        "from explainrec_models.data.outputs import replacing; from explainrec_models.data.tables import write_parquet;"
        "from explainrec_models.errors import MachineError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    with replacing(Path('out')) as folder:\n"
        "        write_parquet(pl.DataFrame({'a': range(100_000)}), folder / 'a.parquet')\n"
        "except MachineError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "out could not be written (File too large; " in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_dvc_without_room_for_its_cache_is_said(tmp_path: Path) -> None:
    """The stage has room, DVC's copy of its output has not."""
    big = "import os; os.mkdir('data'); [open(f'data/{n}', 'wb').write(os.urandom(100_000)) for n in range(9)]"
    with small_disk(tmp_path, "4m") as disk:
        steps = {"stages": {"big": {"cmd": f'{sys.executable} -c "{big}"', "outs": ["data"]}}}
        (disk.view / "dvc.yaml").write_text(yaml.safe_dump(steps), encoding="utf-8")
        (disk.view / ".dvc").mkdir()
        shutil.copy(ROOT / ".dvc/config", disk.view / ".dvc/config")
        disk.run(["git", "init", "--quiet"])
        disk.fill(leaving=1_300_000)
        log = tmp_path.with_name(f"{tmp_path.name}.log")
        done = disk.run([sys.executable, "-m", "explainrec_dagster.repro", "big", str(log)], **environment())
        assert done.returncode != 0
        reason = failure_reason(log.read_text(encoding="utf-8"))
        assert reason.startswith(
            "the disk is full: DVC could not write its cache or dvc.lock (No space left on device)"
        )
        assert "explainrec mend" in reason
        assert "Traceback" not in done.stdout
        disk.make_room()
        disk.run([sys.executable, "-m", "explainrec_dagster.mending"], EXPLAINREC_ROOT=str(disk.folder))
        done = disk.run([sys.executable, "-m", "explainrec_dagster.repro", "big", str(log)], **environment())
        assert done.returncode == 0, done.stdout


def project_of(folder: Path, **source: object) -> Path:
    """Write params.yaml of a shop whose source differs."""
    params = {**PARAMS, "systems": ["ease"], "sources": {KEY: {**SOURCE, **source}}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    return folder


def test_what_the_system_cannot_read_is_named(tmp_path: Path) -> None:
    """A file like any other until it is read; also root gets an error from it."""
    (tmp_path / "meta_Mugs.jsonl").write_text("")
    files = {"reviews": "/proc/self/mem", "meta": str(tmp_path / "meta_Mugs.jsonl")}
    project_of(tmp_path, location=None, files=files, categories=["Mugs"])
    message = said(explainrec(tmp_path, "fetch", "-d", KEY), 7)
    assert message.startswith("/proc/self/mem or ")
    assert "cannot be used: the operating system says Input/output error." in message
    assert contents(tmp_path / "data") == {}


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    for source in ({"location": str(tmp_path / "pipe.zip")}, {"details": str(tmp_path / "pipe.zip")}):
        project_of(tmp_path, **source)
        message = said(explainrec(tmp_path, "fetch", "-d", KEY), 3)
        assert "pipe.zip is a device or a pipe; expected a file." in message
    assert contents(tmp_path / "data") == {}


def test_params_as_a_pipe_or_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "params.yaml")
    assert "params.yaml is not here" in said(explainrec(tmp_path, "fetch", "-d", KEY), 2)
    (tmp_path / "params.yaml").unlink()
    (tmp_path / "params.yaml").mkdir()
    assert "params.yaml is not here" in said(explainrec(tmp_path, "fetch", "-d", KEY), 2)


@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling link"])
def test_an_artefact_that_is_no_file_is_named(tmp_path: Path, kind: str) -> None:
    project_of(tmp_path)
    prepared = tmp_path / "data/prepared" / KEY
    prepared.mkdir(parents=True)
    items = prepared / "items.parquet"
    if kind == "pipe":
        os.mkfifo(items)
    elif kind == "folder":
        items.mkdir()
    else:
        items.symlink_to(tmp_path / "gone")
    (tmp_path / "data/cards").mkdir()
    card = {"system": "ease", "settings": {}, "seed": 1}
    (tmp_path / "data/cards/ease.json").write_text(json.dumps(card), encoding="utf-8")
    done = explainrec(tmp_path, "tune", "-d", KEY, "-s", "ease")
    message = said(done, 5 if kind == "dangling link" else 3)
    assert "items.parquet" in message


@pytest.mark.parametrize("place", ["data", "data/raw", f"data/raw/{KEY}"])
def test_a_file_where_a_folder_is_expected_is_named(tmp_path: Path, place: str) -> None:
    project_of(tmp_path)
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    message = said(explainrec(tmp_path, "fetch", "-d", KEY), 7)
    assert message.startswith("data/")
    assert "is a file, or lies below one, where a folder is expected; move it away" in message
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_folder_where_a_file_is_expected_is_named(tmp_path: Path) -> None:
    project_of(tmp_path)
    (tmp_path / "data/cards/ease.json").mkdir(parents=True)
    message = said(explainrec(tmp_path, "card", "-s", "ease"), 7)
    assert message.startswith("data/cards/ease.json is a folder where a file is expected; move it away.")
    assert [path.name for path in (tmp_path / "data/cards").iterdir()] == ["ease.json"]


def permissions_count() -> list[str]:
    """Return what a command starts with so that permissions count, for root too."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root runs this, for whom permissions do not count, and setpriv is not installed")
    powers = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}"]


def restricted(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*permissions_count(), *EXPLAINREC, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_a_folder_that_may_not_be_written_is_named_before_the_work(tmp_path: Path) -> None:
    project_of(tmp_path)
    (tmp_path / "data/raw").mkdir(parents=True)
    for folder, named in ((tmp_path, ".explainrec"), (tmp_path / "data/raw", f"data/raw/.{KEY}.partial")):
        folder.chmod(0o555)
        message = said(restricted(tmp_path, "fetch", "-d", KEY), 7)
        folder.chmod(0o755)
        assert message.startswith(f"{named} may not be read or written by this user (Permission denied).")


def test_files_that_may_not_be_read_are_named(tmp_path: Path) -> None:
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    (shop / "Mugs.jsonl").chmod(0)
    project_of(tmp_path, location=str(shop))
    message = said(restricted(tmp_path, "fetch", "-d", KEY), 3)
    assert message == f"{shop / 'Mugs.jsonl'} cannot be read: Permission denied. Correct its permissions and run again."
    shop.chmod(0)
    message = said(restricted(tmp_path, "fetch", "-d", KEY), 3)
    assert message.startswith(f"{shop} cannot be listed: Permission denied.")
    shop.chmod(0o755)
    (tmp_path / "params.yaml").chmod(0)
    message = said(restricted(tmp_path, "fetch", "-d", KEY), 7)
    assert message.startswith("params.yaml may not be read or written by this user (Permission denied).")
