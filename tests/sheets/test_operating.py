"""What an operator does beside a running hub: `ecif failed`, `resync`, `audit`, `status`, `top`."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from tests.gateway.operating import Operated
from tests.sheets.bank import Bank
from tests.sheets.core_client import customer, encode, frame
from tests.sheets.ebank_client import document
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.sheets.pushes import Answer

pytestmark = pytest.mark.slow


def test_beside_a_running_hub(fresh_bank: FreshBank, tmp_path: Path) -> None:
    who, other = Someone(), Someone()
    with fresh_bank({}) as bank:
        for one in (who, other):
            bank.core_says(one, 1, CUST_ID_TYPE="01", CUST_ID_NO=one.resident_id)
        refused_then_replayed(bank, who)
        silently_dropped_then_resynced(bank, who, other, tmp_path / "core.bin")
        set_aside_then_replayed(bank, other)
        seen_from_a_terminal(bank)


def ecif(bank: Bank, *arguments: str, code: int = 0) -> Any:
    """In this process, which is not the hub's: a new one for each command would cost a minute in all."""
    said, url = StringIO(), f"sqlite:///{bank.hub.folder / 'var' / 'ecif.db'}"
    command = [*arguments, "--json", "--conf", str(bank.hub.folder / "conf")]
    with redirect_stdout(said), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECIF_DATABASE_URL", url)
        with pytest.raises(SystemExit) as ended:
            main(command)
    assert (ended.value.code or 0) == code
    return json.loads(said.getvalue())


def refused_then_replayed(bank: Bank, who: Someone) -> None:
    """Core refuses for good what ebank says; it is told so again, once, when the operator says so."""
    bank.core_box.script(who.core, Answer("1003"))
    told = [document(1, who.resident_id)]
    bank.ebank_says(who, 1, documents=told, phones=[{"use": 1, "number": who.mobile}])
    refused = bank.core_box.take(who.core)
    bank.core_box.assert_none(who.core)
    (row,) = ecif(bank, "failed", "list")
    assert (row["system"], row["direction"], row["message_id"]) == ("core", "out", refused["MSG-ID"])
    assert ecif(bank, "failed", "replay", str(row["id"]))["replayed"] == 1
    again = bank.core_box.take(who.core)
    assert (again["CUST-MOBILE"], again["MSG-ID"] != refused["MSG-ID"]) == (who.mobile, True)
    assert ecif(bank, "failed", "replay", str(row["id"]))["replayed"] == 0
    bank.core_box.assert_none(who.core)


def silently_dropped_then_resynced(bank: Bank, who: Someone, other: Someone, export: Path) -> None:
    """Core said yes and holds no mobile number: its own export tells, and all of it is pushed again."""
    images = [
        customer(one.core, 9, CUST_NAME=one.name, CUST_ID_TYPE="01", CUST_ID_NO=one.resident_id)
        for one in (who, other)
    ]
    export.write_bytes(b"".join(frame(encode(image)) for image in images))
    assert ecif(bank, "audit", "core", "--export", str(export), code=1) == {
        "compared": 2, "equal": 1, "different": [{"customer": who.core, "field": "CUST-MOBILE"}],
        "missing": 0, "unknown": 0,
    }  # fmt: skip
    assert ecif(bank, "resync", "core")["marked"] == 2
    assert bank.core_box.take(who.core)["CUST-MOBILE"] == who.mobile
    assert bank.core_box.take(other.core)["CUST-NAME"] == other.name
    for one in (who, other):
        bank.core_box.assert_none(one.core, seconds=0.3)


def set_aside_then_replayed(bank: Bank, who: Someone) -> None:
    """Another instance set a message of core aside; taken again, it reaches ebank through this hub."""
    bank.ebank_says(who, 1, documents=[document(1, who.resident_id)])
    image = customer(
        who.core, 2, CUST_NAME=who.name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_RISK="R4"
    )
    instance = Operated(f"sqlite:///{bank.hub.folder / 'var' / 'ecif.db'}")
    instance.put_aside(encode(image))
    instance.store.close()
    reply = bank.core.ask(image)
    assert reply["REPLY-CODE"] == "9999"
    report = ecif(bank, "failed", "replay", "--all")
    assert [one["outcome"] for one in report["results"]] == ["applied"]
    assert bank.core.ask(image)["REPLY-CODE"] == "0000"
    bank.ebank_box.take_until(who.ebank, {"risk": 4}, seconds=8)


def seen_from_a_terminal(bank: Bank) -> None:
    """From a working directory of the hub's own: that is where its socket is."""
    seen = bank.hub.ecif("status", "--json")
    assert seen.returncode == 0, seen.stderr
    condition = json.loads(seen.stdout)
    assert (condition["hub"], condition["store"], condition["parties"]) == ("ok", "ok", 2)
    core = next(system for system in condition["systems"] if system["name"] == "core")
    assert (core["sessions"], core["came"] >= 4, core["failed"]) == (1, True, 0)
    watched = bank.hub.ecif("top", "--count", "1", "--every", "0.2")
    assert (watched.returncode, "core" in watched.stdout) == (0, True)
