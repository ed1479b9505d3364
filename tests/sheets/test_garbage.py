"""FAULTS B3 to B6 and C1, C4 on the sheets' ports: strangers, broken bytes and lines that end early."""

import contextlib
import random
import socket
import ssl
import struct
import time
import warnings

import pytest

from tests.sheets import ebank_client, loan_client
from tests.sheets.bank import Bank
from tests.sheets.core_client import customer, decode, encode, frame
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone

SECRET = "110101199003074426"
HELLO = bytes.fromhex("16030100f8010000f40303") + bytes(range(200))
GARBAGE = {
    "an HTTP GET": f"GET /{SECRET} HTTP/1.1\r\nHost: hub\r\n\r\n".encode(),
    "a TLS hello": HELLO,
    "noise": b"\xff\xfe" + random.Random(7).randbytes(600),
    "text": f"hello {SECRET} hello\n".encode() * 30,
}


def _closed_within_a_second(port: int, data: bytes) -> bytes:
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        begins = time.monotonic()
        with contextlib.suppress(ConnectionError):
            stream.sendall(data)
            while chunk := stream.recv(4096):
                said += chunk
        assert time.monotonic() - begins < 1.5
    return said


@pytest.mark.fault("B4", "garbage, HTTP and a TLS hello on core")
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_on_cores_port_is_1001_and_closed(bank: Bank, garbage: str) -> None:
    said = _closed_within_a_second(bank.ports.core, GARBAGE[garbage])
    assert decode(said[4:])["REPLY-CODE"] == "1001"


@pytest.mark.fault("B4", "the same on loan")
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_on_loans_port_is_1001_and_closed(bank: Bank, garbage: str) -> None:
    said = _closed_within_a_second(bank.ports.loan, GARBAGE[garbage])
    assert said[6:10] == b"LN11"
    assert said[30:34] == b"1001"


@pytest.mark.fault("B4", "plain bytes on a TLS port")
@pytest.mark.parametrize("garbage", [name for name in GARBAGE if name != "a TLS hello"])
def test_plain_bytes_on_ebanks_port_are_closed(bank: Bank, garbage: str) -> None:
    _closed_within_a_second(bank.ports.ebank, GARBAGE[garbage])


def test_plain_messages_on_ebanks_port_are_never_answered(bank: Bank, who: Someone) -> None:

    said = _closed_within_a_second(
        bank.ports.ebank, ebank_client.frame(ebank_client.encode(ebank_client.sign_on()))
    )
    assert b"0000" not in said


@pytest.mark.fault("B4", "what the log says of it")
def test_garbage_leaves_no_traceback_no_values_and_a_living_hub(bank: Bank, who: Someone) -> None:
    for data in GARBAGE.values():
        for port in (bank.ports.core, bank.ports.loan, bank.ports.ebank):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port), timeout=2) as stream,
            ):
                stream.sendall(data)
                stream.settimeout(0.2)
                stream.recv(4096)
    log = bank.hub.log.read_text("utf-8")
    assert "Traceback" not in log
    assert SECRET not in log
    assert who.name not in log
    assert bank.core_says(who, 1)["REPLY-CODE"] == "0000"


@pytest.mark.fault("C2", "RST inside a frame")
def test_a_reset_inside_a_frame_leaves_no_traceback(bank: Bank) -> None:
    for port, data in (
        (bank.ports.core, struct.pack(">I", 312) + b"\xc3\xe4"),
        (bank.ports.loan, b"000477LN10"),
    ):
        stream = socket.create_connection(("127.0.0.1", port), timeout=5)
        stream.sendall(data)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
    time.sleep(0.3)
    assert "Traceback" not in bank.hub.log.read_text("utf-8")


@pytest.mark.fault("C1", "FIN before the reply; resent")
def test_a_request_whose_line_dies_is_in_the_journal(bank: Bank, who: Someone) -> None:
    """C1: the reply went nowhere; the resend gets it."""
    image = encode(customer(who.core, 1, CUST_NAME=who.name))
    with socket.create_connection(("127.0.0.1", bank.ports.core), timeout=5) as stream:
        stream.sendall(frame(image))
        stream.shutdown(socket.SHUT_WR)
        first = stream.recv(4096)  # C4: who only ends its writing side still gets its replies
    assert decode(first[4:])["REPLY-CODE"] == "0000"
    assert bank.core.ask_raw(image)[35:] == first[4:][35:]


@pytest.mark.fault("C4", "the peer ends its side and reads on")
def test_outstanding_replies_reach_a_peer_that_ended_its_side(bank: Bank) -> None:
    with bank.core_line() as line:
        images = [customer(who.core, 1, CUST_NAME=who.name) for who in (Someone() for _ in range(30))]
        line.send_bytes(b"".join(frame(encode(image)) for image in images))
        line.end_writing()
        for image in images:
            assert decode(line.wait_reply(image["MSG-ID"]))["REPLY-CODE"] == "0000"
        line.wait_closed()


def test_an_address_outside_the_list_is_closed_without_a_reply(fresh_bank: FreshBank, who: Someone) -> None:
    with fresh_bank({"systems/loan/system.toml": {"listen.allow": '["192.0.2.0/24"]'}}) as strict:
        request = loan_client.frame(loan_client.encode(loan_client.customer(who.loan, 1, NAME=who.name)))
        assert _closed_within_a_second(strict.ports.loan, request) == b""


@pytest.mark.fault("T1", "old TLS")
def test_tls_below_1_2_is_refused(bank: Bank) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", bank.ports.ebank), timeout=5) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(raw)
