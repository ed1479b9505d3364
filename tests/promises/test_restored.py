"""FAULTS D10: last night's backup is put back; no number is given twice, and all systems converge again."""

import json
import shutil

import pytest

from tests.sheets.core_client import customer
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.soak import soak_only

pytestmark = pytest.mark.slow

PAPERS = {"CUST_ID_TYPE": "01"}


@pytest.mark.fault("D10", "a backup taken under way is put back: numbers go on, resends and resync converge")
def test_life_goes_on_after_a_restore(fresh_bank: FreshBank) -> None:
    old, lost, new = Someone(), Someone(), Someone()
    with fresh_bank({}) as bank:
        hub, kept = bank.hub, bank.hub.folder / "night"
        bank.loan_says(old, 1, ID_TYPE="10", ID_NO=old.resident_id)
        bank.core_says(old, 1, CUST_ID_NO=old.resident_id, **PAPERS)
        assert json.loads(hub.ecif("db", "backup", str(kept), "--json").stdout)["files"]
        assert "there already" in hub.ecif("db", "backup", str(kept)).stderr

        bank.core_says(old, 2, CUST_ID_NO=old.resident_id, CUST_MOBILE=old.mobile, **PAPERS)
        bank.loan_box.take_until(old.loan, {"MOBILE": old.mobile}, seconds=20)
        number = bank.core_says(lost, 1, CUST_ID_NO=lost.resident_id, **PAPERS)["REPLY-ECIF-NO"]
        bank.disconnect()
        assert hub.stop() == 0

        for file in (hub.folder / "var").glob("ecif.db*"):
            file.unlink()
        shutil.copytree(kept, hub.folder / "var", dirs_exist_ok=True)
        done = hub.ecif("db", "restored", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["ecif"]["after"] > int(number)
        assert json.loads(hub.ecif("db", "restored", "--json").stdout)["ecif"]["before"] > int(number)
        hub.start()
        bank.connect()

        assert bank.core_says(new, 1, CUST_ID_NO=new.resident_id, **PAPERS)["REPLY-ECIF-NO"] > number
        again = bank.core_says(lost, 1, CUST_ID_NO=lost.resident_id, **PAPERS)["REPLY-ECIF-NO"]
        assert again > number, "what the backup does not know gets a number that nobody had"
        assert hub.ecif("resync", "loan").returncode == 0
        bank.loan_box.take_until(old.loan, {"NAME": old.name}, seconds=20)
        papers = {"CUST_ID_NO": old.resident_id, **PAPERS}
        image = customer(old.core, 2, CUST_NAME=old.name, CUST_MOBILE=old.mobile, **papers)
        assert bank.core.ask(image)["REPLY-CODE"] == "0000"
        bank.loan_box.take_until(old.loan, {"MOBILE": old.mobile}, seconds=20)
        assert json.loads(hub.ecif("verify", "--json").stdout)["problems"] == []


@soak_only
def test_without_the_file_nobody_knows(fresh_bank: FreshBank) -> None:
    with fresh_bank({}) as bank:
        bank.disconnect()
        assert bank.hub.stop() == 0
        (bank.hub.folder / "var" / "numbers.json").unlink(missing_ok=True)
        done = bank.hub.ecif("db", "restored")
        assert (done.returncode, "--numbers" in done.stderr) == (2, True)
        bank.hub.start()
        bank.connect()
