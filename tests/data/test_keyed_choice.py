"""Held-out ids: decided by id, seed and share alone."""

import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.data.keyed_choice import held_out

names = st.lists(st.text(min_size=1, max_size=8), max_size=40)
shares = st.floats(0.01, 0.49)


@given(some=names, others=names, share=shares, seed=st.integers(0, 10**6))
def test_ids_that_come_or_go_move_nobody(some: list[str], others: list[str], share: float, seed: int) -> None:
    alone = held_out(pl.Series(some, dtype=pl.String), share=share, seed=seed)
    crowd = held_out(pl.Series(others + some + others, dtype=pl.String), share=share, seed=seed)
    assert [set(part) for part in alone] == [set(part) & set(some) for part in crowd]


@given(some=names, share=shares, seed=st.integers(0, 10**6))
def test_no_id_is_held_out_twice_and_a_larger_share_keeps_those_of_a_smaller(
    some: list[str], share: float, seed: int
) -> None:
    ids = pl.Series(some, dtype=pl.String)
    few, many = (held_out(ids, share=part, seed=seed) for part in (share / 2, share))
    assert not set(many[0]) & set(many[1])
    assert all(len(part) == part.n_unique() for part in many)
    assert all(set(small) <= set(large) for small, large in zip(few, many, strict=True))


def test_the_hash_is_blake2b_below_the_share() -> None:
    ids = pl.Series([f"user {number}" for number in range(500)])
    hashes = {name: hashlib.blake2b(name.encode(), key=b"7", digest_size=8).digest() for name in ids}
    below = {name for name, digest in hashes.items() if int.from_bytes(digest) < 0.1 * 2**64}
    assert set(held_out(ids, share=0.1, seed=7)[1]) == below


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_the_shares_are_met_for_text_and_categories(dtype: type[pl.DataType]) -> None:
    # More ids than are hashed at once. The count is binomial: five standard deviations around 25,000 are 690.
    ids = pl.Series([str(number) for number in range(250_000)]).cast(dtype)
    for part in held_out(ids, share=0.1, seed=0):
        assert part.dtype == dtype
        assert abs(len(part) - 25_000) < 750


def test_seeds_choose_apart() -> None:
    ids = pl.Series([str(number) for number in range(1000)])
    first, second = (set(held_out(ids, share=0.1, seed=seed)[1]) for seed in (1, 2))
    assert len(first & second) < 30
