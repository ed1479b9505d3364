"""The tables are read before any test is timed (hypothesis has a deadline for each example)."""

import pytest

from formats.charsets.make_tables import DOUBLE
from formats.charsets.mixed import mixed


@pytest.fixture(scope="session", autouse=True)
def tables() -> None:
    for name in DOUBLE:
        mixed(name)
