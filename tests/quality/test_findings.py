import pytest

from explainrec_models.quality.findings import Count, Fact, Unchecked, as_result, judged_table, judging
from explainrec_models.quality.rules import WARNING, Rule


def rule(**arguments: object) -> Rule:
    return Rule("it fits", "table", WARNING, "", "ExpectColumnValuesToBeBetween", {"column": "x", **arguments})


def test_counts_are_judged_by_the_share_that_fits() -> None:
    assert judged_table({"it fits": Count(10, 8, 2)})["it fits"].tolist() == [0.75]
    assert judging(rule(mostly=0.9), Count(10, 8, 2)) == (
        "ExpectColumnValuesToBeBetween",
        {"column": "it fits", "min_value": 0.9},
    )


def test_where_nothing_is_judged_everything_fits() -> None:
    assert judged_table({"it fits": Count(10, 0, 0)})["it fits"].tolist() == [1.0]


def test_facts_are_judged_by_the_bounds_of_their_rule() -> None:
    bounds = {"min_value": 0, "max_value": 1, "strict_min": True}
    assert judging(rule(**bounds), Fact(0.5)) == ("ExpectColumnValuesToBeBetween", {"column": "it fits", **bounds})


@pytest.mark.parametrize("finding", [Unchecked("no column"), Fact(None)])
def test_what_is_not_known_cannot_pass(finding: Unchecked | Fact) -> None:
    assert judging(rule(), finding)[0] == "ExpectColumnValuesToNotBeNull"
    assert judged_table({"it fits": finding})["it fits"].tolist() == [None]


def test_results_read_as_great_expectations_writes_them() -> None:
    assert as_result(Count(10, 8, 2, ("a",))) == {
        "element_count": 10,
        "unexpected_count": 2,
        "unexpected_percent": 25.0,
        "partial_unexpected_list": ["a"],
    }
    assert as_result(Fact(0.5)) == {"observed_value": 0.5}
    assert as_result(Fact(2, ("a", "b"))) == {"observed_value": ["a", "b"]}
