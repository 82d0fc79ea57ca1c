"""The section of the comparison page on zero-shot transfer: a table a kind of slice and metric, and differences."""

from collections.abc import Mapping, Sequence
from typing import Any

from cells import Record, interval, table
from collm_tables import signed

KINDS = {
    "users": (
        "Cold users",
        "Users on whom nothing was fitted, behind their first rows; what is asked is the same in each column of a "
        "dataset. Training rows are of other users and of all days, as the recipe `k-shot-users` has it; a system is "
        "fitted once.",
    ),
    "items": (
        "Cold items",
        "Items without a row that is fitted on, and rated ones (*warm*) of the same users and days by the same fitted "
        "system; recipe `held-out-items`.",
    ),
    "domains": (
        "Other domains",
        "A category of the shop by a system fitted on the other two (recipe `cross-domain`: histories are of those), "
        "and the shop by a system fitted on ml-100k (histories are the shop's).",
    ),
}
RANKED = {"auc_score": "AUC", "uauc_score": "UAUC"}
PROBABLE = ("log_loss", "calibration_error")
FULL, SEEN, UNSEEN = "explainrec", "true tastes", "true tastes, popularity unknown"


def transfer(record: Record) -> str:
    """Return the tables of each kind, what is missing in them and why, and where each row comes from."""
    result = record["result"]
    parts = [part for kind in KINDS for part in of_kind(result, kind)]
    computed = "; ".join(
        f"`{row['system']}` at {' and '.join(commits(row))}, {seconds(row):.0f} s of fitting and scoring"
        for row in result["rows"]
    )
    return "\n\n".join([*parts, f"Rows computed: {computed}."])


def seconds(row: Mapping[str, Any]) -> float:
    """Return how long a row took, in all experiments."""
    return sum(float(cost["fit_seconds"]) + float(cost["score_seconds"]) for cost in row["costs"].values())


def commits(row: Mapping[str, Any]) -> list[str]:
    """Return the commits that a row's experiments were computed at, each once."""
    return list(dict.fromkeys(cost["commit"][:12] for cost in row["costs"].values()))


def of_kind(result: Mapping[str, Any], kind: str) -> list[str]:
    """Return the tables of one kind of slices."""
    columns = [column for column in result["columns"] if column["kind"] == kind]
    names = [column["name"] for column in columns]
    title, what = KINDS[kind]
    tables = [
        table([label, *names], [[f"`{row['system']}`", *values(row, names, metric)] for row in result["rows"]])
        for metric, label in RANKED.items()
    ]
    tables.append(
        table(
            ["log loss / ECE", *names],
            [[f"`{row['system']}`", *(probable(row, name) for name in names)] for row in result["rows"]],
        )
    )
    parts = [f"**{title}.** {what} {sizes(columns)}{left_out(result, columns)}", *tables]
    parts += [part for part in (against(result, names), warmth(result, names), notes(result, names)) if part]
    return parts


