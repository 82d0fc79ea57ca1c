"""What Great Expectations would write to its log while it renders is raised."""

import logging
from pathlib import Path

import pytest

from explainrec_models.quality.rendering import rendering_errors_raised

LOGGER = logging.getLogger("great_expectations.render.renderer.site_builder")


def render() -> None:
    """Fail as its site builder does."""
    try:
        Path("page that is not there").stat()
    except OSError as error:
        LOGGER.error("An unexpected Exception occurred: %s", error)  # noqa: TRY400 - as there


def test_an_error_is_raised_and_not_printed(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(OSError, match="page that is not there"), rendering_errors_raised():
        render()
    assert caplog.records == []


def test_outside_the_block_and_without_an_error_the_log_is_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with rendering_errors_raised():
        LOGGER.error("a page is missing")
    render()
    assert [record.getMessage()[:13] for record in caplog.records] == ["a page is mis", "An unexpected"]


def test_the_logger_is_the_one_that_renders() -> None:
    from great_expectations.render.renderer import site_builder

    assert site_builder.logger is LOGGER
