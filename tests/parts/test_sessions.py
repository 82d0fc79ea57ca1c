"""Sessions: a question's features hold strictly earlier rows, packing loses nothing, drops take away what they say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from invented_evidence import table

from explainrec_models.data.histories import History
from explainrec_models.parts.evidence import FEATURES, Past
from explainrec_models.parts.item_effects import Ratings
from explainrec_models.parts.sessions import Session, packs, past_of, places_of, training_sessions, with_drops

ROWS = Ratings(
    np.array([0, 1, 0, 0, 1, 0, 0]), np.array([1, 2, 3, 4, 0, 2, 0]), np.array([1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
)
MOMENTS = np.array([10, 10, 20, 20, 25, 30, 40])


def sessions(window: int = 10, size: int = 10) -> list[Session]:
    return list(training_sessions(ROWS, MOMENTS, 0, table(), fold=2, window=window, size=size))


def test_items_outside_the_catalogue_are_no_past_but_may_be_asked_about() -> None:
    position = {"a": 0, "b": 1, "c": 2}
    past = past_of(History("u", ("c", "x", "a"), (True, True, False), (1, 2, 3)), position)
    assert past.items.tolist() == [2, 0]
    assert past.liked.tolist() == [1.0, 0.0]
    assert len(past_of(History("u"), position).items) == 0
    assert places_of(["b", "x"], position).tolist() == [1, -1]


def test_rows_of_one_moment_do_not_see_one_another() -> None:
    (session,) = sessions()
    assert session.candidates.tolist() == [1, 3, 4, 2, 0]
    assert session.seen.tolist() == [0, 1, 1, 3, 4]
    assert session.fold == 2
    for place, seen in enumerate(session.seen):
        past = Past(session.past.items[:seen], session.past.liked[:seen])
        expected = table().features(past, session.candidates[place : place + 1])[0]
        np.testing.assert_allclose(session.features[place], expected, atol=1e-6)


def test_later_rows_change_no_earlier_question() -> None:
    (before,) = sessions()
    changed = Ratings(ROWS.users, ROWS.items, np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0]))
    (after,) = training_sessions(changed, MOMENTS, 0, table(), fold=2, window=10, size=10)
    np.testing.assert_array_equal(before.features[:4], after.features[:4])
    assert not np.array_equal(before.features[4], after.features[4])


def test_a_long_history_is_cut_into_sessions_that_keep_a_window() -> None:
    cut = sessions(window=2, size=2)
    assert [session.candidates.tolist() for session in cut] == [[1, 3], [4, 2], [0]]
    assert [session.past.items.tolist() for session in cut] == [[1, 3], [1, 3, 4, 2], [4, 2, 0]]
    assert [session.seen.tolist() for session in cut] == [[0, 1], [1, 3], [2]]
    # The counts see the whole past whatever the window.
    np.testing.assert_allclose(np.concatenate([s.features for s in cut]), sessions()[0].features, atol=1e-6)


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(1, 100))
def test_packing_keeps_every_session_once_and_the_limit_where_it_can(lengths: list[int], limit: int) -> None:
    class Long:
        def __init__(self, length: int) -> None:
            self.length = length

        def __len__(self) -> int:
            return self.length

    groups = packs([Long(length) for length in lengths], range(len(lengths)), limit)  # type: ignore[misc]
    assert [place for group in groups for place in group] == list(range(len(lengths)))
    assert all(len(group) == 1 or sum(lengths[place] for place in group) <= limit for group in groups)


def test_drops_take_away_what_they_say_and_nothing_else() -> None:
    (session,) = sessions()
    generator = np.random.default_rng(0)
    everything = with_drops(session, generator, cold=1, new=0, blind=0)
    assert everything.cold.all()
    np.testing.assert_array_equal(everything.features, session.unrated)
    assert not everything.features[:, FEATURES.index("item_own")].any()
    strangers = with_drops(session, generator, cold=0, new=1, blind=1)
    assert strangers.new.all()
    assert strangers.blind.all()
    assert not strangers.features[:, FEATURES.index("level")].any()
    nothing = with_drops(session, generator, cold=0, new=0, blind=0)
    np.testing.assert_array_equal(nothing.features, session.features)
