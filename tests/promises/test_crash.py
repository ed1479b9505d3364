"""FAULTS D1: `kill -9` at random moments under load: nothing acknowledged is lost, all systems converge.

`make test` kills a hub with 20 connections 20 times on SQLite and 4 times on PostgreSQL; `make soak` 200
times in all, at 20, 200 and 1,000 connections, on both; ECIF_ROUNDS sets another number for each. The last
test runs the same rig against a hub that replies before it commits, and passes only if it finds messages
missing.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy

from tests.databases import POSTGRESQL, fresh
from tests.promises.crowd import Crowd
from tests.promises.workload import Acknowledged, wait_same
from tests.sheets.bank import Bank
from tests.sheets.fixtures import FreshBank
from tests.soak import soak_only

MUTANT_ROUNDS = 10
CONNECTIONS = {
    f"systems/{name}/system.toml": {"delivery.reply_seconds": "2", "listen.connections": "2000"}
    for name in ("core", "ebank", "loan")
}
MUTANT = (sys.executable, str(Path(__file__).parent / "replies_first.py"), "--conf", "conf")


def conf(database: str) -> dict[str, dict[str, str]]:
    limits = {
        "limits.connections_per_address": "4000",
        "limits.arrivals_per_address": "10000",
        "limits.handshake_seconds": "60",  # the load is on the same machine, and as slow as it is
    }
    # All lines change the same few customers all day: what a steward would be asked about is no quarrel here.
    quarrel = {"quarrel.flips": "1000000"}
    hub = {"database.url": json.dumps(database), **limits}
    return {**CONNECTIONS, "hub.toml": hub, "survivorship.toml": quarrel}


def journal(bank: Bank, database: str) -> dict[tuple[str, str], str]:
    """(system, message id) → code of every message that came in, from the database the dead hub left."""
    url = sqlalchemy.make_url(database)
    if url.drivername == "sqlite" and url.database:
        url = url.set(database=str(bank.hub.folder / url.database))
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                sqlalchemy.text("SELECT system, message_id, code FROM message WHERE direction = 'in'")
            )
            return {(system, message_id): code for system, message_id, code in rows}
    finally:
        engine.dispose()


def missing(bank: Bank, database: str, acknowledged: list[Acknowledged]) -> list[Acknowledged]:
    """What was acknowledged and is not in the database that the dead hub left."""
    there = journal(bank, database)
    return [row for row in acknowledged if (row.system, row.id) not in there]


def kill_at_random(bank: Bank, crowd: Crowd, moment: random.Random) -> None:
    """Some time into the load, which goes on, and finds nobody there."""
    crowd.wait_load()
    time.sleep(moment.uniform(0.0, 0.9))
    bank.hub.kill()


@pytest.mark.fault("C8", "20 lines come back after each kill")
@pytest.mark.fault("D1", "killed at random moments under load")
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("kind", "rounds"),
    [
        pytest.param("sqlite", 20, id="sqlite"),
        pytest.param("postgresql", 4, marks=POSTGRESQL.marks, id="postgresql"),
    ],
)
def test_no_acknowledged_message_is_lost_and_all_systems_converge(
    fresh_bank: FreshBank, tmp_path: Path, kind: str, rounds: int
) -> None:
    killed_again_and_again(fresh_bank, tmp_path, kind, connections=20, rounds=rounds)


@pytest.mark.fault("C8", "200 and 1,000 lines come back after each kill")
@pytest.mark.fault("D1", "200 times in all, with 20, 200 and 1,000 connections, on SQLite and PostgreSQL")
@pytest.mark.slow
@soak_only
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("kind", "connections", "rounds"),
    [
        pytest.param("sqlite", 20, 100, id="sqlite-20"),
        pytest.param("sqlite", 200, 30, id="sqlite-200"),
        pytest.param("sqlite", 1000, 10, id="sqlite-1000"),
        pytest.param("postgresql", 20, 40, marks=POSTGRESQL.marks, id="postgresql-20"),
        pytest.param("postgresql", 200, 15, marks=POSTGRESQL.marks, id="postgresql-200"),
        pytest.param("postgresql", 1000, 5, marks=POSTGRESQL.marks, id="postgresql-1000"),
    ],
)
def test_the_same_for_long(
    fresh_bank: FreshBank, tmp_path: Path, kind: str, connections: int, rounds: int
) -> None:
    rounds = int(os.environ.get("ECIF_ROUNDS", rounds))
    killed_again_and_again(fresh_bank, tmp_path, kind, connections=connections, rounds=rounds)


def killed_again_and_again(
    fresh_bank: FreshBank, folder: Path, kind: str, *, connections: int, rounds: int
) -> None:
    moment = random.Random(20260105)
    database = "sqlite:///var/ecif.db" if kind == "sqlite" else fresh(kind, folder)
    with fresh_bank(conf(database)) as bank:
        bank.disconnect()
        crowd = Crowd(bank, connections)
        try:
            with crowd.running():
                for _ in range(rounds):
                    kill_at_random(bank, crowd, moment)
                    assert missing(bank, database, list(crowd.ledger.rows)) == []
                    bank.hub.start()
                crowd.wait_load()
            assert wait_same(crowd, seconds=300) == {}
        finally:
            crowd.close()
        there = journal(bank, database)
        rows = crowd.ledger.rows
        assert [row for row in rows if there[row.system, row.id] != row.code] == []
        assert {row.code for row in rows} <= {"0000", "0001"}
        assert len(rows) > 10 * rounds
        verified = bank.hub.ecif("verify", "--json")
        assert json.loads(verified.stdout)["problems"] == []
        told = f"{kind}, {connections} connections: {rounds} kills, {len(rows)} acknowledged, 0 lost"
        sys.stderr.write(f"{told}\n")
        bank.connect()


@pytest.mark.fault("D1", "a hub that replies first is found out")
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_rig_finds_a_hub_that_replies_before_it_commits(fresh_bank: FreshBank) -> None:
    moment = random.Random(20260105)
    database = "sqlite:///var/ecif.db"
    with fresh_bank(conf(database)) as bank:
        bank.disconnect()
        assert bank.hub.stop() == 0
        bank.hub.command = MUTANT
        bank.hub.start()
        crowd = Crowd(bank, 20)
        lost: list[Acknowledged] = []
        try:
            with crowd.running():
                for _ in range(MUTANT_ROUNDS):
                    kill_at_random(bank, crowd, moment)
                    lost = missing(bank, database, list(crowd.ledger.rows))
                    bank.hub.start()
                    if lost:
                        break
        finally:
            crowd.close()
        bank.connect()
        assert lost, f"{len(crowd.ledger.rows)} acknowledged, none missing: the rig would not notice a loss"
