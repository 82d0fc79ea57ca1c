"""A project folder around the committed shop, with tiny models, and its stages through the real command line.

``python shop_project.py`` runs every stage of the folder that it is started in, in one process.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
KEY = "shop"
SYSTEMS = ("popularity", "rates", "ease", "tallrec")
_DATASET = ("-d", KEY)
STAGES: tuple[tuple[str, ...], ...] = (
    ("fetch", *_DATASET),
    ("validate", *_DATASET),
    ("prepare", *_DATASET),
    ("image-features", *_DATASET),
    ("text-features", *_DATASET),
    ("attribution-labels", *_DATASET),
    *(("card", "-s", system) for system in SYSTEMS),
    *(("tune", *_DATASET, "-s", system) for system in SYSTEMS),
    *(("predict", *_DATASET, "-s", system) for system in SYSTEMS),
    *(("explain", *_DATASET, "-s", system) for system in SYSTEMS),
    ("evaluate", *_DATASET),
    ("report",),
)
PARAMS = {
    "datasets": [KEY],
    "sources": {
        KEY: {
            "layout": "amazon-2023",
            "noun": "product",
            "location": str(ROOT / "data/sample/shop"),
            "categories": ["Mugs", "Notebooks", "Lamps"],
            "split": {"recipe": "temporal", "valid_from": "2022-07-01", "test_from": "2022-10-01"},
            "truth": str(ROOT / "data/sample/truth"),
        }
    },
    "systems": list(SYSTEMS),
    "system_settings": {"tallrec": {"shots": 8, "epochs": 1, "batch_size": 4, "accumulate": 1, "valid_users": 3}},
    "models": {"language_model": "tiny", "image_encoder": "tiny", "text_encoder": "tiny"},
    "evaluation": {"users": 20, "rows_per_user": 5, "retrieved": 5, "cutoffs": [5, 10], "resamples": 50},
    "explanations": {"users": 3, "items": 2},
    "labels": {"looks": 4, "topics": 4, "decays": [1.0, 0.9]},
}


def write_shop_project(root: Path) -> Path:
    """Write params.yaml and the pretrained models, which no stage here fetches.

    Returns:
        ``root``.
    """
    import timm
    import torch
    from safetensors.torch import save_file
    from tiny_model import write_tiny_language_model
    from transformers import BertConfig, BertModel, BertTokenizer

    from explainrec_models.data.outputs import write_json
    from explainrec_models.data.paths import Paths

    paths = Paths(root / "data")
    (root / "params.yaml").write_text(yaml.safe_dump(PARAMS), encoding="utf-8")
    write_tiny_language_model(paths.pretrained("language_model"))
    image, text = paths.pretrained("image_encoder"), paths.pretrained("text_encoder")
    image.mkdir()
    text.mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_file(timm.create_model("test_efficientnet").state_dict(), image / "model.safetensors")
        size = BertConfig(
            vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
        )
        BertModel(size).save_pretrained(text)
    write_json(image / "config.json", {"architecture": "test_efficientnet"})
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "mug", "lamp", "nautical"]
    (text / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizer(str(text / "vocab.txt")).save_pretrained(text)
    for role in ("language_model", "image_encoder", "text_encoder"):
        write_json(paths.pretrained(role) / "report.json", {"name": "tiny", "sha256": "0", "note": ""})
    return root


def run_stages(stages: Sequence[Sequence[str]] = STAGES) -> None:
    """Run stages in this process and in the folder that it works in."""
    from explainrec_models.cli import app

    for words in stages:
        app(list(words), standalone_mode=False)


if __name__ == "__main__":
    # Words of stages to run, or nothing for all of them.
    named = sys.argv[1:]
    run_stages([stage for stage in STAGES if not named or stage[0] in named])
