"""SIGHUP as an operator meets it: what differs changes, nobody else notices, a bad conf changes nothing."""

import json
import signal
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import customer
from tests.sheets.ebank_client import EbankLine, tls_context
from tests.sheets.fixtures import FreshBank
from tests.sheets.hub_process import set_value
from tests.sheets.people import Someone
from tests.soak import soak_only


def _said(bank: Bank) -> list[dict[str, Any]]:
    lines = bank.hub.log.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and '"reload.' in line]


def _reload(bank: Bank) -> dict[str, Any]:
    """What the hub says of it."""
    before = len(_said(bank))
    assert bank.hub.process is not None
    bank.hub.process.send_signal(signal.SIGHUP)
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        said = _said(bank)[before:]
        if said and said[-1]["event"] in ("reload.done", "reload.refused"):
            return said[-1]
        time.sleep(0.05)
    raise AssertionError("nothing was said of the reload")


@pytest.mark.fault("X1", "SIGHUP with a bad conf: refused, file, line and key are named, the old conf stays")
def test_a_bad_conf_changes_nothing(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank({}) as bank:
        toml = bank.hub.folder / "conf" / "systems" / "core" / "system.toml"
        sound = toml.read_text(encoding="utf-8")
        set_value(toml, "delivery.windows", "3")
        said = _reload(bank)
        assert said["event"] == "reload.refused"
        assert any("system.toml" in reason and "delivery.windows" in reason for reason in said["reasons"])
        bank.core_says(who, 1)
        toml.write_text(sound, encoding="utf-8")
        assert _reload(bank) | {"changed": [], "gone": []} == _said(bank)[-1]


@pytest.mark.fault("T2", "SIGHUP with a new CA on disk: who dials meets its certificate, open lines stay")
def test_certificates_are_taken_up(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank({}) as bank:
        former = bank.tls
        bank.ebank_says(who, 1)
        assert bank.hub.ecif("certs", "var/certs").returncode == 0
        now = tls_context(bank.hub.certificates)
        with pytest.raises(ssl.SSLError):  # the hub still shows the certificate it has read
            EbankLine(bank.ports.ebank, now)
        assert _reload(bank)["event"] == "reload.done"
        EbankLine(bank.ports.ebank, now).close()
        with pytest.raises(ssl.SSLError):
            EbankLine(bank.ports.ebank, former)
        bank.ebank_says(who, 2)
        assert not bank.ebank.closed


def test_what_only_a_start_changes_is_named_and_not_taken(fresh_bank: FreshBank) -> None:
    with fresh_bank({}) as bank:
        toml = bank.hub.folder / "conf" / "hub.toml"
        set_value(toml, "delivery.backoff_first_seconds", "3")
        assert _reload(bank)["event"] == "reload.done"
        named = [said["section"] for said in _said(bank) if said["event"] == "reload.needs_a_start"]
        assert named == ["delivery"]
        assert _reload(bank)["event"] == "reload.done"
        assert len(_said(bank)) == 4, "it still waits for a start"


@pytest.mark.fault("G2", "one of six systems changes: the lines of the others stay up")
def test_only_the_system_that_changed_reconnects(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank({}) as bank:
        bank.core_says(who, 1)
        set_value(bank.hub.folder / "conf" / "systems" / "core" / "system.toml", "delivery.window", "7")
        said = _reload(bank)
        assert (said["event"], said["changed"]) == ("reload.done", ["core"])
        bank.ebank_says(who, 1)
        assert not bank.ebank.closed
        bank.connect()
        bank.core_says(who, 2, CUST_MOBILE="13900139001")


def test_nobody_who_dials_meanwhile_is_refused(fresh_bank: FreshBank) -> None:
    with fresh_bank({}) as bank:
        window = bank.hub.folder / "conf" / "systems" / "core" / "system.toml"
        for size in (9, 8):
            set_value(window, "delivery.window", str(size))
            assert bank.hub.process is not None
            bank.hub.process.send_signal(signal.SIGHUP)
            before = len(_said(bank))
            while len(_said(bank)) == before:
                one = Someone()
                line = bank.core_line()
                try:
                    line.ask(customer(one.core, 1, CUST_NAME=one.name))
                except (OSError, AssertionError):
                    continue  # a line that was let in and drained: its sender sends again
                finally:
                    line.close()


@pytest.mark.fault("O4", "taken away its pushes end and others go on; put back, resync fills it")
def test_a_system_goes_and_comes_back(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank({}) as bank:
        conf: Path = bank.hub.folder / "conf"
        papers = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
        bank.core_says(who, 1, **papers)
        bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id)

        (conf / "systems" / "loan").rename(conf / "loan.away")
        assert _reload(bank)["gone"] == ["loan"]
        bank.core_says(who, 2, CUST_MOBILE="13900139001", **papers)

        (conf / "loan.away").rename(conf / "systems" / "loan")
        assert _reload(bank)["changed"] == ["loan"]
        assert bank.hub.ecif("resync", "loan").returncode == 0
        bank.loan_box.take_until(who.loan, {"MOBILE": "13900139001"}, seconds=30)


@pytest.mark.slow
@soak_only
def test_a_shadow_is_cast_and_lifted(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank({}) as bank:
        toml: Path = bank.hub.folder / "conf" / "systems" / "loan" / "system.toml"
        papers = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
        set_value(toml, "delivery.shadow", "true")
        assert _reload(bank)["changed"] == ["loan"]
        bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id)
        for seq, mobile in enumerate(("13900139001", "13900139002"), 1):
            bank.core_says(who, seq, CUST_MOBILE=mobile, **papers)
        bank.loan_box.assert_none(who.loan, seconds=3)
        shown = bank.hub.ecif("trace", "--system", "loan", "--state", "shadow", "--json").stdout.splitlines()
        assert {json.loads(line)["direction"] for line in shown} == {"out"}
        assert 1 <= len(shown) <= 2
        (loan,) = (
            one
            for one in json.loads(bank.hub.ecif("status", "--json").stdout)["systems"]
            if one["name"] == "loan"
        )
        assert (loan["shadow"], loan["pending"]) == (True, 1)

        set_value(toml, "delivery.shadow", "false")
        assert _reload(bank)["changed"] == ["loan"]
        push = bank.loan_box.take(who.loan, seconds=30)
        assert push["MOBILE"] == "13900139002"
        bank.loan_box.assert_none(who.loan)
