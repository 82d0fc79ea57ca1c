"""Stage ``fingerprint``: a hash of the code that each stage reaches, so that DVC reruns what an edit can change."""

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import grimp

import explainrec_models
from explainrec_models.data.outputs import write_json

PACKAGE = "explainrec_models"
PLUMBING = frozenset({f"{PACKAGE}.errors", f"{PACKAGE}.params"})
"""Modules that cannot change a result: what errors say, how settings are read (their values are tracked as such)."""
DISPATCHED = {
    f"{PACKAGE}.data.loading": f"{PACKAGE}.data.sources",
    f"{PACKAGE}.data.splits": f"{PACKAGE}.data.recipes",
}
"""Module that imports by name → package whose modules it may import; a static graph does not see that."""


@dataclass(frozen=True)
class FingerprintReport:
    """Which stages were hashed."""

    stages: tuple[str, ...]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {"stages": len(self.stages)}


def fingerprint(out: Path) -> FingerprintReport:
    """Write ``<stage>.json`` for every stage that dvc.yaml runs: a hash and the modules behind it.

    Args:
        out: folder of the fingerprints; files of unchanged stages are rewritten with equal bytes.
    """
    folder = Path(explainrec_models.__path__[0]) / "stages"
    aside = {"__init__", "fingerprint", "card"}
    stages = tuple(sorted(path.stem for path in folder.glob("*.py") if path.stem not in aside))
    out.mkdir(parents=True, exist_ok=True)
    for stage in stages:
        write_json(out / f"{stage}.json", code_of(f"{PACKAGE}.stages.{stage}"))
    return FingerprintReport(stages)


def code_of(module: str) -> dict[str, Any]:
    """Return the hash of a module and everything of ours that it imports, comments and docstrings left out."""
    graph = _graph()
    reached = {module} | graph.find_upstream_modules(module)
    for dispatcher, package in DISPATCHED.items():
        if dispatcher in reached:
            for source in graph.find_descendants(package):
                reached |= {source} | graph.find_upstream_modules(source)
    modules = sorted(reached - PLUMBING)
    digest = hashlib.sha256()
    for name in modules:
        digest.update(f"{name}\n{_parsed(_file_of(name))}\n".encode())
        for beside in _templates_beside(_file_of(name)):
            digest.update(beside.read_bytes())
    return {"sha256": digest.hexdigest(), "modules": modules}


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, cache_dir=None)


def _file_of(module: str) -> Path:
    base = Path(explainrec_models.__path__[0]).parent.joinpath(*module.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def _templates_beside(file: Path) -> list[Path]:
    return sorted(path for path in file.parent.iterdir() if path.suffix in {".j2", ".css"})


def _parsed(file: Path) -> str:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A string standing alone is a docstring or the description of a field.
            node.body = [s for s in body if not _is_text(s)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
