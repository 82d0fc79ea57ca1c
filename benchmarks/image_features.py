"""The whole stage ``image_features`` on real posters against timm's model alone on pictures that are decoded already.

Command: ``EXPLAINREC_REAL_DATA=… OMP_WAIT_POLICY=passive THP_MEM_ALLOC_ENABLE=1 python benchmarks/image_features.py
[encoder folder]``; six minutes on two cores. Both variables hold for all ways and are recorded: without the first
whatever else runs slows the loops down many times, without the second all ways spend their time on clearing pages.
Expected: at least 90 % of the loop's pictures a second with the same model, batch size and threads, although the stage
also reads, decodes, scales and writes. What it gains by folding and by memory order pays for that: beside the same
prepared model it loses the share that reading costs, which is recorded too. Processor seconds are recorded beside the
clock's, since they suffer less from whatever else runs.
"""

import argparse
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import timm
import torch
from numpy.typing import NDArray
from PIL import Image
from real_data import real_data
from record import write_record
from safetensors.torch import load_file
from timm.data.config import resolve_model_data_config
from timm.data.transforms_factory import create_transform
from torch import Tensor, nn

from explainrec_models.data import schema
from explainrec_models.data.features import FEATURES_FILE, read_features
from explainrec_models.data.outputs import read_json
from explainrec_models.data.pictures import bring_pictures, picture_paths
from explainrec_models.parts.image_encoder import BATCH, ImageEncoder
from explainrec_models.stages.image_features import image_features

POSTERS = "movielens-1m/posters_short224.tar"
DEFAULT_ENCODER = Path("data/pretrained/image_encoder")
ROUNDS = 5
LOOP_PICTURES = 1024
"""Decoded pictures that the loops run over; the stage runs over all."""
OTHER_BATCHES = (1, 4, 32)
"""The loop alone has another best size than the stage."""
VARIABLES = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "THP_MEM_ALLOC_ENABLE")
SEED = 20


