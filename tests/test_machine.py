"""What the machine refuses ends in one clear message and its own exit code; earlier outputs stay as they were."""

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
import yaml
from shop_project import KEY, PARAMS, ROOT, contents, leftovers, outputs, stages, write_shop_project
from small_disk import SmallDisk, small_disk

from explainrec_dagster.dvc import environment, failure_reason
from explainrec_models.data.outputs import replacing
from explainrec_models.data.tables import write_parquet
from explainrec_models.errors import DataError, ExplainRecError, MachineError, full_disk, machine_error

EXPLAINREC = (sys.executable, "-m", "explainrec_models.cli")
FAST = (("fetch", "-d", KEY), ("prepare", "-d", KEY))
SYSTEMS = ("ease", "tallrec")
NOBODY = 65534
SHOP = ROOT / "data/sample/shop"


def said(done: subprocess.CompletedProcess[str], code: int) -> str:
    """Return the one message of a command that ended with a code."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("explainrec: ") == 1
    assert done.stderr.startswith("explainrec: "), done.stderr
    return done.stderr.removeprefix("explainrec: ").strip()


def explainrec(cwd: Path, *words: str, **options: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EXPLAINREC, *words], cwd=cwd, capture_output=True, text=True, check=False, timeout=120, **options
    )


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """A disk of 16 MB with the shop's first three stages done."""
    with small_disk(tmp_path_factory.mktemp("disk"), "16m") as disk:
        (disk.view / "params.yaml").write_text(yaml.safe_dump({**PARAMS, "systems": ["ease"]}), encoding="utf-8")
        driver = [sys.executable, str(ROOT / "tests/shop_project.py"), "fetch", "validate", "prepare"]
        done = disk.run(driver)
        assert done.returncode == 0, done.stderr
        yield disk


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """A disk of 32 MB with all stages done."""
    built = write_shop_project(tmp_path_factory.mktemp("built"), SYSTEMS)
    with small_disk(tmp_path_factory.mktemp("whole"), "32m") as disk:
        shutil.copytree(built, disk.view, dirs_exist_ok=True)
        done = disk.run([sys.executable, str(ROOT / "tests/shop_project.py")])
        assert done.returncode == 0, done.stderr
        yield disk


def check_full(disk: SmallDisk, words: Sequence[str], share: float) -> None:
    """Run a stage with room for a share of its output, then with room for all of it."""
    places = outputs(words)
    before = {place: contents(disk.view / place) for place in places}
    size = sum(len(content) for files in before.values() for content in files.values())
    disk.fill(leaving=int(share * size))
    try:
        message = said(disk.run([*EXPLAINREC, *words]), 7)
    finally:
        disk.make_room()
    assert message.startswith(f"the disk is full: {places[0]} could not be written (No space left on device; ")
    assert message.endswith("Make room (`dvc gc --workspace` removes unused cache) and run the same command again.")
    assert {place: contents(disk.view / place) for place in places} == before
    assert leftovers(disk.view / "data") == []
    done = disk.run([*EXPLAINREC, *words])
    assert done.returncode == 0, done.stderr
    assert {place: contents(disk.view / place) for place in places} == before


@pytest.mark.parametrize("share", [0, 0.4])
@pytest.mark.parametrize("words", FAST, ids=lambda words: words[0])
def test_a_full_disk_is_said_and_harms_nothing(disk: SmallDisk, words: Sequence[str], share: float) -> None:
    check_full(disk, words, share)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [words for words in stages(SYSTEMS) if words not in FAST], ids=lambda words: "-".join(words)
)
def test_a_full_disk_is_said_by_every_stage(whole: SmallDisk, words: Sequence[str]) -> None:
    check_full(whole, words, 0 if words[0] in {"card", "predict"} else 0.2)


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
    assert said(done, 7).startswith(f"a file would pass the size limit (`ulimit -f`, or the file system's own): data/raw/{KEY}")
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
        assert reason.startswith("the disk is full: DVC could not write its cache or dvc.lock (No space left on device)")
        assert "explainrec mend" in reason
        assert "Traceback" not in done.stdout
        disk.make_room()
        disk.run([sys.executable, "-m", "explainrec_dagster.mending"], EXPLAINREC_ROOT=str(disk.folder))
        done = disk.run([sys.executable, "-m", "explainrec_dagster.repro", "big", str(log)], **environment())
        assert done.returncode == 0, done.stdout
