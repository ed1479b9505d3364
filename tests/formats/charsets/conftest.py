"""The tables are read before any test is timed (hypothesis has a deadline for each example)."""

import pytest

from formats.charsets.charset import charset
from formats.charsets.make_tables import DOUBLE


@pytest.fixture(scope="session", autouse=True)
def tables() -> None:
    for name in DOUBLE:
        charset(name)
