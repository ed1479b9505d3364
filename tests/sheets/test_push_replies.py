"""README, Reply to a push: what each answer of a system makes the hub do, and what silence makes it do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sheets import core_client
from tests.sheets.bank import Bank
from tests.sheets.core_client import now
from tests.sheets.ebank_client import document
from tests.sheets.people import Someone
from tests.sheets.pushes import HANG_UP, SILENCE, Answer, Push, PushBox


@dataclass
class Receiver:
    """One system as the one that is pushed, in terms all three share."""

    name: str
    box: PushBox
    number: str
    flagged: tuple[str, Any]
    """Field and value of a repeat."""
    id: str
    version: str
    reply_seconds: float

    def same(self, first: Push, again: Push) -> None:
        """The same push, unchanged but for the duplicate flag (and ebank's MAC over it)."""
        field, value = self.flagged
        assert again[field] == value != first[field]
        assert again.values | {field: first[field]} == first.values


@pytest.fixture(params=["core", "loan", "ebank"])
def receiver(request: pytest.FixtureRequest, bank: Bank, who: Someone) -> Iterator[Receiver]:
    """`who` is known to this system; `_change` makes a difference to push."""
    given = {
        "core": Receiver("core", bank.core_box, who.core, ("MSG-POSSDUP", "Y"), "MSG-ID", "ECIF-VERSION", 10),
        "loan": Receiver("loan", bank.loan_box, who.loan, ("DUP", "1"), "SERIAL", "VERSION", 5),
        "ebank": Receiver("ebank", bank.ebank_box, who.ebank, ("flags", 1), "id", "version", 3),
    }[request.param]
    if given.name == "loan":
        bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id, SENT_AT=now(-60))
    if given.name == "ebank":
        bank.ebank_says(who, 1, documents=[document(1, who.resident_id)], time=now(-60))
    if given.name == "core":
        bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, MSG_SENT_AT=now(-60))
    yield given
    given.box.forget_script(given.number)


def _change(bank: Bank, who: Someone, receiver: Receiver, seq: int) -> None:
    """Another system changes the mobile number."""
    phone = f"137{who.number % 10_000:04d}{seq:04d}"
    if receiver.name == "core":
        bank.ebank_says(
            who,
            seq,
            documents=[document(1, who.resident_id)],
            phones=[{"use": 1, "number": phone}],
            time=now(seq - 30),
        )
    else:
        identity = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
        bank.core_says(who, seq, CUST_MOBILE=phone, MSG_SENT_AT=now(seq - 30), **identity)


@pytest.mark.parametrize("code", ["0000", "0001"])
def test_confirmed_is_not_pushed_again(bank: Bank, who: Someone, receiver: Receiver, code: str) -> None:
    receiver.box.script(receiver.number, Answer(code))
    _change(bank, who, receiver, 1)
    receiver.box.take(receiver.number)
    receiver.box.assert_none(receiver.number, seconds=1.5)


def test_0003_raises_the_version_and_pushes_again(bank: Bank, who: Someone, receiver: Receiver) -> None:
    receiver.box.script(receiver.number, Answer("0003", version=5000))
    _change(bank, who, receiver, 1)
    first, second = receiver.box.take(receiver.number), receiver.box.take(receiver.number)
    assert second[receiver.version] > 5000
    assert second[receiver.id] != first[receiver.id]
    receiver.box.assert_none(receiver.number, seconds=0.3)
    _change(bank, who, receiver, 2)
    assert receiver.box.take(receiver.number)[receiver.version] > second[receiver.version]


@pytest.mark.parametrize("code", ["1003", "2002"])
def test_a_refusal_is_final_until_the_push_would_differ(
    bank: Bank, who: Someone, receiver: Receiver, code: str
) -> None:
    receiver.box.script(receiver.number, Answer(code))
    _change(bank, who, receiver, 1)
    first = receiver.box.take(receiver.number)
    receiver.box.assert_none(receiver.number, seconds=2.5)
    _change(bank, who, receiver, 2)
    second = receiver.box.take(receiver.number)
    assert second[receiver.id] != first[receiver.id]
    assert second[receiver.flagged[0]] == first[receiver.flagged[0]]


