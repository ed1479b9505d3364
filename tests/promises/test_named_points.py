"""FAULTS D1: killed before and after commit, reply, send and mark, under load, and started again."""

import json
import random
import sys
import time
from pathlib import Path

import pytest

from tests.promises.dies_at import POINTS
from tests.promises.test_crash import conf, missing
from tests.promises.workload import Workload, wait_same
from tests.sheets.bank import Bank
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.soak import SOAK

ROUNDS = 25 if SOAK else 1
HERE = tuple(POINTS) if SOAK else ("after-commit", "after-send")
DATABASE = "sqlite:///var/ecif.db"
RIG = str(Path(__file__).parent / "dies_at.py")


def _dies(bank: Bank, point: str, at: int) -> None:
    """Started with its end laid out, and dead by it."""
    bank.hub.command = (sys.executable, RIG, point, str(at), "--conf", "conf")
    bank.hub.start()
    assert bank.hub.process is not None
    ends = time.monotonic() + 60
    while bank.hub.process.poll() is None:
        assert time.monotonic() < ends, f"it never came to {point} {at} times"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.fault("D1", "killed before and after commit, reply, send and mark")
def test_killed_at_every_point_nothing_acknowledged_is_lost(fresh_bank: FreshBank) -> None:
    moment = random.Random(20260105)
    with fresh_bank(conf(DATABASE)) as bank:
        bank.disconnect()
        assert bank.hub.stop() == 0
        usual = bank.hub.command
        load = Workload(bank, [Someone() for _ in range(40)], seed=1)
        with load.running():
            for _ in range(ROUNDS):
                for point in HERE:
                    _dies(bank, point, moment.randrange(3, 40))
                    assert missing(bank, DATABASE, list(load.ledger.rows)) == [], point
            bank.hub.command = usual
            bank.hub.start()
            time.sleep(0.5)
        load.keep_lines()
        assert wait_same(load, seconds=60) == {}
        assert {row.code for row in load.ledger.rows} <= {"0000", "0001"}
        verified = bank.hub.ecif("verify", "--json")
        assert json.loads(verified.stdout)["problems"] == []
        load.close()
        bank.connect()
