from dataclasses import replace

import polars as pl
from invented_results import FILMS, UNSUPPORTED

from explainrec_models.data import schema
from explainrec_models.reporting import columns
from explainrec_models.reporting.gallery import BARS, PastItem, Recommendation, gallery
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
    found = films.explanations["ease"]
    silent = SystemReasons(found.reasons.clear(), found.contributions.clear(), found.deletions.clear())
    changed = replace(films, explanations={**films.explanations, "ease": silent})
    assert ("EASE", "the stage explain wrote no reasons for this dataset") in gallery(
        changed, cards, Pictures()
    ).without


def test_bars_are_signed_scaled_and_grouped_by_slot(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    item = gallery(films, cards, Pictures()).visitors[0].shelves[0].recommendations[0]
    assert [group.heading for group in item.groups] == ["History", "Attributes", "Aspects", "Prior"]
    history, attributes, aspects, prior = (group.bars for group in item.groups)
    assert [(bar.label, bar.text, bar.width, bar.cited) for bar in history] == [
        (FILMS[1], "+0.800", 100.0, True),
        (FILMS[4], "\N{MINUS SIGN}0.400", 50.0, False),
        (FILMS[2], "+0.100", 12.5, False),
    ]
    assert [(bar.label, bar.width) for bar in attributes] == [("genre: Comedy", 31.2)]
    assert [(bar.label, bar.width) for bar in aspects] == [("its <picture>", 25.0)]
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
    bars = [bar for group in item.groups for bar in group.bars]
    assert len(bars) == BARS
    assert [bar.label for bar in bars if bar.cited] == [FILMS[1]]
    assert item.weaker == "3 weaker contributions add \N{MINUS SIGN}6.000."


def _shown(inputs: DatasetInputs, cards: dict[str, SystemCard], system: str) -> dict[tuple[str, int], Recommendation]:
    return {
        (visitor.user_id, item.rank): item
        for visitor in gallery(inputs, cards, Pictures()).visitors
        for shelf in visitor.shelves
        if shelf.system == system
        for item in shelf.recommendations
    }


def test_only_log_odds_are_told_as_probabilities(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    ease, tallrec = (_shown(films, cards, system)["u1", 1] for system in ("ease", "tallrec"))
    assert (ease.score, ease.probability) == ("1.250", "")
    assert (tallrec.score, tallrec.probability) == ("1.250", "77.7\N{NO-BREAK SPACE}%")
    assert ease.removal is not None
    assert (ease.removal.before, ease.removal.after) == ("1.250", "\N{MINUS SIGN}0.800")
    assert tallrec.removal is not None
    assert (tallrec.removal.before, tallrec.removal.after) == ("77.7\N{NO-BREAK SPACE}%", "31.0\N{NO-BREAK SPACE}%")


def test_a_removal_is_that_of_its_own_user_item_and_system(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    mine = (pl.col(schema.USER_ID) == "u2") & (pl.col(schema.ITEM_ID) == "0")
    after = pl.when(mine).then(0.125).otherwise(columns.SCORE_WITHOUT).alias(columns.SCORE_WITHOUT)
    found = films.explanations["ease"]
    changed = replace(found, deletions=found.deletions.with_columns(after))
    inputs = replace(films, explanations={**films.explanations, "ease": changed})
    told = {pair: item.removal and item.removal.after for pair, item in _shown(inputs, cards, "ease").items()}
    usual = "\N{MINUS SIGN}0.800"
    assert told == {("u1", 1): usual, ("u1", 2): usual, ("u2", 1): "0.125", ("u2", 2): None}
    rates = _shown(inputs, cards, "rates")["u2", 1].removal
    assert rates is not None
    assert rates.after == usual


def test_without_support_there_is_no_removal(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    without = [pair for pair, item in _shown(films, cards, "tallrec").items() if item.removal is None]
    assert without == [(UNSUPPORTED[0], 2)]


def test_a_history_that_is_removed_whole_has_no_control(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    found = films.explanations["ease"]
    changed = replace(found, contributions=found.contributions.filter(pl.col(schema.SOURCE) != "4"))
    inputs = replace(films, explanations={"ease": changed})
    removal = _shown(inputs, cards, "ease")["u1", 1].removal
    assert removal is not None
    assert (removal.without, removal.controls) == (
        "the 2 history items that speak most for it",
        "the system read no others",
    )
