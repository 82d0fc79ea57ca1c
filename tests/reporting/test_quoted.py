from typing import Any

from explainrec_models.reporting.inputs import SystemCard
from explainrec_models.reporting.metrics import METRICS
from explainrec_models.reporting.quoted import quotations, quoted_cell_value

AUC = METRICS[0]
CARD: dict[str, Any] = {
    "title": "A",
    "quoted": [{"dataset": "films", "metric": "AUC", "value": 0.7, "source": "Table 1, arXiv 0000.00000"}],
}


def test_quotations_keep_value_and_source(cards: dict[str, SystemCard]) -> None:
    (quote,) = quotations(cards)
    assert (quote.title, quote.metric, quote.value) == ("TALLRec (LoRA)", "AUC", "67.24")
    assert quote.source == "Table 2, arXiv 2305.00447"


def test_a_number_for_this_very_dataset_may_fill_an_empty_cell() -> None:
    assert quoted_cell_value(CARD, "films", AUC) == (0.7, "Table 1, arXiv 0000.00000")
    assert quoted_cell_value(CARD, "shop", AUC) is None
    assert quoted_cell_value(CARD, "films", METRICS[1]) is None
