"""dvc.yaml as concrete stages, read as plain YAML: the one description that DVC and Dagster share."""

import itertools
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from explainrec_models.errors import ParamsError, UnknownNameError
from explainrec_models.params import WHERE_DATASETS

_OUTPUT_KEYS = ("outs", "metrics", "plots")
_KNOWN_KEYS = {"cmd", "deps", "desc", "foreach", "do", "matrix", "meta", "params", *_OUTPUT_KEYS}
# What stands for the key of a dataset where only the shape of the pipeline counts, which is equal for every key.
ANY_DATASET, ANOTHER_DATASET = "<dataset>", "<another dataset>"
_REFERENCE = re.compile(r"\$\{\s*([\w.-]+)\s*\}")


@dataclass(frozen=True)
class Stage:
    """One stage as DVC runs it.

    Attributes:
        name: DVC's name for it ("tune@ml-100k-tallrec").
        series: its name without the dataset ("tune/tallrec"); one Dagster op runs the stages of a series.
        dataset: the partition, or None for a stage that serves all datasets.
        assets: the asset key path of each entry of ``outs``, which counts metrics and plots too, in that order.
    """

    name: str
    template: str
    series: str
    dataset: str | None
    command: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]
    description: str
    group: str
    kinds: tuple[str, ...]
    assets: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Pipeline:
    """Every stage of dvc.yaml, in its order."""

    root: Path
    datasets: tuple[str, ...]
    systems: tuple[str, ...]
    stages: tuple[Stage, ...]

    def require_dataset(self, dataset: str) -> None:
        """Refuse a key that params.yaml does not list.

        Raises:
            UnknownNameError: the message names the nearest.
        """
        if dataset not in self.datasets:
            raise UnknownNameError(kind="dataset", name=dataset, known=self.datasets, advice=WHERE_DATASETS)

    def stage(self, series: str, dataset: str | None) -> Stage:
        """Return one stage of a series.

        Raises:
            UnknownNameError: params.yaml does not list the dataset.
            ParamsError: dvc.yaml has no such stage.
        """
        if dataset is not None:
            self.require_dataset(dataset)
        found = next((stage for stage in self.stages if (stage.series, stage.dataset) == (series, dataset)), None)
        if found is None:
            of = f" of {dataset}" if dataset else ""
            message = f"dvc.yaml and params.yaml no longer make a stage {series}{of}; reload Dagster's code location."
            raise ParamsError(message)
        return found

    def sources(self, stage: Stage) -> Iterator[tuple[Stage, tuple[str, ...]]]:
        """Yield the outputs a stage reads, each as its stage and asset key path.

        As in DVC, a dependency reads an output that it equals, lies in or contains.
        """
        for other in self.stages:
            for out, asset in zip(other.outs, other.assets, strict=True):
                if other is not stage and any(_overlap(dep, out) for dep in stage.deps):
                    yield other, asset


def default_root() -> Path:
    """Return the folder of dvc.yaml: ``EXPLAINREC_ROOT`` or the current folder."""
    return Path(os.environ.get("EXPLAINREC_ROOT") or Path.cwd()).resolve()


def load_pipeline(root: Path) -> Pipeline:
    """Read dvc.yaml and params.yaml of a project.

    Raises:
        ParamsError: a file is missing or uses what cannot be turned into assets.
    """
    params = _read_yaml(root / "params.yaml")
    datasets = params.get("datasets") or []
    if not isinstance(datasets, list) or not all(isinstance(key, str | int) for key in datasets):
        message = f"{root / 'params.yaml'}: `datasets` holds {datasets!r}; expected a list of keys."
        raise ParamsError(message)
    return _expand_all(root, params, [str(key) for key in datasets])


def load_shape(root: Path) -> Pipeline:
    """Read a project with stand-ins for its datasets, so that it loads whatever they are, even none.

    Raises:
        ParamsError: as ``load_pipeline``.
    """
    return _expand_all(root, _read_yaml(root / "params.yaml"), [ANY_DATASET, ANOTHER_DATASET])


