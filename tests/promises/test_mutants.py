"""Hubs that break a promise are found out by the same probes that the hub passes."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.promises.mutants import MUTANTS
from tests.sheets.bank import Bank
from tests.sheets.core_client import customer
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.sheets.pushes import HANG_UP

pytestmark = pytest.mark.slow

RIG = str(Path(__file__).parent / "mutants.py")
CHANGES = {"systems/loan/system.toml": {"delivery.reply_seconds": "1"}}


def a_resend_has_no_second_effect(bank: Bank, who: Someone) -> bool:
    image = customer(who.core, 1, CUST_NAME=who.name)
    first = bank.core.ask(image)
    again = bank.core.ask(image | {"MSG-POSSDUP": "Y"})
    parts = ("REPLY-CODE", "REPLY-ECIF-NO", "REPLY-VERSION")
    return [first[part] for part in parts] == [again[part] for part in parts]


def an_unanswered_push_comes_again(bank: Bank, who: Someone) -> bool:
    papers = {"ID_TYPE": "10", "ID_NO": who.resident_id}
    bank.loan_says(who, 1, **papers)
    bank.loan_box.script(who.loan, HANG_UP)
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    bank.loan_box.take(who.loan)
    try:
        bank.loan_box.take(who.loan, seconds=6)
    except AssertionError:
        return False
    return True


Probe = Callable[[Bank, Someone], bool]
PROBES: dict[str, Probe] = {
    "forgets-duplicates": a_resend_has_no_second_effect,
    "delivered-on-write": an_unanswered_push_comes_again,
    "drops-retries": an_unanswered_push_comes_again,
}


def test_the_hub_keeps_them(bank: Bank) -> None:
    assert {probe.__name__ for probe in PROBES.values() if not probe(bank, Someone())} == set()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_hub_that_breaks_one_is_found_out(fresh_bank: FreshBank, name: str, who: Someone) -> None:
    with fresh_bank(CHANGES) as bank:
        bank.disconnect()
        assert bank.hub.stop() == 0
        bank.hub.command = (sys.executable, RIG, name, "--conf", "conf")
        bank.hub.start()
        bank.connect()
        assert not PROBES[name](bank, who)