def main() -> None:
    """Measure all ways in turn, forwards and backwards, and record medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoder", type=Path, nargs="?", default=DEFAULT_ENCODER)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    encoder: Path = options.encoder
    # What else runs slows the loops, whose threads wait for one another at every layer, more than the stage.
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        paths = _shop(root)
        model = _timm_model(encoder)
        pictures = _decoded(model, paths[:LOOP_PICTURES])
        prepared = ImageEncoder.load(encoder)
        ordered = [batch.to(memory_format=torch.channels_last) for batch in _batches(pictures, BATCH)]
        stage = _Stage(root, encoder, len(paths))
        ways: dict[str, Callable[[], int]] = {
            "stage": stage,
            "timm_loop": _loop_of(model, pictures, BATCH),
            **{f"timm_loop_of_{size}": _loop_of(model, pictures, size) for size in OTHER_BATCHES},
            "prepared_model_loop": lambda: len(_prepared_vectors(prepared, ordered)),
        }
        speeds, efforts = _speeds(ways, options.rounds)
        vectors, _ = read_features(
            root / "out", [path.stem for path in paths[:LOOP_PICTURES]], made_by="image_features"
        )
        reference = _vectors(model, pictures)
        result = {
            "model": read_json(encoder / "config.json")["architecture"],
            "pictures": len(paths),
            "pictures_of_loops": len(pictures),
            "batch": BATCH,
            "environment": {name: os.environ.get(name, "") for name in VARIABLES},
            "precision": "float32",
            "load_before_and_after": [load, round(os.getloadavg()[0], 1)],
            "rounds": options.rounds,
            "pictures_per_second": {name: round(statistics.median(found), 1) for name, found in speeds.items()},
            "pictures_per_processor_second": {
                name: round(statistics.median(found), 1) for name, found in efforts.items()
            },
            "stage_to": {name: _ratio(speeds["stage"], found) for name, found in speeds.items()},
            "stage_to_by_processor_seconds": {name: _ratio(efforts["stage"], found) for name, found in efforts.items()},
            "smallest_cosine_with_timm": float(_cosines(vectors, reference).min()),
            "smallest_cosine_same_tensors": float(_cosines(_prepared_vectors(prepared, ordered), reference).min()),
            "same_bytes_every_round": len(stage.digests) == 1,
        }
    print(write_record("image_features", result, seed=SEED).read_text(encoding="utf-8"))


class _Stage:
    """The stage as the pipeline runs it, from the files to the table."""

    def __init__(self, root: Path, encoder: Path, pictures: int) -> None:
        self._root, self._encoder, self._pictures = root, encoder, pictures
        self.digests: set[str] = set()

    def __call__(self) -> int:
        out = self._root / "out"
        report = image_features(out, prepared=self._root / "prepared", raw=self._root / "raw", encoder=self._encoder)
        assert report.pictures == self._pictures
        assert report.unreadable == 0
        self.digests.add(hashlib.sha256((out / FEATURES_FILE).read_bytes()).hexdigest())
        return report.pictures


Speeds = dict[str, list[float]]


def _speeds(ways: dict[str, Callable[[], int]], rounds: int) -> tuple[Speeds, Speeds]:
    """Return the pictures a second, and those a second of one processor, of each way in each round."""
    speeds: Speeds = {name: [] for name in ways}
    efforts: Speeds = {name: [] for name in ways}
    for turn in range(rounds):
        for name in list(ways)[:: -1 if turn % 2 else 1]:
            started, used = time.perf_counter(), time.process_time()
            count = ways[name]()
            speeds[name].append(count / (time.perf_counter() - started))
            efforts[name].append(count / (time.process_time() - used))
            print(f"round {turn + 1}, {name}: {speeds[name][-1]:.1f} a second, {efforts[name][-1]:.1f} a CPU second")
    return speeds, efforts


def _ratio(speeds: Sequence[float], others: Sequence[float]) -> dict[str, float]:
    """Return the median and the range of the ratios of one round each."""
    ratios = [speed / other for speed, other in zip(speeds, others, strict=True)]
    return {
        "median": round(statistics.median(ratios), 3),
        "low": round(min(ratios), 3),
        "high": round(max(ratios), 3),
    }


def _shop(root: Path) -> list[Path]:
    """Lay the posters out as ``fetch`` and ``prepare`` do."""
    raw = root / "raw"
    bring_pictures(real_data(POSTERS), raw)
    found = picture_paths(raw)
    (root / "prepared").mkdir()
    items = {schema.ITEM_ID: list(found), schema.IMAGE: list(found.values())}
    pl.DataFrame(items).write_parquet(root / "prepared/items.parquet")
    return [raw / image for image in found.values()]


def _timm_model(encoder: Path) -> nn.Module:
    model: nn.Module = timm.create_model(read_json(encoder / "config.json")["architecture"])
    model.load_state_dict(load_file(encoder / "model.safetensors"))
    model.reset_classifier(0)  # type: ignore[operator]
    return model.eval()


def _decoded(model: nn.Module, paths: Sequence[Path]) -> Tensor:
    prepare = create_transform(**resolve_model_data_config(model), is_training=False)  # type: ignore[no-untyped-call]
    tensors = []
    for path in paths:
        with Image.open(path) as picture:
            tensors.append(prepare(picture.convert("RGB")))
    return torch.stack(tensors)


def _loop_of(model: nn.Module, pictures: Tensor, size: int) -> Callable[[], int]:
    batches = _batches(pictures, size)

    def loop() -> int:
        with torch.inference_mode():
            for batch in batches:
                model(batch)
        return len(pictures)

    return loop


def _batches(pictures: Tensor, size: int) -> list[Tensor]:
    return [pictures[start : start + size] for start in range(0, len(pictures), size)]


def _prepared_vectors(encoder: ImageEncoder, batches: Sequence[Tensor]) -> NDArray[np.float32]:
    """Run the stage's own model on decoded pictures, spread over threads as the stage does it."""
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(threads, initializer=lambda: torch.set_num_threads(1)) as pool:
        found = list(pool.map(encoder._forward, batches))  # the same call without what comes before it
    torch.set_num_threads(threads)
    vectors: NDArray[np.float32] = torch.cat(found).numpy()
    return vectors


def _vectors(model: nn.Module, pictures: Tensor) -> NDArray[np.float32]:
    with torch.inference_mode():
        vectors: NDArray[np.float32] = torch.cat([model(batch) for batch in _batches(pictures, BATCH)]).numpy()
    return vectors


def _cosines(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    cosines: NDArray[np.float32] = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    return cosines


if __name__ == "__main__":
    main()
