"""FAULTS B2, B7, C2, C3, C6, C7, C8, C10, C14 and O2 on real sockets, most of them through the fault proxy.

One hub with short times, a small byte budget and more connections than the sheets allow does for all of it.
What can be told by waiting for a condition is; nothing here measures how fast anything is: the figures are
those of `bench.connections` and `bench.sick`, which `make soak` runs at full size (tests/bench).
"""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rigs.proxy import faulty
from tests.sheets import core_client, ebank_client, loan_client
from tests.sheets.bank import Bank, open_bank
from tests.sheets.core_client import CoreLine
from tests.sheets.ebank_client import EbankLine, query
from tests.sheets.people import Someone
from tests.sheets.pushes import HANG_UP, SILENCE, Answer

HASTY = {
    "systems/core/system.toml": {
        "listen.connections": "500",
        "listen.silence_seconds": "8",
        "delivery.reply_seconds": "1",
    },
    "systems/ebank/system.toml": {
        "listen.connections": "1",
        "listen.when_full": '"close_longest_silent"',
        "delivery.reply_seconds": "1",
    },
    "hub.toml": {
        "limits.write_seconds": "1",
        "limits.frame_seconds": "5",
        "limits.bytes_in_flight": "200_000",
        "limits.arrivals_per_address": "100_000",
        "limits.connections": "260",
        "limits.connections_per_address": "220",
    },
}


