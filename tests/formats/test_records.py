"""Records of core and loan: what is wrong, where, under which name (FAULTS B6)."""

from collections.abc import Callable
from typing import Any

import pytest

from formats.errors import FaultKind, FormatError, Place

EBCDIC = {c: c.encode("cp037") for c in "0123456789N"}


def damaged(body: bytes, at: int, data: bytes) -> bytes:
    return body[:at] + data + body[at + len(data) :]


@pytest.fixture(scope="session")
def fault(core: Any, loan: Any) -> Callable[[Any, bytes], list[str]]:
    def faults(codec: Any, body: bytes) -> list[str]:
        with pytest.raises(FormatError) as raised:
            codec.parse(body)
        return [f"{raised.value.kind.value} {fault.text()}" for fault in raised.value.faults]

    return faults


@pytest.mark.parametrize(
    ("at", "data", "text"),
    [
        (0, b"\xe7\xe7", "type MSG-TYPE@0 unknown type"),
        (24, b"\xf9\xf9", "content MSG-SENT-AT@20 impossible time"),
        (54, b"\x0f", "content CUST-NAME@53 not cp935"),
        (47, b"\x7f\xff\xff\xff", "content CUST-SEQ@47 over 9 digits"),
        (137, b"\x12", "content CUST-ID-EXPIRY@137 pad nibble not 0"),
        (142, b"\x4d", "content CUST-BIRTH-OR-FOUNDED@142 not a digit"),
        (310, b"\x40\x40", "content ACCT-COUNT@310 blank"),
        (310, b"\x00\x00", "content ACCT-COUNT@310 blank"),
        (310, b"\xf0\xf1", "content record@355 bytes follow"),
        (310, b"\xf0\xf3", "content ACCT(3).ACCT-NO@398 ends early"),
        (312 + 26 + 7, b"\x9e", "content ACCT(1).ACCT-BALANCE@338 bad sign nibble"),
        (355 + 34, b"\x40", "content ACCT(2).ACCT-OPENED@389 not a digit"),
    ],
)
def test_faults_of_a_core_customer(core: Any, fault: Any, at: int, data: bytes, text: str) -> None:
    assert fault(core.codec, damaged(core.body("core 1."), at, data))[0] == text


def test_a_cut_message_names_the_first_field_that_is_missing(core: Any, loan: Any, fault: Any) -> None:
    body = core.body("core 1.")
    assert fault(core.codec, body[:2]) == ["content MSG-TYPE@0 ends early"]
    assert fault(core.codec, body[:4]) == ["content MSG-ID@4 ends early"]
    assert fault(core.codec, body[:60]) == ["content CUST-NAME@53 ends early"]
    assert fault(core.codec, body[:312]) == ["content ACCT(1).ACCT-NO@312 ends early"]
    assert fault(core.codec, body[:-1]) == ["content ACCT(2).ACCT-STATUS@397 ends early"]
    assert fault(core.codec, body + b"\x40") == ["content record@398 bytes follow"]
    assert fault(loan.codec, loan.body("loan 7.")[:27]) == ["content CODE@24 ends early"]


def test_all_faults_are_reported_first_one_first(core: Any, fault: Any) -> None:
    body = damaged(damaged(core.body("core 1."), 338, b"\xff"), 142, b"\xc1")
    body = damaged(body, 355 + 34, b"\x40") + b"x"
    assert fault(core.codec, body) == [
        "content CUST-BIRTH-OR-FOUNDED@142 not a digit",
        "content ACCT(1).ACCT-BALANCE@338 not a digit",
        "content ACCT(2).ACCT-OPENED@389 not a digit",
        "content record@398 bytes follow",
    ]


@pytest.mark.parametrize(
    ("field", "data", "text"),
    [
        ("SEQ", b"        31", "SEQ@49 not a digit"),
        ("SEQ", b"00000000_1", "SEQ@49 not a digit"),
        ("SENT_AT", b"20260230000000", "SENT_AT@24 impossible time"),
        ("BORN_OR_FOUNDED", b"*       ", "BORN_OR_FOUNDED@151 not a digit"),
        ("ANNUAL_INCOME", b"000000012000000 ", "ANNUAL_INCOME@437 no sign"),
        ("NAME", b"\xff", "NAME@61 not gb18030"),
        ("REL_COUNT", b"21", "REL_COUNT@461 over 20"),
        ("REL_COUNT", b"* ", "REL_COUNT@461 not a digit"),
        ("LOAN_COUNT", b"51", "LOAN_COUNT@547 over 50"),
    ],
)
def test_faults_of_a_loan_customer(loan: Any, fault: Any, field: str, data: bytes, text: str) -> None:
    body = loan.body("loan 1.")
    place = loan.codec.place(body, (field,))
    assert fault(loan.codec, damaged(body, place.offset, data))[0] == f"content {text}"


def test_lists_not_sent_and_empty_are_different(loan: Any) -> None:
    type, fields = loan.codec.parse(loan.body("loan 2."))
    assert fields["RELATION"] is None
    assert fields["LOAN"] is None
    fields |= {"RELATION": [], "LOAN": []}
    empty = loan.codec.build(type, fields)
    assert empty[-4:] == b"0000"
    assert loan.codec.parse(empty)[1]["LOAN"] == []
    del fields["RELATION"], fields["LOAN"]
    assert loan.codec.build(type, fields) == loan.body("loan 2.")
    blank = loan.body("loan 2.")[:-4] + b"    "
    assert loan.codec.parse(blank)[1]["RELATION"] is None


