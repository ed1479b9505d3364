"""Whole messages of the sheets' examples, read: what they say, and when they say the same."""

import pytest

from adapters.clock import SECOND
from adapters.dialect import SystemDialect
from ecif.messages import (
    CustomerImage,
    Identification,
    NumberReplaced,
    PartyQuery,
    PushReply,
    Reply,
    SignOn,
)
from ecif.model import Holding, Relation
from tests.adapters.dialects.sheet_bodies import (
    LI,
    MAIMAITI,
    NOW,
    SENT,
    Bodies,
    Dialects,
    changed,
    envelope_of,
    refused,
)


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
