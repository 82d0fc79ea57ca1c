"""matplotlib figures as inline SVG: coloured by the page's style sheet, byte-identical for equal numbers."""

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes

THEME = {
    "#010101": "var(--ink)",
    "#020202": "var(--muted)",
    "#030303": "var(--line)",
    "#040404": "var(--accent)",
    "#050505": "var(--contrast)",
    "#060606": "var(--paper)",
}
"""Stand-in colours of the drawing and what the page has in their place; so dark mode needs no second figure."""

INK, MUTED, LINE, ACCENT, CONTRAST, PAPER = THEME

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it follows the reader's font and can be selected
    "font.family": "DejaVu Sans",  # comes with matplotlib, so measures are equal on every machine
    "font.size": 9,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,  # a title may hold dollar signs
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}


def draw(paint: Callable[["Axes"], None], *, width: float, height: float, name: str, description: str) -> Markup:
    """Draw one pair of axes and return the SVG element.

    Args:
        paint: puts the marks on the axes.
        width: inches.
        height: inches.
        name: unique on the page; ids inside the drawing derive from it.
        description: what a reader who cannot see the figure should know.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({**_SETTINGS, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.patch.set_alpha(0)
        paint(figure.subplots())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return Markup(_inline(buffer.getvalue(), description))  # noqa: S704 -- matplotlib escapes text; the description is escaped


def _inline(document: str, description: str) -> str:
    """Keep the SVG element alone, sized by the page, with the page's fonts and colours."""
    element = document[document.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    # Groups are numbered alike in every figure; one page must not hold an id twice.
    element = re.sub(r'<g id="[^"]*"', "<g", element)
    element = re.sub(r'(<svg [^>]*?)width="[^"]*" height="[^"]*" ', r"\1", element, count=1)
    element = element.replace("font-family: 'DejaVu Sans'; ", "")
    for stand_in, colour in THEME.items():
        element = element.replace(stand_in, colour)
    label = Markup.escape(description)
    return element.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1).strip()
