"""A project folder around the committed shop, with tiny models, and its stages through the real command line.

``python shop_project.py [STAGE …]`` runs stages of the folder that it is started in, in one process; all by default.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
KEY = "shop"
SYSTEMS = ("popularity", "rates", "ease", "tallrec")
SOURCE = {
    "layout": "amazon-2023",
    "noun": "product",
    "location": str(ROOT / "data/sample/shop"),
    "categories": ["Mugs", "Notebooks", "Lamps"],
    "split": {"recipe": "temporal", "valid_from": "2022-07-01", "test_from": "2022-10-01"},
}
PARAMS = {
    "datasets": [KEY],
    "sources": {KEY: SOURCE},
    "models": {"language_model": "tiny", "image_encoder": "tiny", "text_encoder": "tiny"},
    "evaluation": {"users": 20, "rows_per_user": 5, "retrieved": 5, "cutoffs": [5, 10], "resamples": 20},
    "explanations": {"users": 3, "items": 2},
    "labels": {"looks": 4, "topics": 4, "decays": [1.0, 0.9]},
}
TALLREC = {"shots": 8, "epochs": 1, "batch_size": 4, "accumulate": 1, "valid_users": 3}


def stages(systems: Sequence[str] = SYSTEMS) -> list[tuple[str, ...]]:
    """Return the words of every stage, in order."""
    dataset = ("-d", KEY)
    data = ("fetch", "validate", "prepare", "image-features", "text-features", "attribution-labels")
    return [
        *((stage, *dataset) for stage in data),
        *(("card", "-s", system) for system in systems),
        *((stage, *dataset, "-s", system) for stage in ("tune", "predict", "explain") for system in systems),
        ("evaluate", *dataset),
        ("report",),
    ]


def outputs(words: Sequence[str]) -> list[str]:
    """Return the places below the project that a stage writes, by the words that start it."""
    stage, system = words[0], words[-1]
    single = {"fetch": "raw", "validate": "quality", "attribution-labels": "labels"}
    by_system = {"tune": "systems", "predict": "predictions", "explain": "explanations"}
    if stage in by_system:
        return [f"data/{by_system[stage]}/{KEY}/{system}"]
    several = {
        "prepare": [f"data/prepared/{KEY}", f"data/heldout/{KEY}"],
        "image-features": [f"data/features/image/{KEY}"],
        "text-features": [f"data/features/text/{KEY}"],
        "card": [f"data/cards/{system}.json"],
        "evaluate": [
            f"data/evaluation/{KEY}",
            f"data/metrics/{KEY}.json",
            *(f"data/plots/{curve}/{KEY}.csv" for curve in ("reliability", "deletion")),
        ],
        "report": ["data/report"],
    }
    return several.get(stage) or [f"data/{single[stage]}/{KEY}"]


def write_shop_project(root: Path, systems: Sequence[str] = SYSTEMS, *, truth: bool = False) -> None:
    """Write params.yaml and, which no stage here fetches, the pretrained models.

    Args:
        root: folder of the project.
        systems: rows of the table.
        truth: whether ``evaluate`` compares with the true reasons, which takes longer than the rest of it.
    """
    settings = {"tallrec": TALLREC} if "tallrec" in systems else {}
    source = {**SOURCE, "truth": str(ROOT / "data/sample/truth") if truth else None}
    params = {**PARAMS, "sources": {KEY: source}, "systems": list(systems), "system_settings": settings}
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    _write_models(root / "data")


def _write_models(data: Path) -> None:
    import timm
    import torch
    from safetensors.torch import save_file
    from tiny_model import write_tiny_language_model
    from transformers import BertConfig, BertModel, BertTokenizer

    from explainrec_models.data.outputs import write_json
    from explainrec_models.data.paths import Paths

    paths = Paths(data)
    write_tiny_language_model(paths.pretrained("language_model"))
    image, text = paths.pretrained("image_encoder"), paths.pretrained("text_encoder")
    image.mkdir()
    text.mkdir()
    size = BertConfig(vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_file(timm.create_model("test_efficientnet").state_dict(), image / "model.safetensors")
        BertModel(size).save_pretrained(text)
    write_json(image / "config.json", {"architecture": "test_efficientnet"})
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "mug", "lamp", "nautical"]
    (text / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizer(str(text / "vocab.txt")).save_pretrained(text)
    for role in ("language_model", "image_encoder", "text_encoder"):
        write_json(paths.pretrained(role) / "report.json", {"name": "tiny", "sha256": "0", "note": ""})


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, or the file itself, by name."""
    if folder.is_file():
        return {"": folder.read_bytes()}
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def leftovers(root: Path) -> list[str]:
    """Return what a stage had begun and neither finished nor cleared away."""
    begun = (".partial", ".earlier", ".parts")
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.name.endswith(begun))


def run(words: Sequence[str]) -> None:
    """Run one stage in this process and in the folder that it works in."""
    from explainrec_models.cli import app

    app(list(words), standalone_mode=False)


if __name__ == "__main__":
    from explainrec_models.params import load_params
    from explainrec_models.running import pin_threads

    # As the command does, before a stage's module loads numpy.
    pin_threads()
    for one in stages(load_params().systems):
        if not sys.argv[1:] or one[0] in sys.argv[1:]:
            run(one)
