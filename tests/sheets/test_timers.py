"""Silence, heartbeats and deadlines, with the sheets' times made short by conf."""

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sheets.bank import Bank, open_bank
from tests.sheets.core_client import CoreLine, customer, new_id, now
from tests.sheets.ebank_client import query, sealed
from tests.sheets.people import Someone

SHORT = {
    "systems/core/system.toml": {"listen.silence_seconds": "2"},
    "systems/ebank/system.toml": {"heartbeat.after_seconds": "1", "listen.sign_on_seconds": "1"},
    "hub.toml": {
        "limits.frame_seconds": "1",
        "limits.frame_bytes_per_second": "1",
        "limits.handshake_seconds": "1",
    },
}


@pytest.fixture(scope="module")
def hasty(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with open_bank(template, tmp_path_factory.mktemp("hasty"), SHORT) as opened:
        yield opened


@pytest.mark.fault("C3", "silence")
def test_core_is_dropped_after_its_silence(hasty: Bank) -> None:
    with hasty.core_line() as line:
        begins = time.monotonic()
        line.wait_closed(6)
        assert 1.5 < time.monotonic() - begins < 4


def test_a_keep_alive_ends_cores_silence(hasty: Bank) -> None:
    with hasty.core_line() as line:
        for _ in range(4):
            time.sleep(0.8)
            line.send_bytes(bytes(4))
        line.ask({"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()})


@pytest.mark.fault("C3", "missed heartbeats")
def test_the_hub_beats_when_it_has_sent_nothing_and_closes_after_two_unanswered(hasty: Bank) -> None:
    with hasty.ebank_line() as line:
        line.answers_heartbeats = False
        begins = time.monotonic()
        line.wait_type(0x7E, seconds=3)
        line.wait_closed(6)
        beats = [message for message in line.messages if message[1] == 0x7E]
        assert len(beats) == 2
        assert all(beat == sealed(beat[:19]) and beat[18] == 0 for beat in beats)
        assert time.monotonic() - begins > 1.8


def test_a_line_whose_heartbeats_are_answered_lives(hasty: Bank) -> None:
    with hasty.ebank_line() as line:
        line.wait_type(0x7E, seconds=8, count=4)
        assert line.ask(query(number="NOBODY"))["code"] == "2001"


def _closed_within(stream: socket.socket, seconds: float) -> None:
    stream.settimeout(seconds)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while stream.recv(4096):
            pass


@pytest.mark.fault("B2", "a frame that stops in the middle")
@pytest.mark.parametrize("system", ["core", "loan"])
def test_a_frame_must_be_whole_within_its_deadline(hasty: Bank, system: str) -> None:
    port = {"core": hasty.ports.core, "loan": hasty.ports.loan}[system]
    start = {"core": struct.pack(">I", 312), "loan": b"000477"}[system]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        begins = time.monotonic()
        stream.sendall(start)
        with contextlib.suppress(OSError):
            while time.monotonic() - begins < 4:  # a byte now and then does not help
                stream.sendall(b"\xc3" if system == "core" else b"L")
                stream.settimeout(0.3)
                with contextlib.suppress(TimeoutError):
                    if stream.recv(100) == b"":
                        break
        assert 0.7 < time.monotonic() - begins < 3


@pytest.mark.fault("T1", "stalled handshake")
def test_a_stalled_tls_handshake_is_closed(hasty: Bank) -> None:
    with socket.create_connection(("127.0.0.1", hasty.ports.ebank), timeout=5) as stream:
        stream.sendall(b"\x16\x03\x01\x02\x00\x01")
        _closed_within(stream, 4)


@pytest.mark.fault("B2", "others are served meanwhile")
def test_others_are_served_meanwhile(hasty: Bank) -> None:
    who = Someone()
    with contextlib.ExitStack() as stack:
        for port in (hasty.ports.core, hasty.ports.loan, hasty.ports.ebank):
            stream = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            stream.sendall(b"\x00\x00\x01" if port != hasty.ports.loan else b"0004")
        line = stack.enter_context(CoreLine(hasty.ports.core))
        assert line.ask(customer(who.core, 1, CUST_NAME=who.name), seconds=2)["REPLY-CODE"] == "0000"