def _expand_all(root: Path, params: Mapping[str, Any], datasets: list[str]) -> Pipeline:
    templates = _read_yaml(root / "dvc.yaml").get("stages", {})
    scope = {**params, "datasets": datasets}
    stages = tuple(stage for name, body in templates.items() for stage in _expand(name, body, scope))
    return Pipeline(root, tuple(datasets), tuple(params.get("systems") or ()), stages)


def _read_yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        message = f"{path} is not there. Run in the folder that holds dvc.yaml and params.yaml, or set EXPLAINREC_ROOT."
        raise ParamsError(message)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        message = f"{path} is not valid YAML: {error}"
        raise ParamsError(message) from error
    if not isinstance(content, dict):
        message = f"{path} holds {type(content).__name__}; expected a mapping."
        raise ParamsError(message)
    return content


def _expand(template: str, body: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[Stage]:
    if "foreach" in body:
        rows = _resolve(body["foreach"], params)
        # Over a mapping, DVC names a stage by its key; over a list, by the entry itself.
        pairs = rows.items() if isinstance(rows, dict) else [(None, row) for row in rows]
        for key, item in pairs:
            scope = {**params, "item": item} if key is None else {**params, "key": key, "item": item}
            row = str(item if key is None else key)
            yield _stage(template, {"row": row}, _resolve(body["do"], scope))
    elif "matrix" in body:
        axes = _resolve(body["matrix"], params)
        content = {key: value for key, value in body.items() if key != "matrix"}
        for values in itertools.product(*axes.values()):
            item = dict(zip(axes, values, strict=True))
            yield _stage(template, item, _resolve(content, {**params, "item": item}))
    else:
        yield _stage(template, {}, _resolve(body, params))


def _stage(template: str, row: Mapping[str, Any], body: Mapping[str, Any]) -> Stage:
    _check_keys(template, body)
    others = [str(value) for axis, value in row.items() if axis != "dataset"]
    suffix = "-".join(str(value) for value in row.values())
    meta = body.get("meta", {})
    outs = tuple(_path(entry) for key in _OUTPUT_KEYS for entry in body.get(key, ()))
    assets = tuple(tuple(asset.split("/")) for asset in meta.get("assets", ()))
    if len(outs) != len(assets):
        message = (
            f"dvc.yaml: stage {template!r} has {len(outs)} outs but {len(assets)} entries under meta.assets; "
            "name one asset an output, in the same order."
        )
        raise ParamsError(message)
    return Stage(
        name=f"{template}@{suffix}" if row else template,
        template=template,
        series="/".join([template, *others]),
        dataset=row.get("dataset"),
        command=str(body["cmd"]),
        # The retriever may be the very system that a stage reads.
        deps=tuple(dict.fromkeys(_path(entry) for entry in body.get("deps", ()))),
        outs=outs,
        description=body.get("desc", ""),
        group=meta.get("group", "default"),
        kinds=tuple(meta.get("kinds", ())),
        assets=assets,
    )


def _check_keys(template: str, body: Mapping[str, Any]) -> None:
    unknown = sorted(set(body) - _KNOWN_KEYS)
    if unknown:
        message = (
            f"dvc.yaml: stage {template!r} uses {', '.join(unknown)}, of which Dagster would know nothing; "
            f"use only {', '.join(sorted(_KNOWN_KEYS))}."
        )
        raise ParamsError(message)


def _path(entry: str | Mapping[str, Any]) -> str:
    """Return the path of an entry, which DVC lets carry options (`- path: {cache: false}`)."""
    return entry if isinstance(entry, str) else next(iter(entry))


def _resolve(value: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        # Keys too: a metric or plot with options is a mapping under its path.
        return {_resolve(key, scope): _resolve(entry, scope) for key, entry in value.items()}
    if isinstance(value, list):
        return [_resolve(entry, scope) for entry in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _look_up(whole[1], scope)
    return _REFERENCE.sub(lambda match: str(_look_up(match[1], scope)), value)


def _look_up(dotted: str, scope: Mapping[str, Any]) -> Any:
    found: Any = scope
    for part in dotted.split("."):
        if not isinstance(found, Mapping) or part not in found:
            message = f"dvc.yaml refers to ${{{dotted}}}, but params.yaml has no {part!r} there."
            raise ParamsError(message)
        found = found[part]
    return found


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
