import re
from typing import TYPE_CHECKING

from explainrec_models.reporting.drawing import ACCENT, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _paint(axes: "Axes") -> None:
    axes.plot([0, 1], [0, 1], "o", color=ACCENT)
    axes.set_xlabel("price in $ & <b>more</b> $")


def _drawn(name: str = "one") -> str:
    return str(draw(_paint, width=3, height=2, name=name, description='a "quoted" <line>'))


def test_equal_figures_are_equal_bytes_without_date_or_address() -> None:
    assert _drawn() == _drawn()
    assert "<metadata" not in _drawn()
    assert "dc:date" not in _drawn()
    assert not re.search(r'(?:href|src)="(?!#)', _drawn())


def test_ids_differ_between_figures() -> None:
    first, second = (set(re.findall(r' id="([^"]+)"', _drawn(name))) for name in ("one", "two"))
    assert first
    assert not first & second


def test_text_is_escaped_and_colours_are_the_pages() -> None:
    drawn = _drawn()
    assert "price in $ &amp; &lt;b&gt;more&lt;/b&gt; $" in drawn
    assert 'aria-label="a &#34;quoted&#34; &lt;line&gt;"' in drawn
    assert "var(--accent)" in drawn
    assert ACCENT not in drawn
