"""The pictures that tell a person what a look is."""

from dataclasses import replace

import polars as pl

from explainrec_models.data import schema
from explainrec_models.reporting.gallery import gallery
from explainrec_models.reporting.inputs import DatasetInputs, SystemCard
from explainrec_models.reporting.looks import SHOWN, Look, system_looks
from explainrec_models.reporting.pictures import Pictures


def contributions(*rows: tuple[str, str, str]) -> pl.DataFrame:
    columns = (schema.ITEM_ID, schema.SLOT, schema.SOURCE)
    return pl.DataFrame(rows, schema=columns, orient="row")


def test_looks_stand_in_the_order_of_their_numbers_with_the_items_that_have_them() -> None:
    table = contributions(
        ("a", schema.ATTRIBUTE, "look:10"),
        ("b", schema.ATTRIBUTE, "look:2"),
        ("b", schema.ATTRIBUTE, "look:2"),
        ("c", schema.ATTRIBUTE, "look:2"),
        ("c", schema.ATTRIBUTE, "maker:look:1"),
        ("look:3", schema.HISTORY, "look:3"),
    )
    found = system_looks("One", table, {"a": "A", "b": "B"}.get)
    assert found.title == "One"
    assert found.looks == (Look("look: 2", ("B",)), Look("look: 10", ("A",)))


def test_a_look_shows_a_few_pictures_and_asks_for_no_more() -> None:
    asked: list[str] = []

    def picture(item: str) -> str:
        asked.append(item)
        return item.upper()

    table = contributions(*((f"i{number}", schema.ATTRIBUTE, "look:1") for number in range(SHOWN + 5)))
    (look,) = system_looks("One", table, picture).looks
    assert look.pictures == tuple(item.upper() for item in asked)
    assert len(asked) == SHOWN


def test_the_gallery_shows_the_looks_of_those_systems_that_name_any(
    films: DatasetInputs, cards: dict[str, SystemCard]
) -> None:
    assert gallery(films, cards, Pictures()).looks == ()
    found = films.explanations["ease"]
    more = found.contributions.head(1).with_columns(
        pl.lit("0").alias(schema.ITEM_ID),
        pl.lit(schema.ATTRIBUTE).alias(schema.SLOT),
        pl.lit("look:1").alias(schema.SOURCE),
    )
    changed = replace(found, contributions=pl.concat([found.contributions, more]))
    shown = gallery(replace(films, explanations={**films.explanations, "ease": changed}), cards, Pictures()).looks
    assert [(one.title, [look.label for look in one.looks]) for one in shown] == [("EASE", ["look: 1"])]
    assert len(shown[0].looks[0].pictures) == 1
