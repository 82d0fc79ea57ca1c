"""Known users have their rows, new ones what they say, and later than everything."""

import pytest
from asked_project import events_only

from explainrec_models.asking.visitor import NEW_USER, Taste, history_of, row_word
from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.errors import ParamsError, UnknownNameError


def test_a_known_user_has_the_rows_before_the_test_moment(films: Corpus) -> None:
    assert history_of(films, "u1") == films.known_histories["u1"]


def test_a_new_user_has_what_is_named_in_order(films: Corpus) -> None:
    history = history_of(films, Taste(likes=("Film 4 (1994)", "0"), dislikes=("film 3",)))
    assert history.user_id == NEW_USER
    assert history.item_ids == ("3", "4", "0")
    assert history.liked == (False, True, True)
    last = films.known[schema.TIMESTAMP].max()
    assert history.timestamps == (last + 1, last + 2, last + 3)  # type: ignore[operator]


def test_an_item_is_named_once(films: Corpus) -> None:
    with pytest.raises(ParamsError, match=r"“Film 3 \(1993\)” \(id 3\) is named twice under --likes and --dislikes"):
        history_of(films, Taste(likes=("Film 3 (1993)",), dislikes=("3",)))


def test_an_unknown_user_is_told_how_to_ask_as_somebody_new(films: Corpus) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown user 'u99'\. Nearest.*with ratings .*: 12\. .*--likes TITLE"):
        history_of(films, "u99")


def test_rows_without_any_rating_are_events(films: Corpus) -> None:
    assert row_word(films) == "ratings"
    assert row_word(events_only(films)) == "events"
    with pytest.raises(UnknownNameError, match="Users with events before the test cut of plays"):
        history_of(events_only(films), "u99")
