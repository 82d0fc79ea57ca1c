"""A progress bar for a stage's longest loop: on a terminal a bar, elsewhere nothing."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Step = TypeVar("Step")


def tracked(steps: Iterable[Step], *, what: str, total: int | None = None) -> Iterator[Step]:
    """Yield ``steps`` unchanged while a bar named ``what`` moves on standard error."""
    if not sys.stderr.isatty():
        yield from steps
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(steps, description=what, total=total, console=Console(stderr=True), transient=True)
