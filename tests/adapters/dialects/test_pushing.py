"""Pushes are the sheets' examples, to the byte."""

import pytest

from adapters.dialect import SystemDialect
from ecif.messages import (
    Reply,
)
from ecif.model import Push
from tests.adapters.dialects.sheet_bodies import (
    EBANK_VALUES,
    LI,
    LI_IN_FULL,
    MAIMAITI,
    NOW,
    SENT,
    Bodies,
    Dialects,
    envelope_of,
)


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
