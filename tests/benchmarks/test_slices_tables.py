"""The section on zero-shot transfer: a column a slice, empty cells with their reason, aims as they were met."""

from typing import Any

from slices_tables import sizes, transfer


def bounds(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


def metrics(value: float) -> dict[str, Any]:
    names = ("auc_score", "uauc_score", "log_loss", "calibration_error")
    return {"metrics": {name: bounds(value) for name in names}}


def column(name: str, kind: str) -> dict[str, Any]:
    sizes = {"rows": 1234, "users": 50, "mixed_users": 40, "liked_share": 0.5, "median_history": 3.0}
    return {"name": name, "kind": kind, "experiment": f"of {name}", **sizes}


def row(system: str, value: float, **slices: Any) -> dict[str, Any]:
    found = {name: metrics(value) for name in ("d, 0 shots", "d", "d, warm", "to Mugs")}
    ratio = {metric: bounds(0.97) for metric in ("auc_score", "uauc_score")}
    cost = {"fit_seconds": 60.0, "score_seconds": 2.0, "commit": f"{system}0123456789abc"}
    costs = {"of d": cost, "to Mugs": cost, "to Lamps": {**cost, "commit": "later0123456789abc"}}
    return {"system": system, "slices": {**found, **slices}, "ratios": {"d": ratio}, "costs": costs}


def record(difference: float = 0.02) -> dict[str, Any]:
    kinds = {"d, 0 shots": "users", "d": "items", "d, warm": "items", "to Mugs": "domains"}
    paired = {metric: bounds(difference) for metric in ("auc_score", "uauc_score")}
    result = {
        "rows": [row("rates", 0.6, **{"to Mugs": {"metrics": {}, "note": "nothing to count"}}), row("explainrec", 0.7)],
        "columns": [column(name, kind) for name, kind in kinds.items()],
        "left_out": {"of d": {"cold rows of users without a warm row": 6, "warm rows of users without a cold row": 0}},
        "minus": {"tallrec": {"to Mugs": paired}, "rates": {"d": paired}, "boosted": {}},
        "aims": {"minus": 0.009, "warm_share": 0.95},
    }
    return {"result": result}


def test_each_kind_has_a_table_of_its_slices() -> None:
    lines = transfer(record()).splitlines()
    assert [line for line in lines if line.startswith("| AUC")] == [
        "| AUC | d, 0 shots |",
        "| AUC | d | d, warm |",
        "| AUC | to Mugs |",
    ]
    assert "| `explainrec` | 0.7000 [0.6900, 0.7100] | 0.7000 [0.6900, 0.7100] |" in lines
    assert "| `explainrec` | 0.7000 / 0.7000 |" in lines
    cost = "later0123456, 186 s of fitting and scoring"
    assert lines[-1] == f"Rows computed: `rates` at rates0123456 and {cost}; `explainrec` at explainrec01 and {cost}."


def test_an_empty_cell_has_its_reason() -> None:
    lines = transfer(record()).splitlines()
    assert "| `rates` | - |" in lines
    assert "- nothing to count: `rates` (to Mugs)." in lines


def test_what_is_asked_and_left_out_is_said() -> None:
    said = transfer(record())
    assert "d: 1,234 rows of 50 users (40 with both labels), 50% liked, median history 3;" in said
    assert "Left out, of d: 6 cold rows of users without a warm row.\n" in said


def test_slices_of_the_same_rows_are_described_once() -> None:
    same = {**column("d, 0 shots", "users"), "experiment": "users of d"}
    more = {**same, "name": "d, 5 shots", "median_history": 5.0}
    other = {**same, "rows": 7}
    assert sizes([same, more]).startswith("users of d (2 columns): 1,234 rows of 50 users")
    assert sizes([same, more]).endswith("median history 3, 5.")
    assert len(sizes([same, other]).split("; ")) == 2


def test_differences_and_aims() -> None:
    said = transfer(record())
    assert "| `explainrec` minus `tallrec`, AUC | +0.0200 [+0.0100, +0.0300] |" in said
    assert "| `explainrec` minus `rates`, AUC | +0.0200 [+0.0100, +0.0300] | - |" in said
    assert "Aims: 0.9 points of AUC above `tallrec`: not measured; not below `rates`: met on 1 of 2 slices." in said
    assert "Aims: 0.9 points of AUC above `tallrec`: met on 1 of 1 slices; not below `rates`: not measured." in said
    assert "above `tallrec`: missed on to Mugs;" in transfer(record(0.005))
    assert "| `explainrec` | d | 0.9700 [0.9600, 0.9800] | 0.9700 [0.9600, 0.9800] |" in said
    assert "Aim: 0.95 of the warm AUC by `explainrec`: reached on d." in said


def test_differences_from_rows_that_were_not_scored_again_are_said_to_be_old() -> None:
    old = record()
    assert "Of an earlier `explainrec` than its row are the differences from `rates` (all)." in transfer(old)
    old["result"]["minus"]["rates"]["d"]["commit"] = "explainrec0123456789abc"
    assert "earlier `explainrec` than its row are the differences from `rates`" not in transfer(old)
    assert "earlier `explainrec` than its row are the differences from `tallrec` (all)." in transfer(old)


def test_cold_items_are_held_against_what_true_tastes_allow() -> None:
    told = record()
    told["result"]["rows"] += [row("true tastes", 0.8), row("true tastes, popularity unknown", 0.76)]
    expected = (
        "The true tastes, with the popularity of rated items alone, have 0.950 on d, of whose ceilings `explainrec` "
        "has 0.921 (cold) and 0.875 (warm)."
    )
    assert expected in transfer(told)
    assert "The true tastes" not in transfer(record())
