"""How each system of the bank says what a crowd says, and what it hears."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sheets import core_client, ebank_client, loan_client
from tests.sheets.bank import Bank
from tests.sheets.people import Someone


@dataclass(frozen=True)
class Speech:
    """How one system says and hears what a crowd says and hears."""

    port: int
    context: ssl.SSLContext | None
    image: Callable[[Someone, int, str], dict[str, Any]]
    """(who, sequence number, mobile)"""
    flag: dict[str, Any]
    """What a repeat carries."""
    encode: Callable[[dict[str, Any]], bytes]
    """With its frame."""
    id_of: Callable[[dict[str, Any]], str]
    """As the journal has it."""
    heard: Callable[[bytes], "Heard"]
    first: Callable[[], bytes] = lambda: b""
    """What a connection says before all else, and waits to be answered."""


@dataclass(frozen=True)
class Heard:
    """One frame of the hub's: an answer, a push, or a line test."""

    answers: str = ""
    code: str = ""
    customer: str = ""
    mobile: str = ""
    reply: bytes = b""


def _core_heard(record: bytes) -> Heard:
    values = core_client.decode(record)
    if values["MSG-TYPE"] == "CP01":
        reply = core_client.frame(core_client.encode(core_client.reply_to(values)))
        return Heard(customer=values["CUST-NO"], mobile=values["CUST-MOBILE"], reply=reply)
    return Heard(answers=values.get("REPLY-TO", ""), code=values.get("REPLY-CODE", ""))


def _ebank_heard(message: bytes) -> Heard:
    if message[1] == 0x7E:
        return Heard(reply=ebank_client.frame(ebank_client.sealed(b"\x01\x7f" + message[2:18] + b"\x00")))
    values = ebank_client.decode(message)
    if message[1] == 0x30:
        mobiles = [phone["number"] for phone in values.get("phones", []) if phone["use"] == 1]
        reply = ebank_client.frame(ebank_client.encode(ebank_client.reply_to(values)))
        return Heard(customer=values.get("number", ""), mobile=(mobiles or [""])[0], reply=reply)
    return Heard(answers=values["id"].hex(), code=values.get("code", ""))


def _loan_heard(record: bytes) -> Heard:
    values = loan_client.decode(record)
    return Heard(answers=values["SERIAL"], code=values["CODE"])


def speeches(bank: Bank) -> dict[str, Speech]:
    return {
        "core": Speech(
            bank.ports.core,
            None,
            lambda who, seq, mobile: core_client.customer(
                who.core, seq, CUST_NAME=who.name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id,
                CUST_MOBILE=mobile,
            ),
            {"MSG-POSSDUP": "Y"},
            lambda image: core_client.frame(core_client.encode(image)),
            lambda image: str(image["MSG-ID"]),
            _core_heard,
        ),
        "ebank": Speech(
            bank.ports.ebank,
            bank.tls,
            lambda who, seq, mobile: ebank_client.customer(
                who.ebank, seq, name=who.name, documents=[ebank_client.document(1, who.resident_id)],
                phones=[{"use": 1, "number": mobile}],
            ),
            {"flags": 1},
            lambda image: ebank_client.frame(ebank_client.encode(image)),
            lambda image: str(image["id"].hex()),
            _ebank_heard,
            lambda: ebank_client.frame(ebank_client.encode(ebank_client.sign_on())),
        ),
        "loan": Speech(
            bank.ports.loan,
            None,
            lambda who, seq, mobile: loan_client.customer(
                who.loan, seq, NAME=who.name, ID_TYPE="10", ID_NO=who.resident_id, MOBILE=mobile
            ),
            {"DUP": "1"},
            lambda image: loan_client.frame(loan_client.encode(image)),
            lambda image: str(image["SERIAL"]),
            _loan_heard,
        ),
    }  # fmt: skip
