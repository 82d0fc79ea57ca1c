"""params.yaml: one reader, and every mistake is named in the user's words."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.errors import ParamsError, UnknownNameError, nearest_names
from explainrec_models.params import load_params

REAL = Path(__file__).parents[1] / "params.yaml"


def changed(folder: Path, *path: str, to: object) -> Path:
    content = yaml.safe_load(REAL.read_text(encoding="utf-8"))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    out = folder / "params.yaml"
    out.write_text(yaml.safe_dump(content), encoding="utf-8")
    return out


def test_the_real_file_is_valid() -> None:
    params = load_params(REAL)
    assert params.source("ml-100k").like_threshold == 4
    assert params.require_system("rates") == "rates"


def test_unknown_keys_name_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"evaluation\.retreived: unknown key; did you mean 'retrieved'\?"):
        load_params(changed(tmp_path, "evaluation", "retreived", to=5))


def test_wrong_types_show_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"evaluation\.users: .*\(found 'many'\)"):
        load_params(changed(tmp_path, "evaluation", "users", to="many"))


def test_registry_and_details_must_agree(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"only in `datasets`: \['more'\], only in `sources`: none"):
        load_params(changed(tmp_path, "datasets", to=["ml-100k", "sample-shop", "more"]))


def test_cuts_must_be_in_order(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"valid_from 2030-01-01 must be before test_from 1998-04-01"):
        load_params(changed(tmp_path, "sources", "ml-100k", "split", "valid_from", to="2030-01-01"))


def test_unknown_keys_of_a_split_name_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"split\.recipy: unknown key; did you mean 'recipe'\?"):
        load_params(changed(tmp_path, "sources", "ml-100k", "split", "recipy", to="temporal"))


def test_settings_of_unknown_systems_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownNameError,
        match=r"unknown system under `system_settings` 'talrec'\. "
        r"Nearest known: tallrec, sasrec, explainrec\. List it under",
    ):
        load_params(changed(tmp_path, "system_settings", to={"talrec": {}}))


@pytest.mark.parametrize(
    ("kind", "name", "there"), [("labels", "techer", "teacher"), ("systems", "eas", "popularity, rates, boosted, ease")]
)
def test_a_retriever_that_is_not_there_is_refused(kind: str, name: str, there: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=rf"name under `retriever` '{name}'\. .*{kind} there is: {there}"):
        load_params(changed(tmp_path, "retriever", to={"kind": kind, "name": name}))


@pytest.mark.parametrize("name", ["../escape", "a b", "", "a/b", "ünder:colon"])
def test_names_that_are_no_folder_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParamsError, match="cannot be a name"):
        load_params(changed(tmp_path, "datasets", to=["ml-100k", name]))


def test_a_missing_file_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"Run explainrec in the folder that holds params\.yaml"):
        load_params(tmp_path / "params.yaml")


def test_broken_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("datasets: [a", encoding="utf-8")
    with pytest.raises(ParamsError, match="is not valid YAML"):
        load_params(tmp_path / "params.yaml")


@given(st.text(max_size=20))
def test_nearest_names_are_known_names(name: str) -> None:
    known = ["ml-100k", "sample-shop"]
    assert set(nearest_names(name, known)) <= set(known)
