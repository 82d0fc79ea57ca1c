from explainrec_models.quality.rules import CRITICAL, has_columns, has_types, never_missing


def test_structure_is_always_critical() -> None:
    rules = [has_columns("t", ["a", "b"]), *has_types("t", {"a": "Int64"}), *never_missing("t", ["a", "b"])]
    assert [rule.severity for rule in rules] == [CRITICAL] * 4
    assert [rule.name for rule in rules] == [
        "the expected columns are there",
        "column a has the expected type",
        "column a has no missing value",
        "column b has no missing value",
    ]
    assert rules[1].expected == "whole numbers (Int64)"
