"""The section of docs/comparison.md on reasons, from ``results/reasons.json``."""

from cells import Record, table

KINDS = {"recommended": "its own recommendations", "held_out": "held-out test rows"}
SOURCES = ("own", "leave_one_out", "shapley", "ease_recency", "recency", "popularity", "random")
COLUMNS = {
    "comprehensiveness_score": "comprehensiveness",
    "share_of_comprehensiveness_score": "share of leave-one-out's",
    "comprehensiveness_score_minus_recency": "minus recency",
    "comprehensiveness_score_minus_ease_recency": "minus EASE x recency",
    "sufficiency_error": "sufficiency (lower)",
    "deletion_area_error": "deletion (lower)",
    "insertion_area_score": "insertion",
    "pn_at_3_score": "PN@3",
    "ps_at_3_score": "PS@3",
    "out_of_top_5_score": "out of top 5",
    "counterfactual_size_loss": "counterfactual size (lower)",
    "shapley_correlation_score": "Spearman with Shapley",
}
BOUNDED = set(list(COLUMNS)[:4])
"""Columns with their interval; of the others it stands in the record."""
OWN_METRICS = {
    "citation_precision_score": "cited items in the history",
    "verbal_gap_score": "gap of what the words name to as many random items",
    "named_order_score": "order of naming with leave-one-out",
    "order_stability_score": "rows of equal time in another order",
    "randomisation_correlation_error": "correlation with the randomised model's reasons (lower)",
}
TRUTHS = {
    "truth_precision_at_3_score": "precision of the first three",
    "truth_recall_at_3_score": "recall of the first three",
    "truth_score": "Spearman with the truth",
    "truth_shuffled_score": "shuffled",
    "truth_top_attribute_score": "strongest attribute is the true one",
}
FEW = 10
"""Users below which a percentile interval is little more than the users' own values."""
LEGEND = (
    "m(x) is the sigmoid of the score of pointwise systems and elsewhere the score in standard deviations of the "
    "user's ranking. Comprehensiveness and sufficiency are means over 1, 5, 10, 20 and 50 % of the history items that "
    "the system reads; areas in ten steps, five where a language model scores. A recommendation stands while it is "
    "among the first five of the catalogue; a pointwise system's held-out row, and a recommendation where a "
    "language model scores, while its probability is above one half. A dash: undefined, or not measured. "
    "`leave_one_out` and `shapley` ask the system itself and are ceilings, but no bound: neither looks at pairs. "
    "`ease_recency` is the linear teacher's weight times 0.8 for each step of age and knows nothing of the system."
)


def reasons_section(record: Record) -> str:
    """Return the tables of every dataset, system and set of questions."""
    parts = []
    for dataset, systems in record["result"]["datasets"].items():
        for kind, title in KINDS.items():
            rows = [row for name, entry in systems.items() for row in _rows(name, entry, kind)]
            parts.append(f"**{dataset}**, {title}\n\n{table(['system', 'source', *COLUMNS.values()], rows)}")
        own = [_own_row(name, entry) for name, entry in systems.items()]
        parts.append(table(["own reasons of recommendations", *OWN_METRICS.values()], own))
        cost = [row for name, entry in systems.items() for row in _costs(name, entry)]
        heads = [
            "an explanation costs",
            "source",
            "seconds",
            "histories scored",
            "passes of the language model",
            "tokens",
        ]
        parts.append(table(heads, cost))
        truths = [row for name, entry in systems.items() for row in _truths(name, entry.get("truth", {}))]
        if truths:
            parts.append(table(["against the true reasons", "source", *TRUTHS.values()], truths))
        parts.append(" ".join(_provenance(name, entry) for name, entry in systems.items()))
    return "\n\n".join([*parts, LEGEND])


def _rows(name: str, entry: Record, kind: str) -> list[list[str]]:
    metrics = entry["questions"].get(kind, {}).get("metrics", {})
    return [
        [f"`{name}`", source, *(_cell(metrics[source].get(metric), bounds=metric in BOUNDED) for metric in COLUMNS)]
        for source in SOURCES
        if source in metrics
    ]


def _own_row(name: str, entry: Record) -> list[str]:
    metrics = entry["questions"].get("recommended", {}).get("metrics", {}).get("own", {})
    return [f"`{name}`", *(_cell(metrics.get(metric), bounds=True) for metric in OWN_METRICS)]


def _costs(name: str, entry: Record) -> list[list[str]]:
    return [
        [f"`{name}`", source, *(f"{cost[part]:g}" for part in ("seconds", "variants", "passes", "tokens"))]
        for source, cost in sorted(entry["cost"].items(), key=lambda item: SOURCES.index(item[0]))
    ]


def _truths(name: str, truth: Record) -> list[list[str]]:
    return [
        [f"`{name}`", source, *(_cell(truth[source].get(metric), bounds=True) for metric in TRUTHS)]
        for source in SOURCES
        if source in truth
    ]


def _provenance(name: str, entry: Record) -> str:
    sets = ", ".join(
        f"{found['examples']} {kind.replace('_', '-')} of {found['users']} users"
        for kind, found in sorted(entry["questions"].items(), reverse=True)
    )
    pieces, computed = entry["pieces"], entry["computed"]
    few = min((found["users"] for found in entry["questions"].values()), default=0) < FEW
    out = " (intervals over so few users say little)" if few else ""
    out += "".join(f"; left out, {why}: {count} users" for why, count in entry["left_out"].items())
    return (
        f"`{name}`: {sets}, {pieces['least']:g} to {pieces['most']:g} pieces (median {pieces['median']:g}), "
        f"{entry['effort']['orders']} orders of Shapley, {computed['seconds']:.0f} s at commit "
        f"{computed['commit'][:12]}{out}."
    )


def _cell(value: Record | None, *, bounds: bool) -> str:
    if value is None or value["value"] is None:
        return "-"
    if not bounds or value["low"] is None or value["high"] is None:
        return f"{value['value']:.3g}"
    return f"{value['value']:.3g} [{value['low']:.3g}, {value['high']:.3g}]"
