"""The shipped dialects on the real codecs and on whole messages of the sheets' examples."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.clock import SECOND, to_microseconds
from adapters.commands.incoming import Incoming
from adapters.dialect import Heartbeat, HeartbeatReply, SystemDialect
from ecif.messages import (
    Answer,
    CustomerImage,
    Envelope,
    Identification,
    NumberReplaced,
    PartyQuery,
    PushReply,
    Reply,
    SignOn,
    Unreadable,
)
from ecif.model import Holding, Push, Relation
from formats.errors import Fault, FaultKind, FormatError, Place

EXAMPLES = Path(__file__).parents[1] / "formats" / "examples"
BEIJING = 8 * 3600
SENT = to_microseconds("20260105093000", BEIJING)
NOW = to_microseconds("20260105093002", BEIJING)
PREFIX = {"core": 4, "loan": 6, "ebank": 4}
LI = "110101199003074426"
MAIMAITI = "650101198506153039"

Bodies = Callable[[str, int], bytes]
Dialects = Mapping[str, SystemDialect]


@pytest.fixture(scope="module")
def body() -> Bodies:
    """`body("core", 1)`: the unframed message of the sheet's first example."""
    found = {system: json.loads((EXAMPLES / f"{system}.json").read_text("utf-8")) for system in PREFIX}

    def of(system: str, number: int) -> bytes:
        example = found[system][number - 1]
        assert example["title"].startswith(f"{system} {number}.")
        return bytes.fromhex(example["frame"])[PREFIX[system] :]

    return of


@pytest.fixture(scope="module")
def dialects(core: SystemDialect, loan: SystemDialect, ebank: SystemDialect) -> Dialects:
    return {"core": core, "loan": loan, "ebank": ebank}


def changed(dialect: SystemDialect, body: bytes, **fields: Any) -> bytes:
    """The same message with some fields changed; underscores are hyphens where core has them."""
    type, parsed = dialect.codec.parse(body)
    names = {name.replace("-", "_"): name for name in parsed}
    return dialect.codec.build(type, parsed | {names.get(key, key): value for key, value in fields.items()})


def refused(read: Incoming) -> tuple[str, str]:
    assert isinstance(read, Unreadable), read
    assert re.fullmatch(r"[ -~]{0,60}", read.text)
    return read.code, read.text


def envelope_of(read: Incoming) -> Envelope:
    return read.envelope


# Reading


def test_core_s_person(core: SystemDialect, body: Bodies) -> None:
    read = core.read(body("core", 1), NOW)
    assert isinstance(read, CustomerImage)
    assert read.change.values == {
        "kind": "person",
        "status": "active",
        "name": "买买提·吐尔逊",
        "born": "19850615",
        "gender": "male",
        "risk": "R2",
        "branch": "230102",
        "manager": "M0000017",
        "document": ("resident_id", MAIMAITI, "20350614"),
        "phone:mobile": "13900000002",
        "address": ("", "北京市东城区试验路1号A座", "100010"),
    }
    assert read.change.named == {"document": "resident_id"}
    assert (read.change.customer_no, read.change.seq, read.change.sent_at) == ("000012345678", 7, SENT)
    assert read.change.relations is None
    assert read.change.holdings == (
        Holding("deposit", "6200000000000000011", "D001", "CNY", "1234567.89", "20200101", "active"),
        Holding("loan", "6200000000000000029", "L001", "CNY", "-50000.05", "20230630", "active"),
    )
    envelope = read.envelope
    assert (envelope.system, envelope.type, envelope.message_id) == ("core", "CU01", "C260105000000001")
    assert (envelope.sent_at, envelope.received_at, envelope.duplicate) == (SENT, NOW, False)


def test_core_s_organization_with_clear_marks(core: SystemDialect, body: Bodies) -> None:
    read = core.read(body("core", 2), NOW)
    assert isinstance(read, CustomerImage)
    assert read.change.values == {
        "kind": "organization",
        "status": "active",
        "name": "试验（北京）贸易有限公司",
        "born": "20150401",
        "document": ("uscc", "91110105MA0TE5T40A", "*"),
        "phone:mobile": None,
    }
    assert read.change.holdings == ()


