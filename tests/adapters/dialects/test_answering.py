"""The answers that the sheets' examples show, to the byte."""

import re

import msgspec
import pytest

from adapters.dialect import Heartbeat, HeartbeatReply, SystemDialect
from ecif.messages import (
    Answer,
    Reply,
)
from formats.errors import Fault, FaultKind, FormatError, Place
from tests.adapters.dialects.sheet_bodies import EBANK_VALUES, LI, LI_IN_FULL, NOW, Bodies, Dialects


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
