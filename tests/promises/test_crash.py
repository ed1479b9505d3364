"""FAULTS D1: `kill -9` at random moments under load loses no acknowledged message, and all systems converge.

Rounds: 3, and 20 with ECIF_SOAK (`make soak`). The last test runs the same rig against a hub that replies
before it commits, and passes only if the rig finds messages missing.
"""

import contextlib
import json
import random
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from tests.promises.workload import Acknowledged, Workload, wait_same
from tests.sheets.bank import Bank
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.soak import SOAK

ROUNDS = 20 if SOAK else 3
MUTANT_ROUNDS = 10
CHANGES = {
    "systems/core/system.toml": {"delivery.reply_seconds": "2"},
    "systems/loan/system.toml": {"delivery.reply_seconds": "2"},
    "systems/ebank/system.toml": {"delivery.reply_seconds": "2"},
}
MUTANT = (sys.executable, str(Path(__file__).parent / "replies_first.py"), "--conf", "conf")


def _journal(bank: Bank) -> dict[tuple[str, str], str]:
    """(system, message id) → code of every message that came in, from the database the dead hub left."""
    with contextlib.closing(sqlite3.connect(bank.hub.folder / "var" / "ecif.db")) as database:
        rows = database.execute("SELECT system, message_id, code FROM message WHERE direction = 'in'")
        return {(system, message_id): code for system, message_id, code in rows}


def missing(bank: Bank, acknowledged: list[Acknowledged]) -> list[Acknowledged]:
    """What was acknowledged and is not in the database that the dead hub left."""
    journal = _journal(bank)
    return [row for row in acknowledged if (row.system, row.id) not in journal]


def _kill_at_random(bank: Bank, moment: random.Random) -> None:
    """Some time into the load, which goes on, and finds nobody there."""
    time.sleep(moment.uniform(0.3, 1.2))
    bank.hub.kill()


@pytest.mark.fault("D1", "killed at random moments under load")
@pytest.mark.slow
def test_no_acknowledged_message_is_lost_and_all_systems_converge(fresh_bank: FreshBank) -> None:
    moment = random.Random(20260105)
    with fresh_bank(CHANGES) as bank:
        bank.disconnect()
        load = Workload(bank, [Someone() for _ in range(40)], seed=1)
        with load.running():
            for _ in range(ROUNDS):
                _kill_at_random(bank, moment)
                acknowledged = list(load.ledger.rows)
                assert missing(bank, acknowledged) == []
                bank.hub.start()
            time.sleep(0.5)
        load.keep_lines()
        assert wait_same(load, seconds=60) == {}
        journal = _journal(bank)
        assert [row for row in load.ledger.rows if journal[row.system, row.id] != row.code] == []
        assert {row.code for row in load.ledger.rows} <= {"0000", "0001"}
        assert len(load.ledger.rows) > 20 * ROUNDS
        verified = bank.hub.ecif("verify", "--json")
        assert json.loads(verified.stdout)["problems"] == []
        load.close()
        bank.connect()


@pytest.mark.fault("D1", "a hub that replies first is found out")
@pytest.mark.slow
def test_the_rig_finds_a_hub_that_replies_before_it_commits(fresh_bank: FreshBank) -> None:
    moment = random.Random(20260105)
    with fresh_bank(CHANGES) as bank:
        bank.disconnect()
        assert bank.hub.stop() == 0
        bank.hub.command = MUTANT
        bank.hub.start()
        load = Workload(bank, [Someone() for _ in range(40)], seed=1)
        lost: list[Acknowledged] = []
        with load.running():
            for _ in range(MUTANT_ROUNDS):
                _kill_at_random(bank, moment)
                lost = missing(bank, list(load.ledger.rows))
                bank.hub.start()
                if lost:
                    break
        load.close()
        bank.connect()
        assert lost, f"{len(load.ledger.rows)} acknowledged, none missing: the rig would not notice a loss"