def test_core_s_renumbering(core: SystemDialect, body: Bodies) -> None:
    read = core.read(body("core", 4), NOW)
    assert isinstance(read, NumberReplaced)
    assert (read.old, read.new, read.seq) == ("000012345678", "000012345999", 8)


def test_loan_s_person(loan: SystemDialect, body: Bodies) -> None:
    read = loan.read(body("loan", 1), NOW)
    assert isinstance(read, CustomerImage)
    assert read.change.values == {
        "kind": "person",
        "status": "active",
        "name": "李小明",
        "born": "19900307",
        "gender": "female",
        "marital": "married",
        "education": "bachelor",
        "email": "xm@example.com",
        "employer": "试验（北京）贸易有限公司",
        "annual_income": "120000.00",
        "rating": "AA",
        "document": ("resident_id", LI, "99991231"),
        "phone:mobile": "13900000001",
        "phone:home": "010-60000001",
        "address": ("work", "北京市东城区试验路2号", "100010"),
    }
    assert read.change.named == {"document": "resident_id", "address": "work"}
    assert read.change.relations == (Relation("spouse", "买买提·吐尔逊", ("resident_id", MAIMAITI)),)
    assert read.change.holdings == (
        Holding("loan", "HT-2025-000017", "PL01", "CNY", "-1.05", "20250301", "active"),
    )


def test_loan_s_organization_with_lists_not_sent(loan: SystemDialect, body: Bodies) -> None:
    read = loan.read(body("loan", 2), NOW)
    assert isinstance(read, CustomerImage)
    cleared = {"born": None, "email": None, "annual_income": None, "address": None}
    assert cleared.items() <= read.change.values.items()
    assert read.change.named == {"document": "uscc", "address": "registered"}
    assert (read.change.relations, read.change.holdings, read.change.duplicate) == (None, None, True)


def test_ebank_s_person(ebank: SystemDialect, body: Bodies) -> None:
    read = ebank.read(body("ebank", 3), NOW)
    assert isinstance(read, CustomerImage)
    assert read.change.values == {
        "kind": "person",
        "name": "李小明",
        "born": "19900307",
        "gender": "female",
        "email": "xm@example.com",
        "employer": "试验（北京）贸易有限公司",
        "risk": "R3",
        "nationality": "CHN",
        "document:resident_id": (LI, "99991231"),
        "document:passport": ("E00000017", "20300101"),
        "phone:mobile": "13900000001",
        "address:mailing": ("北京市东城区试验路2号", "100010"),
    }


def test_ebank_s_organization_with_clear_marks(ebank: SystemDialect, body: Bodies) -> None:
    read = ebank.read(body("ebank", 4), NOW)
    assert isinstance(read, CustomerImage)
    cleared = {"born", "risk", "document:business_licence", "phone:work"}
    assert {name for name, value in read.change.values.items() if value is None} == cleared
    assert "email" not in read.change.values
    assert read.change.duplicate


def test_questions(dialects: Dialects, body: Bodies) -> None:
    for system, number in (("loan", 8), ("ebank", 7)):
        read = dialects[system].read(body(system, number), NOW)
        assert isinstance(read, Identification)
        assert (read.name, read.document) == ("李小明", ("resident_id", LI))
    by_number = dialects["ebank"].read(body("ebank", 10), NOW)
    assert isinstance(by_number, PartyQuery)
    assert (by_number.customer_no, by_number.ecif_no) == ("EB00000007", "")
    by_ecif = dialects["ebank"].read(body("ebank", 11), NOW)
    assert isinstance(by_ecif, PartyQuery)
    assert (by_ecif.customer_no, by_ecif.ecif_no) == ("", "100000000456")


