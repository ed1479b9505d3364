"""core.md and README, Reply codes: each refusal with its code, and FIELD@N for the field at fault."""

import struct
import time
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import LIMIT, customer, decode, encode, new_id, now, offset, patched
from tests.sheets.people import Someone
from tests.sheets.test_core import ACCOUNT

E = "cp037"


def _record(who: Someone, **fields: Any) -> bytes:
    given = {
        "CUST_NAME": who.name, "CUST_ID_TYPE": "02", "CUST_ID_NO": who.passport,
        "CUST_ID_EXPIRY": "20390101", "CUST_BIRTH_OR_FOUNDED": who.born, "CUST_SEX": "M",
        "CUST_MOBILE": who.mobile, "CUST_ADDRESS": "北京市东城区",
        "CUST_POSTCODE": "100010", "CUST_RISK": "R2",
        "ACCT": [ACCOUNT, ACCOUNT],
    }  # fmt: skip
    return encode(customer(who.core, 1, **given | fields))


def _refused(bank: Bank, record: bytes, code: str, place: str) -> None:
    reply = decode(bank.core.ask_raw(record))
    assert (reply["REPLY-CODE"], reply["REPLY-TEXT"].split(" ")[0]) == (code, place), reply["REPLY-TEXT"]
    assert (reply["REPLY-ECIF-NO"], reply["REPLY-VERSION"]) == ("", 0)
    assert reply["REPLY-TEXT"].isascii()
    assert len(reply["REPLY-TEXT"]) <= 60


UNREADABLE: dict[str, tuple[str, bytes]] = {
    "blank in zoned digits": ("CUST-BIRTH-OR-FOUNDED", "1985 615".encode(E)),
    "letters in zoned digits": ("CUST-BIRTH-OR-FOUNDED", "1985O615".encode(E)),
    "negative zoned digits": ("CUST-BIRTH-OR-FOUNDED", bytes.fromhex("f1f9f8f5f0f6f1d5")),
    "unsigned packed with D": ("CUST-ID-EXPIRY", bytes.fromhex("020390101d")),
    "packed without a sign": ("CUST-ID-EXPIRY", bytes.fromhex("0203901011")),
    "packed sign E": ("CUST-ID-EXPIRY", bytes.fromhex("020390101e")),
    "packed with a bad nibble": ("CUST-ID-EXPIRY", bytes.fromhex("0203b0101f")),
    "first of ten nibbles not 0": ("CUST-ID-EXPIRY", bytes.fromhex("120390101f")),
    "SO without SI": ("CUST-NAME", bytes.fromhex("0e51f151f156e0") + b"\x40" * 55),
    "SI without SO": ("CUST-NAME", bytes.fromhex("c10fc1") + b"\x40" * 59),
    "half a double-byte character": ("CUST-NAME", bytes.fromhex("0e51f1510f") + b"\x40" * 57),
    "no such double-byte character": ("CUST-ADDRESS", bytes.fromhex("0efefe0f") + b"\x40" * 118),
    "negative seq": ("CUST-SEQ", struct.pack(">i", -1)),
    "seq above the limit": ("CUST-SEQ", struct.pack(">i", 1_000_000_000)),
    "impossible time": ("MSG-SENT-AT", "20260230093000".encode(E)),
    "impossible hour": ("MSG-SENT-AT", "20260105243000".encode(E)),
    "blank count": ("ACCT-COUNT", b"\x40\x40"),
    "count not digits": ("ACCT-COUNT", "1X".encode(E)),
}


@pytest.mark.fault("B6", "bad sign nibbles, half a character, wrong bytes in core")
@pytest.mark.parametrize("fault", UNREADABLE)
def test_1001_cannot_be_read(bank: Bank, who: Someone, fault: str) -> None:
    field, data = UNREADABLE[fault]
    _refused(bank, patched(_record(who), offset(field), data), "1001", f"{field}@{offset(field)}")


