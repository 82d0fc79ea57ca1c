"""Items held out: nothing of them is known, nothing later is trained on, no context tells validation of its future."""

from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rows import (
    CHOICES,
    DAY,
    ITEMS,
    TEST_FROM,
    VALID_FROM,
    Files,
    Row,
    chosen,
    chosen_on,
    divide,
    row,
    table,
    text,
    trained,
    two_files,
)

from explainrec_models.data import schema

CHOICE = CHOICES["held-out-items"]
VALID_ITEMS, TEST_ITEMS = chosen(ITEMS, CHOICE.share)
TRAIN_ITEMS = tuple(item for item in ITEMS if item not in {*VALID_ITEMS, *TEST_ITEMS})


def test_each_row_goes_by_its_item_and_its_day() -> None:
    valid, test, train = VALID_ITEMS[0], TEST_ITEMS[0], TRAIN_ITEMS[0]
    rows: list[Row] = [
        (user, item, 1, moment, None, None)
        for user, item, moment in [
            ("a", train, 0),
            ("a", valid, 0),
            ("a", test, 0),
            ("a", train, VALID_FROM),
            ("a", valid, VALID_FROM + DAY),
            ("a", train, VALID_FROM + DAY),
            ("b", train, VALID_FROM + DAY),
            ("a", train, TEST_FROM),
            ("a", valid, TEST_FROM),
            ("a", test, TEST_FROM),
        ]
    ]
    split = divide(table(rows), CHOICE)
    assert split.train[schema.RATING].to_list() == [0]
    assert split.valid[schema.RATING].to_list() == [4]
    assert split.test[schema.RATING].to_list() == [9]
    assert split.context[schema.RATING].to_list() == [3, 6]
    assert split.left_out == {
        "rows_of_validation_items_outside_their_dates": 2,
        "rows_of_test_items_before_test_from": 1,
        "rows_of_known_items_from_test_from_on": 1,
        "rows_of_known_items_after_a_validation_row": 1,
    }


@settings(deadline=None)
@given(rows=st.lists(row(), max_size=60))
def test_context_holds_known_items_from_before_what_its_user_is_asked(rows: list[Row]) -> None:
    split = divide(table(rows), CHOICE)
    assert {item for _, item, *_ in text(split.context)} <= set(TRAIN_ITEMS)
    asked = [(user, moment) for user, _, moment, _ in text(split.valid) + text(split.test)]
    for user, _, moment, _ in text(split.context):
        assert all(moment < later for other, later in asked if other == user)


unknown_to_validation = st.one_of(row(items=TEST_ITEMS), row(first=TEST_FROM))
unknown_to_training = st.one_of(row(items=TEST_ITEMS + VALID_ITEMS), row(first=VALID_FROM))


@settings(deadline=None)
@given(
    files=two_files(
        st.lists(row(items=TRAIN_ITEMS + VALID_ITEMS, last=TEST_FROM), min_size=1, max_size=30), unknown_to_validation
    )
)
def test_no_row_of_a_test_item_nor_from_test_from_on_changes_what_is_trained_chosen_or_known(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert chosen_on(mine) == chosen_on(other)
    assert text(mine.context) == text(other.context)


@settings(deadline=None)
@given(files=two_files(st.lists(row(items=TRAIN_ITEMS, last=VALID_FROM), min_size=1, max_size=30), unknown_to_training))
def test_no_row_of_a_held_out_item_nor_from_valid_from_on_changes_what_is_trained(files: Files) -> None:
    mine, other = (divide(file, CHOICE) for file in files)
    assert trained(mine) == trained(other)