@pytest.mark.parametrize(
    ("system", "number", "push_id", "code", "version"),
    [
        ("core", 10, "HK3Q9Z0001A7F4D2", "0000", 12),
        ("core", 11, "HK3Q9Z0001A7F4D2", "0003", 15),
        ("loan", 7, "HL5T0002B81C", "0000", 5),
        ("ebank", 14, "00000009000040008000000000000009", "0000", 6),
        ("loan", 3, "", "0001", 4),  # the hub's own reply type settles nothing
        ("ebank", 2, "", "0000", 0),
        ("ebank", 8, "", "0000", 5),
    ],
)
def test_replies(
    dialects: Dialects, body: Bodies, system: str, number: int, push_id: str, code: str, version: int
) -> None:
    read = dialects[system].read(body(system, number), NOW)
    assert isinstance(read, PushReply)
    assert (read.push_id, read.code, read.version) == (push_id, code, version)
    assert dialects[system].reply(read.envelope, Reply("1002"), NOW) is None


def test_sign_on(ebank: SystemDialect, body: Bodies) -> None:
    read = ebank.read(body("ebank", 1), NOW)
    assert isinstance(read, SignOn)
    assert (read.nonce, read.at) == ("00112233445566778899aabbccddeeff", SENT)


@pytest.mark.parametrize("late", [-301, 303])
def test_a_sign_on_whose_time_is_off(ebank: SystemDialect, body: Bodies, late: int) -> None:
    read = ebank.read(body("ebank", 1), SENT + late * SECOND)
    assert refused(read) == ("1005", "0003@32 over 300 s off")


def test_a_sign_on_of_another_system(ebank: SystemDialect, body: Bodies) -> None:
    other = changed(ebank, body("ebank", 1), system="core")
    assert refused(ebank.read(other, NOW)) == ("1005", "0001@23 another system")


def test_a_sent_time_too_far_ahead_counts_as_the_hub_s(core: SystemDialect, body: Bodies) -> None:
    for received, since in ((SENT - 300 * SECOND, SENT), (SENT - 301 * SECOND, SENT - 301 * SECOND)):
        read = core.read(body("core", 1), received)
        assert isinstance(read, CustomerImage)
        assert (read.change.sent_at, read.envelope.sent_at) == (since, SENT)


# Same content


def test_a_resend_has_the_digest_of_the_first(core: SystemDialect, body: Bodies) -> None:
    first, again = (envelope_of(core.read(body("core", number), NOW)) for number in (2, 3))
    assert (first.digest, first.message_id) == (again.digest, again.message_id)
    assert (first.duplicate, again.duplicate) == (False, True)


@pytest.mark.parametrize(("system", "number"), [("core", 1), ("loan", 1), ("ebank", 3)])
def test_only_sent_time_flag_and_seal_may_differ(
    dialects: Dialects, body: Bodies, system: str, number: int
) -> None:
    dialect, first = dialects[system], body(system, number)
    names = {
        "core": ("MSG_SENT_AT", "MSG_POSSDUP", "Y", "CUST_NAME"),
        "loan": ("SENT_AT", "DUP", "1", "NAME"),
        "ebank": ("time", "flags", 1, "name"),
    }
    sent, flag, yes, name = names[system]
    resend = changed(dialect, first, **{sent: "20260105094500", flag: yes})
    other = changed(dialect, first, **{name: "李大明"})
    digests = [envelope_of(dialect.read(one, NOW)).digest for one in (first, resend, other)]
    assert digests[0] == digests[1] != digests[2]


# Refusing


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


# Answering


def test_core_s_reply_has_an_id_of_its_own(core: SystemDialect, body: Bodies) -> None:
    read = core.read(body("core", 1), NOW)
    answer = core.reply(read.envelope, Reply("0000", "100000000123", 11), NOW) or b""
    example = body("core", 5)
    assert answer[:4] + answer[20:] == example[:4] + example[20:]
    assert re.fullmatch(r"H[A-Z0-9]{15}", answer[4:20].decode("cp037"))


def test_loan_s_replies_are_the_examples(loan: SystemDialect, body: Bodies) -> None:
    read = loan.read(body("loan", 1), NOW)
    assert loan.reply(read.envelope, Reply("0001", "100000000456", 4), NOW) == body("loan", 3)
    refusal = msgspec.structs.replace(read.envelope, message_id="LN2026010500000003")
    assert loan.reply(refusal, Reply("1006", text="ID_TYPE@121 blank"), NOW) == body("loan", 4)


