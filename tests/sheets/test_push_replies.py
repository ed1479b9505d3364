"""README, Reply to a push: what each answer of a system makes the hub do, and what silence makes it do.

Most tests try all three systems at once, each with a customer of its own, so that their waits overlap. Their
hub repeats after one second; the times of the sheets are tried once, on the shipped conf.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sheets import core_client, ebank_client
from tests.sheets.bank import Bank, open_bank
from tests.sheets.core_client import now
from tests.sheets.ebank_client import document
from tests.sheets.people import Someone
from tests.sheets.pushes import CONFIRM, HANG_UP, SILENCE, Answer, Push, PushBox

SOON = {f"systems/{name}/system.toml": {"delivery.reply_seconds": "2"} for name in ("core", "loan", "ebank")}
SYSTEMS = ("core", "loan", "ebank")


@pytest.fixture(scope="module")
def prompt(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with open_bank(template, tmp_path_factory.mktemp("prompt"), SOON) as opened:
        yield opened


@dataclass
class Receiver:
    """One system as the one that is pushed, in terms all three share, with a customer it knows."""

    bank: Bank
    system: str
    who: Someone

    def __post_init__(self) -> None:
        bank, who = self.bank, self.who
        self.box: PushBox = {"core": bank.core_box, "loan": bank.loan_box, "ebank": bank.ebank_box}[
            self.system
        ]
        self.number = {"core": who.core, "loan": who.loan, "ebank": who.ebank}[self.system]
        self.id = {"core": "MSG-ID", "loan": "SERIAL", "ebank": "id"}[self.system]
        self.version = {"core": "ECIF-VERSION", "loan": "VERSION", "ebank": "version"}[self.system]
        self.flag, self.flagged = {"core": ("MSG-POSSDUP", "Y"), "loan": ("DUP", "1"), "ebank": ("flags", 1)}[
            self.system
        ]
        if self.system == "loan":
            bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id, SENT_AT=now(-60))
        if self.system == "ebank":
            bank.ebank_says(who, 1, documents=[document(1, who.resident_id)], time=now(-60))
        if self.system == "core":
            bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, MSG_SENT_AT=now(-60))

    def change(self, seq: int, *answers: Answer) -> None:
        """Another system changes the mobile number; the pushes for it get these answers."""
        self.box.script(self.number, *answers)
        who, phone = self.who, f"137{self.who.number % 10_000:04d}{seq:04d}"
        if self.system == "core":
            phones = [{"use": 1, "number": phone}]
            documents = [document(1, who.resident_id)]
            self.bank.ebank_says(who, seq, documents=documents, phones=phones, time=now(seq - 30))
        else:
            identity = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
            self.bank.core_says(who, seq, CUST_MOBILE=phone, MSG_SENT_AT=now(seq - 30), **identity)

    def take(self, *, seconds: float = 30.0) -> Push:
        return self.box.take(self.number, seconds=seconds)

    def assert_none(self, *, seconds: float = 0) -> None:
        self.box.assert_none(self.number, seconds=seconds)

    def assert_repeated(self, first: Push, again: Push) -> None:
        """The same push, unchanged but for the duplicate flag (and ebank's MAC over it)."""
        assert again[self.flag] == self.flagged != first[self.flag]
        assert again.values | {self.flag: first[self.flag]} == first.values


def _everyone(bank: Bank) -> list[Receiver]:
    return [Receiver(bank, system, Someone()) for system in SYSTEMS]


def _for_each(bank: Bank, codes: tuple[str, ...]) -> list[tuple[Receiver, str]]:
    return [(receiver, code) for code in codes for receiver in _everyone(bank)]


def test_confirmed_is_not_pushed_again(prompt: Bank) -> None:
    receivers = _for_each(prompt, ("0000", "0001"))
    for receiver, code in receivers:
        receiver.change(1, Answer(code))
    for receiver, _ in receivers:
        receiver.take()
    receivers[0][0].assert_none(seconds=2.5)
    for receiver, _ in receivers:
        receiver.assert_none()


@pytest.mark.parametrize("system", SYSTEMS)
def test_0003_raises_the_version_and_pushes_again(prompt: Bank, system: str) -> None:
    receiver = Receiver(prompt, system, Someone())
    receiver.change(1, Answer("0003", version=5000))
    first, second = receiver.take(), receiver.take()
    assert second[receiver.version] > 5000
    assert second[receiver.id] != first[receiver.id]
    assert second[receiver.flag] == first[receiver.flag]
    receiver.assert_none(seconds=0.2)
    receiver.change(2)
    assert receiver.take()[receiver.version] > second[receiver.version]


@pytest.mark.fault("P5", "final")
def test_a_refusal_is_final_until_the_push_would_differ(prompt: Bank) -> None:
    receivers = _for_each(prompt, ("1003", "2002"))
    for receiver, code in receivers:
        receiver.change(1, Answer(code))
    firsts = [receiver.take() for receiver, _ in receivers]
    receivers[0][0].assert_none(seconds=2.5)
    for (receiver, _), first in zip(receivers, firsts, strict=True):
        receiver.assert_none()
        receiver.change(2)
        second = receiver.take()
        assert second[receiver.id] != first[receiver.id]
        assert second[receiver.flag] == first[receiver.flag]


@pytest.mark.fault("P5", "retryable")
def test_busy_and_line_faults_are_tried_again_with_the_same_id(prompt: Bank) -> None:
    receivers = _for_each(prompt, ("9001", "9002", "9999", "1005"))
    for receiver, code in receivers:
        receiver.change(1, Answer(code), Answer(code))
    for receiver, _ in receivers:
        first, second, third = receiver.take(), receiver.take(), receiver.take()
        receiver.assert_repeated(first, second)
        assert third.values == second.values
        assert 0.4 < second.at - first.at < 3
        assert 0.9 < third.at - second.at < 5


@pytest.mark.fault("P3", "no reply")
@pytest.mark.fault("O3", "no reply: same id again, flagged")
def test_silence_is_followed_by_the_same_push_flagged_again_and_again(prompt: Bank) -> None:
    receivers = _everyone(prompt)
    for receiver in receivers:
        receiver.change(1, SILENCE, SILENCE)
    for receiver in receivers:
        first, second, third = receiver.take(), receiver.take(), receiver.take()
        receiver.assert_repeated(first, second)
        assert third.values == second.values
        # Two seconds from the commit of the claim; a busy machine brings the frame later than that.
        assert second.at - first.at > 0.9
        assert third.at - second.at > 0.9


def test_the_times_of_the_sheets(bank: Bank) -> None:
    """Core after 10 s, ebank after 3 s, loan a second or so after the hub has hung up at 5 s."""
    receivers = _everyone(bank)
    for receiver in receivers:
        receiver.change(1, SILENCE)
    for receiver, seconds in zip(receivers, (10, 5, 3), strict=True):
        first, second = receiver.take(), receiver.take(seconds=15)
        receiver.assert_repeated(first, second)
        assert seconds - 0.2 < second.at - first.at < seconds + 3


@pytest.mark.fault("P3", "late reply")
@pytest.mark.parametrize("system", ["core", "ebank"])
def test_a_late_reply_still_settles(prompt: Bank, system: str) -> None:
    """The reply to the first copy, while the repeat stays unanswered: its id is the same."""
    receiver = Receiver(prompt, system, Someone())
    receiver.change(1, SILENCE, SILENCE)
    first, second = receiver.take(), receiver.take()
    assert first[receiver.id] == second[receiver.id]
    if system == "core":
        prompt.core.send(core_client.reply_to(first.values))
    else:
        prompt.ebank.send(ebank_client.reply_to(first.values))
    receiver.assert_none(seconds=3.5)


@pytest.mark.fault("P3", "reply for another id")
def test_a_reply_with_another_serial_does_not_count(prompt: Bank) -> None:
    """loan.md: a reply counts only on its own connection and with its SERIAL."""
    receiver = Receiver(prompt, "loan", Someone())
    receiver.change(1, Answer(fields={"SERIAL": "SOMETHINGELSE"}))
    receiver.assert_repeated(receiver.take(), receiver.take())


@pytest.mark.fault("P4", "end of stream instead of a reply")
def test_a_peer_that_hangs_up_before_its_reply_is_tried_again(prompt: Bank) -> None:
    receiver = Receiver(prompt, "loan", Someone())
    receiver.change(1, HANG_UP)
    receiver.assert_repeated(receiver.take(), receiver.take())


@pytest.mark.fault("C3", "what was in flight is sent again")
def test_a_push_on_a_line_that_dies_is_repeated_on_another(prompt: Bank) -> None:
    receiver = Receiver(prompt, "core", Someone())
    receiver.change(1, SILENCE)
    first = receiver.take()
    prompt.connect()
    second = receiver.take()
    receiver.assert_repeated(first, second)
    assert second.line != first.line


def test_a_reply_of_core_is_taken_from_any_of_its_lines(prompt: Bank) -> None:
    """core.md: replies are matched by REPLY-TO."""
    receiver = Receiver(prompt, "core", Someone())
    receiver.change(1, SILENCE)
    push = receiver.take()
    with prompt.core_line() as other:
        other.send(core_client.reply_to(push.values))
        receiver.assert_none(seconds=2.5)


def test_hub_made_ids_are_upper_case_letters_and_digits(prompt: Bank) -> None:
    for receiver in _everyone(prompt):
        receiver.change(1, CONFIRM)
        made: Any = receiver.take()[receiver.id]
        assert isinstance(made, bytes) or (made.isalnum() and made.upper() == made and made.isascii())
