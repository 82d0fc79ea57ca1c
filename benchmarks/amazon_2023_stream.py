"""A category of Amazon Reviews 2023 at its real size: the layout's reader against bare scans of the same bytes.

Command: ``python benchmarks/amazon_2023_stream.py [gigabytes]``; 5 GB (unpacked) take about ten minutes on two cores
and 5 GB of disk in the temporary folder. Expected: fetch and read together take less processor time than ``json.loads``
of every line and two to three times that of a bare polars scan, at a peak below 2 GiB. Beyond the scan they mend dirt,
number the ids and write the words of the items.

The category is invented: texts of some 300 characters, long-tailed users and items, one review in a hundred with dirt
that the reader mends. Every way runs in a process of its own and reads reviews and metadata.
"""

import argparse
import gzip
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from invented_category import CATEGORY, DIRTY_SHARE, META, REVIEWS, write_category
from isal import igzip
from record import write_record

from explainrec_models.data.request import Request
from explainrec_models.data.sources import amazon_2023

SEED = 20
SCANNED_BYTES = 4 * 1024**2
REVIEW_COLUMNS = {"user_id": pl.String, "parent_asin": pl.String, "rating": pl.Float64, "timestamp": pl.Float64}
META_COLUMNS = {"parent_asin": pl.String, "title": pl.String}


def main() -> None:
    """Write the category, run every way on it and record what they took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gigabytes", type=float, nargs="?", default=5.0)
    parser.add_argument("--run", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        way, folder = arguments.run
        print(json.dumps(_measured(WAYS[way], Path(folder))))
        return
    with tempfile.TemporaryDirectory(prefix="amazon_2023_stream_") as name:
        folder = Path(name)
        written = write_category(folder, int(arguments.gigabytes * 1e9), seed=SEED)
        print(written, flush=True)
        ways = {}
        for way in WAYS:
            ways[way] = _in_its_own_process(way, folder)
            print(way, ways[way], flush=True)
    seconds = {way: taken["processor_seconds"] for way, taken in ways.items()}
    ours = seconds["fetch_and_read"]
    result = {
        "category": written | {"share_of_dirty_lines": DIRTY_SHARE},
        "ways": ways,
        "processor_time_of_fetch_and_read_over": {way: round(ours / seconds[way], 2) for way in seconds},
        "reviews_per_processor_second": round(written["reviews"] / ours),
        "megabytes_per_processor_second": round(written["bytes"] / 1e6 / ours),
    }
    print(write_record("amazon_2023_stream", result, seed=SEED).read_text(encoding="utf-8"))


def _in_its_own_process(way: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--run", way, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this file
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _measured(way: Callable[[Path], dict[str, Any]], folder: Path) -> dict[str, Any]:
    started = time.perf_counter()
    found = way(folder)
    wall = time.perf_counter() - started
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        **found,
        "seconds": round(wall, 1),
        "processor_seconds": round(sum(usage.ru_utime + usage.ru_stime for usage in usages), 1),
        "peak_mebibytes": round(max(usage.ru_maxrss for usage in usages) / 1024),
    }


def _zcat_and_wc(folder: Path) -> dict[str, Any]:
    command = f"zcat '{folder / REVIEWS}' '{folder / META}' | wc -l"
    run = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)  # noqa: S602 - own folder
    return {"lines": int(run.stdout)}


def _bare_json(folder: Path) -> dict[str, Any]:
    lines = 0
    for name in (REVIEWS, META):
        with gzip.open(folder / name) as file:
            for line in file:
                if line.strip():
                    json.loads(line)
                    lines += 1
    return {"objects": lines}


def _bare_polars(folder: Path) -> dict[str, Any]:
    rows = 0
    for name, columns in ((REVIEWS, REVIEW_COLUMNS), (META, META_COLUMNS)):
        for block in _blocks(folder / name):
            rows += pl.read_ndjson(block, schema=columns).height
    return {"objects": rows}


def _blocks(path: Path) -> Iterator[bytes]:
    rest = b""
    with igzip.open(path) as file:  # type: ignore[no-untyped-call]
        while data := file.read(SCANNED_BYTES):
            end = data.rfind(b"\n") + 1
            yield rest + data[:end]
            rest = data[end:]
    yield rest


def _fetch_and_read(folder: Path) -> dict[str, Any]:
    out = folder / "raw"
    out.mkdir()
    started = time.perf_counter()
    amazon_2023.fetch(out, Request(location=folder, categories=(CATEGORY,)))
    fetched = time.perf_counter()
    tables = amazon_2023.read(out, Request(categories=(CATEGORY,)))
    read = time.perf_counter()
    shutil.rmtree(out)
    return {
        "interactions": tables.interactions.height,
        "items": tables.items.height,
        "dropped": tables.dropped,
        "fetch_seconds": round(fetched - started, 1),
        "read_seconds": round(read - fetched, 1),
    }


WAYS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "zcat_and_wc": _zcat_and_wc,
    "bare_polars": _bare_polars,
    "bare_json": _bare_json,
    "fetch_and_read": _fetch_and_read,
}


if __name__ == "__main__":
    main()
