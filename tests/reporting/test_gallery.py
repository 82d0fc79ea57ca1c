from dataclasses import replace

import polars as pl
from invented_results import FILMS

from explainrec_models.data import schema
from explainrec_models.reporting.gallery import BARS, PastItem, gallery
from explainrec_models.reporting.inputs import DatasetInputs, SystemCard, SystemReasons
from explainrec_models.reporting.pictures import Pictures


def test_each_user_has_history_and_a_shelf_a_system(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    shown = gallery(films, cards, Pictures())
    assert [visitor.user_id for visitor in shown.visitors] == ["u1", "u2"]
    first = shown.visitors[0]
    assert first.recent == (
        PastItem(FILMS[4], liked=False),
        PastItem(FILMS[2], liked=True),
        PastItem(FILMS[1], liked=True),
    )
    assert [shelf.system for shelf in first.shelves] == ["rates", "ease", "tallrec"]
    assert shown.recommendations == 12


def test_systems_without_explanations_are_listed_with_the_reason(
    films: DatasetInputs, cards: dict[str, SystemCard]
) -> None:
    assert gallery(films, cards, Pictures()).without == (("Popularity", "its card says that it gives no explanations"),)
    silent = SystemReasons(films.explanations["ease"].reasons.clear(), films.explanations["ease"].contributions.clear())
    changed = replace(films, explanations={**films.explanations, "ease": silent})
    assert ("EASE", "the stage explain wrote no reasons for this dataset") in gallery(
        changed, cards, Pictures()
    ).without


def test_bars_are_signed_scaled_and_grouped_by_slot(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    item = gallery(films, cards, Pictures()).visitors[0].shelves[0].recommendations[0]
    history, attributes, prior = item.groups
    assert [(bar.label, bar.text, bar.width, bar.cited) for bar in history] == [
        (FILMS[1], "+0.800", 100.0, True),
        (FILMS[4], "\N{MINUS SIGN}0.400", 50.0, False),
        (FILMS[2], "+0.100", 12.5, False),
    ]
    assert [(bar.label, bar.width) for bar in attributes] == [("genre: Comedy", 31.2)]
    assert [bar.label for bar in prior] == ["before any evidence"]
    assert not item.weaker


def test_weak_contributions_are_summed_and_cited_ones_never_hidden(
    films: DatasetInputs, cards: dict[str, SystemCard]
) -> None:
    found = films.explanations["ease"]
    mine = (pl.col(schema.USER_ID) == "u1") & (pl.col(schema.ITEM_ID) == "0")
    head = found.contributions.filter(mine).head(1)
    others = [
        head.with_columns(pl.lit(f"x{n}").alias(schema.SOURCE), pl.lit(-2.0).alias(schema.CONTRIBUTION))
        for n in range(12)
    ]
    crowded = replace(found, contributions=pl.concat([head, *others]))
    changed = replace(films, explanations={"ease": crowded})
    item = gallery(changed, cards, Pictures()).visitors[0].shelves[0].recommendations[0]
    bars = [bar for group in item.groups for bar in group]
    assert len(bars) == BARS
    assert [bar.label for bar in bars if bar.cited] == [FILMS[1]]
    assert item.weaker == "3 weaker contributions add \N{MINUS SIGN}6.000."
