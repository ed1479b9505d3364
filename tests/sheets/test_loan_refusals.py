"""loan.md and README, Reply codes: each refusal with its code, and FIELD@N for the field at fault."""

import socket
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import patched
from tests.sheets.loan_client import (
    RECORDS,
    customer,
    decode,
    encode,
    identification,
    new_serial,
    offset,
    read_frame,
)  # fmt: skip
from tests.sheets.people import Someone
from tests.sheets.test_loan import CONTRACT, full

RELATION = {"REL_TYPE": "01", "NAME": "李四", "ID_TYPE": "10", "ID_NO": "110101199003074426"}
LISTS_AT = sum(size for _, _, size in RECORDS["LN10"])


def _record(who: Someone, **fields: Any) -> bytes:
    return encode(customer(who.loan, 1, **full(who) | fields))


def _refused(bank: Bank, record: bytes, code: str, place: str) -> None:
    reply = decode(bank.loan.ask_raw(record))
    at = reply["TEXT"].split(" ")[0].replace("[", "(").replace("]", ")")  # the sheet does not say which
    assert (reply["TYPE"], reply["CODE"], at) == ("LN11", code, place), reply["TEXT"]
    assert (reply["ECIF_NO"], reply["VERSION"]) == ("", 0)
    assert reply["SERIAL"].encode() == record[4:24].strip()
    assert reply["TEXT"].isascii()


UNREADABLE = {
    "digits with a blank": ("BORN_OR_FOUNDED", b"1985 615"),
    "digits with a sign": ("ID_EXPIRY", b"+2039010"),
    "digits of another script": ("ID_EXPIRY", "２０３９".encode("gb18030")),
    "amount without its sign": ("ANNUAL_INCOME", b"0000000012000000"),
    "amount with the sign in front": ("ANNUAL_INCOME", b"+000000012000000"),
    "half a character": ("NAME", b"\xc0\xee\xd0" + b" " * 57),
    "no such byte": ("EMPLOYER", b"\xff\xff" + b" " * 58),
    "negative seq": ("SEQ", b"-000000001"),
    "impossible time": ("SENT_AT", b"20260230093000"),
}


@pytest.mark.fault("B6", "the same in loan")
@pytest.mark.parametrize("fault", UNREADABLE)
def test_1001_cannot_be_read(bank: Bank, who: Someone, fault: str) -> None:
    field, data = UNREADABLE[fault]
    _refused(bank, patched(_record(who), offset(field), data), "1001", f"{field}@{offset(field)}")


NOT_IN_TABLE = {
    "KIND": "3", "STATUS": "9", "ID_TYPE": "11", "SEX": "3", "MARITAL": "50", "EDUCATION": "50",
    "ADDR_USE": "05",
}  # fmt: skip


@pytest.mark.parametrize("field", NOT_IN_TABLE)
def test_1003_a_code_is_not_in_the_table(bank: Bank, who: Someone, field: str) -> None:
    record = patched(_record(who), offset(field), NOT_IN_TABLE[field].encode())
    _refused(bank, record, "1003", f"{field}@{offset(field)}")


def test_1003_in_the_second_relation(bank: Bank, who: Someone) -> None:
    record = _record(who, RELATION=[RELATION, RELATION | {"REL_TYPE": "09"}])
    _refused(bank, record, "1003", f"RELATION(2).REL_TYPE@{LISTS_AT + 2 + 84}")


@pytest.mark.parametrize(
    ("field", "code", "at"), [("STATUS", "9", 55), ("GRADE", "X", 56), ("CCY", "ZZZ", 28)]
)
def test_1003_in_a_loan(bank: Bank, who: Someone, field: str, code: str, at: int) -> None:
    record = _record(who, LOAN=[CONTRACT, CONTRACT | {field: code}])
    _refused(bank, record, "1003", f"LOAN(2).{field}@{LISTS_AT + 4 + 60 + at}")


@pytest.mark.parametrize("field", ["SENT_AT", "CUST_NO", "SEQ", "KIND", "NAME"])
def test_1006_a_required_field_is_blank(bank: Bank, who: Someone, field: str) -> None:
    width = {name: size for name, _, size in RECORDS["LN10"]}[field]
    record = patched(_record(who), offset(field), b" " * width)
    _refused(bank, record, "1006", f"{field}@{offset(field)}")


def test_1006_seq_zero_counts_as_blank(bank: Bank, who: Someone) -> None:
    _refused(bank, patched(_record(who), offset("SEQ"), b"0" * 10), "1006", f"SEQ@{offset('SEQ')}")


def test_1006_a_blank_serial(bank: Bank, who: Someone) -> None:
    _refused(bank, patched(_record(who), 4, b" " * 20), "1006", "SERIAL@4")


