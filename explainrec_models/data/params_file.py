"""Editing the registry of datasets in params.yaml line by line, so that comments, order and every other line stay.

Libraries that keep comments attach them to the entry before; a comment would change its place when the last entry of a
section does. The places of the lines come from PyYAML's parser, the edit is of text alone.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from explainrec_models.data.outputs import replacing_file
from explainrec_models.errors import ParamsError, UnknownNameError
from explainrec_models.params import WHERE_DATASETS, load_params

_INDENT = "  "


def add_dataset(path: Path, key: str, source: Mapping[str, Any]) -> None:
    """Write a new key and its details at the end of ``datasets`` and ``sources``.

    Raises:
        ParamsError: the key is taken, or the file would not be valid with it; it then stays as it was.
    """

    def change(lines: list[str]) -> None:
        registry = _Registry(path, lines)
        if key in registry.keys:
            message = (
                f"{path} has a dataset {key!r} already. Choose another `--key`, or remove it first: "
                f"`explainrec datasets remove {key}`."
            )
            raise ParamsError(message)
        last = list(registry.keys)[-1]
        written = yaml.safe_dump({key: _plain(source)}, sort_keys=False, allow_unicode=True, width=120)
        end = registry.source_lines(last).stop
        lines[end:end] = [f"{_INDENT}{line}\n" for line in written.splitlines()]
        # The registry stands above the sources, so the lines found before still hold for it.
        line = registry.keys[last]
        marker = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
        lines.insert(line + 1, f"{marker}- {key}\n")

    _edit(path, change)


def remove_dataset(path: Path, key: str) -> None:
    """Take a key and its details out.

    Raises:
        UnknownNameError: no such key.
        ParamsError: it is the last one.
    """

    def change(lines: list[str]) -> None:
        registry = _Registry(path, lines)
        line = registry.line_of(key)
        if len(registry.keys) == 1:
            message = f"{path}: {key} is the only dataset; add another before removing it."
            raise ParamsError(message)
        span = registry.source_lines(key)
        del lines[span.start : span.stop]
        del lines[line]

    _edit(path, change)


def rename_dataset(path: Path, old: str, new: str) -> None:
    """Give a key another name, in its place.

    Raises:
        UnknownNameError: no key ``old``.
        ParamsError: ``new`` is taken or cannot be a name.
    """

    def change(lines: list[str]) -> None:
        registry = _Registry(path, lines)
        if new in registry.keys:
            message = f"{path} has a dataset {new!r} already. Choose another name."
            raise ParamsError(message)
        for line in (registry.line_of(old), registry.source_lines(old).start):
            lines[line] = lines[line].replace(old, new, 1)

    _edit(path, change)


class _Registry:
    """Where the keys of ``datasets`` and ``sources`` stand in the lines of a file."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self._path = path
        self._lines = lines
        root = yaml.compose("".join(lines), Loader=yaml.SafeLoader)
        assert root is not None, "load_params has read this file"
        sections = {key.value: value for key, value in root.value}
        self._sources = sections["sources"]
        if any(sections[name].flow_style for name in ("datasets", "sources")) or (
            sections["datasets"].start_mark.line > self._sources.start_mark.line
        ):
            message = (
                f"{path}: `datasets` must be a list with one `- key` a line, above `sources`, to be edited here. "
                "Write it so, or edit the file by hand."
            )
            raise ParamsError(message)
        self.keys: dict[str, int] = {node.value: node.start_mark.line for node in sections["datasets"].value}
        """Line of each key in ``datasets``, from 0."""

    def line_of(self, key: str) -> int:
        """Return the line of a key in ``datasets``."""
        if key not in self.keys:
            raise UnknownNameError(kind="dataset", name=key, known=self.keys, advice=WHERE_DATASETS)
        return self.keys[key]

    def source_lines(self, key: str) -> range:
        """Return the lines of a key's details; blank lines and comments after them belong to what follows."""
        name, value = next(pair for pair in self._sources.value if pair[0].value == key)
        end = value.end_mark.line  # where what follows begins
        while not self._lines[end - 1].strip() or self._lines[end - 1].lstrip().startswith("#"):
            end -= 1
        return range(name.start_mark.line, end)


def _edit(path: Path, change: Callable[[list[str]], None]) -> None:
    """Change the file whole or not at all."""
    load_params(path)  # what cannot be read cannot be edited either
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    change(lines)
    with replacing_file(path) as partial:
        partial.write_text("".join(lines), encoding="utf-8")
        _check(partial, path)


def _check(partial: Path, path: Path) -> None:
    try:
        load_params(partial)
    except ParamsError as error:
        message = f"{str(error).replace(str(partial), str(path))}\n{path} stays as it was."
        raise ParamsError(message) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
