import math

from explainrec_models.evaluation.explanation.citations import citation_precision, feature_scores


def test_citations_by_hand() -> None:
    """Of the distinct citations a, b and z two are in the history."""
    assert citation_precision(["a", "b", "a", "z"], ["a", "b", "c"]) == 2 / 3
    assert citation_precision(["genre:drama"], ["genre:drama", "year:1999"]) == 1.0
    assert math.isnan(citation_precision([], ["a"]))


def test_features_by_hand() -> None:
    """Two of four named are wanted, of three wanted two are named: F1 = 2 · 2 / (4 + 3)."""
    assert feature_scores(["a", "b", "c", "d"], ["a", "b", "x"]) == (0.5, 2 / 3, 4 / 7)
    assert feature_scores(["a"], ["b"]) == (0.0, 0.0, 0.0)
    assert all(math.isnan(value) for value in feature_scores([], []))
