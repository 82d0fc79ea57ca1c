import json
from pathlib import Path

import dagster as dg
import polars as pl

from explainrec_dagster.display import LARGEST_PICTURE, describe, markdown_table

PNG = b"\x89PNG\r\n\x1a\n"


def test_the_table_with_the_most_rows_is_shown_and_the_others_are_counted(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "small.parquet")
    pl.DataFrame({"item_id": ["x"] * 7, "score": [0.123456] * 7}).write_parquet(tmp_path / "big.parquet")
    metadata = describe(tmp_path)
    assert metadata["dagster/row_count"].value == 7
    assert metadata["rows of small"].value == 1
    schema = metadata["dagster/column_schema"].value
    assert isinstance(schema, dg.TableSchema)
    assert [(column.name, column.type) for column in schema.columns] == [("item_id", "String"), ("score", "Float64")]
    assert str(metadata["preview"].value).count("| x | 0.1235 |") == 5


def test_numbers_of_the_report_stand_alone_so_that_they_can_be_plotted(tmp_path: Path) -> None:
    report = {"rows": 3, "share": 0.5, "complete": True, "more": {"x": 1}}
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    metadata = describe(tmp_path)
    assert (metadata["rows"].value, metadata["share"].value, metadata["complete"].value) == (3, 0.5, True)
    assert metadata["report"].value == report
    assert "more" not in metadata


def test_what_was_dropped_is_a_table_of_the_reasons_that_occurred(tmp_path: Path) -> None:
    dropped = {"no_title": 3, "<b>bad</b>": 1, "never": 0}
    (tmp_path / "report.json").write_text(json.dumps({"rows": 3, "dropped": dropped}), encoding="utf-8")
    table = describe(tmp_path)["dropped"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data for record in table.records] == [
        {"reason": "<b>bad</b>", "count": 1},
        {"reason": "no title", "count": 3},
    ]
    (tmp_path / "report.json").write_text(json.dumps({"dropped": {"never": 0}}), encoding="utf-8")
    assert "dropped" not in describe(tmp_path)


def test_a_number_that_was_dropped_is_a_number(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"dropped": 4}), encoding="utf-8")
    assert describe(tmp_path)["dropped"].value == 4


def test_a_json_file_is_its_own_report(tmp_path: Path) -> None:
    card = tmp_path / "tallrec.json"
    card.write_text('{"title": "TALLRec"}', encoding="utf-8")
    assert describe(card)["report"].value == {"title": "TALLRec"}


def test_a_picture_is_shown_unless_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG + b"0" * LARGEST_PICTURE)
    assert "picture" not in describe(tmp_path)
    (tmp_path / "b.png").write_bytes(PNG)
    assert "(data:image/png;base64,iVBORw0KGgo=)" in str(describe(tmp_path)["picture"].value)


def test_a_page_is_linked_and_its_first_picture_shown(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<img src="data:image/png;base64,AAAA">', encoding="utf-8")
    metadata = describe(tmp_path)
    assert str(metadata["page"].value) == (tmp_path / "index.html").as_uri()
    assert "data:image/png;base64,AAAA" in str(metadata["picture"].value)


def test_an_output_that_is_not_on_disk_has_nothing_to_show(tmp_path: Path) -> None:
    assert describe(tmp_path / "nowhere") == {}


def test_cells_are_cut_and_cannot_break_the_table() -> None:
    frame = pl.DataFrame({"text": ["a|b\nc", "z" * 100]})
    assert markdown_table(frame).splitlines() == ["| text |", "| --- |", "| a\\|b c |", f"| {'z' * 59}… |"]
