from typing import Any

from explainrec_models.reporting.removal import Removal, removal


def _rows(count: int, **after: float) -> list[dict[str, Any]]:
    return [
        {"removed": removed, "count": count, "score": 0.82, "score_without": score} for removed, score in after.items()
    ]


def test_a_removal_says_what_went_and_what_controls_of_equal_size_do() -> None:
    rows = _rows(3, popular=0.7, random=0.79, cited=0.31)
    assert removal(rows, read=7, log_odds=False) == Removal(
        before="0.820",
        after="0.310",
        without="the 3 history items that speak most for it",
        controls="0.790 without as many random ones, 0.700 without as many of the most popular",
    )


def test_one_item_is_told_in_the_singular() -> None:
    told = removal(_rows(1, cited=0.31, random=0.79, popular=0.7), read=2, log_odds=False)
    assert told is not None
    assert told.without == "the history item that speaks most for it"
    assert told.controls == "0.790 without a random one, 0.700 without the most popular"


def test_log_odds_are_probabilities_in_every_place() -> None:
    told = removal(_rows(2, cited=0.0, random=0.4, popular=-0.4), read=5, log_odds=True)
    assert told is not None
    # 1 / (1 + exp(-0.82)) = 0.69424, 1 / (1 + exp(-0.4)) = 0.59869
    assert (told.before, told.after) == ("69.4\N{NO-BREAK SPACE}%", "50.0\N{NO-BREAK SPACE}%")
    assert told.controls.replace("\N{NO-BREAK SPACE}", " ") == (
        "59.9 % without as many random ones, 40.1 % without as many of the most popular"
    )


def test_a_control_that_must_be_the_same_set_is_not_told() -> None:
    told = removal(_rows(3, cited=0.31, random=0.31, popular=0.31), read=3, log_odds=False)
    assert told is not None
    assert told.controls == "the system read no others"


def test_nothing_deleted_is_no_removal() -> None:
    assert removal([], read=4, log_odds=False) is None