def test_ebank_s_replies_leave_out_what_there_is_not(ebank: SystemDialect, body: Bodies) -> None:
    read = ebank.read(body("ebank", 3), NOW)
    assert ebank.reply(read.envelope, Reply("0002", "100000000456", 5), NOW) == body("ebank", 5)
    signed = ebank.read(body("ebank", 1), NOW)
    assert ebank.reply(signed.envelope, Reply("0000"), NOW) == body("ebank", 2)
    text = "8110[1].0111@84 not in the table"
    refusal = ebank.reply(read.envelope, Reply("1003", text=text), NOW) or b""
    _, fields = ebank.codec.parse(refusal)
    assert fields.keys() == {"type", "id", "flags", "code", "text"}


LI_IN_FULL = {
    "name": "李小明",
    "born": "19900307",
    "gender": "female",
}


def test_loan_s_answer_is_the_example(loan: SystemDialect, body: Bodies) -> None:
    read = loan.read(body("loan", 8), NOW)
    values = LI_IN_FULL | {
        "kind": "person",
        "status": "active",
        "document": ("resident_id", LI, "99991231"),
        "marital": "married",
        "education": "bachelor",
        "phone:mobile": "13900000001",
        "phone:home": "010-60000001",
        "email": "xm@example.com",
        "address": ("work", "北京市东城区试验路2号", "100010"),
        "employer": "试验（北京）贸易有限公司",
        "annual_income": "120000.00",
        "rating": "AA",
    }
    reply = Reply("0000", "100000000456", 5, answer=Answer("person", "", values))
    assert loan.reply(read.envelope, reply, NOW) == body("loan", 9)
    missing = msgspec.structs.replace(read.envelope, message_id="LN2026010500000005")
    assert loan.reply(missing, Reply("2001"), NOW) == body("loan", 10)


EBANK_VALUES = LI_IN_FULL | {
    "kind": "person",
    "document:resident_id": (LI, "99991231"),
    "document:passport": ("E00000017", "20300101"),
    "phone:mobile": "13900000001",
    "address:mailing": ("北京市东城区试验路2号", "100010"),
    "email": "xm@example.com",
    "risk": "R3",
    "nationality": "CHN",
}


def test_ebank_s_answers_are_the_examples(ebank: SystemDialect, body: Bodies) -> None:
    reply = Reply("0000", "100000000456", 5, answer=Answer("person", "EB00000007", EBANK_VALUES))
    for question, example in ((7, 8), (11, 12)):
        read = ebank.read(body("ebank", question), NOW)
        assert ebank.reply(read.envelope, reply, NOW) == body("ebank", example)
    unknown = ebank.codec.build("0x22", {"id": "00000006000040008000000000000006", "flags": 0, "name": "甲"})
    answer = ebank.reply(ebank.read(unknown, NOW).envelope, Reply("2001"), NOW)
    assert answer == body("ebank", 9)


def test_heartbeats(core: SystemDialect, ebank: SystemDialect, body: Bodies) -> None:
    beat = core.read(body("core", 12), NOW)
    assert isinstance(beat, Heartbeat)
    assert core.heartbeat_answer(beat, NOW) == body("core", 13)
    beat = ebank.read(body("ebank", 15), NOW)
    assert isinstance(beat, Heartbeat)
    assert ebank.heartbeat_answer(beat, NOW) == body("ebank", 16)
    assert isinstance(ebank.read(body("ebank", 16), NOW), HeartbeatReply)
    assert isinstance(ebank.read(ebank.heartbeat(NOW), NOW), Heartbeat)


def bad_length(limit: int) -> FormatError:
    return FormatError("", FaultKind.LENGTH, [Fault(Place("length", 0, 4), f"over {limit}")])


