"""What cannot be taken is refused with one fault at its place."""

from typing import Any

import pytest

from adapters.dialect import SystemDialect
from ecif.messages import (
    CustomerImage,
    Reply,
    Unreadable,
)
from tests.adapters.dialects.sheet_bodies import LI, NOW, Bodies, Dialects, changed, envelope_of, refused


@pytest.mark.parametrize(
    ("system", "number", "fields", "code", "text"),
    [
        ("core", 1, {"CUST_NO": ""}, "1006", "CUST-NO@35 blank"),
        ("core", 1, {"CUST_SEQ": 0}, "1006", "CUST-SEQ@47 blank"),
        ("core", 1, {"CUST_SEQ": -1}, "1001", "CUST-SEQ@47 negative"),
        ("core", 1, {"CUST_KIND": "*"}, "1006", "CUST-KIND@51 cleared"),
        ("core", 1, {"CUST_KIND": "X"}, "1003", "CUST-KIND@51 not in the table"),
        ("core", 1, {"CUST_NAME": "*"}, "1006", "CUST-NAME@53 cleared"),
        ("core", 1, {"CUST_ID_TYPE": ""}, "1006", "CUST-ID-TYPE@115 blank"),
        ("core", 1, {"CUST_ID_TYPE": "88"}, "1003", "CUST-ID-TYPE@115 not in the table"),
        ("core", 1, {"MSG_SENT_AT": ""}, "1006", "MSG-SENT-AT@20 blank"),
        ("core", 1, {"MSG_ID": ""}, "1006", "MSG-ID@4 blank"),
        ("core", 1, {"MSG_POSSDUP": "X"}, "1002", "MSG-POSSDUP@34 not one of Y, blank, N"),
        ("core", 4, {"NEW_CUST_NO": ""}, "1006", "NEW-CUST-NO@47 blank"),
        ("loan", 1, {"ID_TYPE": ""}, "1006", "ID_TYPE@121 blank"),
        ("loan", 1, {"ADDR_USE": ""}, "1006", "ADDR_USE@249 blank"),
        ("loan", 1, {"SEQ": 0}, "1006", "SEQ@49 blank"),
        ("loan", 1, {"MARITAL": "77"}, "1003", "MARITAL@160 not in the table"),
        ("loan", 1, {"DUP": "7"}, "1002", "DUP@38 not one of 1, 0, blank"),
        ("loan", 8, {"ID_NO": ""}, "1006", "ID_NO@101 blank"),
        ("loan", 8, {"NAME": ""}, "1006", "NAME@39 blank"),
        ("loan", 8, {"ID_TYPE": "88"}, "1003", "ID_TYPE@99 not in the table"),
        ("ebank", 3, {"kind": 9}, "1003", "0103@60 not in the table"),
        ("ebank", 3, {"number": "*"}, "1006", "0100@34 cleared"),
        ("ebank", 3, {"seq": 10**9}, "1001", "0102@48 over 999999999"),
        ("ebank", 3, {"nationality": "ZZZ"}, "1003", "0143@301 not in the table"),
    ],
)
def test_content_faults(
    dialects: Dialects,
    body: Bodies,
    system: str,
    number: int,
    fields: dict[str, Any],
    code: str,
    text: str,
) -> None:
    dialect = dialects[system]
    assert refused(dialect.read(changed(dialect, body(system, number), **fields), NOW)) == (code, text)


def test_n_reads_as_no_duplicate(core: SystemDialect, body: Bodies) -> None:
    read = core.read(changed(core, body("core", 1), MSG_POSSDUP="N"), NOW)
    assert isinstance(read, CustomerImage)
    assert not read.change.duplicate


def test_unreadable_comes_first_then_the_place_decides(core: SystemDialect, body: Bodies) -> None:
    late = changed(core, body("core", 1), CUST_RISK="R9", CUST_KIND="X", CUST_NAME="")
    assert refused(core.read(late, NOW)) == ("1003", "CUST-KIND@51 not in the table")
    unreadable = changed(core, late, CUST_SEQ=-5)
    assert refused(core.read(unreadable, NOW)) == ("1001", "CUST-SEQ@47 negative")


def test_faults_in_lists(core: SystemDialect, ebank: SystemDialect, body: Bodies) -> None:
    accounts = core.codec.parse(body("core", 1))[1]["ACCT"]
    accounts = [accounts[0], accounts[1] | {"ACCT-PRODUCT": "Q9"}]
    text = "ACCT(2).ACCT-PRODUCT@374 not in the table"
    assert refused(core.read(changed(core, body("core", 1), ACCT=accounts), NOW)) == ("1003", text)
    documents = [{"type": 1, "number": LI}, {"number": "E1"}]
    code, text = refused(ebank.read(changed(ebank, body("ebank", 3), documents=documents), NOW))
    assert (code, text.split("@")[0], text.split(" ")[1]) == ("1006", "8110[2].0111", "blank")


