"""House rules that no linter checks: file sizes, function sizes, names, first lines."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("explainrec_models", "explainrec_dagster")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
TESTED_WITH_OTHERS = {"columns.py"}
"""Names and nothing else."""
OVER_SEVERAL = {"test_own_model.py", "test_xrec.py"}
"""Tests of ``evaluation`` that belong to no single module."""
BANNED = {"utils", "util", "common", "helpers", "helper", "misc", "core"}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    length = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function):
        length -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
    return length


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    long = {
        f.name: lines_without_docstring(f) for f in functions(path) if lines_without_docstring(f) > LONGEST_FUNCTION
    }
    assert long == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_first_line_says_what_a_module_is_for(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith('"""')
    assert len(first) > len('"""".')


def test_no_file_is_named_for_nothing() -> None:
    assert {path.stem for path in SOURCES} & BANNED == set()


def test_tests_mirror_the_packages() -> None:
    """A test file below tests/<package> stands beside a module of that name or a folder of several.

    In ``evaluation`` each one stands at its module's own path, and no module is without its test.
    """
    shared = {
        "contract",
        "page",
        "webserver",
        "graph",
        "sample_shop",
        "predict_and_explain",
        "features_and_labels",
        "leakage",
    }
    known = {path.stem for path in SOURCES} | shared
    mirrored = [
        path
        for package in ("data", "parts", "systems", "stages")
        for path in (ROOT / "tests" / package).rglob("test_*.py")
    ]
    strays = {path.stem.removeprefix("test_") for path in mirrored} - known
    assert strays == set()
    modules, tests = ROOT / "explainrec_models/evaluation", ROOT / "tests/evaluation"
    wanted = {
        path.relative_to(modules).with_name(f"test_{path.name}")
        for path in modules.rglob("*.py")
        if path.name not in {"__init__.py", *TESTED_WITH_OTHERS}
    }
    found = {path.relative_to(tests) for path in tests.rglob("test_*.py")}
    assert wanted - found == set()
    assert {path.name for path in found - wanted} == OVER_SEVERAL


def test_nothing_is_pickled_or_evaluated() -> None:
    banned = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not banned & {alias.name.partition(".")[0] for alias in node.names}, path
            if isinstance(node, ast.ImportFrom):
                # The name of an error is no pickle.
                names = {alias.name for alias in node.names} - {"UnpicklingError"}
                assert not names or (node.module or "").partition(".")[0] not in banned, path
            if isinstance(node, ast.Call):
                allowed = [k for k in node.keywords if k.arg == "trust_remote_code"]
                assert all(isinstance(k.value, ast.Constant) and k.value.value is False for k in allowed), path
                assert getattr(node.func, "id", "") not in {"eval", "exec"}, path


def test_no_address_of_a_package_registry_is_written_down() -> None:
    # Put together here, so that this file does not name what it looks for.
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "download.pytorch" + ".org"]
    tracked = [
        path
        for pattern in ("*.py", "*.toml", "*.txt", "*.yaml", "*.md", "Makefile")
        for path in ROOT.glob(f"**/{pattern}")
    ]
    mine = [path for path in tracked if not {".venv", ".explainrec", "data"} & set(path.relative_to(ROOT).parts)]
    assert [path for path in mine for host in hosts if host in path.read_text(encoding="utf-8")] == []
