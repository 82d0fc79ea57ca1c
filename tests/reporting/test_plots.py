from dataclasses import replace

from explainrec_models.reporting.inputs import DatasetInputs, SystemCard
from explainrec_models.reporting.plots import figures


def test_every_figure_tells_its_numbers_in_words(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    drawn = figures(films, cards)
    assert "EASE 0.736 (0.716 to 0.756)" in str(drawn.accuracy)
    assert "EASE: cited 1.013, random 0.021, popular 0.118" in str(drawn.deletion)
    assert "Popularity: cited" not in str(drawn.deletion)
    assert [curve.title for curve in drawn.reliability] == [card.title for card in cards.values()]
    assert "0.150 stated 0.103 observed" in str(drawn.reliability[0].figure)


def test_without_numbers_there_is_no_figure(films: DatasetInputs, cards: dict[str, SystemCard]) -> None:
    drawn = figures(replace(films, intervals=films.intervals.clear(), calibration=films.calibration.clear()), cards)
    assert drawn.accuracy is None
    assert drawn.deletion is None
    assert drawn.reliability == ()