def test_places(core: Any, loan: Any) -> None:
    body = core.body("core 1.")
    assert core.codec.place(body, ("ACCT", 0, "ACCT-PRODUCT")) == Place("ACCT(1).ACCT-PRODUCT", 331, 4)
    assert core.codec.place(body, ("ACCT", 1, "ACCT-CCY")) == Place("ACCT(2).ACCT-CCY", 378, 3)
    assert core.codec.place(body, ("ACCT", 1)) == Place("ACCT(2)", 355, 43)
    assert core.codec.place(body, ("ACCT",)) == Place("ACCT", 312, 86)
    assert core.codec.place(body, ("CUST-NO",)) == Place("CUST-NO", 35, 12)
    assert core.codec.place(bytes(60), ("MSG-ID",)) == Place("MSG-ID", 4, 16)
    body = loan.body("loan 1.")
    assert loan.codec.place(body, ("ID_TYPE",)) == Place("ID_TYPE", 121, 2)
    relation = loan.codec.place(body, ("RELATION", 0, "NAME"))
    loan_1 = loan.codec.place(body, ("LOAN", 0, "OUTSTANDING"))
    assert body[relation.offset :][:4] == "买买".encode("gb18030")
    assert body[loan_1.offset :][:16] == b"000000000000105-"
    assert loan.codec.place(body, ("LOAN", 3, "CCY")) == Place("LOAN(4).CCY", len(body), 0)


def test_peek_serves_an_answer_to_anything(core: Any, loan: Any) -> None:
    body = core.body("core 1.")
    type, head = core.codec.peek(body[:10])
    assert type == "CU01"
    assert head["MSG-ID"] == body[4:10] + b"\x40" * 10
    assert core.codec.peek(b"")[0] == ""
    assert loan.codec.peek(b"XX99ABC")[0] == "XX99"
    assert loan.codec.peek(b"LN10AB\xff")[1]["SERIAL"] == b"AB\xff".ljust(20)
    assert loan.codec.peek(b"\xff\xff\xff\xff")[0] == ""


def test_an_id_is_echoed_as_received(core: Any) -> None:
    raw = b"\x00\x01\xff" + b"\x40" * 13
    built = core.codec.build("RP01", {"MSG-ID": "H1", "MSG-SENT-AT": "20260105093002", "REPLY-TO": raw})
    assert built[35:51] == raw
    record = core.codec._records["RP01"]
    assert record.build({"MSG-ID": "H1", "MSG-SENT-AT": "20260105093002", "REPLY-TO": raw}) == built


def test_content_of_what_does_not_parse(core: Any, loan: Any) -> None:
    body = core.body("core 1.")
    head = ("MSG-SENT-AT", "MSG-POSSDUP")
    for broken in (body[:25], b"\xe7" + body, body[:4], b""):
        assert len(core.codec.content(broken, head)) == len(broken)
    assert core.codec.content(body[:25], head) == body[:20] + bytes(5)
    body = loan.body("loan 1.")
    assert loan.codec.content(body, ("SENT_AT", "DUP")) == body[:24] + bytes(15) + body[39:]
    assert loan.codec.content(b"XX" + body[2:], ("SENT_AT", "DUP")) == b"XX" + body[2:]


def test_fit(core: Any, loan: Any) -> None:
    assert core.codec.fit("CP01", ("CUST-NAME",), "喆" + "园" * 40) == "〓" + "园" * 29
    assert core.codec.fit("CU01", ("ACCT", "ACCT-NO"), "1" * 30) == "1" * 19
    assert core.codec.fit("CU01", ("ACCT", 4, "ACCT-NO"), "1 ") == "1"
    assert loan.codec.fit("LN20", ("NAME",), "园" * 31) == "园" * 30
    assert loan.codec.fit("LN20", ("NAME",), "a" + "园" * 30) == "a" + "园" * 29


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"NO-SUCH": 1}, "NO-SUCH@0 no such field"),
        ({"CUST-NAME": "喆"}, "CUST-NAME@53 character not in cp935"),
        ({"CUST-NO": "1" * 13}, "CUST-NO@35 over 12 bytes"),
        ({"MSG-SENT-AT": "now"}, "MSG-SENT-AT@20 not a time"),
        ({"ACCT": [{"ACCT-BALANCE": 1.5}]}, "ACCT(1).ACCT-BALANCE@338 not an amount"),
        ({"ACCT": [{"X": 1}]}, "ACCT(1).X@312 no such field"),
        ({"ACCT": [{}] * 100}, "ACCT-COUNT@310 over 99"),
        ({"ACCT": "none"}, "ACCT-COUNT@310 not a list of groups"),
        ({"ACCT": [7]}, "ACCT-COUNT@310 not a list of groups"),
        ({"CUST-SEQ": 10**9}, "CUST-SEQ@47 over 9 digits"),
    ],
)
def test_what_cannot_be_written_is_named(core: Any, fields: dict[str, Any], text: str) -> None:
    with pytest.raises(FormatError) as raised:
        core.codec.build("CU01", fields)
    assert raised.value.kind is FaultKind.CONTENT
    assert [fault.text() for fault in raised.value.faults] == [text]


def test_an_unknown_type_is_not_built(core: Any) -> None:
    with pytest.raises(FormatError, match="unknown type"):
        core.codec.build("XX99", {})
