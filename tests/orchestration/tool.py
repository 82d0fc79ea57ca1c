"""The stages of the small project: real programs with real files, quick enough to run by the dozen."""

import json
import os
import sys
import time
from pathlib import Path

from dagster_pipes import open_dagster_pipes


def write(out: Path, report: dict[str, object]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report), encoding="utf-8")


def verdict(dataset: str, *, success: bool) -> str:
    expectation = {
        "name": "a rating is between 1 and 5",
        "layer": "raw_ratings",
        "severity": "critical",
        "success": success,
        "observed": 5 if success else 9,
        "expected": "1..5",
        "unexpected_count": None,
    }
    return json.dumps({"dataset": dataset, "success": success, "expectations": [expectation]})


def validate(out: Path, dataset: str) -> None:
    if "bad" in Path("data/raw", dataset, "rows.txt").read_text(encoding="utf-8"):
        saved = Path(".explainrec/quality", dataset)
        saved.mkdir(parents=True, exist_ok=True)
        (saved / "verdict.json").write_text(verdict(dataset, success=False), encoding="utf-8")
        sys.exit(f"explainrec: ratings of {dataset} are not between 1 and 5")
    write(out, {"expectations": 1})
    (out / "verdict.json").write_text(verdict(dataset, success=True), encoding="utf-8")


def explain(out: Path) -> None:
    import polars as pl

    write(out, {"users": 2})
    titles = ["Red Mug", "Blue Mug"]
    reasons = [f"because of the {title}" for title in titles]
    frame = {"user_id": ["u1", "u2"], "rank": [1, 1], "title": titles, "reason": reasons}
    pl.DataFrame(frame).write_parquet(out / "reasons.parquet")


def main() -> None:
    stage, dataset, system, *_ = [*sys.argv[1:], "", ""]
    with open_dagster_pipes() as pipes, Path("ran.txt").open("a", encoding="utf-8") as ran:
        ran.write(" ".join(sys.argv[1:]) + "\n")
        time.sleep(float(os.environ.get("TOOL_SECONDS", "0")))
        match stage:
            case "fetch":
                source = Path("sources", f"{dataset}.txt")
                if not source.is_file():
                    sys.exit(f"{source} is not there: put the rows of {dataset} there")
                write(Path("data/raw", dataset), {"source": str(source)})
                Path("data/raw", dataset, "rows.txt").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
            case "validate":
                validate(Path("data/quality", dataset), dataset)
            case "explain":
                explain(Path("data/explanations", dataset, system))
            case "report":
                write(Path("data/report"), {})
                Path("data/report/index.html").write_text("<p>done</p>", encoding="utf-8")
            case _:
                Path("data/code").mkdir(parents=True, exist_ok=True)
                Path("data/code/fetch.json").write_text(json.dumps({"hash": "f"}), encoding="utf-8")
                Path("data/code/explain.json").write_text(json.dumps({"hash": "e"}), encoding="utf-8")
        pipes.report_custom_message({"stage": stage, "seconds": 1.5, "report": {}})


if __name__ == "__main__":
    main()
