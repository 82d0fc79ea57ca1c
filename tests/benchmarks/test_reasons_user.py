"""A system seen through sets of kept history rows: asked once about each, ranked among candidates, charged."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from reasons_user import Meter, UserModel, history_values, jittered, read_part, realigned, sigmoid

from explainrec_models.data import schema
from explainrec_models.data.histories import History
from explainrec_models.evaluation.explanation.leave_one_out import leave_one_out
from explainrec_models.parts.explanation import Contribution, Explanation
from explainrec_models.registry import System

HISTORY = History("u", ("a", "b", "c"), (True, False, True), (1, 2, 2))
PULLS = {"x": {"a": 3.0, "b": -1.0, "c": 2.0}, "y": {"a": 0.0, "b": 4.0, "c": 0.0}, "z": {"a": 1.0, "b": 1.0, "c": 1.5}}


class Adding:
    """Each history item adds its pull on an item; counts the histories that it is asked about."""

    asked = 0

    def score(self, histories: Sequence[History], candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        self.asked += len(histories)
        return np.array(
            [
                [sum(PULLS[item][piece] for piece in history.item_ids) for item in items]
                for history, items in zip(histories, candidates, strict=True)
            ],
            dtype=np.float32,
        )


def model(adding: Adding, history: History = HISTORY) -> UserModel:
    return UserModel(cast("System", adding), history, ["x"], ["x", "y", "z"], lambda scores: scores / 2)


def test_leaving_a_piece_out_leaves_its_rows_out() -> None:
    assert leave_one_out(model(Adding()).score("x"), 3).tolist() == [1.5, -0.5, 1.0]


def test_a_set_is_scored_once_for_all_items_and_ranks() -> None:
    adding = Adding()
    user = model(adding)
    kept = np.array([[True, True, True], [False, True, False], [True, True, True]])
    assert user.score("x")(kept).tolist() == [2.0, -0.5, 2.0]
    assert np.asarray(user.rank("x")(kept)).tolist() == [1, 3, 1]
    assert adding.asked == 2


def test_a_tie_speaks_for_the_item() -> None:
    nothing = np.zeros((1, 3), dtype=np.bool_)
    assert np.asarray(model(Adding()).rank("z")(nothing)).tolist() == [1]


def test_an_item_that_occurs_twice_is_one_piece() -> None:
    user = model(Adding(), History("u", ("a", "b", "a"), (True, False, True), (1, 2, 3)))
    assert user.pieces == ["a", "b"]
    assert leave_one_out(user.score("x"), 2).tolist() == [3.0, -0.5]


def test_what_an_explanation_says_of_each_piece() -> None:
    contributions = (
        Contribution(schema.PRIOR, schema.PRIOR, 9.0),
        Contribution(schema.HISTORY, "c", 2.0),
        Contribution(schema.HISTORY, "b", -1.0),
    )
    explanation = Explanation("u", "x", 10.0, contributions, "by hand")
    assert history_values(explanation, ["a", "b", "c"]).tolist() == [0.0, -1.0, 2.0]
    assert read_part(explanation, HISTORY).item_ids == ("b", "c")
    silent = Explanation("u", "x", 9.0, contributions[:1], "by hand")
    assert read_part(silent, HISTORY) == HISTORY


def test_only_rows_of_equal_time_change_places() -> None:
    orders = {cast("History", jittered(HISTORY, np.random.default_rng(seed))).item_ids for seed in range(20)}
    assert orders == {("a", "b", "c"), ("a", "c", "b")}
    swapped = next(
        other
        for seed in range(20)
        if (other := jittered(HISTORY, np.random.default_rng(seed))) is not None and other.item_ids[1] == "c"
    )
    assert (swapped.liked, swapped.timestamps) == ((True, True, False), (1, 2, 2))
    assert jittered(HISTORY.last(1), np.random.default_rng(0)) is None
    assert realigned(np.array([1.0, 2.0, 3.0]), swapped.item_ids, HISTORY.item_ids).tolist() == [1.0, 3.0, 2.0]


def test_a_source_is_charged_for_histories_and_tokens() -> None:
    meter, adding = Meter(), Adding()
    score = meter.counted(adding.score)
    embedding = torch.nn.Embedding(5, 4)

    def ask(histories: int) -> Any:
        embedding(torch.zeros((2, 3), dtype=torch.long))
        return score([HISTORY] * histories, [["x"]] * histories)

    with meter.measuring("first", 2):
        ask(4)
    ask(7)
    with meter.measuring("second", 1):
        ask(1)
    costs = meter.per_explanation()
    assert (costs["first"]["variants"], costs["first"]["passes"], costs["first"]["tokens"]) == (2, 0.5, 3)
    assert (costs["second"]["variants"], costs["second"]["passes"], costs["second"]["tokens"]) == (1, 1, 6)


def test_sigmoid_of_log_odds() -> None:
    np.testing.assert_allclose(sigmoid(np.log([1.0, 3.0])), [0.5, 0.75])
