"""Padding, targets and the order of an epoch."""

import torch

from explainrec_models.training.examples import IGNORED, EpochOrder, Share, TokenisedExample, collate, mixed_seed

EXAMPLES = [
    TokenisedExample(prompt=(5, 6, 7), answer=(8, 9), liked=True),
    TokenisedExample(prompt=(5,), answer=(4,), liked=False),
]


def test_prompts_are_padded_on_the_right() -> None:
    batch = collate(EXAMPLES, with_answers=False)
    assert batch.tokens.tolist() == [[5, 6, 7], [5, 0, 0]]
    assert batch.last.tolist() == [2, 0]
    assert batch.liked.tolist() == [1.0, 0.0]


def test_the_whole_text_has_targets_and_padding_has_none() -> None:
    batch = collate(EXAMPLES, with_answers=True)
    assert batch.tokens.tolist() == [[5, 6, 7, 8, 9], [5, 4, 0, 0, 0]]
    assert batch.targets.tolist() == [[5, 6, 7, 8, 9], [5, 4, IGNORED, IGNORED, IGNORED]]
    assert batch.last.tolist() == [2, 0]


def test_every_epoch_shows_each_example_once_in_its_own_order() -> None:
    order = EpochOrder(10, 4, seed=3)
    epochs = []
    for epoch in range(3):
        order.set_epoch(epoch)
        batches = list(order)
        assert [len(batch) for batch in batches] == [4, 4, 2]
        epochs.append([place for batch in batches for place in batch])
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_an_epoch_goes_on_where_it_stopped() -> None:
    whole, rest = EpochOrder(10, 4, seed=3), EpochOrder(10, 4, seed=3)
    whole.set_epoch(2)
    rest.set_epoch(2)
    rest.resume_after(1)
    assert list(rest) == list(whole)[1:]
    assert rest.shown == 3
    assert list(rest) == list(whole)


def test_more_processes_than_batches_show_batches_again() -> None:
    shares = [list(EpochOrder(10, 4, seed=3, share=Share(rank, 7))) for rank in range(7)]
    assert [share[0] for share in shares] == [batch for _ in range(3) for batch in EpochOrder(10, 4, seed=3)][:7]
    assert {len(share) for share in shares} == {1}
    assert list(EpochOrder(0, 4, seed=3, share=Share(1, 2))) == []


def test_neighbouring_seeds_give_unrelated_orders() -> None:
    seeds = {mixed_seed(seed, epoch, batch) for seed in range(10) for epoch in range(10) for batch in range(10)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert torch.Generator().manual_seed(max(seeds)).initial_seed() == max(seeds)
