"""FAULTS D2 on a real PostgreSQL: a deadlock, a lock held on and on, serialization failures under load."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import trio
from msgspec.structs import replace
from sqlalchemy import create_engine, text

from ecif.store import engine as tuned
from ecif.store.errors import Crossed
from gateway.clock import wall_clock
from gateway.config.hub import Intake as IntakeConf
from gateway.intake.intake import Intake
from gateway.intake.writer import Writer
from gateway.limits.budget import Budget
from gateway.statistics import Counters
from tests.databases import POSTGRESQL
from tests.ecif.bank import ZHANG_ID, Bank

pytestmark = pytest.mark.parametrize("kind", [POSTGRESQL])


@pytest.fixture
def bank(kind, tmp_path):
    bank = Bank(tmp_path, database=kind)
    yield bank
    problems = bank.problems()
    bank.store.close()
    assert problems == []


@pytest.fixture
def somebody(bank, kind):
    """Another user of the database, in a transaction of its own."""
    engine = create_engine(bank.url)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SET LOCAL deadlock_timeout = '1min'"))  # not this one is to give way
        yield connection
    engine.dispose()


def hold_record(connection, customer_no):
    connection.execute(
        text("SELECT seq FROM source_record WHERE customer_no = :no FOR UPDATE"), {"no": customer_no}
    )


def wait_blocked(connection):
    ends = time.monotonic() + 60
    blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not connection.execute(blocked).scalar():
        assert time.monotonic() < ends
        time.sleep(0.02)


@pytest.mark.fault("D2", "a deadlock: the whole batch again")
def test_a_deadlock(bank, somebody):
    one, other = (bank.one(bank.person("core", n, f"张{n}")).ecif_no for n in "12")
    batch = [bank.person("core", n, f"李{n}") for n in "12"]
    hold_record(somebody, "2")
    with ThreadPoolExecutor(1) as thread:
        taken = thread.submit(bank.take, *batch)
        wait_blocked(somebody)
        somebody.execute(text("UPDATE party SET rev = rev WHERE ecif_no IN (:a, :b)"), {"a": one, "b": other})
        somebody.rollback()
        assert [reply.code for reply in taken.result(60)] == ["0000", "0000"]
    assert bank.service.counts["retried_batches"] >= 1
    assert bank.rows("SELECT count(*) FROM message") == [(4,)]


@pytest.mark.fault("D2", "a lock that is held on and on: a bounded wait, then 9001 for the whole batch")
async def test_a_lock_that_is_held(bank, somebody, monkeypatch):
    for n in "12":
        bank.one(bank.person("core", n, f"张{n}"))
    monkeypatch.setattr(tuned, "BUSY_MILLISECONDS", 100)
    bank.reopen()
    hold_record(somebody, "2")
    counters, codes, told = Counters(), list[str](), trio.Event()
    intake = Intake(bank.service, Writer(), IntakeConf(), counters=counters, budget=Budget(1_000_000))
    batch = [bank.person("core", n, f"李{n}") for n in "12"]

    def answered(reply):
        codes.append(reply.code)
        if len(codes) % 2 == 0:
            told.set()

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            for command in batch:
                await intake.submit(_now(command), answered)
            nursery.start_soon(intake.run)
            await told.wait()
            assert (codes, counters.retried_batches) == (["9001", "9001"], 4)
            await trio.to_thread.run_sync(somebody.rollback)
            told = trio.Event()
            for command in batch:
                await intake.submit(_now(command), answered)
            await told.wait()
            intake.close()
    assert codes[2:] == ["0000", "0000"]


def _now(command):
    return replace(command, envelope=replace(command.envelope, received_at=wall_clock()))


@pytest.mark.fault("D2", "two processes at the same customers: serialization failures, each batch again")
def test_serialization_failures_under_load(bank, tmp_path):
    slot = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
    bank.one(bank.person("core", "1", **slot))
    other = Bank(tmp_path, url=bank.url)
    other.one(other.person("loan", "9", **slot))
    start = threading.Barrier(2)

    def change(hub, system, customer_no, rounds=15):
        codes = set()
        start.wait()
        for n in range(rounds):
            command = hub.person(system, customer_no, phone__mobile=f"1390000{n:04d}", **slot)
            while True:
                try:
                    codes.add(hub.one(command).code)
                    break
                except Crossed:  # intake would try again, too
                    time.sleep(0.01)
        return codes

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(change, *who) for who in ((bank, "core", "1"), (other, "loan", "9"))]
        codes = [one.result(120) for one in done]
    retried = bank.service.counts["retried_batches"] + other.service.counts["retried_batches"]
    other.store.close()
    assert set.union(*codes) <= {"0000", "0001"}
    assert retried > 0
    assert bank.rows("SELECT count(*) FROM message WHERE direction = 'in'") == [(32,)]
