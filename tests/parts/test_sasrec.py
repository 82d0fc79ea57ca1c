"""The network looks back only, and comes back from disk as it went."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from explainrec_models.errors import DataError, MissingArtefactError
from explainrec_models.parts.sasrec import (
    NAMES_FILE,
    WEIGHTS_FILE,
    Network,
    Shape,
    load_item_vectors,
    load_network,
    new_network,
    save_network,
)

SHAPE = Shape(items=9, history_length=4, embedding_size=8, layers=2, heads=2, expansion=2, dropout=0.5)


def network() -> Network:
    return new_network(SHAPE, seed=3).eval()


def test_a_state_knows_nothing_of_later_items() -> None:
    net = network()
    first, other = net(torch.tensor([[9, 1, 2, 3]])), net(torch.tensor([[9, 1, 2, 8]]))
    torch.testing.assert_close(first[:, :3], other[:, :3])
    assert not torch.allclose(first[:, 3], other[:, 3])


def test_the_order_of_items_matters() -> None:
    forward, backward = network().log_probabilities([[1, 2, 3], [3, 2, 1]])
    assert np.abs(forward - backward).max() > 1e-3


def test_probabilities_sum_to_one_and_do_not_depend_on_company() -> None:
    sequences = [[1], [], [1, 2, 3, 4], [5, 5]]
    together = network().log_probabilities(sequences)
    assert together.shape == (4, 9)
    np.testing.assert_allclose(np.exp(together).sum(axis=1), 1, atol=1e-5)
    for row, sequence in zip(together, sequences, strict=True):
        np.testing.assert_allclose(network().log_probabilities([sequence])[0], row, atol=1e-5)
    assert network().log_probabilities([]).shape == (0, 9)


def test_probabilities_are_products_with_the_item_vectors() -> None:
    """Start token, then item 4: the last hidden state times the vectors, softmaxed."""
    net = network()
    with torch.no_grad():
        logits = net(torch.tensor([[net.start, 4]]))[0, -1].numpy() @ net.item_vectors().T
    expected = logits - np.log(np.exp(logits).sum())
    np.testing.assert_allclose(net.log_probabilities([[4]])[0], expected, atol=1e-5)


def test_items_older_than_the_window_are_not_read() -> None:
    long, short = network().log_probabilities([[8, 7, 1, 2, 3, 4], [1, 2, 3, 4]])
    np.testing.assert_array_equal(long, short)


def test_scoring_leaves_dropout_as_it_was() -> None:
    net = network().train()
    np.testing.assert_array_equal(net.log_probabilities([[1, 2]]), net.log_probabilities([[1, 2]]))
    assert net.training


def test_factors_give_items_their_neighbours_from_the_start() -> None:
    factors = np.zeros((9, 2), dtype=np.float32)
    factors[:4, 0], factors[4:, 1] = 1, 1
    vectors = new_network(SHAPE, seed=3, item_factors=factors).item_vectors()[:, :2]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert (unit[:4] @ unit[:4].T).min() > 0.8
    assert (unit[:4] @ unit[4:].T).max() < 0.5
    untouched = new_network(SHAPE, seed=3, item_factors=np.zeros((9, 2), dtype=np.float32))
    np.testing.assert_array_equal(untouched.item_vectors(), network().item_vectors())


def test_a_seed_decides_the_weights_and_nothing_else() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    network()
    assert torch.equal(torch.rand(1), expected)
    assert not np.array_equal(new_network(SHAPE, seed=4).item_vectors(), network().item_vectors())


def test_a_saved_network_scores_the_same_and_lends_its_vectors(tmp_path: Path) -> None:
    names = [f"film {number}" for number in range(9)]
    save_network(network(), names, tmp_path, facts={"epochs": 2})
    loaded, item_ids, facts = load_network(tmp_path)
    assert (item_ids, facts) == (names, {"epochs": 2})
    np.testing.assert_array_equal(loaded.log_probabilities([[1, 2]]), network().log_probabilities([[1, 2]]))
    lent_ids, vectors = load_item_vectors(tmp_path)
    assert lent_ids == names
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, network().item_vectors())


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="The stage 'tune' writes it"):
        load_network(tmp_path)
    save_network(network(), [str(number) for number in range(9)], tmp_path, facts={})
    tensors = load_file(tmp_path / WEIGHTS_FILE)
    tensors["norm.weight"] = torch.ones(3)
    save_file(tensors, tmp_path / WEIGHTS_FILE)
    with pytest.raises(DataError, match=rf"does not fit the shape in {NAMES_FILE} .*norm\.weight"):
        load_network(tmp_path)
