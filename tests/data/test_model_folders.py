import json
from pathlib import Path

import pytest

from explainrec_models.data.model_folders import copy_model_files, licence_of
from explainrec_models.errors import DataError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    for name in ("1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json", "vocab.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    for name in ("modeling_custom.py", "pytorch_model.bin", "onnx/model.safetensors", "training_args.bin"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_copies_weights_configuration_and_tokenizer_but_no_code_and_no_pickles(model: Path, out: Path) -> None:
    copy_model_files(model, out)
    copied = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert copied == {"1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json", "vocab.txt"}


def test_refuses_pickled_weights_with_the_reason(model: Path, out: Path) -> None:
    (model / "model.safetensors").unlink()
    with pytest.raises(
        DataError, match=r"only pytorch_model\.bin, training_args\.bin, which are pickles: loading one can"
    ):
        copy_model_files(model, out)
    assert not list(out.iterdir())


def test_refuses_a_folder_without_weights_or_configuration(out: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"out has no config\.json"):
        copy_model_files(out, tmp_path)
    (out / "config.json").write_text("{}")
    with pytest.raises(DataError, match=r"holds no weights at all\. Expected \*\.safetensors"):
        copy_model_files(out, tmp_path)


def test_refuses_a_divided_model_with_a_part_missing(model: Path, out: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(DataError, match=r"index\.json names model-00002-of-00002\.safetensors, which are not there"):
        copy_model_files(model, out)


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        ("---\nlicense: apache-2.0\ntags: [a]\n---\n# Model\n", "apache-2.0"),
        ("---\nlicense: [\n---\n", "not stated; see the model's own page"),
        ("# Model\n", "not stated; see the model's own page"),
    ],
)
def test_reads_the_licence_that_the_readme_states(tmp_path: Path, readme: str, licence: str) -> None:
    (tmp_path / "README.md").write_text(readme)
    assert licence_of(tmp_path) == licence