@pytest.mark.parametrize("code", ["9001", "9002", "9999", "1005"])
def test_busy_and_line_faults_are_tried_again_with_the_same_id(
    bank: Bank, who: Someone, receiver: Receiver, code: str
) -> None:
    receiver.box.script(receiver.number, Answer(code), Answer(code))
    _change(bank, who, receiver, 1)
    first, second = receiver.box.take(receiver.number), receiver.box.take(receiver.number)
    third = receiver.box.take(receiver.number)
    receiver.same(first, second)
    assert third.values == second.values
    assert 0.4 < second.at - first.at < 3
    assert 0.9 < third.at - second.at < 5


def test_silence_is_followed_by_the_same_push_flagged(bank: Bank, who: Someone, receiver: Receiver) -> None:
    """Core after 10 s, ebank after 3 s, loan a second or so after the hub has hung up at 5 s."""
    receiver.box.script(receiver.number, SILENCE)
    _change(bank, who, receiver, 1)
    first, second = receiver.box.take(receiver.number), receiver.box.take(receiver.number, seconds=15)
    receiver.same(first, second)
    assert receiver.reply_seconds - 0.2 < second.at - first.at < receiver.reply_seconds + 3
    receiver.box.assert_none(receiver.number, seconds=0.5)


def test_a_late_reply_still_settles(bank: Bank, who: Someone) -> None:
    """The reply to the first copy counts as well: its id is the same."""
    bank.ebank_says(who, 1, documents=[document(1, who.resident_id)], time=now(-60))
    bank.ebank_box.script(who.ebank, Answer(after=3.6), SILENCE)
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    first, second = bank.ebank_box.take(who.ebank), bank.ebank_box.take(who.ebank)
    assert first["id"] == second["id"]
    bank.ebank_box.assert_none(who.ebank, seconds=6)


def test_a_reply_with_another_serial_does_not_count(bank: Bank, who: Someone) -> None:
    """loan.md: a reply counts only on its own connection and with its SERIAL."""
    bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id, SENT_AT=now(-60))
    bank.loan_box.script(who.loan, Answer(fields={"SERIAL": "SOMETHINGELSE"}))
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    first, second = bank.loan_box.take(who.loan), bank.loan_box.take(who.loan, seconds=9)
    assert second.values == first.values | {"DUP": "1"}


def test_a_peer_that_hangs_up_before_its_reply_is_tried_again(bank: Bank, who: Someone) -> None:
    bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id, SENT_AT=now(-60))
    bank.loan_box.script(who.loan, HANG_UP)
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    first, second = bank.loan_box.take(who.loan), bank.loan_box.take(who.loan)
    assert second.values == first.values | {"DUP": "1"}
    assert second.at - first.at < 3


def test_a_push_on_a_line_that_dies_is_repeated_on_another(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, MSG_SENT_AT=now(-60))
    bank.core_box.script(who.core, SILENCE)
    bank.ebank_says(
        who, 1, documents=[document(1, who.resident_id)], phones=[{"use": 1, "number": who.mobile}]
    )
    first = bank.core_box.take(who.core)
    bank.core.close()
    bank.core = bank.core_line()
    second = bank.core_box.take(who.core, seconds=12)
    assert second.values == first.values | {"MSG-POSSDUP": "Y"}
    assert second.line != first.line


def test_a_reply_of_the_system_is_taken_from_any_line(bank: Bank, who: Someone) -> None:
    """core.md: replies are matched by REPLY-TO; a line of core is as good as another."""
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, MSG_SENT_AT=now(-60))
    bank.core_box.script(who.core, SILENCE)
    bank.ebank_says(
        who, 1, documents=[document(1, who.resident_id)], phones=[{"use": 1, "number": who.mobile}]
    )
    push = bank.core_box.take(who.core)
    with bank.core_line() as other:
        other.send(core_client.reply_to(push.values))
        bank.core_box.assert_none(who.core, seconds=12)


def test_hub_made_ids_are_upper_case_letters_and_digits(bank: Bank, who: Someone, receiver: Receiver) -> None:
    _change(bank, who, receiver, 1)
    push = receiver.box.take(receiver.number)
    made = push[receiver.id]
    assert isinstance(made, bytes) or (made.isalnum() and made.upper() == made and made.isascii())
