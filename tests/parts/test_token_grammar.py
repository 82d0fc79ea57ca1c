"""A grammar over tokens: what may follow, that tokens are read back in one way only, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainrec_models.errors import DataError
from explainrec_models.parts.token_grammar import Arm, TokenGrammar

END = 0
STOP = (Arm[str](""),)


def letters(words: str) -> list[int]:
    return [ord(letter) for letter in words]


def tokens(words: str) -> list[int]:
    return [*letters(words), END]


def grammar(*texts: str) -> TokenGrammar[str]:
    """One name after "a ", and then the end."""
    named = tuple(Arm(text, STOP, text) for text in texts)
    return TokenGrammar((Arm("a ", named),), letters, end=END)


def test_what_may_follow_narrows_token_by_token() -> None:
    texts = grammar("cat", "car", "dog")
    place = texts.start()
    followed = []
    for token in tokens("a car"):
        followed.append("".join(map(chr, place.allowed())))
        place = texts.after(place, token)
    assert followed == ["a", " ", "cd", "a", "tr", "\0"]
    assert place.ended
    assert [arm.named for arm in place.said] == [None, "car", None]


def test_a_word_that_begins_another_is_left_to_the_earlier_of_the_two() -> None:
    assert [arm.named for arm in grammar("car", "cart").read(tokens("a car"))] == [None, "car", None]
    assert [arm.named for arm in grammar("cart", "car").read(tokens("a cart"))] == [None, "cart", None]
    with pytest.raises(DataError, match="token 0 may not follow 'a '"):
        grammar("cart", "car").read(tokens("a car"))


def test_other_texts_are_refused() -> None:
    with pytest.raises(DataError, match=r"token 101 may not follow 'a ': expected one of \[99\]"):
        grammar("cat").read(tokens("a eel"))
    with pytest.raises(DataError, match=r"breaks off after 3 tokens: expected one of \[97\]"):
        grammar("cat").read(letters("a c"))
    with pytest.raises(DataError, match="token 120 may not follow 'a cat'"):
        grammar("cat").read([*tokens("a cat"), ord("x")])


def test_words_without_a_token_do_not_end_the_text() -> None:
    spoken = TokenGrammar(
        (Arm("?", (Arm("yes", STOP),)),), lambda words: [] if words == "?" else letters(words), end=END
    )
    assert [arm.words for arm in spoken.read([END, *tokens("yes")])] == ["?", "yes", ""]


@given(st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=6), st.data())
def test_every_walk_is_read_back_as_it_went(texts: list[str], data: st.DataObject) -> None:
    twice = tuple(Arm(text, tuple(Arm(other, STOP, other) for other in texts), text) for text in texts)
    both = TokenGrammar(twice, letters, end=END)
    place, walked = both.start(), []
    while not place.ended:
        token = data.draw(st.sampled_from(place.allowed()))
        walked.append(token)
        place = both.after(place, token)
    assert both.read(walked) == place.said
    assert "".join(map(chr, walked[:-1])) == "".join(arm.words for arm in place.said)
