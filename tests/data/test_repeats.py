import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.data.raw_tables import RAW_INTERACTION_SCHEMA
from explainrec_models.data.repeats import earliest

_rows = st.lists(
    st.tuples(st.sampled_from("uvw"), st.sampled_from("abc"), st.just(1.0), st.integers(0, 3)), max_size=12
)


def _by_hand(rows: list[tuple[str, str, float, int]]) -> list[tuple[str, str, float, int]]:
    best: dict[tuple[str, str], int] = {}
    for index, (user, item, _, moment) in enumerate(rows):
        held = best.get((user, item))
        if held is None or moment < rows[held][3]:
            best[user, item] = index
    return [rows[index] for index in sorted(best.values())]


@given(_rows)
def test_keeps_the_earliest_of_each_pair_in_file_order(rows: list[tuple[str, str, float, int]]) -> None:
    # Numbered ratings tell equal rows apart.
    rows = [(user, item, float(index), moment) for index, (user, item, _, moment) in enumerate(rows)]
    table = pl.DataFrame(rows, schema=RAW_INTERACTION_SCHEMA, orient="row")
    assert earliest(table).rows() == _by_hand(rows)


def test_the_columns_stay() -> None:
    table = pl.DataFrame([("u", "a", 1.0, 5), ("u", "a", 2.0, 4)], schema=RAW_INTERACTION_SCHEMA, orient="row")
    table = table.with_columns(split=pl.Series(["train", "test"]))
    assert earliest(table).rows(named=True) == [
        {"user_id": "u", "item_id": "a", "rating": 2.0, "timestamp": 4, "split": "test"}
    ]
