"""card.md, Timing: one line, kept; pushes repeated as 0303 until answered; echoes; the second address."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.peers.ports import free_ports
from tests.sheets.bank import Bank, open_bank
from tests.sheets.card_client import ECHO, SIGN_ON, CardHost, answer_to, customer, decode, encode
from tests.sheets.core_client import now
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.sheets.pushes import HANG_UP, SILENCE, Answer, Push

CARD = "systems/card/system.toml"
SOON = {CARD: {"delivery.reply_seconds": "1"}}


@pytest.fixture(scope="module")
def prompt(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Its hub repeats after one second."""
    with open_bank(template, tmp_path_factory.mktemp("prompt"), SOON) as opened:
        opened.card.wait_signed_on()
        yield opened


def _known(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, MSG_SENT_AT=now(-60))
    bank.card_says(who, 1, t03="01", t04=who.resident_id)


def _change(bank: Bank, who: Someone, seq: int, *answers: Answer) -> None:
    """Core says another mobile; the pushes of it get these answers."""
    bank.card.box.script(who.card, *answers)
    phone = f"137{who.number % 10_000:04d}{seq:04d}"
    identity = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id, "MSG_SENT_AT": now(seq - 30)}
    bank.core_says(who, seq, CUST_MOBILE=phone, **identity)


def _assert_repeated(first: Push, again: Push) -> None:
    assert again["MTI"] == "0303"
    assert again.values | {"MTI": "0302"} == first.values
    assert again.raw[-8:] != first.raw[-8:]


def _take(bank: Bank, who: Someone) -> Push:
    return bank.card.box.take(who.card)


def test_silence_is_followed_by_0303(prompt: Bank, who: Someone) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, SILENCE, SILENCE)
    first, second, third = (_take(prompt, who) for _ in range(3))
    assert first["MTI"] == "0302"
    _assert_repeated(first, second)
    assert third.raw == second.raw
    assert second.at - first.at > 0.9
    prompt.card.box.assert_none(who.card, seconds=2.5)


@pytest.mark.parametrize("code", ["9001", "9999", "1005"])
def test_busy_and_line_faults_are_tried_again(prompt: Bank, who: Someone, code: str) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, Answer(code))
    _assert_repeated(_take(prompt, who), _take(prompt, who))


def test_0003_raises_the_version(prompt: Bank, who: Someone) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, Answer("0003", version=5000))
    first, second = _take(prompt, who), _take(prompt, who)
    assert int(second["DE48"]["31"]) > 5000
    assert (second["MTI"], second["DE37"] == first["DE37"]) == ("0302", False)


def test_a_refusal_is_final(prompt: Bank, who: Someone) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, Answer("1003"))
    _take(prompt, who)
    prompt.card.box.assert_none(who.card, seconds=2.5)


@pytest.mark.parametrize(("code", "again"), [("00", False), ("96", True), ("30", False), ("94", False)])
def test_an_answer_without_tag_32(prompt: Bank, who: Someone, code: str, again: bool) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, Answer(fields={"DE39": code, "DE48": None}))
    first = _take(prompt, who)
    if again:
        _assert_repeated(first, _take(prompt, who))
    else:
        prompt.card.box.assert_none(who.card, seconds=2.5)


def test_a_wrong_mac_in_an_answer_counts_as_none(prompt: Bank, who: Someone) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, Answer(fields={"damage": 1}))
    _assert_repeated(_take(prompt, who), _take(prompt, who))


def test_a_late_answer_still_settles(prompt: Bank, who: Someone) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, SILENCE, SILENCE)
    first = _take(prompt, who)
    _take(prompt, who)
    prompt.card.send(answer_to(first.values))
    prompt.card.box.assert_none(who.card, seconds=3.5)


def test_a_push_on_a_line_that_dies_is_repeated_on_the_next(prompt: Bank, who: Someone) -> None:
    _known(prompt, who)
    _change(prompt, who, 2, HANG_UP)
    first, second = _take(prompt, who), _take(prompt, who)
    _assert_repeated(first, second)
    assert second.line > first.line


@pytest.mark.fault("B3", "lengths that cannot be, card")
def test_a_bad_length_ends_the_line_without_a_word_and_it_is_dialled_again(prompt: Bank) -> None:
    times, said = prompt.card.signed_on, len(prompt.card.messages)
    prompt.card.send_bytes(b"\xff\xff")
    prompt.card.wait_signed_on(times + 1)
    assert all(decode(message)["MTI"] == "0800" for message in prompt.card.messages[said:])


def test_nothing_is_said_before_the_sign_on_is_answered(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank(SOON) as bank:
        _known(bank, who)
        bank.card.answers_sign_on = False
        times = bank.card.signed_on
        bank.card.hang_up()
        bank.card.wait_message("0800", SIGN_ON, count=times + 1)
        said = len(bank.card.messages)
        bank.card.assert_unanswered(_image(Someone()))
        _change(bank, who, 2)
        bank.card.box.assert_none(who.card)
        assert len(bank.card.messages) == said
        bank.card.wait_message("0800", SIGN_ON, count=times + 2, seconds=15)  # after 5 s without an answer
        bank.card.answers_sign_on = True
        assert _take_late(bank, who)["MTI"] == "0302"


def _image(who: Someone) -> bytes:
    return encode(customer(who.card, 1))


def _take_late(bank: Bank, who: Someone) -> Push:
    return bank.card.box.take(who.card, seconds=20)


def test_a_refused_sign_on_is_tried_again(fresh_bank: FreshBank) -> None:
    with fresh_bank({}) as bank:
        bank.card.wait_signed_on()
        bank.card.sign_on_code = "12"
        bank.card.hang_up()
        bank.card.wait_message("0800", SIGN_ON, count=3, seconds=15)
        bank.card.sign_on_code = "00"
        bank.card.wait_signed_on(2)


def test_the_hub_echoes_and_closes_after_two_unanswered(fresh_bank: FreshBank) -> None:
    with fresh_bank({CARD: {"heartbeat.after_seconds": "1"}}) as bank:
        bank.card.wait_message("0800", ECHO, count=3)
        bank.card.answers_echoes = False
        begins, times = time.monotonic(), bank.card.signed_on
        bank.card.wait_signed_on(times + 1, seconds=12)
        assert time.monotonic() - begins > 1.8


def test_the_second_address_is_tried_when_the_first_is_away(fresh_bank: FreshBank) -> None:
    (port,) = free_ports(1)
    other = CardHost(port)
    try:
        with fresh_bank({CARD: {"dial.other_address": f'"127.0.0.1:{port}"'}}) as bank:
            bank.card.wait_signed_on()
            bank.card.close()
            other.wait_signed_on(seconds=20)
    finally:
        other.close()
