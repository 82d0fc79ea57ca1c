from explainrec_models.evaluation.explanation.words import ngrams, words


def test_words_are_cut_at_whitespace_and_keep_their_punctuation() -> None:
    assert words(" The user,\twould  enjoy\nIT. ") == ["the", "user,", "would", "enjoy", "it."]


def test_ngrams_of_a_text_that_is_too_short_are_none() -> None:
    assert ngrams(["a", "b", "c"], 2) == [("a", "b"), ("b", "c")]
    assert ngrams(["a"], 2) == []
