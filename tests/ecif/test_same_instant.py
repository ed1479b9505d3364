"""Two processes that meet the same new customer at the same instant, from different systems: one party.

Each has a store and a service of its own; both stand at the same barrier. The long form is in `make soak`.
"""

import os
import threading

import pytest

from bench.population import resident_id
from tests.databases import EVERY
from tests.ecif.bank import Bank

TIMES = 1_000 if os.environ.get("ECIF_SOAK") else 25


@pytest.fixture(params=EVERY)
def two(tmp_path, request):
    one = Bank(tmp_path, database=request.param)
    other = Bank.__new__(Bank)
    other.__dict__.update(one.__dict__)
    other.open()
    yield one, other
    assert one.problems() == []
    one.store.close()
    other.store.close()


def test_one_new_customer_from_two_systems_at_once_is_one_party(two):
    for turn in range(TIMES):
        number = resident_id(turn)
        slot = {"document": ("resident_id", number, None), "named": {"document": "resident_id"}}
        messages = [
            (two[0], two[0].person("core", f"{turn}", **slot)),
            (two[1], two[1].person("ebank", f"{turn}", document__resident_id=(number, None))),
        ]
        replies = _at_once(messages)
        assert [reply.code for reply in replies] == ["0000", "0000"], turn
        heads = two[0].rows(f"select distinct head from source_record where customer_no = '{turn}'")
        assert len(heads) == 1, turn


def _at_once(messages):
    barrier = threading.Barrier(len(messages))
    replies = [None] * len(messages)

    def take(at, bank, message):
        barrier.wait()
        replies[at] = bank.one(message)

    threads = [threading.Thread(target=take, args=(at, *one)) for at, one in enumerate(messages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies
