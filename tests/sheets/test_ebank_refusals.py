"""ebank.md and README, Reply codes: each refusal with its code, and FIELD@N for the value at fault."""

import struct
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import patched
from tests.sheets.ebank_client import (
    LIMIT,
    MAC,
    customer,
    decode,
    document,
    encode,
    new_id,
    position,
    query,
    sealed,
    tlv,
    unsealed,
)  # fmt: skip
from tests.sheets.people import Someone
from tests.sheets.test_ebank import full

Path = tuple[tuple[int, int], ...]


def _message(who: Someone, **fields: Any) -> bytes:
    return encode(customer(who.ebank, 1) | full(who) | fields)


def _changed(message: bytes, path: Path, data: bytes) -> bytes:
    """Another value of the same length, sealed anew."""
    return sealed(patched(message, position(message, *path), data)[:-MAC])


def _refused(bank: Bank, message: bytes, code: str, place: str) -> None:
    reply = bank.ebank.ask(message)
    assert (reply["type"], reply["flags"], reply["code"]) == (message[1] + 1, 0, code), reply
    assert reply.get("text", "").split(" ")[0] == place, reply
    assert (reply.get("ecif", ""), reply.get("version", 0)) == ("", 0)
    assert reply["text"].isascii()
    assert len(reply["text"]) <= 60


UNREADABLE: dict[str, tuple[str, Path, bytes]] = {
    "no UTF-8": ("0101", ((0x0101, 1),), b"\xff\xfe"),
    "half a character": ("0101", ((0x0101, 1),), b"\xe6\x9d\x41"),
    "surrogate": ("0141", ((0x0141, 1),), b"\xed\xa0\x80"),
    "no BCD": ("0104", ((0x0104, 1),), bytes.fromhex("199003a7")),
    "time no BCD": ("0003", ((0x0003, 1),), bytes.fromhex("2026010509300a")),
    "impossible time": ("0003", ((0x0003, 1),), bytes.fromhex("20260230093000")),
    "expiry of the second document": ("8110[2].0113", ((0x8110, 2), (0x0113, 1)), bytes.fromhex("2039010f")),
    "negative seq": ("0102", ((0x0102, 1),), struct.pack(">q", -1)),
    "seq above the limit": ("0102", ((0x0102, 1),), struct.pack(">q", 1_000_000_000)),
}


@pytest.mark.fault("B6", "the same in ebank")
@pytest.mark.parametrize("fault", UNREADABLE)
def test_1001_cannot_be_read(bank: Bank, who: Someone, fault: str) -> None:
    name, path, data = UNREADABLE[fault]
    message = _message(who)
    _refused(bank, _changed(message, path, data), "1001", f"{name}@{position(message, *path)}")


WRONG_LENGTH = {
    0x0102: b"\x00\x00\x00\x01",
    0x0103: b"\x01\x01",
    0x0104: b"\x19\x90\x03",
    0x0142: b"\x01\x02",
}


@pytest.mark.parametrize("tag", WRONG_LENGTH)
def test_1001_a_wrong_length(bank: Bank, who: Someone, tag: int) -> None:
    name = {0x0102: "seq", 0x0103: "kind", 0x0104: "born", 0x0142: "risk"}[tag]
    values = customer(who.ebank, 1, **full(who))
    del values[name]
    message = encode(values | {"unknown": [(tag, WRONG_LENGTH[tag])]})
    _refused(bank, message, "1001", f"{tag:04X}@{position(message, (tag, 1))}")


def test_1001_a_number_of_more_than_20_bytes(bank: Bank, who: Someone) -> None:
    message = _message(who, number="E" * 21)
    _refused(bank, message, "1001", f"0100@{position(message, (0x0100, 1))}")


def test_1001_a_single_tag_given_twice(bank: Bank, who: Someone) -> None:
    message = encode(customer(who.ebank, 1, **full(who)) | {"unknown": [(0x0140, b"x@example.com")]})
    _refused(bank, message, "1001", f"0140@{position(message, (0x0140, 2))}")


def test_1001_nested_lengths_that_do_not_fill_their_group(bank: Bank, who: Someone) -> None:
    for inner in (tlv(0x0121, b"\x01") + b"\x01\x22\x00", tlv(0x0121, b"\x01") + b"\x01\x22\x00\x09123"):
        message = encode(customer(who.ebank, 1, name=who.name) | {"unknown": [(0x8120, inner)]})
        reply = bank.ebank.ask(message)
        assert (reply["type"], reply["code"]) == (0x21, "1001"), reply
        assert reply["text"].startswith("8120"), reply


def test_1001_a_last_tag_longer_than_the_message(bank: Bank, who: Someone) -> None:
    body = unsealed(customer(who.ebank, 1, name=who.name)) + b"\x01\x40\x00\x30abc"
    assert bank.ebank.ask(sealed(body))["code"] == "1001"


NOT_IN_TABLE: dict[str, Path] = {
    "0103": ((0x0103, 1),), "0105": ((0x0105, 1),), "0142": ((0x0142, 1),),
    "8110[2].0111": ((0x8110, 2), (0x0111, 1)), "8120[1].0121": ((0x8120, 1), (0x0121, 1)),
    "8130[1].0131": ((0x8130, 1), (0x0131, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_IN_TABLE)
def test_1003_a_code_is_not_in_the_table(bank: Bank, who: Someone, name: str) -> None:
    message, path = _message(who), NOT_IN_TABLE[name]
    _refused(bank, _changed(message, path, b"\x63"[:1] if "8110" not in name else b"\x62"), "1003",
             f"{name}@{position(message, *path)}")  # fmt: skip


def test_1003_a_nationality_that_is_not_in_iso_3166(bank: Bank, who: Someone) -> None:
    message = _message(who, nationality="QQQ")
    _refused(bank, message, "1003", f"0143@{position(message, (0x0143, 1))}")


@pytest.mark.parametrize(("field", "tag"), [("time", "0003"), ("number", "0100"), ("seq", "0102")])
def test_1006_a_required_field_is_missing(bank: Bank, who: Someone, field: str, tag: str) -> None:
    """A missing field: the end of the message, where its MAC begins."""
    values = customer(who.ebank, 1, **full(who))
    del values[field]
    message = encode(values)
    reply = bank.ebank.ask(message)
    assert (reply["code"], reply["text"].split("@")[0]) == ("1006", tag), reply
    assert reply["text"].split("@")[1].split(" ")[0] in (str(len(message) - MAC), str(len(message)))


@pytest.mark.parametrize(("field", "tag"), [("number", 0x0100)])
def test_1006_a_required_text_of_length_0(bank: Bank, who: Someone, field: str, tag: int) -> None:
    message = _message(who, **{field: ""})
    _refused(bank, message, "1006", f"{tag:04X}@{position(message, (tag, 1))}")


def test_1006_seq_zero_counts_as_blank(bank: Bank, who: Someone) -> None:
    message = _message(who, seq=0)
    _refused(bank, message, "1006", f"0102@{position(message, (0x0102, 1))}")


def test_1006_a_number_without_its_type(bank: Bank, who: Someone) -> None:
    message = _message(who, documents=[document(1, who.resident_id), {"number": "E1"}])
    group_ends = position(message, (0x8110, 2)) + 6
    _refused(bank, message, "1006", f"8110[2].0111@{group_ends}")


def test_1006_another_party_kind_than_before(bank: Bank, who: Someone) -> None:
    bank.ebank_says(who, 1)
    message = encode(customer(who.ebank, 2, name=who.name, kind=2))
    _refused(bank, message, "1006", f"0103@{position(message, (0x0103, 1))}")


def test_1006_a_query_for_nothing(bank: Bank) -> None:
    reply = bank.ebank.ask(query())
    assert (reply["type"], reply["code"]) == (0x25, "1006")


@pytest.mark.parametrize(
    ("version", "kind", "flags"), [(2, 0x20, 0), (1, 0x40, 0), (1, 0x20, 2), (1, 0x20, 0x81)]
)
def test_1002_unknown_version_type_or_flag(
    bank: Bank, who: Someone, version: int, kind: int, flags: int
) -> None:
    values = customer(who.ebank, 1, name=who.name)
    reply = bank.ebank.ask(encode(values | {"format": version, "type": kind, "flags": flags}))
    assert (reply["type"], reply["code"], reply["flags"]) == (kind + 1, "1002", 0)


def test_2002_a_type_that_only_the_hub_sends(bank: Bank, who: Someone) -> None:
    push = {
        "type": 0x30,
        "id": new_id(),
        "time": "20260105093000",
        "ecif": "1" * 12,
        "version": 3,
        "name": who.name,
    }
    reply = bank.ebank.ask(push)
    assert (reply["type"], reply["code"]) == (0x31, "2002")


@pytest.mark.fault("B6", "wrong MAC")
def test_1005_a_wrong_mac_does_not_use_up_the_id_and_the_line_lives(bank: Bank, who: Someone) -> None:
    message = _message(who)
    reply = bank.ebank.ask(message[:-1] + bytes([message[-1] ^ 1]))
    assert (reply["type"], reply["id"], reply["code"]) == (0x21, message[2:18], "1005")
    assert (reply.get("ecif", ""), reply.get("version", 0)) == ("", 0)
    flipped = patched(message, 40, bytes([message[40] ^ 1]))
    assert bank.ebank.ask(flipped)["code"] == "1005"
    assert bank.ebank.ask(message)["code"] == "0000"


def test_the_mac_is_looked_at_before_everything_else(bank: Bank, who: Someone) -> None:
    message = patched(_message(who), 0, b"\x07")
    assert bank.ebank.ask(message)["code"] == "1005"


@pytest.mark.fault("B3", "lengths that cannot be, ebank")
@pytest.mark.parametrize("length", [LIMIT + 1, 0xFFFFFFFF])
def test_1001_a_bad_length_with_an_id_of_zero_bytes_then_the_line_is_closed(bank: Bank, length: int) -> None:
    with bank.ebank_line() as line:
        line.send_bytes(struct.pack(">I", length))
        reply = decode(line.wait_reply(bytes(16)))
        assert (reply["code"], reply["flags"]) == ("1001", 0)
        assert reply["text"] == f"length@0 over {LIMIT}"
        line.wait_closed()


def test_1001_a_message_cut_inside_its_id(bank: Bank) -> None:
    with bank.ebank_line() as line:
        start = b"\x01\x20" + new_id()[:9]
        line.send(start)
        reply = decode(line.wait_reply(start[2:] + bytes(7)))
        assert reply["code"] in ("1001", "1005")  # too short to hold a MAC: length comes before MAC


def test_the_refused_keep_their_seq(bank: Bank, who: Someone) -> None:
    assert bank.ebank.ask(_message(who, kind=9))["code"] == "1003"
    assert bank.ebank.ask(_message(who))["code"] == "0000"


def test_no_refusal_text_holds_a_value(bank: Bank, who: Someone) -> None:
    message = _message(who)
    text = bank.ebank.ask(_changed(message, ((0x0101, 1),), b"\xff"))["text"]
    for secret in (who.name, who.resident_id, who.mobile, who.ebank):
        assert secret not in text
