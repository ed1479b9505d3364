"""Two processes that meet the same new customer at the same instant, from different systems: one party.

Each has a store and a service of its own, in a process of its own; both wait at the same barrier before each
customer. A few times in CI, 1,000 times with ECIF_SOAK (`make soak`).
"""

from multiprocessing import get_context

import pytest

from bench.population import person, resident_id
from tests.databases import SHARED
from tests.ecif.bank import Bank
from tests.ecif.test_scoring import MATCHING
from tests.soak import SOAK

TIMES = 1_000 if SOAK else 2
WAIT_SECONDS = 60


def by_document(bank, system, turn):
    number = resident_id(turn)
    if system == "ebank":
        return bank.person(system, f"{turn}", document__resident_id=(number, None))
    slot = {"document": ("resident_id", number, None), "named": {"document": "resident_id"}}
    return bank.person(system, f"{turn}", **slot)


def by_phone(bank, system, turn):
    """No document: the same name, birth date and mobile."""
    born = f"19{50 + turn % 50}{1 + turn // 50 % 12:02}{1 + turn // 600 % 28:02}"
    return bank.person(system, f"{turn}", born=born, phone__mobile=f"137{10_001 + turn:08}")


def by_score(bank, system, turn):
    """No document and no phone: a score says that it is she."""
    name, _, born = person(turn)
    home = (f"北京市东城区试验路{turn}号绿城公寓10栋{turn * 7 % 1000}室", None)
    mail = f"c{turn}@example.com"
    return bank.person(system, f"{turn}", name=name, born=born, email=mail, address__home=home)


WAYS = (by_document, by_phone, by_score) if SOAK else (by_score,)


def receive(url, system, message_of, barrier, told):
    """One of the two processes."""
    bank = Bank(None, url=url, matching=MATCHING if message_of is by_score else None)
    codes = []
    try:
        for turn in range(TIMES):
            message = message_of(bank, system, turn)
            barrier.wait(WAIT_SECONDS)
            codes.append(bank.one(message).code)
        told.send(codes)
    except BaseException:
        barrier.abort()
        raise
    finally:
        bank.store.close()


@pytest.mark.timeout(1_800)  # a thousand commits each, on whatever machine
@pytest.mark.parametrize("message_of", WAYS)
@pytest.mark.parametrize("kind", SHARED)
def test_one_new_customer_from_two_systems_at_once_is_one_party(tmp_path, kind, message_of):
    bank = Bank(tmp_path, database=kind, matching=MATCHING if message_of is by_score else None)
    context = get_context("spawn")
    barrier = context.Barrier(2)
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    processes = [
        context.Process(target=receive, args=(bank.url, system, message_of, barrier, sends))
        for system, (_, sends) in zip(("core", "ebank"), pipes, strict=True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert [receives.recv() for receives, _ in pipes] == [["0000"] * TIMES] * 2
    heads = bank.rows("select count(*), count(distinct head) from source_record group by customer_no")
    assert heads == [(2, 1)] * TIMES
    assert bank.problems() == []
    bank.store.close()
