"""Loading a pretrained language model from a local folder, strictly, on this machine's device and precision."""

import os
from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from explainrec_models.errors import DataError, MissingArtefactError, ParamsError

DEVICE_VARIABLE = "EXPLAINREC_DEVICE"
PRECISION_VARIABLE = "EXPLAINREC_PRECISION"
THREADS_VARIABLE = "EXPLAINREC_THREADS"
_CPU_FLAGS = Path("/proc/cpuinfo")


def machine_device() -> torch.device:
    """Return the device that ``EXPLAINREC_DEVICE`` (cpu, cuda or auto) stands for on this machine.

    Raises:
        ParamsError: the value is unknown, or cuda is asked for where there is none.
    """
    wish = _choice(DEVICE_VARIABLE, ("auto", "cpu", "cuda"))
    if wish == "cuda" and not torch.cuda.is_available():
        message = f"{DEVICE_VARIABLE}=cuda, but torch sees no CUDA device. Set it to 'cpu' or 'auto'."
        raise ParamsError(message)
    use_cuda = wish != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if use_cuda else "cpu")


def machine_precision(device: torch.device) -> torch.dtype:
    """Return the number format that ``EXPLAINREC_PRECISION`` (fp32, bf16 or auto) stands for.

    ``auto`` takes bf16 only where the hardware multiplies it natively: elsewhere it is slower than fp32.

    Raises:
        ParamsError: the value is unknown.
    """
    wish = _choice(PRECISION_VARIABLE, ("auto", "fp32", "bf16"))
    if wish == "auto":
        native = torch.cuda.is_bf16_supported() if device.type == "cuda" else cpu_multiplies_bf16()
        return torch.bfloat16 if native else torch.float32
    return torch.bfloat16 if wish == "bf16" else torch.float32


def cpu_multiplies_bf16() -> bool:
    """Return whether the processor reports AVX512-BF16 or AMX-BF16 instructions."""
    flags = _CPU_FLAGS.read_text(encoding="utf-8") if _CPU_FLAGS.is_file() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


def limit_threads() -> None:
    """Give torch as many threads as ``EXPLAINREC_THREADS`` says; unset or empty leaves torch's own choice.

    Raises:
        ParamsError: the value is not a positive number.
    """
    wish = os.environ.get(THREADS_VARIABLE, "")
    if not wish:
        return
    if not wish.isdecimal() or int(wish) < 1:
        message = f"{THREADS_VARIABLE}={wish!r}: expected a positive number of threads."
        raise ParamsError(message)
    torch.set_num_threads(int(wish))


def load_language_model(
    folder: Path, *, precision: torch.dtype | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a causal language model and its tokenizer from a Hugging Face folder, in evaluation mode.

    Only safetensors are read and no code of the model's own is run. The load is strict, since a wrong name would
    otherwise leave a random tensor in place without an error.

    Args:
        folder: holds ``config.json``, safetensors and the tokenizer files.
        precision: overrides the environment.

    Raises:
        MissingArtefactError: the folder holds no model.
        DataError: the weights do not fit the architecture in ``config.json``.
    """
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        message = (
            f"{folder} holds no language model (config.json and *.safetensors). The stage 'pretrained' writes it: "
            "run `dvc repro pretrained` first, or name a Hugging Face folder with safetensors weights."
        )
        raise MissingArtefactError(message)
    limit_threads()
    # A bar of a second, drawn anew by every stage.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    device = machine_device()
    loaded, info = cast(
        "tuple[PreTrainedModel, dict[str, Any]]",
        AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=precision or machine_precision(device),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        ),
    )
    _require_strict(folder, loaded, info)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    model = loaded.to(device)  # type: ignore[arg-type]  # the stub of .to() knows no device
    return model.eval(), cast("PreTrainedTokenizerBase", tokenizer)


def _require_strict(folder: Path, model: PreTrainedModel, info: dict[str, Any]) -> None:
    """Raise unless every tensor of the model was read and every tensor of the file was used."""
    tied = set(getattr(model, "all_tied_weights_keys", None) or {})
    problems = {
        "missing": sorted(set(info["missing_keys"]) - tied),
        "unexpected": sorted(info["unexpected_keys"]),
        "of another shape": sorted(str(key) for key in info["mismatched_keys"]),
    }
    found = [f"{len(keys)} {kind} ({', '.join(keys[:3])}…)" for kind, keys in problems.items() if keys]
    if found:
        message = (
            f"{folder}: the weights do not fit config.json: tensors {'; '.join(found)}. Expected exactly the tensors "
            f"of {type(model).__name__}. Fetch the model again, or correct config.json."
        )
        raise DataError(message)


def convert_gguf(gguf: Path, out: Path) -> None:
    """Unpack the quantised weights of a GGUF file into safetensors beside its tokenizer.

    The result carries the rounding of the quantised file; it is not bit-equal to the original checkpoint.

    Args:
        gguf: the file to read.
        out: folder to write, created if needed.

    Raises:
        MissingArtefactError: there is no such file.
        DataError: the written folder does not load strictly.
    """
    if not gguf.is_file():
        message = f"{gguf} is not there: expected a GGUF file with the weights of a language model."
        raise MissingArtefactError(message)
    # Without dequantize the blocks stay packed and every product unpacks them again, several times slower.
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
        local_files_only=True,
    )
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, local_files_only=True)
    # save_pretrained refuses a model that is still marked as quantised.
    for mark in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(model.config, mark):
            delattr(model.config, mark)
    for mark in ("hf_quantizer", "is_quantized", "quantization_method"):
        if hasattr(model, mark):
            delattr(model, mark)
    model.save_pretrained(out, safe_serialization=True)
    tokenizer.save_pretrained(out)
    load_language_model(out, precision=torch.float32)


def _choice(variable: str, allowed: tuple[str, ...]) -> str:
    value = os.environ.get(variable, "").lower() or allowed[0]
    if value not in allowed:
        message = f"{variable}={value!r}: expected one of {', '.join(allowed)}."
        raise ParamsError(message)
    return value