@pytest.mark.parametrize("field", ["CUST_NO", "KIND", "NAME"])
def test_1006_the_clear_mark_in_a_required_field(bank: Bank, who: Someone, field: str) -> None:
    width = {name: size for name, _, size in RECORDS["LN10"]}[field]
    record = patched(_record(who), offset(field), b"*".ljust(width))
    _refused(bank, record, "1006", f"{field}@{offset(field)}")


def test_1006_a_number_without_its_type(bank: Bank, who: Someone) -> None:
    _refused(bank, _record(who, ID_TYPE=""), "1006", "ID_TYPE@121")


def test_1006_an_address_without_its_use(bank: Bank, who: Someone) -> None:
    _refused(bank, _record(who, ADDR_USE=""), "1006", f"ADDR_USE@{offset('ADDR_USE')}")


def test_1006_another_party_kind_than_before(bank: Bank, who: Someone) -> None:
    bank.loan_says(who, 1)
    record = encode(customer(who.loan, 2, NAME=who.name, KIND="2"))
    _refused(bank, record, "1006", f"KIND@{offset('KIND')}")


def test_1002_an_unknown_type_is_answered_in_ln11(bank: Bank, who: Someone) -> None:
    _refused(bank, patched(_record(who), 0, b"LN99"), "1002", "TYPE@0")


def test_1002_an_unknown_flag(bank: Bank, who: Someone) -> None:
    _refused(bank, patched(_record(who), 38, b"2"), "1002", "DUP@38")


def test_2002_a_type_that_only_the_hub_sends(bank: Bank, who: Someone) -> None:
    push = {
        "TYPE": "LN20",
        "SERIAL": new_serial(),
        "SENT_AT": "20260105093000",
        "DUP": "0",
        "ECIF_NO": "1" * 12,
    }
    reply = decode(bank.loan.ask_raw(push | {"VERSION": 3, "CUST_NO": who.loan, "NAME": who.name}))
    assert (reply["TYPE"], reply["CODE"], reply["SERIAL"]) == ("LN21", "2002", push["SERIAL"])


def test_1001_bytes_after_the_last_field(bank: Bank, who: Someone) -> None:
    reply = decode(bank.loan.ask_raw(_record(who) + b" "))
    assert reply["CODE"] == "1001"
    assert f"@{LISTS_AT + 4} " in reply["TEXT"]


@pytest.mark.parametrize("count", [b"21", b"98"])
def test_1001_more_relations_than_the_sheet_allows(bank: Bank, who: Someone, count: bytes) -> None:
    reply = decode(bank.loan.ask_raw(patched(_record(who), LISTS_AT, count)))
    assert (reply["CODE"], reply["TEXT"].split(" ")[0]) == ("1001", f"REL_COUNT@{LISTS_AT}")


@pytest.mark.parametrize("size", [464, 200, 50])
def test_1001_a_record_too_short(bank: Bank, who: Someone, size: int) -> None:
    assert decode(bank.loan.ask_raw(_record(who)[:size]))["CODE"] == "1001"


@pytest.mark.parametrize("size", [0, 3, 10])
def test_1001_a_record_cut_inside_its_serial(bank: Bank, who: Someone, size: int) -> None:
    """Answered with its id's bytes as received, missing ones blank."""
    record = _record(who)[:size]
    reply = decode(bank.loan.ask_raw(record))
    assert (reply["TYPE"], reply["CODE"], reply["SERIAL"]) == ("LN11", "1001", record[4:].decode())


@pytest.mark.fault("B3", "lengths that cannot be, loan")
@pytest.mark.parametrize(
    ("length", "rule"),
    [(b"010000", "over 9999"), (b"000005", ""), (b"00A000", "not digits"), (b"-00100", "not digits")],
)
def test_1001_a_bad_length_then_the_line_is_closed(bank: Bank, length: bytes, rule: str) -> None:
    with socket.create_connection(("127.0.0.1", bank.ports.loan), timeout=5) as stream:
        stream.sendall(length + b"LN10")
        reply = decode(read_frame(stream))
        assert (reply["TYPE"], reply["CODE"], reply["SERIAL"]) == ("LN11", "1001", "")
        assert reply["TEXT"].startswith(f"length@0 {rule}")
        assert stream.recv(1) == b""


@pytest.mark.parametrize(("field", "code"), [("NAME", "1006"), ("ID_TYPE", "1006"), ("ID_NO", "1006")])
def test_1006_an_identification_with_a_blank_field(bank: Bank, who: Someone, field: str, code: str) -> None:
    request = identification(who.name, who.resident_id) | {field: ""}
    reply = decode(bank.loan.ask_raw(request))
    assert (reply["TYPE"], reply["CODE"]) == ("LN31", code)
    assert reply["TEXT"].startswith(f"{field}@{offset(field, 'LN30')} ")
    assert reply["NAME"] == ""