NOT_IN_TABLE = {
    "CUST-KIND": "X", "CUST-STATUS": "Z", "CUST-ID-TYPE": "08", "CUST-SEX": "1", "CUST-RISK": "R6",
}  # fmt: skip


@pytest.mark.fault("M8", "unknown code")
@pytest.mark.parametrize("field", NOT_IN_TABLE)
def test_1003_a_code_is_not_in_the_table(bank: Bank, who: Someone, field: str) -> None:
    data = NOT_IN_TABLE[field].encode(E)
    _refused(bank, patched(_record(who), offset(field), data), "1003", f"{field}@{offset(field)}")


ACCOUNT_CODES = {"ACCT-PRODUCT": "X001", "ACCT-CCY": "ZZZ", "ACCT-STATUS": "S"}


@pytest.mark.parametrize("row", [1, 2])
@pytest.mark.parametrize("field", ACCOUNT_CODES)
def test_1003_in_an_account_names_its_row(bank: Bank, who: Someone, field: str, row: int) -> None:
    at = offset(field) + 43 * (row - 1)
    _refused(
        bank, patched(_record(who), at, ACCOUNT_CODES[field].encode(E)), "1003", f"ACCT({row}).{field}@{at}"
    )


def test_1001_in_the_balance_of_the_second_account(bank: Bank, who: Someone) -> None:
    at = offset("ACCT-BALANCE") + 43
    record = patched(_record(who), at, bytes.fromhex("000000123456789a"))
    _refused(bank, record, "1001", f"ACCT(2).ACCT-BALANCE@{at}")


BLANK: dict[str, bytes] = {
    "MSG-SENT-AT": b"\x40" * 14, "CUST-NO": b"\x40" * 12, "CUST-SEQ": bytes(4), "CUST-KIND": b"\x40",
    "CUST-NAME": b"\x40" * 62,
}  # fmt: skip


@pytest.mark.parametrize("field", BLANK)
def test_1006_a_required_field_is_blank(bank: Bank, who: Someone, field: str) -> None:
    record = patched(_record(who), offset(field), BLANK[field])
    _refused(bank, record, "1006", f"{field}@{offset(field)}")


def test_1006_a_blank_message_id_is_answered_blank(bank: Bank, who: Someone) -> None:
    with bank.core_line() as line:
        reply = decode(line.ask_raw(patched(_record(who), 4, b"\x40" * 16)))
        assert (reply["REPLY-CODE"], reply["REPLY-TO"]) == ("1006", "")
        assert reply["REPLY-TEXT"].startswith("MSG-ID@4 ")


@pytest.mark.parametrize("field", ["CUST-NO", "CUST-KIND", "CUST-NAME"])
def test_1006_the_clear_mark_in_a_required_field(bank: Bank, who: Someone, field: str) -> None:
    width = len(BLANK[field])
    record = patched(_record(who), offset(field), b"\x5c".ljust(width, b"\x40"))
    _refused(bank, record, "1006", f"{field}@{offset(field)}")


def test_1006_a_number_without_its_type(bank: Bank, who: Someone) -> None:
    record = _record(who, CUST_ID_TYPE="")
    _refused(bank, record, "1006", f"CUST-ID-TYPE@{offset('CUST-ID-TYPE')}")


def test_1006_another_party_kind_than_before(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1)
    image = customer(who.core, 2, CUST_NAME=who.name, CUST_KIND="O")
    _refused(bank, encode(image), "1006", f"CUST-KIND@{offset('CUST-KIND')}")


@pytest.mark.fault("M8", "unknown type")
def test_1002_an_unknown_type_is_answered_in_rp01(bank: Bank, who: Someone) -> None:
    _refused(bank, patched(_record(who), 0, "CU99".encode(E)), "1002", "MSG-TYPE@0")


def test_1002_an_unknown_flag(bank: Bank, who: Someone) -> None:
    _refused(bank, patched(_record(who), 34, "X".encode(E)), "1002", "MSG-POSSDUP@34")


