"""What every test leaves behind: the process as it found it."""

import logging
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared")  # a machine that others use, too, says nothing about time


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command run in this process points the logs at its own captured stream, which is closed later."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
