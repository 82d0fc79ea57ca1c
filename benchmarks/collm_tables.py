"""The sections of the comparison page on CoLLM's split of ML-1M: every row says what it saw."""

import json
from collections.abc import Mapping
from typing import Any

from cells import RESULTS, Record, interval, number, provenance, table, trained_weights

_PROMPTS = "training rows; earlier likes in the prompt, those of the test period too"
_UNCHECKED = "training rows; what the prompts hold was not checked"
QUOTED = (
    ("TALLRec, Vicuna-7B", "Table II, arXiv 2310.19488", _PROMPTS, 0.7097, 0.6818),
    ("CoLLM-MF, Vicuna-7B", "Table II, arXiv 2310.19488", _PROMPTS, 0.7295, 0.6875),
    ("CoLLM-DIN, Vicuna-7B", "Table II, arXiv 2310.19488", _PROMPTS, 0.7353, 0.6923),
    ("CoRA-MF, Vicuna-7B", "arXiv 2408.10645", _UNCHECKED, 0.7361, 0.6884),
    ("BinLLM, Vicuna-7B", "arXiv 2406.03210", _UNCHECKED, 0.7425, 0.6956),
)
METRICS = {
    "auc_score": "AUC",
    "uauc_score": "UAUC",
    "log_loss": "log loss",
    "calibration_error": "ECE",
    "calibration_error_by_chance": "ECE of right probabilities",
}
MORE = ("collm_explainrec",)
"""Records whose ``rows`` stand in the same table as soon as they are there."""


def counting(record: Record) -> str:
    """Return the section on CoLLM's split."""
    result = record["result"]
    rows = [
        ["`rates`, training rows alone", number(result["auc_score"]), number(result["uauc_score"])],
        ["*MF* (Table II, arXiv 2310.19488)", "*0.6482*", "*0.6361*"],
        ["*TALLRec, Vicuna-7B* (same table)", "*0.7097*", "*0.6818*"],
        ["*CoLLM-MF, Vicuna-7B* (same table)", "*0.7295*", "*0.6875*"],
        ["*CoLLM-DIN, Vicuna-7B* (same table)", "*0.7353*", "*0.6923*"],
    ]
    gap = f"Expected 0.7320 / 0.6816 ± {result['tolerance']}: {'reached' if result['within_tolerance'] else 'missed'}."
    return f"{table(['ML-1M, published temporal split', 'AUC', 'UAUC'], rows)}\n\n{result['rows']} test rows. {gap}"


def baselines(record: Record) -> str:
    """Return the table of all systems measured on the split, quoted rows below, and what the settings mean."""
    found = [(name, RESULTS / f"{name}.json") for name in MORE]
    others = [json.loads(path.read_text(encoding="utf-8")) for _, path in found if path.is_file()]
    rows = [measured_row(row) for one in (record, *others) for row in one["result"]["rows"]]
    rows += [quoted_row(*quote) for quote in QUOTED]
    parts = [table(["system", "saw", *METRICS.values()], rows), notes(record)]
    for other in others:
        parts += [part for part in (differences(other), over_seeds(other), costs(other)) if part]
    return "\n\n".join([*parts, *(provenance(other) for other in others)])


def measured_row(row: Mapping[str, Any]) -> list[str]:
    """Return a row with its intervals, a dash for what was not measured."""
    metrics = [row["metrics"].get(name) for name in METRICS]
    return [f"`{row['system']}`", row["saw"], *("-" if metric is None else interval(metric) for metric in metrics)]


def quoted_row(name: str, source: str, saw: str, auc: float, uauc: float) -> list[str]:
    """Return a row as printed in a paper."""
    return [f"*{name}* ({source})", saw, f"*{auc:.4f}*", f"*{uauc:.4f}*", *["-"] * (len(METRICS) - 2)]


def notes(record: Record) -> str:
    """Return what was seen, how sure the differences are and what was expected."""
    result = record["result"]
    # Keys of a record are sorted; its rows are in the order of the benchmark.
    order = list(dict.fromkeys(row["saw"] for row in result["rows"]))
    lines = [f"- *{saw}*: {result['settings'][saw]}" for saw in order]
    differences = "; ".join(
        f"{saw}: AUC {signed(one['auc_score'])}, UAUC {signed(one['uauc_score'])}"
        for saw, one in ((saw, result["boosted_minus_rates"][saw]) for saw in order)
    )
    seeds = "; ".join(
        f"{saw}: AUC {span(one['auc_score'])}, UAUC {span(one['uauc_score'])}"
        for saw, one in ((saw, result["boosted_over_seeds"][saw]) for saw in order)
    )
    missed = [f"{name} {metric}" for name, metric in result["missed"]]
    return "\n".join(
        [
            f"{result['test_rows']:,} test rows of {result['test_users']} users, {result['mixed_users']} of them with "
            "both labels. Probabilities by Platt scaling on validation rows.",
            "",
            *lines,
            "",
            f"`boosted` minus `rates`, paired: {differences}. Over seeds {result['seeds']}: {seeds}. Expected values "
            f"{'reached' if not missed else 'missed: ' + ', '.join(missed)}.",
        ]
    )


def differences(record: Record) -> str:
    """Return the full system minus each baseline on the same rows, where a record has it."""
    rows = [
        [f"`explainrec` minus `{rival}`", saw, *(signed(one[metric]) for metric in ("auc_score", "uauc_score"))]
        for rival, by_setting in record["result"].get("minus", {}).items()
        for saw, one in sorted(by_setting.items(), reverse=True)
    ]
    return table(["same rows, same resamples", "saw", "AUC", "UAUC"], rows) if rows else ""


def over_seeds(record: Record) -> str:
    """Return from where to where a row's values go when its seed changes, where a record has several."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in record["result"]["rows"]:
        found.setdefault((row["system"].partition(", seed ")[0], row["saw"]), []).append(row["metrics"])
    spans = [
        f"`{name}`, {saw}: AUC {span([one['auc_score']['value'] for one in values])}, "
        f"UAUC {span([one['uauc_score']['value'] for one in values])}"
        for (name, saw), values in found.items()
        if len(values) > 1
    ]
    return f"Over {max(map(len, found.values()))} seeds: {'; '.join(spans)}." if spans else ""


def costs(record: Record) -> str:
    """Return what each row of a record cost, where it says so."""
    rows = [
        [
            f"`{name}`",
            f"{cost['fit_seconds']:.0f}",
            f"{cost['score_seconds']:.0f}",
            f"{cost['peak_gib']:.2f}",
            f"{trained_weights(cost['fit']) or 0:,}",
            cost["commit"][:12],
        ]
        for name, cost in record["result"].get("costs", {}).items()
    ]
    heads = ["cost of a row", "fit, s", "score, s", "peak memory, GiB", "trainable parameters", "commit"]
    return table(heads, rows) if rows else ""


def signed(difference: Record) -> str:
    """Return a difference with its interval."""
    return f"{difference['value']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"


def span(values: list[float]) -> str:
    """Return the smallest and the largest value."""
    return f"{min(values):.4f} to {max(values):.4f}"