def test_a_bad_length_is_answered_with_a_blank_id(dialects: Dialects, body: Bodies) -> None:
    answer = dialects["core"].unframed(bad_length(32760), NOW) or b""
    example = body("core", 7)
    assert answer[:4] + answer[20:] == example[:4] + example[20:]
    answer = dialects["loan"].unframed(bad_length(9999), NOW) or b""
    type, fields = dialects["loan"].codec.parse(answer)
    assert (type, fields["SERIAL"], fields["CODE"], fields["TEXT"]) == (
        "LN11",
        "",
        "1001",
        "length@0 over 9999",
    )
    answer = dialects["ebank"].unframed(bad_length(65535), NOW) or b""
    type, fields = dialects["ebank"].codec.parse(answer)
    assert (type, fields["id"], fields["code"]) == ("0x21", "0" * 32, "1001")


@pytest.mark.parametrize("system", ["core", "loan", "ebank"])
def test_busy(dialects: Dialects, body: Bodies, system: str) -> None:
    dialect = dialects[system]
    _, fields = dialect.codec.parse(dialect.busy(dialect.read(body(system, 1), NOW).envelope, NOW) or b"")
    assert "9001" in fields.values()


def test_a_reply_without_a_code_is_not_sent(core: SystemDialect, body: Bodies) -> None:
    assert core.reply(core.read(body("core", 1), NOW).envelope, Reply(""), NOW) is None


# Pushing


def test_core_s_push_is_the_example(core: SystemDialect, body: Bodies) -> None:
    line = core.written("address", ("", "北京市东城区试验路1号喆园A座", "100010"))
    push = Push(
        "HK3Q9Z0001A7F4D2",
        NOW,
        "100000000123",
        12,
        "000012345678",
        "person",
        {
            "kind": "person",
            "name": "买买提·吐尔逊",
            "document": ("resident_id", MAIMAITI, "20350614"),
            "born": "19850615",
            "gender": "male",
            "phone:mobile": None,
            "address": line,
            "risk": "R3",
        },
    )
    assert line == ("", "北京市东城区试验路1号〓园A座", "100010")
    assert core.push_bytes(push) == body("core", 8)
    assert core.repeated(body("core", 8)) == body("core", 9)


def test_loan_s_push_is_the_example(loan: SystemDialect, body: Bodies) -> None:
    values = LI_IN_FULL | {
        "kind": "person",
        "status": "active",
        "document": ("resident_id", LI, "99991231"),
        "marital": "married",
        "education": "bachelor",
        "phone:mobile": "13900000009",
        "phone:home": "010-60000001",
        "email": None,
        "address": ("work", "北京市东城区试验路2号", "100010"),
        "employer": "试验（北京）贸易有限公司",
        "annual_income": "120000.00",
        "rating": "AA",
    }
    push = Push("HL5T0002B81C", NOW, "100000000456", 5, "L000000042", "person", values)
    assert loan.push_bytes(push) == body("loan", 5)
    assert loan.repeated(body("loan", 5)) == body("loan", 6)


def test_ebank_s_push_is_the_example(ebank: SystemDialect, body: Bodies) -> None:
    values = EBANK_VALUES | {"risk": None}
    push = Push("00000009000040008000000000000009", SENT, "100000000456", 6, "EB00000007", "person", values)
    assert ebank.push_bytes(push) == body("ebank", 13)
    type, fields = ebank.codec.parse(ebank.repeated(body("ebank", 13)))
    assert (type, fields["flags"], fields["time"]) == ("0x30", 1, "20260105093000")


@pytest.mark.parametrize(
    ("name", "type", "text"),
    [("core", "RP01", "MSG-ID@4"), ("loan", "LN11", "SERIAL@4"), ("ebank", "0x21", "id@2")],
)
def test_a_used_id_is_refused_at_its_place(
    dialects: Dialects, body: Bodies, name: str, type: str, text: str
) -> None:
    dialect = dialects[name]
    asked = envelope_of(dialect.read(body(name, 3 if name == "ebank" else 1), NOW))
    reply = dialect.reply(asked, Reply("1004", text="message id used for other content"), NOW) or b""
    told, fields = dialect.codec.parse(reply)
    assert told == type
    assert f"{text} used for other content" in (
        fields.get("REPLY-TEXT"),
        fields.get("TEXT"),
        fields.get("text"),
    )


