from invented_results import metrics

from explainrec_models.reporting.inputs import DatasetInputs, SystemCard
from explainrec_models.reporting.tables import comparison, ranking_label


def test_every_cell_is_the_evaluations_number_or_has_a_note(shop: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    measured = metrics("shop")
    for row in comparison(shop, cards).rows:
        for cell in row.cells:
            assert cell.value == measured[row.system].get(cell.metric)
            assert (cell.value is None) == bool(cell.note)


def test_intervals_and_controls_stand_in_the_cell(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    ease = next(row for row in comparison(films, cards).rows if row.system == "ease")
    cells = {cell.metric: cell for cell in ease.cells}
    interval = cells["auc_score"].interval
    assert interval is not None
    assert interval.bounds == "0.716 to 0.756"
    assert [(aside.label, aside.text) for aside in cells["comprehensiveness_score"].beside] == [
        ("random", "0.021"),
        ("popular", "0.118"),
    ]


def test_empty_cells_name_the_evaluations_reason(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    table = comparison(films, cards)
    notes = dict(table.notes)
    found = {(row.system, cell.metric): notes[cell.note] for row in table.rows for cell in row.cells if cell.note}
    assert found["popularity", "grounding_score"] == "The system gives no explanation."
    assert found["ease", "truth_score"] == "The true reasons of this dataset are not known."


def test_the_best_is_bold_only_when_apart_from_the_baseline(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    marked = {
        cell.metric: (row.system, cell.mark) for row in comparison(films, cards).rows for cell in row.cells if cell.mark
    }
    assert marked["auc_score"] == ("ease", "best")  # 0.736 - 0.705 = 0.031, interval ± 0.02
    assert marked["recall_at_10_score"] == ("tallrec", "best")  # + 0.0242
    assert marked["mrr_at_10_score"] == ("tallrec", "leading")  # + 0.0182


def test_labels_are_the_last_row_where_they_were_measured(
    films: DatasetInputs, shop: DatasetInputs, cards: dict[str, SystemCard]
) -> None:
    assert [row.system for row in comparison(shop, cards).rows] == [*cards, "labels"]
    assert [row.system for row in comparison(films, cards).rows] == [*cards]


def test_a_system_that_reranks_is_labelled() -> None:
    assert not ranking_label({"full_ranking": True}, {})
    assert ranking_label({"full_ranking": False}, {}) == "re-ranks the retriever's list"
    assert ranking_label({"full_ranking": False}, {"shortest_list": 20}) == "re-ranks the retriever's top 20"
