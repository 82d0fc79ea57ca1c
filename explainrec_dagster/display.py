"""What Dagster's pages show of an output: report, rows, columns and a picture, read from its files."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    import polars as pl

PREVIEW_ROWS = 5
LONGEST_CELL = 60
LARGEST_PICTURE = 400_000
_PICTURE_IN_PAGE = re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=]+")
_MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}

Metadata = dict[str, dg.MetadataValue]


def describe(path: Path) -> Metadata:
    """Describe an output folder or file for Dagster; empty if it is not on disk."""
    if not path.exists():
        return {}
    metadata: Metadata = {"path": dg.MetadataValue.path(str(path.resolve()))}
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    metadata |= _facts(files)
    metadata |= _tables([file for file in files if file.suffix == ".parquet"])
    picture = next(_pictures(files), None)
    if picture:
        metadata["picture"] = dg.MetadataValue.md(f"![{path.name}]({picture})")
    page = next((file for file in files if file.suffix == ".html"), None)
    if page:
        metadata["page"] = dg.MetadataValue.url(page.resolve().as_uri())
    return metadata


def _facts(files: list[Path]) -> Metadata:
    """Return a JSON file's content, and its numbers one by one, which Dagster then plots over time."""
    source = next((file for file in files if file.name == "report.json"), None)
    if source is None and len(files) == 1 and files[0].suffix == ".json":
        source = files[0]
    if source is None:
        return {}
    content = json.loads(source.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        return {"report": dg.MetadataValue.json(content)}
    numbers: Metadata = {}
    for key, value in content.items():
        if isinstance(value, bool):
            numbers[key] = dg.MetadataValue.bool(value)
        elif isinstance(value, int | float):
            numbers[key] = dg.MetadataValue.float(float(value))
    return numbers | _dropped(content.get("dropped")) | {"report": dg.MetadataValue.json(content)}


def _dropped(counts: object) -> Metadata:
    """Return the table of what was left out or repaired and why; a reason that never occurred is not shown."""
    if not isinstance(counts, dict):
        return {}
    rows = sorted((str(reason).replace("_", " "), count) for reason, count in counts.items() if count)
    records = [dg.TableRecord({"reason": reason, "count": count}) for reason, count in rows]
    return {"dropped": dg.MetadataValue.table(records)} if records else {}


def _tables(files: list[Path]) -> Metadata:
    """Describe the table with the most rows, and count the rows of the others."""
    if not files:
        return {}
    import polars as pl

    rows = {file: int(pl.scan_parquet(file).select(pl.len()).collect().item()) for file in files}
    main = max(files, key=lambda file: rows[file])
    head = pl.scan_parquet(main).head(PREVIEW_ROWS).collect()
    columns = [dg.TableColumn(name, str(dtype)) for name, dtype in head.schema.items()]
    metadata: Metadata = {
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns=columns)),
        "dagster/row_count": dg.MetadataValue.int(rows[main]),
        "preview": dg.MetadataValue.md(f"First rows of `{main.name}`:\n\n{markdown_table(head)}"),
    }
    return metadata | {f"rows of {file.stem}": dg.MetadataValue.int(rows[file]) for file in files}


def markdown_table(frame: "pl.DataFrame") -> str:
    """Return a table in Markdown, long cells cut."""
    lines = [_line(frame.columns), _line(["---"] * frame.width)]
    lines += [_line([_cell(value) for value in row]) for row in frame.iter_rows()]
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    text = " ".join(text.split()).replace("|", "\\|")
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _pictures(files: list[Path]) -> Iterator[str]:
    """Yield the pictures small enough for Dagster's database as data addresses."""
    for file in files:
        if file.suffix in _MEDIA_TYPES and file.stat().st_size <= LARGEST_PICTURE:
            yield f"data:{_MEDIA_TYPES[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"
        elif file.suffix == ".html":
            inside = _PICTURE_IN_PAGE.findall(file.read_text(encoding="utf-8"))
            yield from (picture for picture in inside if len(picture) <= LARGEST_PICTURE)
