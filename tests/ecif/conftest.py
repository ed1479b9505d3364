import pytest

from tests.ecif.bank import Bank


@pytest.fixture
def bank(tmp_path):
    bank = Bank(tmp_path)
    yield bank
    problems = bank.problems()
    bank.store.close()
    assert problems == []
