"""Errors while Great Expectations renders: it logs them and leaves pages out; here they are raised."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGER = "great_expectations.render.renderer.site_builder"


@contextmanager
def rendering_errors_raised() -> Iterator[None]:
    """Raise inside the block what would be written to the log with its traceback."""
    logger, handler = logging.getLogger(_LOGGER), _Raising()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Raising(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - logging's signature
        # Records are made where the error is handled; a handler of this logger comes before those that print.
        error = sys.exception()
        if error is not None:
            raise error
