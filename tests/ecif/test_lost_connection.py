"""PostgreSQL goes away under a transaction: before, in the middle, and while it commits."""

import pytest
from sqlalchemy import text

from ecif.store.engine import Tuning, connect_engine
from ecif.store.errors import StoreLocked, StoreUnreachable
from ecif.store.store import open_store
from tests.databases import POSTGRESQL
from tests.ecif.bank import Bank
from tests.proxy import Proxy

pytestmark = pytest.mark.parametrize("database", [POSTGRESQL])
BY = {"actor": "wang", "reason": "saw the papers"}


@pytest.fixture
def bank(tmp_path, database):
    bank = Bank(tmp_path, database=database)
    bank.proxy = Proxy(bank.url)
    bank.direct, bank.url = bank.url, bank.proxy.url.render_as_string(hide_password=False)
    bank.reopen()
    yield bank
    problems = bank.problems()
    bank.store.close()
    bank.proxy.close()
    assert problems == []


def kill_connections(bank):
    engine = connect_engine(bank.direct)
    with engine.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                 " AND pid <> pg_backend_pid()")
        )  # fmt: skip
    engine.dispose()


def without_proxy(bank):
    """It might not pass on that the server has hung up."""
    bank.url = bank.direct
    bank.reopen()


def total(bank):
    return bank.rows("SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM party)")[0]


@pytest.mark.fault("D6", "cut in COMMIT: before and after the server made it")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_of_unknown_outcome_is_looked_up(bank, when):
    bank.one(bank.person("core", "1"))
    command = bank.person("core", "2", "李四")
    bank.proxy.cut(when)
    reply = bank.one(command)
    assert (reply.code, bank.proxy.cuts) == ("0000", 1)
    assert total(bank) == (2, 2)
    assert bank.one(command).ecif_no == reply.ecif_no
    assert bank.one(bank.person("core", "3", "王五")).code == "0000"  # and numbers go on
    assert total(bank) == (3, 3)


@pytest.mark.fault("D6", "a steward's decision is made once")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stewards_decision_is_made_once(bank, when):
    one = bank.one(bank.person("core", "1")).ecif_no
    other = bank.one(bank.person("loan", "2", "李四")).ecif_no
    bank.proxy.cut(when)
    bank.service.merge(one, other, **BY, now=bank.now)
    assert bank.proxy.cuts == 1
    assert bank.rows("SELECT count(*) FROM merge_event") == [(1,)]
    assert bank.look("loan", "2").head.ecif_no == one


@pytest.mark.fault("D6", "pushes are taken once")
@pytest.mark.parametrize("when", ["before", "after"])
def test_pushes_are_taken_once(bank, when):
    bank.one(bank.person("core", "1", "张三", risk="R1"))
    bank.service.merge(
        "100000000001", bank.one(bank.person("ebank", "9", "李四")).ecif_no, **BY, now=bank.now
    )
    bank.proxy.cut(when, skip=2)  # first it only looks: at the clock, and whether something is due
    (push,) = bank.due("ebank")
    assert bank.proxy.cuts == 1
    bank.take(bank.answer(push))
    assert bank.due("ebank") == []


@pytest.mark.fault("D5", "a connection that died in the pool is replaced")
def test_a_connection_that_died_in_the_pool_is_replaced(bank):
    without_proxy(bank)
    bank.one(bank.person("core", "1"))
    kill_connections(bank)
    assert bank.one(bank.person("core", "2", "李四")).code == "0000"


@pytest.mark.fault("D5", "a connection that dies in a transaction takes it back")
def test_a_connection_that_dies_in_a_transaction(bank):
    without_proxy(bank)

    def work():
        with bank.store.unit() as unit:
            kill_connections(bank)
            unit.load_records([("core", "1")])

    with pytest.raises(StoreUnreachable):
        work()
    assert bank.one(bank.person("core", "1")).code == "0000"


@pytest.mark.fault("D2", "a statement that takes too long is ended")
def test_a_statement_has_a_time_limit(bank):
    store = open_store(bank.direct, tuning=Tuning(statement_seconds=0.2))
    with pytest.raises(StoreLocked, match="statement_seconds"), store.reading() as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    store.close()


def test_nobody_waits_for_ever_for_a_connection(bank):
    store = open_store(bank.direct, tuning=Tuning(connections=1, pool_seconds=0.2))
    with store.reading(), pytest.raises(StoreLocked, match="connections"), store.reading():
        pass
    store.close()


def test_reports_turn_nobody_away(bank):
    def isolation(connection):
        return connection.execute(text("SHOW transaction_isolation")).scalar()

    with bank.store.reading() as connection:
        assert isolation(connection) == "repeatable read"
    with bank.store.unit() as unit:
        assert isolation(unit._connection) == "serializable"
    with bank.store.changing() as connection:
        assert isolation(connection) == "serializable"
