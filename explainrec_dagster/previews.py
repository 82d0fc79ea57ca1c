"""Dagster features this project relies on although Dagster still calls them previews, and says so at every use."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg


@contextmanager
def accepted_previews() -> Iterator[None]:
    """Silence that notice, and nothing else: checks for each partition, links to code, Pipes readers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        yield
