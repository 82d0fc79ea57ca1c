"""Windows ask for every item once; batches hold windows of like length in a seeded order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.training.examples import IGNORED, Share
from explainrec_models.training.sequence_data import LengthOrder, SequenceData, Window, collate, windows

LENGTHS = [number % 7 + 1 for number in range(50)]


@given(st.lists(st.integers(0, 99), max_size=40), st.integers(1, 12))
def test_every_item_is_a_target_once_right_behind_its_predecessor(sequence: list[int], length: int) -> None:
    found = windows(sequence, length=length, start=100)
    asked = [target for window in found for target in window.targets if target != IGNORED]
    assert asked == sequence
    pairs = [
        (token, target)
        for window in found
        for token, target in zip(window.tokens, window.targets, strict=True)
        if target != IGNORED
    ]
    assert pairs == list(zip([100, *sequence], sequence, strict=False))
    assert all(window.tokens[0] == 100 and len(window.tokens) <= length + 1 for window in found)


def test_windows_are_padded_on_the_right() -> None:
    batch = collate([Window((9, 1, 2), (1, 2, 3)), Window((9,), (4,))])
    assert batch.tokens.tolist() == [[9, 1, 2], [9, 0, 0]]
    assert batch.targets.tolist() == [[1, 2, 3], [4, IGNORED, IGNORED]]


def test_an_epoch_shows_each_window_once_with_others_of_its_length() -> None:
    order = LengthOrder(LENGTHS, 4, seed=3)
    epochs = []
    for epoch in range(2):
        order.set_epoch(epoch)
        batches = list(order)
        assert len(batches) == len(order) == 13
        assert sorted(place for batch in batches for place in batch) == list(range(50))
        assert all(max(LENGTHS[p] for p in batch) - min(LENGTHS[p] for p in batch) <= 1 for batch in batches)
        epochs.append(batches)
    assert epochs[0] != epochs[1]
    lengths = [LENGTHS[batch[0]] for batch in epochs[0]]
    assert lengths != sorted(lengths)


@pytest.mark.parametrize("world", [2, 3, 5])
def test_processes_share_the_batches_and_have_equally_many(world: int) -> None:
    whole = list(LengthOrder(LENGTHS, 4, seed=3))
    shares = [list(LengthOrder(LENGTHS, 4, seed=3, share=Share(rank, world))) for rank in range(world)]
    assert len({len(share) for share in shares}) == 1
    dealt = [batch for turn in zip(*shares, strict=True) for batch in turn]
    assert dealt[:13] == whole
    assert dealt[13:] == whole[: len(dealt) - 13]


def test_an_epoch_goes_on_where_it_stopped() -> None:
    data = SequenceData([Window((9,) * n, (1,) * n) for n in LENGTHS], batch_size=4, seed=3, validate=False)
    whole, rest = data.train_dataloader(), data.train_dataloader()
    rest.load_state_dict({"shown": 11})
    assert [batch.tokens.tolist() for batch in rest] == [batch.tokens.tolist() for batch in whole][11:]
    assert rest.state_dict() == {"shown": 13}
