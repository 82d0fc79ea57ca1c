"""Documents stay in step with what they describe."""

from pathlib import Path

import papers
import yaml
from tables import PAGE, page

ROOT = Path(__file__).parents[2]


def test_the_comparison_page_is_what_the_records_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_paper_index_is_what_the_system_files_say() -> None:
    assert papers.PAGE.read_text(encoding="utf-8") == papers.page()


def test_the_readme_names_every_system_and_dataset() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in (*params["systems"], *params["datasets"]) if f"`{name}`" not in readme] == []


def test_every_output_of_the_pipeline_is_described() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    architecture = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    outs = [out for body in stages.values() for out in body.get("do", body)["outs"]]
    folders = {str(out).split("/")[1] for out in outs}
    assert [folder for folder in sorted(folders) if f"`data/{folder}" not in architecture] == []