def test_an_identification_without_a_document(ebank: SystemDialect, body: Bodies) -> None:
    code, text = refused(ebank.read(changed(ebank, body("ebank", 7), documents=[]), NOW))
    assert (code, text.split("@")[0]) == ("1006", "8110")
    code, text = refused(ebank.read(changed(ebank, body("ebank", 7), documents=[{"type": 1}]), NOW))
    assert (code, text.split("@")[0]) == ("1006", "8110[1].0112")


def test_a_query_has_one_key(ebank: SystemDialect, body: Bodies) -> None:
    both = changed(ebank, body("ebank", 10), ecif="100000000456")
    assert refused(ebank.read(both, NOW))[0] == "1001"
    neither = ebank.codec.build("0x24", {"id": "0" * 31 + "1", "flags": 0})
    assert refused(ebank.read(neither, NOW))[0] == "1006"


@pytest.mark.parametrize(("system", "number"), [("core", 8), ("loan", 5), ("ebank", 13)])
def test_a_type_that_only_the_hub_sends(dialects: Dialects, body: Bodies, system: str, number: int) -> None:
    dialect, push = dialects[system], body(system, number)
    assert refused(dialect.read(push, NOW))[0] == "2002"
    if system != "ebank":  # there the seal is wrong first
        assert refused(dialect.read(push + b"@", NOW))[0] == "2002"


def test_an_unknown_type_is_answered_with_its_id(dialects: Dialects, body: Bodies) -> None:
    core, loan, ebank = dialects["core"], dialects["loan"], dialects["ebank"]
    read = core.read("XX99".encode("cp037") + body("core", 1)[4:], NOW)
    assert refused(read) == ("1002", "MSG-TYPE@0 unknown type")
    type, fields = core.codec.parse(core.reply(read.envelope, Reply("1002", text="t"), NOW) or b"")
    assert (type, fields["REPLY-TO"], fields["REPLY-CODE"]) == ("RP01", "C260105000000001", "1002")
    read = loan.read(b"LN77" + body("loan", 1)[4:], NOW)
    type, fields = loan.codec.parse(loan.reply(read.envelope, Reply("1002"), NOW) or b"")
    assert (type, fields["SERIAL"], fields["CODE"]) == ("LN11", "LN2026010500000001", "1002")
    request = ebank.codec.build("0x98", {"id": "ab" * 16, "flags": 0})
    read = ebank.read(request, NOW)
    assert refused(read) == ("1002", "type@1 unknown type")
    answer = ebank.reply(read.envelope, Reply("1002", text="t"), NOW) or b""
    assert answer[:19].hex() == "0199" + "ab" * 16 + "00"


def test_a_wrong_mac(ebank: SystemDialect, body: Bodies) -> None:
    message = body("ebank", 3)
    read = ebank.read(message[:-1] + bytes([message[-1] ^ 1]), NOW)
    assert refused(read)[0] == "1005"
    type, fields = ebank.codec.parse(ebank.reply(read.envelope, Reply("1005"), NOW) or b"")
    assert (type, fields["id"], fields["code"]) == ("0x21", "00000002000040008000000000000002", "1005")


@pytest.mark.parametrize(("system", "number", "answer"), [("core", 12, "RP01"), ("ebank", 15, "0x7F")])
def test_a_broken_heartbeat_is_answered_with_a_code(
    dialects: Dialects, body: Bodies, system: str, number: int, answer: str
) -> None:
    dialect = dialects[system]
    read = dialect.read(body(system, number) + b"\x40", NOW)
    assert isinstance(read, Unreadable)
    type, fields = dialect.codec.parse(dialect.reply(read.envelope, Reply(read.code), NOW) or b"")
    assert (type, fields.get("REPLY-CODE", fields.get("code"))) == (answer, read.code)


@pytest.mark.parametrize("system", ["core", "loan", "ebank"])
def test_nothing_makes_reading_raise(dialects: Dialects, body: Bodies, system: str) -> None:
    dialect, message = dialects[system], body(system, 1)
    for cut in range(len(message)):
        read = dialect.read(message[:cut], NOW)
        assert refused(read)[0] in ("1001", "1002", "1005")
        assert dialect.reply(read.envelope, Reply(read.code, text=read.text), NOW)


def test_an_id_that_cannot_be_read_is_echoed_as_it_came(core: SystemDialect, loan: SystemDialect) -> None:
    raw = b"\x0e\x42" + b"\x40" * 14
    read = core.read("CU01".encode("cp037") + raw, NOW)
    assert envelope_of(read).message_id in ("",) or envelope_of(read).raw_id == raw
    answer = core.reply(read.envelope, Reply("1001"), NOW) or b""
    assert answer[35:51] == raw
    raw = b"\xff\xff" + b"A" * 18
    read = loan.read(b"LN10" + raw, NOW)
    assert envelope_of(read).message_id == ""
    assert (loan.reply(read.envelope, Reply("1001"), NOW) or b"")[4:24] == raw
