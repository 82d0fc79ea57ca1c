import pytest

from explainrec_models.reporting.facts import Fact, dataset_facts, facts_of, plain
from explainrec_models.reporting.inputs import DatasetInputs


def test_headline_and_parts_come_from_the_tables(films: DatasetInputs) -> None:
    facts = dataset_facts(films)
    assert Fact("ratings", "100,000") in facts.headline
    assert Fact("items with a picture", "4") in facts.headline
    assert facts.parts[0] == Fact("training", "3 rows, 1970-01-01 to 1970-01-03, 66.7 % liked")
    assert facts.parts[2] == Fact("held out and scored", "1,802 rows of 120 users")


def test_what_was_dropped_is_named(films: DatasetInputs) -> None:
    assert dataset_facts(films).dropped == (Fact("repeated reviews", "12"),)


def test_failed_expectations_are_named_with_what_was_found(films: DatasetInputs) -> None:
    verdict = dataset_facts(films).expectations
    assert (verdict.held, verdict.total) == (1, 2)
    assert verdict.by_severity == (Fact("critical", "1 of 1"), Fact("warning", "0 of 1"))
    (failure,) = verdict.failures
    assert failure.label == "titles hold no HTML (raw items, warning)"
    assert failure.value == "found 3 of 1682 rows do not fit; expected no tag or entity in any title"


def test_pictures_are_counted_and_other_files_listed(films: DatasetInputs) -> None:
    source = dict(dataset_facts(films).details)["Source and licence"]
    values = {fact.label: fact.value for fact in source}
    assert values["files, ratings.csv"] == f"1.25 MB, sha256 {'ab' * 32}"
    assert values["files, images/"] == "1 files, 0.00 MB"
    assert values["licence"] == "none needed"


def test_nested_reports_become_lines() -> None:
    report = {"b": {"some_rows": 1200, "c": [1, 2]}, "a": None}
    assert list(facts_of(report)) == [Fact("a", "none"), Fact("b, c", "1, 2"), Fact("b, some rows", "1,200")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (0.123456, "0.1235"), ("", "none"), ([], "none"), ({"a_b": 1}, "a b 1"), ("text", "text")],
)
def test_values_are_written_for_reading(value: object, text: str) -> None:
    assert plain(value) == text
