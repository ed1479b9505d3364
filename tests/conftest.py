"""What every test leaves behind: the process as it found it."""

import gc
import logging
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from tests.ending import AT_THE_END
from tests.soak import SOAK, examples

hypothesis.settings.register_profile(
    "shared",
    max_examples=examples(100),
    deadline=None,
    derandomize=not SOAK,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("shared")  # a machine that others use, too, says nothing about time


def pytest_sessionstart() -> None:
    """What collecting makes lives as long as the session: the collector need not look at it, now or later."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_sessionfinish() -> None:
    AT_THE_END.close()
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files first that take long: slow tests, and those that wait for the timers of the sheets. Workers share
    the rest, and none of them ends long after the others."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    long |= {item.path for item in items if item.path.parent.name == "sheets"}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command run in this process points the logs at its own captured stream, which is closed later."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