def test_the_kind_is_pushed_where_it_is_known(core: SystemDialect) -> None:
    for values, written in (({"kind": "organization"}, "O"), ({}, "")):
        push = Push(core.new_id(NOW), NOW, "100000000123", 1, "000012345678", "organization", values)
        _, fields = core.codec.parse(core.push_bytes(push))
        assert fields["CUST-KIND"] == written


# What the customer half asks


def test_facts(dialects: Dialects) -> None:
    core, loan, ebank = dialects["core"], dialects["loan"], dialects["ebank"]
    assert {dialect.pushes for dialect in dialects.values()} == {"applied"}
    assert {dialect.eps for dialect in dialects.values()} == {2 * SECOND}
    assert set(core.carries) == {
        "kind",
        "name",
        "born",
        "gender",
        "risk",
        "document",
        "phone:mobile",
        "address",
    }
    assert core.slots["address"].by_kind == {"person": "home", "organization": "registered"}
    assert core.slots["document"].by_kind == {}
    assert set(loan.slots) == {"document", "address"}
    assert ebank.slots == {}
    assert {"document:uscc", "phone:work", "address:registered", "nationality"} <= set(ebank.carries)
    assert loan.only["employer"] == "person"


@pytest.mark.parametrize(
    ("system", "attribute", "value", "written"),
    [
        ("core", "name", "买买提·吐尔逊", "买买提·吐尔逊"),
        ("core", "name", "李喆", "李〓"),
        ("core", "name", "试" * 40, "试" * 30),
        ("core", "risk", "R5", "R5"),
        ("core", "gender", "female", "female"),
        ("core", "email", "a@b", None),
        ("core", "branch", "230102", "230102"),
        ("core", "document", ("other", "X1", None), ("other", "X1", None)),
        ("core", "document:passport", ("E1", "20300101"), ("E1", "20300101")),
        ("core", "address", ("", "试验路1号", None), ("", "试验路1号", None)),
        ("core", "address:home", ("试验路1号", "1000100"), ("试验路1号", "100010")),
        ("core", "address:work", ("试验路1号", None), None),
        ("core", "phone:home", "010", None),
        ("loan", "name", "李喆", "李喆"),
        ("loan", "annual_income", "1.5", "1.50"),
        ("loan", "annual_income", "1" * 14 + ".00", None),
        ("loan", "education", "junior_high", "junior_high"),
        ("loan", "born", "20230229", "20230229"),
        ("loan", "phone:work", "010", None),
        ("ebank", "document:uscc", ("9111", None), ("9111", None)),
        ("ebank", "nationality", "CHN", "CHN"),
        ("ebank", "risk", "R9", None),
        ("ebank", "status", "active", None),
    ],
)
def test_written(dialects: Dialects, system: str, attribute: str, value: Any, written: Any) -> None:
    dialect = dialects[system]
    assert dialect.written(attribute, value) == written
    if written is not None:
        assert dialect.written(attribute, written) == written


@pytest.mark.parametrize(
    ("system", "attribute", "value", "losses"),
    [
        ("core", "name", "李小明", ()),
        ("core", "name", "李喆", ("substituted",)),
        ("core", "name", "试" * 40, ("cut",)),
        ("core", "name", "喆" * 40, ("cut", "substituted")),
        ("core", "address:home", ("喆园", "1000100"), ("cut", "substituted")),
        ("loan", "annual_income", "1.555", ("coarser",)),
        ("core", "email", "a@b", ()),
    ],
)
def test_losses(dialects: Dialects, system: str, attribute: str, value: Any, losses: Any) -> None:
    assert dialects[system].losses(attribute, value) == losses


def test_amounts_are_written_as_decimals(loan: SystemDialect) -> None:
    push = Push(loan.new_id(NOW), NOW, "1" * 12, 1, "L1", "person", {"annual_income": "-1.05"})
    assert loan.codec.parse(loan.push_bytes(push))[1]["ANNUAL_INCOME"] == Decimal("-1.05")
