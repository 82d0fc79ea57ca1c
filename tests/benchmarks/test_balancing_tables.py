"""The table of balances: one row a way and seed, a dash for what a way does not have."""

from balancing_tables import balances

ROW = {"valid_uauc_scores": [0.61, 0.62], "gap_weight": 0.25, "seconds": 61.2, "commit": "0123456789abcdef"}


def test_one_row_a_way_and_seed() -> None:
    with_task = {**ROW, "attribution_agreement": [0.4]}
    rows = {"no attribution task": {"20": ROW}, "PCGrad": {"21": with_task, "20": with_task}}
    lines = balances({"result": {"rows": rows}}).splitlines()
    assert lines[2] == "| PCGrad | 20 | 0.6100, 0.6200 | 0.4000 | 0.2500 | 61 |"
    assert lines[3].startswith("| PCGrad | 21 |")
    assert lines[4] == "| no attribution task | 20 | 0.6100, 0.6200 | - | 0.2500 | 61 |"
    assert lines[-1].endswith("Computed at 0123456789ab.")
