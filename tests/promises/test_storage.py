"""FAULTS D0, D3, D4: the power goes, the disk is full, the disk fails.

`kill -9` proves nothing of the disk, since what the kernel has taken survives it. Here a library between the
hub and the kernel takes back, at the moment the power goes, all that no sync has covered.
"""

import contextlib
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.test_crash import conf, missing
from tests.promises.workload import Acknowledged, Workload, wait_same
from tests.rigs.storage import HEALED, MISSING, NO_MOUNT, Disk, fill, small_disk
from tests.sheets.bank import Bank
from tests.sheets.core_client import customer
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.soak import SOAK, soak_only

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
DATABASE = "sqlite:///var/ecif.db"
CONF = conf(DATABASE)
ROUNDS = 20 if SOAK else 1
MUTANT_ROUNDS = 10
EIO, ENOSPC = 5, 28
MUTANT = (sys.executable, str(Path(__file__).parent / "not_durable.py"), "--conf", "conf")


@contextlib.contextmanager
def _on_bad_disk(bank: Bank, tmp_path: Path, command: tuple[str, ...] = ()) -> Iterator[Disk]:
    """The bank's hub started anew, its database on a disk that fails when told to."""
    disk = Disk.built(tmp_path, file="/var/ecif.db")
    bank.disconnect()
    assert bank.hub.stop() == 0
    bank.hub.command = disk.under(command or bank.hub.command)
    bank.hub.start()
    yield disk
    bank.connect()


def _lose_power(bank: Bank, disk: Disk, moment: random.Random) -> None:
    assert bank.hub.process is not None
    disk.order(f"power {moment.randrange(1, 400)}")
    bank.hub.process.wait(60)
    (bank.hub.folder / "var" / "ecif.db-shm").unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.fault("D0", "the power goes at random writes under load; what no sync covered is taken back")
def test_a_power_loss_takes_nothing_that_was_acknowledged(fresh_bank: FreshBank, tmp_path: Path) -> None:
    moment = random.Random(20260105)
    with fresh_bank(CONF) as bank, _on_bad_disk(bank, tmp_path) as disk:
        load = Workload(bank, [Someone() for _ in range(40)], seed=1)
        with load.running():
            for _ in range(ROUNDS):
                time.sleep(moment.uniform(0.2, 0.6))
                _lose_power(bank, disk, moment)
                assert missing(bank, DATABASE, list(load.ledger.rows)) == []
                bank.hub.start()
            time.sleep(0.5)
        load.keep_lines()
        assert wait_same(load, seconds=60) == {}
        assert len(load.ledger.rows) > 5 * ROUNDS
        assert json.loads(bank.hub.ecif("verify", "--json").stdout)["problems"] == []
        load.close()


@pytest.mark.slow
@pytest.mark.fault("D0", "the same test finds a hub that does not wait for the disk")
def test_the_rig_finds_a_hub_that_does_not_wait_for_the_disk(fresh_bank: FreshBank, tmp_path: Path) -> None:
    moment = random.Random(20260105)
    lost: list[Acknowledged] = []
    with fresh_bank(CONF) as bank, _on_bad_disk(bank, tmp_path, MUTANT) as disk:
        load = Workload(bank, [Someone() for _ in range(40)], seed=1)
        with load.running():
            for _ in range(MUTANT_ROUNDS):
                time.sleep(moment.uniform(0.2, 0.6))
                _lose_power(bank, disk, moment)
                lost = missing(bank, DATABASE, list(load.ledger.rows))
                bank.hub.start()
                if lost:
                    break
        load.close()
    assert lost, "nothing that was acknowledged is missing: the rig would not notice a loss"


@pytest.mark.fault("D3", "no write finds room: 9002, reads go on; the hub goes on when there is room again")
def test_a_full_disk_is_answered_and_passes(fresh_bank: FreshBank, tmp_path: Path, who: Someone) -> None:
    with fresh_bank(CONF) as bank, _on_bad_disk(bank, tmp_path) as disk:
        bank.connect()
        number = bank.core_says(who, 1)["REPLY-ECIF-NO"]
        disk.order(f"broken write 1 {ENOSPC}")
        image = customer(who.core, 2, CUST_NAME=who.name, CUST_MOBILE="13900139002")
        assert bank.core.ask(image)["REPLY-CODE"] == "9002"
        assert number in bank.hub.ecif("trace", "--json").stdout
        disk.order(HEALED)
        assert bank.core.ask(image | {"MSG-POSSDUP": "Y"})["REPLY-CODE"] == "0000"


@pytest.mark.slow
@soak_only
@pytest.mark.skipif(bool(NO_MOUNT), reason=NO_MOUNT)
@pytest.mark.fault("D3", "a small file system filled to the last byte, and emptied again")
def test_a_disk_that_is_really_full(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank(CONF) as bank, contextlib.ExitStack() as stack:
        bank.disconnect()
        assert bank.hub.stop() == 0
        try:
            disk = stack.enter_context(small_disk(bank.hub.folder / "var", megabytes=16))
        except OSError as error:
            pytest.skip(str(error))
        bank.hub.start()
        bank.connect()
        number = bank.core_says(who, 1)["REPLY-ECIF-NO"]
        filler = fill(disk)
        seq, code = 1, "0000"
        while code == "0000":  # the log has room of its own for a few
            seq += 1
            image = customer(who.core, seq, CUST_NAME=who.name, CUST_MOBILE=f"139{seq:08d}")
            code = bank.core.ask(image)["REPLY-CODE"]
        assert code == "9002"
        assert number in bank.hub.ecif("trace", "--json").stdout
        filler.unlink()
        assert bank.core.ask(image | {"MSG-POSSDUP": "Y"})["REPLY-CODE"] == "0000"
        bank.disconnect()
        assert bank.hub.stop() == 0


@pytest.mark.slow
@soak_only
@pytest.mark.fault("D4", "a write or sync fails: nothing is acknowledged, the hub ends, and starts clean")
@pytest.mark.parametrize(
    "order", [f"fail sync 1 {EIO}", pytest.param(f"broken write 1 {EIO}", marks=soak_only)]
)
def test_a_disk_that_fails(fresh_bank: FreshBank, tmp_path: Path, who: Someone, order: str) -> None:
    with fresh_bank(CONF) as bank, _on_bad_disk(bank, tmp_path) as disk:
        bank.connect()
        bank.core_says(who, 1)
        disk.order(order)
        image = customer(who.core, 2, CUST_NAME=who.name, CUST_MOBILE="13900139002")
        with contextlib.suppress(OSError, AssertionError):
            assert bank.core.ask(image)["REPLY-CODE"] == "9002", "if anything is said before the line ends"
        assert bank.hub.process is not None
        assert bank.hub.process.wait(60) == 3
        assert "store.broken" in bank.hub.log.read_text(encoding="utf-8")
        disk.order(HEALED)
        bank.hub.start()
        bank.connect()
        assert bank.core.ask(image | {"MSG-POSSDUP": "Y"})["REPLY-CODE"] == "0000"
        assert json.loads(bank.hub.ecif("verify", "--json").stdout)["problems"] == []
