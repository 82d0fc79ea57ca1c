"""The verdicts of Great Expectations as Dagster's asset checks, one a layer and severity, for each dataset."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

QUALITY_ASSET = dg.AssetKey(["quality_report"])
SEVERITIES = {"critical": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}
BOTH = tuple(SEVERITIES)
# Checks must be known before any data is seen: the layers of each asset's verdict and the severities they use. A layer
# counts to the name it begins with; what is not named here counts to the first, so that nothing is dropped.
LAYERS: Mapping[dg.AssetKey, Mapping[str, tuple[str, ...]]] = {
    QUALITY_ASSET: {"raw_ratings": BOTH, "raw_items": BOTH, "drift": ("warning",)},
    dg.AssetKey(["heldout_rows"]): {"heldout": BOTH, "prepared": BOTH},
    dg.AssetKey(["results_quality"]): dict.fromkeys(
        ("image_features", "text_features", "attribution_labels", "predictions"), BOTH
    ),
}

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
        for layer, severities in LAYERS.get(asset, {}).items()
        for severity in severities
    ]


def verdict_folder(root: Path, out: str, *, failed_since: float | None = None) -> Path | None:
    """Return the folder with the verdict that a stage left.

    Args:
        root: of the project.
        out: the stage's output folder, below ``data``.
        failed_since: when the stage began (seconds since 1970), if it failed: its outputs are gone then, but it leaves
            its verdict under the same name below ``.explainrec``, unless it did not get that far.
    """
    folder = root / out if failed_since is None else root / ".explainrec" / Path(*Path(out).parts[1:])
    verdict = folder / VERDICT
    is_there = verdict.is_file() and (failed_since is None or verdict.stat().st_mtime >= failed_since)
    return folder if is_there else None


def check_results(
    asset: dg.AssetKey, folder: Path, *, more: Sequence[Mapping[str, Any]] = ()
) -> Iterator[dg.AssetCheckResult]:
    """Yield one result for each check of an asset from the verdict and Data Docs in a folder.

    Args:
        asset: that the verdict is about.
        folder: with the verdict.
        more: lines of a verdict that are not in the file.
    """
    expectations = [*json.loads((folder / VERDICT).read_text(encoding="utf-8"))["expectations"], *more]
    data_docs = folder / "data_docs" / "index.html"
    for layer, severities in LAYERS[asset].items():
        for severity in severities:
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
                severity=SEVERITIES[severity],
                description=_summary(rows, failed),
                metadata=metadata,
            )


def _check_name(asset: dg.AssetKey, row: Mapping[str, Any]) -> str:
    layers = LAYERS[asset]
    # A severity nobody has heard of must not pass unseen.
    severity = row["severity"] if row["severity"] in SEVERITIES else "critical"
    known = (name for name, used in layers.items() if str(row["layer"]).startswith(name) and severity in used)
    return f"{next(known, next(iter(layers)))}_{severity}"


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
