from pathlib import Path

import pytest
from orchestration.small_project import Project

from explainrec_dagster.pipeline import default_root, load_pipeline, load_shape
from explainrec_models.errors import ParamsError, UnknownNameError


def test_stages_are_named_as_dvc_names_them(real_project: Project) -> None:
    listed = real_project.dvc("stage", "list", "--names-only").stdout
    assert [stage.name for stage in real_project.pipeline.stages] == listed.split()


def test_a_matrix_row_is_filled_in(project: Project) -> None:
    stage = next(stage for stage in project.pipeline.stages if stage.name == "explain@shop-tallrec")
    assert stage.series == "explain/tallrec"
    assert stage.dataset == "shop"
    assert stage.command == "python tool.py explain shop tallrec"
    assert stage.deps == ("data/code/explain.json", "data/quality/shop", "data/pretrained/language_model")
    assert stage.outs == ("data/explanations/shop/tallrec",)
    assert stage.assets == (("explanations", "tallrec"),)
    assert (stage.description, stage.group, stage.kinds) == ("Give reasons.", "explanations", ("pytorch", "parquet"))


def test_foreach_names_a_mapping_by_key_and_a_list_by_entry(project: Project) -> None:
    (mapped,) = [stage for stage in project.pipeline.stages if stage.template == "pretrained"]
    assert mapped.name == "pretrained@language_model"
    assert "echo small-model" in mapped.command
    listed = "stages:\n  a:\n    foreach: ${systems}\n    do:\n      cmd: run ${item}\n"
    (project.root / "dvc.yaml").write_text(listed, encoding="utf-8")
    names = [stage.name for stage in project.pipeline.stages]
    assert names == ["a@popularity", "a@tallrec"]
    assert project.dvc("stage", "list", "--names-only").stdout.split() == names


def test_a_dependency_reads_what_it_equals_lies_in_or_contains(project: Project) -> None:
    report = next(stage for stage in project.pipeline.stages if stage.name == "report")
    assert {source.name for source, _ in project.pipeline.sources(report)} == {
        f"explain@{dataset}-{system}" for dataset in ("films", "shop") for system in ("popularity", "tallrec")
    }


@pytest.mark.parametrize("system", ["explainrec", "sasrec"])
def test_a_retriever_is_read_by_what_it_draws_lists_for(real_project: Project, system: str) -> None:
    path = real_project.root / "params.yaml"
    text = path.read_text(encoding="utf-8")
    assert "  kind: labels\n  name: teacher\n" in text
    path.write_text(text.replace("  kind: labels\n  name: teacher\n", "  kind: systems\n  name: sasrec\n"), "utf-8")
    pipeline = real_project.pipeline
    stage = pipeline.stage(f"predict/{system}", "ml-100k")
    read = {source.name for source, _ in pipeline.sources(stage)}
    assert {f"tune@ml-100k-{system}", "tune@ml-100k-sasrec"} <= read
    assert "attribution_labels@ml-100k" not in read
    assert len(set(stage.deps)) == len(stage.deps)
    assert '"tune@ml-100k-sasrec" -> ' in real_project.dvc("dag", "--dot", stage.name).stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stages: {a: {cmd: x, wdir: y}}", "stage 'a' uses wdir"),
        ("stages: {a: {cmd: x, outs: [b]}}", "1 outs but 0 entries under meta.assets"),
        ("stages: {a: {cmd: 'x ${nobody.here}'}}", "no 'nobody' there"),
        ("stages: [", "not valid YAML"),
        ("- a", "expected a mapping"),
    ],
)
def test_what_cannot_become_assets_is_refused(project: Project, text: str, message: str) -> None:
    (project.root / "dvc.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=message):
        load_pipeline(project.root)


def test_the_shape_is_equal_for_every_key(project: Project) -> None:
    shape = load_shape(project.root)
    assert shape.datasets == ("<dataset>", "<another dataset>")
    for key in project.pipeline.datasets:
        for stage in project.pipeline.stages:
            if stage.dataset == key:
                stand_in = shape.stage(stage.series, "<dataset>")
                assert stand_in.outs == tuple(out.replace(key, "<dataset>") for out in stage.outs)
                assert stand_in.deps == tuple(dep.replace(key, "<dataset>") for dep in stage.deps)


def test_a_stage_that_is_not_made_is_named(project: Project) -> None:
    pipeline = project.pipeline
    with pytest.raises(UnknownNameError, match=r"unknown dataset 'film'\. Nearest known: films"):
        pipeline.stage("fetch", "film")
    with pytest.raises(ParamsError, match="no longer make a stage explain/ease of films; reload"):
        pipeline.stage("explain/ease", "films")


@pytest.mark.parametrize("text", ["datasets: films", "datasets: {films: {}}", "datasets: [[a]]"])
def test_datasets_must_be_a_list_of_keys(project: Project, text: str) -> None:
    (project.root / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match="expected a list of keys"):
        load_pipeline(project.root)


def test_a_folder_without_the_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"params\.yaml is not there"):
        load_pipeline(tmp_path)


def test_the_root_comes_from_the_environment_or_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINREC_ROOT", str(tmp_path))
    assert default_root() == tmp_path
    monkeypatch.delenv("EXPLAINREC_ROOT")
    assert default_root() == Path.cwd()
