"""The link level of wealth's sheet: LRC, NAK, repeats, silence. The sheet's times are made short by conf."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sheets.bank import Bank, open_bank
from tests.sheets.core_client import now
from tests.sheets.people import Someone
from tests.sheets.pushes import HANG_UP, SILENCE, Answer
from tests.sheets.wealth_client import ETX, NAK, STX, WealthLine, customer, encode, frame, lrc, new_serial

SHORT = {
    "systems/wealth/system.toml": {
        "link.answer_seconds": "1", "delivery.reply_seconds": "1", "heartbeat.after_seconds": "2",
    },
    "hub.toml": {"limits.frame_seconds": "1", "limits.frame_bytes_per_second": "1"},
}  # fmt: skip


@pytest.fixture(scope="module")
def hasty(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with open_bank(template, tmp_path_factory.mktemp("wealth"), SHORT) as opened:
        yield opened


@pytest.fixture
def line(hasty: Bank) -> WealthLine:
    """The newest line, and something was said on it: so the hub soon dials again when it ends."""
    hasty.wealth.answers_line_tests = True
    line, serial = hasty.wealth.line(), new_serial()
    line.send_bytes(frame(_test(serial)))
    line.wait(lambda frames: f"W901|{serial}".encode() in frames, "W901")
    return line


def damaged(text: bytes) -> bytes:
    return STX + text + ETX + bytes([lrc(text)[0] ^ 0xFF])


def kept(hub: Bank, data: bytes) -> list[str]:
    """What the journal says of a message of exactly these bytes."""
    sql = """SELECT m.reply_text FROM message m JOIN message_body b ON b.id = m.id
             WHERE m.system = 'wealth' AND b.body = ?"""
    with contextlib.closing(sqlite3.connect(hub.hub.folder / "var" / "ecif.db")) as database:
        return [str(text) for (text,) in database.execute(sql, [data])]


@pytest.fixture(scope="module")
def calm(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Nobody else's damage: of what comes too often only a few are kept."""
    with open_bank(template, tmp_path_factory.mktemp("kept"), SHORT) as opened:
        yield opened


@pytest.mark.fault("B6", "the bytes of a frame with a wrong LRC are kept, the line lives")
@pytest.mark.fault("B5", "junk between frames, and a frame without its ETX: the bytes are kept")
def test_what_was_lost_is_kept(calm: Bank) -> None:
    line = calm.wealth.line()
    line.repeats = False
    text = encode(customer(Someone().wealth, 1, name="张三"))
    line.send_bytes(damaged(text)[:9])  # in two reads
    time.sleep(0.1)
    line.send_bytes(damaged(text)[9:])
    line.wait_nak(1)
    assert not line.closed
    serial = new_serial()
    line.send_bytes(frame(_test(serial)))
    line.wait(lambda frames: f"W901|{serial}".encode() in frames, "W901")
    line.send_bytes(b"\x07junk")
    line.wait_closed()
    again = calm.wealth.next_line(line)
    again.send_bytes(STX + b"W900|")
    again.wait_closed()
    ends = time.monotonic() + 30
    while not kept(calm, STX + b"W900|") and time.monotonic() < ends:
        time.sleep(0.1)
    assert kept(calm, damaged(text)) == ["lrc@0 wrong"]
    assert kept(calm, b"\x07junk") == ["frame@0 neither STX nor NAK"]
    assert kept(calm, STX + b"W900|") == ["frame@0 no end in time"]


@pytest.mark.fault("B6", "wrong LRC")
def test_a_damaged_frame_gets_nak_and_its_repeat_is_taken(line: WealthLine) -> None:
    who = Someone()
    text = encode(customer(who.wealth, 1, name=who.name))
    line.open_request = frame(text)
    naks = line.frames.count(NAK)
    line.send_bytes(damaged(text))
    line.wait_nak(naks + 1)
    serial = text.split(b"|")[1].decode()
    line.wait(lambda _: bool(line.reply_of(serial)), "reply")
    line.open_request = b""
    assert b"|0000|" in line.reply_of(serial)[0]


def test_the_byte_after_etx_is_the_lrc_whatever_its_value(line: WealthLine) -> None:
    for value in (STX, ETX, NAK):
        serial = next(s for s in iter(new_serial, "") if any(lrc(_test(s + c)) == value for c in _ALL))
        char = next(c for c in _ALL if lrc(_test(serial + c)) == value)
        line.send_bytes(frame(_test(serial + char)))
        line.wait(lambda frames, s=serial + char: f"W901|{s}".encode() in frames, "W901")  # type: ignore[misc]


_ALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"


def _test(serial: str) -> bytes:
    return f"W900|{serial}".encode()


def test_three_damaged_frames_close_the_line(hasty: Bank, line: WealthLine) -> None:
    line.repeats = False
    naks = line.frames.count(NAK)
    for count in (1, 2, 3):
        assert not line.closed
        line.send_bytes(damaged(b"W900|1"))
        line.wait_nak(naks + count)
    line.wait_closed()
    hasty.wealth.next_line(line)


