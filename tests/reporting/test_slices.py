from explainrec_models.reporting.inputs import DatasetInputs, SystemCard
from explainrec_models.reporting.slices import deletions, differences, slices


def test_warm_and_cold_stand_side_by_side(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    table = slices(films, cards)
    assert table.groups == (("AUC ↑", 2),)
    rates = next(row for row in table.rows if row.system == "rates")
    assert [cell.text for cell in rates.cells] == ["0.716", "0.673"]
    assert rates.cells[1].interval is not None
    assert rates.cells[1].interval.bounds == "no interval"


def test_differences_leave_out_the_baseline_and_mark_what_is_apart(
    films: DatasetInputs, cards: dict[str, SystemCard]
) -> None:
    table = differences(films, cards)
    assert [row.system for row in table.rows] == ["popularity", "ease", "tallrec"]
    auc = {row.system: row.cells[0] for row in table.rows}
    assert {system: cell.mark for system, cell in auc.items()} == {
        "popularity": "apart",
        "ease": "apart",
        "tallrec": "",
    }
    grounding = next(cell for cell in table.rows[0].cells if cell.metric == "grounding_score")
    assert dict(table.notes)[grounding.note] == "One of the two systems has no value."


def test_deletions_are_one_row_a_system_and_kind(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    table = deletions(films, cards)
    assert [column.label for column in table.columns] == ["1 item", "2 items", "3 items"]
    assert [(row.system, row.label) for row in table.rows][:3] == [
        ("rates", "cited"),
        ("rates", "random"),
        ("rates", "popular"),
    ]
    assert [cell.text for cell in table.rows[0].cells] == ["0.500", "1.000", "1.500"]
