"""Equal inputs and seed give equal bytes of every output, whatever the folder, the process and its environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shop_project import ROOT, contents, write_shop_project

PLACE = {"threads": "1", "polars": "1", "hash": "1", "zone": "UTC", "locale": "C.UTF-8"}
ELSEWHERE = {"threads": "1", "polars": "3", "hash": "2", "zone": "Asia/Tokyo", "locale": "C"}
MORE_THREADS = {**ELSEWHERE, "threads": "2"}


def run(root: Path, settings: dict[str, str]) -> dict[str, bytes]:
    """Run every stage in a new process and return everything below ``data`` by name."""
    environment = {
        "EXPLAINREC_THREADS": settings["threads"],
        "OMP_NUM_THREADS": settings["threads"],
        "POLARS_MAX_THREADS": settings["polars"],
        "PYTHONHASHSEED": settings["hash"],
        "TZ": settings["zone"],
        "LC_ALL": settings["locale"],
    }
    command = [sys.executable, str(ROOT / "tests/shop_project.py")]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {f"data/{name}": content for name, content in contents(root / "data").items()}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A project before its first run, and what a run makes of a copy of it."""
    begun = tmp_path_factory.mktemp("begun")
    write_shop_project(begun, truth=True)
    place = Path(shutil.copytree(begun, tmp_path_factory.mktemp("here") / "project"))
    return begun, run(place, PLACE)


def differing(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    assert first.keys() == second.keys()
    return [name for name in first if first[name] != second[name]]


@pytest.mark.slow
def test_another_folder_and_process_make_the_same_bytes(here: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    begun, made = here
    assert len(made) > 100
    elsewhere = Path(shutil.copytree(begun, tmp_path / "else where/ünder"))
    assert differing(made, run(elsewhere, ELSEWHERE)) == []


@pytest.mark.slow
def test_another_number_of_threads_makes_the_same_bytes(here: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    begun, made = here
    elsewhere = Path(shutil.copytree(begun, tmp_path / "project"))
    assert differing(made, run(elsewhere, MORE_THREADS)) == []


EASE = """
import hashlib
from explainrec_models.running import pin_threads
pin_threads()
import numpy as np
from scipy import sparse
from explainrec_models.parts.ease import fit_ease
likes = sparse.csr_array((np.random.default_rng(0).random((700, 400)) < 0.1).astype(np.float32))
fitted = fit_ease(likes, regularisation=10.0, centred=True)
parts = (fitted.weights, fitted.prior, fitted.unexplained)
print(hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest())
"""


def test_an_inverse_has_one_order_of_sums_for_any_number_of_threads(tmp_path: Path) -> None:
    found = set()
    for threads in ("1", "2", "4"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        command = [sys.executable, "-c", EASE]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1