def test_a_good_frame_between_them_starts_the_count_anew(line: WealthLine) -> None:
    line.repeats = False
    naks = line.frames.count(NAK)
    for round in (1, 2):
        for _ in (1, 2):
            line.send_bytes(damaged(b"W900|1"))
        line.wait_nak(naks + 2 * round)
        serial = new_serial()
        line.send_bytes(frame(_test(serial)))
        line.wait(lambda frames, s=serial: f"W901|{s}".encode() in frames, "W901")  # type: ignore[misc]
    line.repeats = True
    assert not line.closed


def test_a_nak_brings_the_last_reply_again(line: WealthLine) -> None:
    who = Someone()
    text = line.ask_raw(encode(customer(who.wealth, 1, name=who.name)))
    line.send_bytes(NAK)
    line.wait(lambda frames: frames.count(text) == 2, "the reply again")
    line.send_bytes(NAK)
    line.wait(lambda frames: frames.count(text) == 3, "the reply a third time")
    line.send_bytes(NAK)
    line.wait_closed()


def test_a_nak_brings_the_open_request_and_then_the_last_reply(hasty: Bank, line: WealthLine) -> None:
    who = Someone()
    hasty.wealth_says(who, 1, doc_type="0", doc_number=who.resident_id, sent_at=now(-60))
    line = hasty.wealth.line()
    hasty.wealth_box.script(who.wealth, SILENCE)
    hasty.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    push = hasty.wealth_box.take(who.wealth)
    reply = line.texts("W101")[-1]
    replies = line.frames.count(reply)
    line.send_bytes(NAK)
    again = hasty.wealth_box.take(who.wealth)
    assert (again.raw, again.line) == (push.raw, push.line)
    frames = line.wait(lambda frames: frames.count(reply) == replies + 1, "the last reply again")
    relevant = [text for text in frames if text in (push.raw, reply)]
    assert relevant[-2:] == [push.raw, reply]
    hasty.wealth_box.assert_none(who.wealth, seconds=2)


@pytest.mark.fault("B5", "junk between frames")
@pytest.mark.parametrize("stray", [b"\x00", b"\x06", b"W", ETX])
def test_another_byte_between_frames_closes_the_line_without_a_word(
    hasty: Bank, line: WealthLine, stray: bytes
) -> None:
    said = len(line.texts("W101"))
    line.send_bytes(stray)
    line.wait_closed()
    assert len(line.texts("W101")) == said
    hasty.wealth.next_line(line)


@pytest.mark.fault("B5", "missing ETX")
def test_a_frame_without_end_closes_the_line(line: WealthLine) -> None:
    begins = time.monotonic()
    line.send_bytes(STX + b"W900|")
    line.wait_closed()
    assert 0.7 < time.monotonic() - begins < 4


def test_a_frame_over_the_limit_closes_the_line(line: WealthLine) -> None:
    line.send_bytes(STX + b"A" * 4096)
    line.wait_closed()


def test_the_largest_frame_is_taken(line: WealthLine) -> None:
    serial = new_serial()
    text = f"W100|{serial}|".encode().ljust(4093, b"x")
    line.send_bytes(frame(text))
    line.wait(lambda _: bool(line.reply_of(serial)), "reply")
    assert b"|1001|" in line.reply_of(serial)[0]


def test_an_unanswered_push_comes_again_on_a_new_line_under_its_serial(hasty: Bank, line: WealthLine) -> None:
    who = Someone()
    hasty.wealth_says(who, 1, doc_type="0", doc_number=who.resident_id, sent_at=now(-60))
    hasty.wealth_box.script(who.wealth, SILENCE, HANG_UP, Answer(code="9001"))
    hasty.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    pushes = [hasty.wealth_box.take(who.wealth, seconds=25) for _ in range(4)]
    assert len({push.raw for push in pushes}) == 1
    assert pushes[0].line < pushes[1].line < pushes[2].line <= pushes[3].line
    assert pushes[1].at - pushes[0].at > 0.9
    hasty.wealth_box.assert_none(who.wealth)


def test_a_silent_line_is_tested_and_an_unanswered_test_closes_it(hasty: Bank, line: WealthLine) -> None:
    tests = len(line.texts("W900"))
    line.wait_type("W900", seconds=6, count=tests + 2)
    assert not line.closed
    hasty.wealth.answers_line_tests = False
    line.wait_type("W900", seconds=6, count=tests + 3)
    line.wait_closed(4)
    hasty.wealth.answers_line_tests = True
    hasty.wealth.next_line(line)


def test_traffic_puts_the_line_test_off(hasty: Bank, line: WealthLine) -> None:
    tests = len(line.texts("W900"))
    for _ in range(5):
        time.sleep(0.8)
        line.send_bytes(frame(_test(new_serial())))
    assert len(line.texts("W900")) <= tests + 1
