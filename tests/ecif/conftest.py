"""A hub's customer half on every database that can run here."""

import pytest

from tests.databases import EVERY
from tests.ecif.bank import Bank


@pytest.fixture(params=EVERY)
def bank(tmp_path, request):
    bank = Bank(tmp_path, database=request.param)
    yield bank
    problems = bank.problems()
    bank.store.close()
    assert problems == []


@pytest.fixture
def other(bank):
    """The same hub in a second process."""
    other = bank.beside()
    yield other
    other.store.close()
