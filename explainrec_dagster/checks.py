"""The verdicts of Great Expectations as Dagster's asset checks, one a layer and severity, for each dataset."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

QUALITY_ASSET = dg.AssetKey(["quality_report"])
# Checks must be known before any data is seen. A layer counts to the name it begins with; one that is not named here
# counts to the first, so that nothing in a verdict is dropped.
LAYERS: Mapping[dg.AssetKey, tuple[str, ...]] = {
    QUALITY_ASSET: ("raw_ratings", "raw_items"),
    dg.AssetKey(["heldout_rows"]): ("heldout", "prepared"),
}
SEVERITIES = {"critical": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}

VERDICT = "verdict.json"


def check_specs(
    assets: Iterable[dg.AssetKey], partitions: dg.PartitionsDefinition[str] | None
) -> list[dg.AssetCheckSpec]:
    """Return the checks of the assets that have a verdict; only the critical ones block what comes after."""
    return [
        dg.AssetCheckSpec(
            name=f"{layer}_{severity}",
            asset=asset,
            description=f"Expectations of severity {severity} over {layer.replace('_', ' ')}.",
            blocking=severity == "critical",
            partitions_def=partitions,
        )
        for asset in assets
        for layer in LAYERS.get(asset, ())
        for severity in SEVERITIES
    ]


def verdict_folder(root: Path, out: str, dataset: str | None, *, since: float) -> Path | None:
    """Return the folder with the verdict that the validate stage left, also when it failed.

    Args:
        root: of the project.
        out: the stage's output folder; DVC does not keep it if the stage fails.
        dataset: whose verdict it is.
        since: a verdict of a failed stage counts only if it was written after this moment (seconds since 1970).
    """
    kept = root / out
    if (kept / VERDICT).is_file():
        return kept
    saved = root / ".explainrec" / "quality" / str(dataset)
    if (saved / VERDICT).is_file() and (saved / VERDICT).stat().st_mtime >= since:
        return saved
    return None


def check_results(asset: dg.AssetKey, folder: Path) -> Iterator[dg.AssetCheckResult]:
    """Yield one result for each check of an asset from the verdict and Data Docs in a folder."""
    expectations = json.loads((folder / VERDICT).read_text(encoding="utf-8"))["expectations"]
    data_docs = folder / "data_docs" / "index.html"
    for layer in LAYERS[asset]:
        for severity, level in SEVERITIES.items():
            rows = [row for row in expectations if _check_name(asset, row) == f"{layer}_{severity}"]
            failed = [str(row["name"]) for row in rows if not row["success"]]
            metadata: dict[str, dg.MetadataValue] = {
                "expectations": dg.MetadataValue.int(len(rows)),
                "failed": dg.MetadataValue.int(len(failed)),
            }
            if rows:
                metadata["table"] = dg.MetadataValue.table([_record(row) for row in rows])
            if data_docs.is_file():
                metadata["data_docs"] = dg.MetadataValue.url(data_docs.resolve().as_uri())
            yield dg.AssetCheckResult(
                asset_key=asset,
                check_name=f"{layer}_{severity}",
                passed=not failed,
                severity=level,
                description=_summary(rows, failed),
                metadata=metadata,
            )


def _check_name(asset: dg.AssetKey, row: Mapping[str, Any]) -> str:
    layers = LAYERS[asset]
    layer = next((name for name in layers if str(row["layer"]).startswith(name)), layers[0])
    # A severity nobody has heard of must not pass unseen.
    severity = row["severity"] if row["severity"] in SEVERITIES else "critical"
    return f"{layer}_{severity}"


def _summary(rows: list[Mapping[str, Any]], failed: list[str]) -> str:
    if not rows:
        return "No expectations of this kind."
    return f"Failed: {', '.join(failed)}." if failed else f"All {len(rows)} met."


def _record(row: Mapping[str, Any]) -> dg.TableRecord:
    unexpected = row.get("unexpected_count")
    return dg.TableRecord(
        {
            "layer": str(row["layer"]),
            "expectation": str(row["name"]),
            "met": bool(row["success"]),
            "observed": str(row.get("observed")),
            "expected": str(row.get("expected")),
            "unexpected rows": "" if unexpected is None else str(unexpected),
        }
    )