def measured(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a row's metrics of a slice; none where there are none."""
    metrics: Mapping[str, Any] = row["slices"].get(name, {}).get("metrics", {})
    return metrics


def values(row: Mapping[str, Any], names: Sequence[str], metric: str) -> list[str]:
    """Return a metric in each slice, a dash where it was not measured."""
    found = [measured(row, name).get(metric) for name in names]
    return ["-" if one is None else interval(one) for one in found]


def probable(row: Mapping[str, Any], name: str) -> str:
    """Return log loss and calibration error, whose intervals stand in the record."""
    metrics = measured(row, name)
    return " / ".join(f"{metrics[metric]['value']:.4f}" for metric in PROBABLE) if metrics else "-"


def sizes(columns: Sequence[Mapping[str, Any]]) -> str:
    """Return what the slices are made of, those of the same rows together."""
    alike: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for one in columns:
        what = (one["rows"], one["users"], one["mixed_users"], one["liked_share"])
        alike.setdefault((one["experiment"], *what), []).append(one)
    lines = []
    for (experiment, rows, users, mixed, liked), same in alike.items():
        name = same[0]["name"] if len(same) == 1 else f"{experiment} ({len(same)} columns)"
        known = ", ".join(f"{one['median_history']:.0f}" for one in same)
        lines.append(
            f"{name}: {rows:,} rows of {users} users ({mixed} with both labels), {liked:.0%} liked, median history "
            f"{known}"
        )
    return f"{'; '.join(lines)}."


def left_out(result: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> str:
    """Return what was left out of the slices."""
    wanted = list(dict.fromkeys(column["experiment"] for column in columns))
    counts = [
        f"{name}: {count} {reason}"
        for name in wanted
        for reason, count in result["left_out"].get(name, {}).items()
        if count
    ]
    return f" Left out, {'; '.join(counts)}." if counts else ""


def against(result: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the full system minus each rival, and whether the aims were met."""
    rows = []
    for rival, found in result["minus"].items():
        for metric, label in RANKED.items():
            shown = [signed(found[name][metric]) if name in found else "-" for name in names]
            if set(shown) != {"-"}:
                rows.append([f"`explainrec` minus `{rival}`, {label}", *shown])
    if not rows:
        return ""
    points = 100 * result["aims"]["minus"]
    aims = [
        f"{points:.1f} points of AUC above `tallrec`: {met(result, 'tallrec', names, result['aims']['minus'])}",
        f"not below `rates`: {met(result, 'rates', names, 0.0)}",
    ]
    differences = table(["same rows, same resamples", *names], rows)
    return f"{differences}\n\nAims: {'; '.join(aims)}.{of_earlier(result, names)}"


def of_earlier(result: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return which differences are of an earlier full system than the row above, whose scores were not kept."""
    (full,) = (row for row in result["rows"] if row["system"] == FULL)
    experiments = {column["name"]: column["experiment"] for column in result["columns"]}
    stale = []
    for rival, found in result["minus"].items():
        both = [name for name in names if name in found]
        now = {name: full["costs"].get(experiments[name], {}).get("commit") for name in both}
        old = [name for name in both if found[name].get("commit") != now[name]]
        if old:
            stale.append(f"`{rival}` ({'all' if old == both else '; '.join(old)})")
    return f" Of an earlier `explainrec` than its row are the differences from {', '.join(stale)}." if stale else ""


def met(result: Mapping[str, Any], rival: str, names: Sequence[str], least: float) -> str:
    """Return on which slices the difference of AUC is smaller than the aim."""
    found = result["minus"].get(rival, {})
    both = [name for name in names if name in found]
    missed = [name for name in both if found[name]["auc_score"]["value"] < least]
    if not both:
        return "not measured"
    return f"missed on {', '.join(missed)}" if missed else f"met on {len(both)} of {len(names)} slices"


def warmth(result: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return cold metrics divided by warm ones, where the slices have such a pair."""
    pairs = [
        (row["system"], name, ratios)
        for row in result["rows"]
        for name, ratios in row["ratios"].items()
        if name in names
    ]
    if not pairs:
        return ""
    rows = [[f"`{system}`", name, *(interval(ratios[metric]) for metric in RANKED)] for system, name, ratios in pairs]
    least = result["aims"]["warm_share"]
    reached = [
        f"{'reached' if ratios['auc_score']['value'] >= least else 'missed'} on {name}"
        for system, name, ratios in pairs
        if system == FULL
    ]
    heads = ["cold divided by warm", "dataset", *RANKED.values()]
    aim = f"Aim: {least:.2f} of the warm AUC by `explainrec`: {', '.join(reached) or 'not measured'}."
    return f"{table(heads, rows)}\n\n{aim}{ceilings(result, names)}"


def ceilings(result: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return what the true tastes allow cold items to have of the warm AUC, and how near the full system comes."""
    of = {row["system"]: row["slices"] for row in result["rows"]}
    said = []
    for name in names:
        warm = f"{name}, warm"
        cells = ((UNSEEN, name), (SEEN, warm), (FULL, name), (FULL, warm))
        found = [of.get(row, {}).get(cell, {}).get("metrics", {}).get("auc_score") for row, cell in cells]
        if all(found):
            best, best_warm, mine, mine_warm = (float(one["value"]) for one in found)
            said.append(
                f"{best / best_warm:.3f} on {name}, of whose ceilings `explainrec` has {mine / best:.3f} (cold) and "
                f"{mine_warm / best_warm:.3f} (warm)"
            )
    return f" The true tastes, with the popularity of rated items alone, have {'; '.join(said)}." if said else ""


def notes(result: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return why a cell is empty or says nothing, systems with the same reason together."""
    by_reason: dict[str, dict[str, list[str]]] = {}
    for row in result["rows"]:
        for name in names:
            found = row["slices"].get(name, {"note": "not measured"})
            if "note" in found:
                by_reason.setdefault(found["note"], {}).setdefault(row["system"], []).append(name)
    return "\n".join(
        f"- {why}: " + "; ".join(f"`{system}` ({', '.join(where)})" for system, where in systems.items()) + "."
        for why, systems in by_reason.items()
    )
