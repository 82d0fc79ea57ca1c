"""Copying a model folder without what could run code: safetensors, configuration and tokenizer only."""

import fnmatch
import json
import shutil
from pathlib import Path

import yaml

from explainrec_models.errors import DataError

MODEL_FILE_PATTERNS = (
    "*.safetensors", "config.json", "generation_config.json", "model.safetensors.index.json", "modules.json",
    "sentence_bert_config.json", "config_sentence_transformers.json", "preprocessor_config.json",
    "1_Pooling/config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "spiece.model", "chat_template.jinja", "README.md",
    "LICENSE*",
)  # fmt: skip
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_INDEX = "model.safetensors.index.json"


def copy_model_files(folder: Path, out: Path) -> None:
    """Copy the files that ``MODEL_FILE_PATTERNS`` names.

    Args:
        folder: in the layout of Hugging Face or timm.
        out: existing folder.

    Raises:
        DataError: there is no ``config.json``, no safetensors file, or a part of a divided one is missing.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    chosen = {name: path for name, path in files.items() if _is_wanted(name)}
    if "config.json" not in chosen:
        message = f"{folder} has no config.json: expected a model folder in the layout of Hugging Face."
        raise DataError(message)
    _require_safetensors(folder, files)
    for name, path in chosen.items():
        target = out / name
        target.parent.mkdir(exist_ok=True)
        # Follows links: the hub's own cache is made of them.
        shutil.copyfile(path, target)


def licence_of(folder: Path) -> str:
    """Return the licence that the front matter of ``README.md`` states."""
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8", errors="replace") if readme.is_file() else ""
    if text.startswith("---\n"):
        try:
            front = yaml.safe_load(text.split("---\n", 2)[1])
        except yaml.YAMLError:
            front = None
        if isinstance(front, dict) and isinstance(front.get("license"), str):
            return str(front["license"])
    return "not stated; see the model's own page"


def _is_wanted(name: str) -> bool:
    # fnmatch lets '*' cross folders; only the top level and the pooling folder are wanted.
    return any(
        name.count("/") == pattern.count("/") and fnmatch.fnmatch(name, pattern) for pattern in MODEL_FILE_PATTERNS
    )


def _require_safetensors(folder: Path, files: dict[str, Path]) -> None:
    weights = [name for name in files if name.endswith(".safetensors") and "/" not in name]
    if not weights:
        pickled = [name for name in files if name.endswith(_PICKLED)]
        reason = (
            f"only {', '.join(pickled)}, which are pickles: loading one can run any code"
            if pickled
            else "no weights at all"
        )
        message = f"{folder} holds {reason}. Expected *.safetensors; save the model with safe_serialization=True."
        raise DataError(message)
    if _INDEX in files:
        named = set(json.loads(files[_INDEX].read_text(encoding="utf-8"))["weight_map"].values())
        missing = sorted(named - set(weights))
        if missing:
            message = f"{folder / _INDEX} names {', '.join(missing)}, which are not there. Fetch the model again."
            raise DataError(message)