@pytest.fixture(scope="module")
def hasty(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with open_bank(template, tmp_path_factory.mktemp("faulty"), HASTY) as opened:
        opened.disconnect()
        yield opened


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def statistics(bank: Bank) -> dict[str, object]:
    """What the hub counts, over its own socket."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(30)
        stream.connect(str(bank.hub.folder / "var" / "hub.sock"))
        data = b""
        while chunk := stream.recv(65_536):
            data += chunk
    found: dict[str, object] = json.loads(data)
    return found


def sessions(bank: Bank, system: str) -> int:
    found = statistics(bank)["sessions"]
    assert isinstance(found, dict)
    return int(found.get(system, 0))


def ended(bank: Bank, system: str, reason: str) -> int:
    """How many lines of that system have ended so."""
    rows = statistics(bank)["lines"]
    assert isinstance(rows, list)
    return sum(count for name, why, count in rows if (name, why) == (system, reason))


@pytest.mark.fault("C2", "inside a reply, through a proxy that resets after 20 of its bytes")
def test_a_reset_inside_a_reply(hasty: Bank) -> None:
    who = Someone()
    image = core_client.customer(who.core, 1, CUST_NAME=who.name)
    with faulty(hasty.ports.core) as wire, CoreLine(wire.port) as line:
        wire.tell("to-client reset-after=20")
        line.send(image)
        line.wait_closed(60)
        assert line.frames == []
    with hasty.core_line() as line:
        reply = line.ask({**image, "MSG-POSSDUP": "Y"}, seconds=30)
        assert reply["REPLY-CODE"] == "0000"
        assert line.ask({**image, "MSG-POSSDUP": "Y"}, seconds=30)["REPLY-ECIF-NO"] == reply["REPLY-ECIF-NO"]
    log = hasty.hub.log.read_text("utf-8")
    assert "Traceback" not in log
    assert "connection.fault" not in log


@pytest.mark.fault("C2", "while the hub is held up in the middle of its replies")
def test_a_reset_while_replies_wait(hasty: Bank) -> None:
    before = ended(hasty, "core", "reset")
    with faulty(hasty.ports.core) as wire, CoreLine(wire.port) as line:
        wire.tell("to-client hang=yes")
        with contextlib.suppress(OSError):
            for _ in range(2_000):  # an answer each, which nobody reads
                line.send(core_client.customer("X" * 12, 0, CUST_NAME="?"))
        wire.tell("reset")
        until(lambda: ended(hasty, "core", "reset") > before, "the hub notices the reset")
    assert "Traceback" not in hasty.hub.log.read_text("utf-8")


@pytest.mark.fault("C3", "a half-open link: found by silence; what was in flight is sent again elsewhere")
def test_half_open_is_found_by_silence_and_its_push_is_unknown(hasty: Bank) -> None:
    who = Someone()
    with faulty(hasty.ports.core) as wire, CoreLine(wire.port, hasty.core_box) as line:
        line.ask(core_client.customer(who.core, 1, CUST_NAME=who.name, CUST_ID_TYPE="01",
                                      CUST_ID_NO=who.resident_id), seconds=30)  # fmt: skip
        silent = ended(hasty, "core", "silence deadline")
        wire.tell("half-open")
        hasty.loan.ask(_loan_image(who, "13911112222"), seconds=30)
        until(lambda: ended(hasty, "core", "silence deadline") > silent, "the dead line is found")
    with hasty.core_line():
        push = hasty.core_box.take_until(who.core, {"CUST-MOBILE": "13911112222"}, seconds=60)
        assert push["MSG-POSSDUP"] == "Y"


@pytest.mark.fault("C3", "the peer's host hangs and pushes pile up: found by the write deadline")
def test_a_hanging_link_meets_the_write_deadline(hasty: Bank) -> None:
    before = ended(hasty, "core", "write deadline")
    with faulty(hasty.ports.core) as wire, CoreLine(wire.port) as line:
        wire.tell("to-client hang=yes")

        def found() -> bool:
            with contextlib.suppress(OSError):
                for _ in range(500):
                    line.send(core_client.customer("X" * 12, 0, CUST_NAME="?"))
            return ended(hasty, "core", "write deadline") > before

        until(found, "the write deadline")


def _loan_image(who: Someone, mobile: str) -> dict[str, object]:
    return loan_client.customer(
        who.loan, 1, NAME=who.name, ID_TYPE="10", ID_NO=who.resident_id, MOBILE=mobile
    )


@pytest.mark.fault("C6", "one line allowed: the newest that signed on wins")
def test_the_newest_signed_on_line_wins(hasty: Bank) -> None:
    with hasty.ebank_line() as old:
        assert old.ask(query(number="NOBODY"), seconds=30)["code"] == "2001"
        with hasty.ebank_line() as new:
            old.wait_closed(60)
            assert new.ask(query(number="NOBODY"), seconds=30)["code"] == "2001"


@pytest.mark.fault("C6", "who cannot sign on pushes nobody out")
def test_a_line_that_does_not_sign_on_pushes_nobody_out(hasty: Bank) -> None:
    with hasty.ebank_line() as old:
        with hasty.ebank_line(signed=False) as stranger:
            wrong = ebank_client.encode(ebank_client.sign_on())
            refused = stranger.ask_raw(wrong[:-1] + bytes([wrong[-1] ^ 1]), seconds=30)
            assert ebank_client.decode(refused)["code"] == "1005"
            stranger.wait_closed(60)
        with hasty.ebank_line(signed=False):
            assert old.ask(query(number="NOBODY"), seconds=30)["code"] == "2001"
        assert old.ask(query(number="NOBODY"), seconds=30)["code"] == "2001"


@pytest.mark.fault("C6", "a dead line locks nobody out: the newcomer takes its place at once")
def test_a_dead_line_locks_nobody_out(hasty: Bank) -> None:
    with faulty(hasty.ports.ebank) as wire, EbankLine(wire.port, hasty.tls) as dead:
        wire.tell("half-open")
        dead.wait_closed(60)
        with hasty.ebank_line() as new:
            assert new.ask(query(number="NOBODY"), seconds=30)["code"] == "2001"


@pytest.mark.fault("C7", "200 connections that are reset at once: few log lines, other systems are served")
def test_a_flapping_peer(hasty: Bank) -> None:
    who, size = Someone(), hasty.hub.log.stat().st_size
    with faulty(hasty.ports.core) as wire, hasty.ebank_line() as healthy:
        wire.tell("life 1ms")
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", wire.port), timeout=30):
                pass
        assert healthy.ask(query(number=who.ebank), seconds=30)["code"] == "2001"
        until(lambda: sessions(hasty, "core") == 0, "their connections are gone")
    log = hasty.hub.log.read_bytes()[size:].decode("utf-8")
    assert log.count('"peer"') < 100
    assert "Traceback" not in log


@contextlib.contextmanager
def crowd(bank: Bank, count: int, *, source: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    """So many connections from one address to core's port."""
    with contextlib.ExitStack() as stack:
        address = ("127.0.0.1", bank.ports.core)
        yield [
            stack.enter_context(socket.create_connection(address, timeout=30, source_address=(source, 0)))
            for _ in range(count)
        ]


def answered(line: CoreLine) -> bool:
    who = Someone()
    return line.ask(core_client.customer(who.core, 1, CUST_NAME=who.name), seconds=30)["REPLY-CODE"] == "0000"


@pytest.mark.fault("C10", "idle connections, and a request among them")
def test_idle_connections(hasty: Bank) -> None:
    with crowd(hasty, 100), hasty.core_line() as line:
        until(lambda: sessions(hasty, "core") == 101, "all are let in")
        assert answered(line)


@pytest.mark.fault("C9", "the limits of an address and of the whole process: the listener stays open")
def test_too_many_connections(hasty: Bank) -> None:
    until(lambda: sessions(hasty, "core") == 0, "nobody is there")
    of_one, in_all = (ended(hasty, "core", f"too many {what}") for what in ("of one address", "connections"))
    with crowd(hasty, 225, source="127.0.0.2"):
        until(lambda: ended(hasty, "core", "too many of one address") == of_one + 5, "five are turned away")
        with crowd(hasty, 45, source="127.0.0.3"):
            until(lambda: ended(hasty, "core", "too many connections") == in_all + 5, "five more")
            assert sessions(hasty, "core") == 260
    until(lambda: sessions(hasty, "core") == 0, "all are gone")
    with hasty.core_line() as line:
        assert answered(line)


@pytest.mark.fault("C14", "opens and closes of four kinds: sessions and descriptors are as before")
def test_coming_and_going(hasty: Bank) -> None:
    until(lambda: sessions(hasty, "core") == 0, "nobody is there")
    assert hasty.hub.process is not None
    descriptors = Path(f"/proc/{hasty.hub.process.pid}/fd")
    before = len(list(descriptors.iterdir()))
    for last_words in (b"", b"reset", b"\x00\x00\x01", bytes(4)):
        with crowd(hasty, 50) as socks:
            for sock in socks:
                if last_words == b"reset":
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    sock.sendall(last_words)
    until(lambda: sessions(hasty, "core") == 0, "all are gone")
    until(lambda: len(list(descriptors.iterdir())) <= before, "their descriptors are closed")


@pytest.mark.fault("B2", "many of them at once: closed at their deadline and counted, others are served")
def test_slow_loris(hasty: Bank) -> None:
    before = ended(hasty, "core", "frame deadline")
    with crowd(hasty, 100) as socks, hasty.core_line() as line:
        for sock in socks:
            sock.sendall(b"\x00\x00\x01\x38\xc3")
        assert answered(line)
        until(lambda: ended(hasty, "core", "frame deadline") == before + 100, "all are closed")
        line.send_bytes(bytes(4))
        assert answered(line)


@pytest.mark.fault("B7", "largest frames of many connections, four times the budget: all are answered")
def test_largest_frames(hasty: Bank) -> None:
    frame = core_client.frame(
        core_client.encode(core_client.customer("X" * 12, 1, CUST_NAME="?")).ljust(32_760, b"\x40")
    )
    with crowd(hasty, 25) as socks:
        for part in (frame[:20_000], frame[20_000:]):
            for sock in socks:
                sock.sendall(part)
        for sock in socks:
            with sock.makefile("rb") as stream:
                assert core_client.decode(stream.read(4 + 131)[4:])["REPLY-CODE"] == "1001"


@pytest.mark.fault("O2", "silent, slow and hanging up: the others are served, and it gets the newest")
def test_a_sick_system(hasty: Bank) -> None:
    who = Someone()
    hasty.loan.ask(_loan_image(who, who.mobile), seconds=30)
    known = {"CUST_NAME": who.name, "CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
    hasty.loan_box.script(who.loan, SILENCE, Answer(after=1), HANG_UP)
    with hasty.core_line() as line:
        for seq in range(1, 30):
            image = core_client.customer(who.core, seq, CUST_MOBILE=f"1390000{seq:04d}", **known)
            assert line.ask(image, seconds=30)["REPLY-CODE"] in ("0000", "0001")
        hasty.loan_box.take_until(who.loan, {"MOBILE": "13900000029"}, seconds=60)