def test_2002_a_type_that_only_the_hub_sends(bank: Bank, who: Someone) -> None:
    push = {
        "MSG-TYPE": "CP01", "MSG-ID": new_id(), "MSG-SENT-AT": now(), "ECIF-NO": "100000000123",
        "ECIF-VERSION": 3, "CUST-NO": who.core, "CUST-KIND": "P", "CUST-NAME": who.name,
    }  # fmt: skip
    _refused(bank, encode(push), "2002", "MSG-TYPE@0")


def test_1001_bytes_after_the_record(bank: Bank, who: Someone) -> None:
    record = _record(who, ACCT=[]) + b"\x40"
    reply = decode(bank.core.ask_raw(record))
    assert reply["REPLY-CODE"] == "1001"
    assert "@312 " in reply["REPLY-TEXT"]


@pytest.mark.parametrize("size", [311, 330, 100, 36])
def test_1001_a_record_too_short(bank: Bank, who: Someone, size: int) -> None:
    assert decode(bank.core.ask_raw(_record(who)[:size]))["REPLY-CODE"] == "1001"


def test_1001_a_record_cut_inside_its_id_is_answered_with_what_came(bank: Bank, who: Someone) -> None:
    with bank.core_line() as line:
        record = _record(who)[:12]
        line.send(record)
        reply = decode(line.wait_reply(record[4:12].decode(E)))
        assert (reply["REPLY-CODE"], reply["REPLY-ECIF-NO"], reply["REPLY-VERSION"]) == ("1001", "", 0)


def test_an_unreadable_id_is_answered_with_its_bytes_as_received(bank: Bank, who: Someone) -> None:
    with bank.core_line() as line:
        record = patched(
            _record(who, CUST_SEX="X"), 4, bytes.fromhex("00ff15") + "ABC".encode(E) + b"\x40" * 10
        )
        line.send(record)
        ends = time.monotonic() + 5
        while not line.frames and time.monotonic() < ends:
            time.sleep(0.01)
        assert line.frames[0][35:51] == record[4:20]


def test_the_line_lives_after_a_refusal(bank: Bank, who: Someone) -> None:
    with bank.core_line() as line:
        line.ask_raw(patched(_record(who), 0, "CU99".encode(E)))
        assert line.ask(customer(who.core, 1, CUST_NAME=who.name))["REPLY-CODE"] == "0000"


def test_faults_are_looked_for_type_before_content(bank: Bank, who: Someone) -> None:
    record = patched(patched(_record(who), 34, "X".encode(E)), offset("CUST-SEX"), "X".encode(E))
    _refused(bank, record, "1002", "MSG-POSSDUP@34")


@pytest.mark.fault("B3", "lengths that cannot be, core")
@pytest.mark.parametrize("prefix", [struct.pack(">I", LIMIT + 1), b"\xff\xff\xff\xff"])
def test_1001_a_bad_length_then_the_line_is_closed(bank: Bank, prefix: bytes) -> None:
    with bank.core_line() as line:
        line.send_bytes(prefix + b"\xc3\xe4\xf0\xf1")
        reply = decode(line.wait_reply(""))
        assert reply["REPLY-CODE"] == "1001"
        assert reply["REPLY-TEXT"] == f"length@0 over {LIMIT}"
        line.wait_closed()


def test_the_largest_frame_is_taken(bank: Bank, who: Someone) -> None:
    """A frame of the limit itself is no bad length, only not a record: the line lives."""
    with bank.core_line() as line:
        record = _record(who, ACCT=[]) + b"\x40" * (LIMIT - 312)
        assert decode(line.ask_raw(record))["REPLY-CODE"] == "1001"
        line.ask({"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()})


def test_no_refusal_text_holds_a_value(bank: Bank, who: Someone) -> None:
    record = patched(_record(who), offset("CUST-NAME"), bytes.fromhex("0e51f151f156e0") + b"\x40" * 55)
    text = decode(bank.core.ask_raw(record))["REPLY-TEXT"]
    for secret in (who.name, who.passport, who.mobile, who.core):
        assert secret not in text
