"""ebank.md: who may speak: TLS with the right certificate, a sign-on first, sixteen lines at most."""

import contextlib
import os
import socket
import ssl
import struct
import time
from pathlib import Path

import pytest

from tests.sheets.bank import Bank
from tests.sheets.ebank_client import (
    customer,
    decode,
    encode,
    new_id,
    query,
    sealed,
    sign_on,
    tls_context,
)  # fmt: skip
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone


def test_sign_on(bank: Bank) -> None:
    with bank.ebank_line(signed=False) as line:
        request = sign_on()
        reply = line.ask(request)
        assert (reply["type"], reply["id"], reply["flags"], reply["code"]) == (0x11, request["id"], 0, "0000")
        assert line.ask(query(number="NOBODY"))["code"] == "2001"


def _refused(bank: Bank, request: bytes) -> None:
    with bank.ebank_line(signed=False) as line:
        reply = line.ask(request)
        assert (reply["type"], reply["code"]) == (request[1] + 1, "1005")
        line.wait_closed()


@pytest.mark.fault("P1", "clock too far off")
@pytest.mark.parametrize("offset", [-330, 330])
def test_a_time_too_far_off_is_1005(bank: Bank, offset: int) -> None:
    _refused(bank, encode(sign_on(time_offset=offset)))


@pytest.mark.parametrize("offset", [-270, 270])
def test_a_time_within_300_s_is_taken(bank: Bank, offset: int) -> None:
    with bank.ebank_line(signed=False) as line:
        assert line.ask(sign_on(time_offset=offset))["code"] == "0000"


def test_a_replayed_nonce_is_1005(bank: Bank) -> None:
    nonce = os.urandom(16)
    with bank.ebank_line(signed=False) as line:
        assert line.ask(sign_on(nonce=nonce))["code"] == "0000"
    _refused(bank, encode(sign_on(nonce=nonce)))


@pytest.mark.fault("P1", "replayed sign-on")
def test_a_replayed_sign_on_is_1005(bank: Bank) -> None:
    request = encode(sign_on())
    with bank.ebank_line(signed=False) as line:
        assert line.ask(request)["code"] == "0000"
    _refused(bank, request)


@pytest.mark.fault("P1", "wrong MAC")
def test_a_wrong_mac_is_1005(bank: Bank) -> None:
    request = encode(sign_on())
    _refused(bank, request[:-1] + bytes([request[-1] ^ 1]))


def test_another_name_is_1005(bank: Bank) -> None:
    _refused(bank, encode(sign_on() | {"system": "core"}))


@pytest.mark.fault("P1", "no sign-on first")
@pytest.mark.parametrize("kind", ["customer", "query", "heartbeat"])
def test_another_message_before_the_sign_on_is_1005(bank: Bank, who: Someone, kind: str) -> None:
    requests = {
        "customer": encode(customer(who.ebank, 1, name=who.name)), "query": encode(query(number=who.ebank)),
        "heartbeat": sealed(b"\x01\x7e" + new_id() + b"\x00"),
    }  # fmt: skip
    _refused(bank, requests[kind])
    assert bank.ebank.ask(query(number=who.ebank))["code"] == "2001"


def test_a_bad_length_before_the_sign_on_is_closed_without_a_word(bank: Bank) -> None:
    with bank.ebank_line(signed=False) as line:
        line.send_bytes(struct.pack(">I", 0xFFFFFF))
        line.wait_closed()
        assert line.messages == []


@pytest.mark.fault("P1", "deadline")
def test_no_sign_on_within_5_s_closes_the_line(bank: Bank) -> None:
    with bank.ebank_line(signed=False) as line:
        begins = time.monotonic()
        line.wait_closed(8)
        assert 4 < time.monotonic() - begins < 7


@pytest.mark.fault("C9", "ebank: 9001 after the sign-on")
def test_a_17th_connection_gets_9001_in_its_0x11_and_is_closed(bank: Bank) -> None:
    with contextlib.ExitStack() as stack:
        lines = [bank.ebank]
        while len(lines) < 16:
            lines.append(stack.enter_context(bank.ebank_line()))
        extra = stack.enter_context(bank.ebank_line(signed=False))
        reply = extra.ask(sign_on())
        assert (reply["type"], reply["code"]) == (0x11, "9001")
        extra.wait_closed()
        for line in lines:
            assert line.ask(query(number="NOBODY"))["code"] == "2001"
    time.sleep(0.2)
    with bank.ebank_line() as again:
        assert again.ask(query(number="NOBODY"))["code"] == "2001"


def _tls_refused(port: int, context: ssl.SSLContext) -> None:
    """With TLS 1.3 the refusal of a client's certificate comes at the first read."""
    said = b""
    with (
        contextlib.suppress(ssl.SSLError, ConnectionError),
        socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
        context.wrap_socket(raw) as stream,
    ):
        message = encode(sign_on())
        stream.sendall(struct.pack(">I", len(message)) + message)
        said = stream.recv(1)
    assert said == b""


def test_no_client_certificate_no_connection(bank: Bank) -> None:
    _tls_refused(bank.ports.ebank, tls_context(bank.hub.certificates, client=None))


@pytest.mark.fault("T1", "wrong CN")
def test_another_subject_is_no_ebank(bank: Bank) -> None:
    """The hub's own certificate: signed by the same authority, but its subject is not `ebank`."""
    context = tls_context(bank.hub.certificates, client="hub")
    _tls_refused(bank.ports.ebank, context)


@pytest.mark.fault("T1", "unknown certificate")
def test_a_certificate_of_another_authority_is_refused(bank: Bank, tmp_path: Path) -> None:
    done = bank.hub.ecif("certs", str(tmp_path / "strange"))
    assert done.returncode == 0, done.stderr
    context = tls_context(bank.hub.certificates, client=None)
    context.load_cert_chain(tmp_path / "strange" / "ebank.pem", tmp_path / "strange" / "ebank.key")
    _tls_refused(bank.ports.ebank, context)


def test_the_hubs_certificate_is_good_for_localhost(bank: Bank) -> None:
    context = tls_context(bank.hub.certificates)
    context.check_hostname = True
    with (
        socket.create_connection(("127.0.0.1", bank.ports.ebank), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as stream,
    ):
        assert stream.version() in ("TLSv1.2", "TLSv1.3")


def test_tls_1_2_is_enough(bank: Bank) -> None:
    context = tls_context(bank.hub.certificates)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", bank.ports.ebank), timeout=5) as raw,
        context.wrap_socket(raw) as stream,
    ):
        message = encode(sign_on())
        stream.sendall(struct.pack(">I", len(message)) + message)
        size = struct.unpack(">I", stream.recv(4))[0]
        assert decode(stream.recv(size))["code"] == "0000"


@pytest.mark.fault("P1", "refused again and again: locked out for a while, then let in")
def test_who_is_refused_too_often_is_locked_out_for_a_while(fresh_bank: FreshBank) -> None:
    changes = {"hub.toml": {"limits.refused_sign_ons": "3", "limits.lock_out_seconds": "2"}}
    with fresh_bank(changes) as bank:
        bank.ebank.close()
        bad = encode(sign_on())[:-1] + b"?"
        for _ in range(3):
            _refused(bank, bad)
        with pytest.raises((OSError, ssl.SSLError)):
            bank.ebank_line()
        time.sleep(2.2)
        with bank.ebank_line(signed=False) as line:
            assert line.ask(sign_on())["code"] == "0000"
