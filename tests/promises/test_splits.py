"""FAULTS B1 on real sockets: a frame split at every byte, dripped, or glued to others gives the same reply.

Each split is sent as a resend of one message, whose reply must be the first one's to the byte; so nothing but
the place of the split can make a difference.
"""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sheets import core_client, ebank_client, loan_client
from tests.sheets.bank import Bank
from tests.sheets.people import Someone

PAUSE = 0.0015
"""Long enough for the hub to read the first part alone."""


def _splits(frame: bytes) -> Iterator[tuple[bytes, bytes]]:
    return ((frame[:at], frame[at:]) for at in range(1, len(frame)))


def core_message(who: Someone, kind: str) -> dict[str, Any]:
    identity = {"CUST_NAME": who.name, "CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
    return {
        "CU01": core_client.customer(who.core, 1, **identity, CUST_MOBILE=who.mobile),
        "CN01": {
            "MSG-TYPE": "CN01", "MSG-ID": core_client.new_id(), "MSG-SENT-AT": core_client.now(),
            "OLD-CUST-NO": who.core, "NEW-CUST-NO": Someone().core, "CUST-SEQ": 2,
        },
        "refused": core_client.customer(who.core, 1, CUST_NAME=who.name, CUST_SEX="X"),
    }[kind]  # fmt: skip


@pytest.mark.fault("B1", "every frame of core cut at every byte")
@pytest.mark.parametrize("kind", ["CU01", "CN01", "refused"])
def test_core(bank: Bank, who: Someone, kind: str) -> None:
    record = core_client.encode(core_message(who, kind))
    with bank.core_line() as line:
        first = line.ask_raw(record)
        splits = list(_splits(core_client.frame(record)))
        for head, tail in splits:
            line.send_bytes(head)
            time.sleep(PAUSE)
            line.send_bytes(tail)
        message_id = (
            core_client.decode(record)["MSG-ID"] if kind != "refused" else record[4:20].decode("cp037")
        )
        for count in range(2, len(splits) + 2):
            assert line.wait_reply(message_id, count=count)[35:] == first[35:]


@pytest.mark.fault("B1", "every frame of ebank cut at every byte, over TLS")
@pytest.mark.parametrize("kind", ["customer", "query", "heartbeat"])
def test_ebank(bank: Bank, who: Someone, kind: str) -> None:
    message = {
        "customer": ebank_client.encode(
            ebank_client.customer(
                who.ebank, 1, name=who.name, phones=[{"use": 1, "number": who.mobile}], risk=2
            )
        ),
        "query": ebank_client.encode(ebank_client.query(number=who.ebank)),
        "heartbeat": ebank_client.sealed(b"\x01\x7e" + ebank_client.new_id() + b"\x00"),
    }[kind]
    with bank.ebank_line() as line:
        first = line.ask_raw(message)
        splits = list(_splits(ebank_client.frame(message)))
        for head, tail in splits:
            line.send_bytes(head)
            time.sleep(PAUSE)
            line.send_bytes(tail)
        for count in range(2, len(splits) + 2):
            assert line.wait_reply(message[2:18], count=count) == first


@pytest.mark.fault("B1", "every frame of loan cut at every byte")
@pytest.mark.parametrize("kind", ["LN10", "LN30"])
def test_loan(bank: Bank, who: Someone, kind: str) -> None:
    record = loan_client.encode(
        loan_client.customer(who.loan, 1, NAME=who.name, ID_TYPE="10", ID_NO=who.resident_id)
        if kind == "LN10"
        else loan_client.identification(who.name, who.resident_id)
    )
    first = bank.loan.ask_raw(record)

    def ask(parts: tuple[bytes, bytes]) -> bytes:
        with socket.create_connection(("127.0.0.1", bank.ports.loan), timeout=10) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.sendall(parts[0])
            time.sleep(PAUSE)
            stream.sendall(parts[1])
            return loan_client.read_frame(stream)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, _splits(loan_client.frame(record)))) == {first}


@pytest.mark.fault("B1", "single bytes")
def test_a_drip_of_single_bytes(bank: Bank, who: Someone) -> None:
    record = core_client.encode(core_message(who, "CU01"))
    with bank.core_line() as line:
        for byte in core_client.frame(record):
            line.send_bytes(bytes([byte]))
            time.sleep(0.0005)
        reply = core_client.decode(line.wait_reply(core_client.decode(record)["MSG-ID"]))
    assert reply["REPLY-CODE"] == "0000"


@pytest.mark.fault("B1", "many frames in one write")
def test_many_frames_in_one_write(bank: Bank) -> None:
    images = [core_client.customer(who.core, 1, CUST_NAME=who.name) for who in (Someone() for _ in range(50))]
    with bank.core_line() as line:
        glued = b"".join(core_client.frame(core_client.encode(image)) for image in images)
        line.send_bytes(glued[:-7])
        time.sleep(PAUSE)
        line.send_bytes(glued[-7:])
        for image in images:
            assert core_client.decode(line.wait_reply(image["MSG-ID"]))["REPLY-CODE"] == "0000"
