"""A sign-on shown again, to whichever process: the journal knows its nonce."""

import threading

import pytest

from tests.databases import EVERY
from tests.ecif.bank import Bank

TIMES = 5
REFUSED = "1005"


@pytest.fixture(params=EVERY)
def two(tmp_path, request):
    one = Bank(tmp_path, database=request.param)
    other = Bank.__new__(Bank)
    other.__dict__.update(one.__dict__)
    other.open()
    yield one, other
    one.store.close()
    other.store.close()


def test_another_process_knows_it(two):
    one, other = two
    assert one.one(one.sign_on("ebank", "n1")).code == "0000"
    assert other.one(other.sign_on("ebank", "n1")).code == REFUSED


def test_shown_to_two_processes_at_the_same_instant_one_takes_it(two):
    for turn in range(TIMES):
        barrier, codes = threading.Barrier(2), []

        def show(bank, nonce, barrier=barrier, codes=codes):
            sign_on = bank.sign_on("ebank", nonce)
            barrier.wait()
            codes.append(bank.one(sign_on).code)

        threads = [threading.Thread(target=show, args=(bank, f"n{turn}")) for bank in two]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) == ["0000", REFUSED]
