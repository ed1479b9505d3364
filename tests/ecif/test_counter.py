"""Opening, changing and verifying customers by their ECIF number."""

import pytest

from ecif.messages import Amendment, Opening, Verification
from ecif.model import DOCUMENT_TYPES, Holding, PartyChange, Relation
from ecif.steps import USUAL
from ecif.survivorship import Rules, SurvivorshipConf
from tests.ecif.bank import COMMON, LI_ID, TRUST, ZHANG_ID, Bank, FakeDialect, three_systems

SEEN = SurvivorshipConf.model_validate(
    {
        "group": [
            {"attributes": ["name", "document", "born", "gender", "kind"],
             "steps": ["verified", "sound", *USUAL], "trust": ["teller", "core", "loan", "ebank"]},
            {"attributes": ["status"], "trust": ["teller", "core"], "reserved": ["deceased"]},
        ]
    }
)  # fmt: skip
DOCUMENTS = tuple(f"{family}:{type}" for type in DOCUMENT_TYPES for family in ("document", "verified"))


@pytest.fixture
def bank(tmp_path):
    teller = FakeDialect("teller", (*COMMON, "status", *DOCUMENTS), pushes="no")
    bank = Bank(tmp_path, dialects={**three_systems(), "teller": teller})
    bank.service.setting = type(bank.service.setting)(
        bank.dialects, Rules.compiled(SEEN), bank.service.setting.matching, bank.service.setting.patience
    )
    yield bank
    assert bank.problems() == []
    bank.store.close()


def change(bank, number="", *, seq=0, at=None, **values):
    values = {name.replace("__", ":"): value for name, value in values.items()}
    values = {"kind": "person", "name": "张三"} | values
    return PartyChange(number, seq, bank.now if at is None else at, False, values)


def opening(bank, *, id=None, **values):
    told = change(bank, **values)
    return Opening(bank.envelope("teller", id, repr(told)), told)


def amendment(bank, number, *, id=None, **values):
    told = change(bank, number, **values)
    return Amendment(bank.envelope("teller", id, repr(told)), told)


def verification(bank, number, *document):
    return Verification(bank.envelope("teller", None, number), number, document)


def test_an_opening_becomes_a_record_under_its_ecif_number(bank):
    reply = bank.one(opening(bank, document__resident_id=(ZHANG_ID, None)))
    assert (reply.code, reply.version) == ("0000", 1)
    look = bank.look("teller", reply.ecif_no)
    assert look.head.ecif_no == look.record.party == reply.ecif_no
    assert bank.due("teller") == []


def test_a_known_customer_is_opened_under_its_number_and_opened_again_is_an_image(bank):
    known = bank.one(bank.person("core", "1", document=("resident_id", ZHANG_ID, None)))
    reply = bank.one(opening(bank, document__resident_id=(ZHANG_ID, None)))
    assert (reply.code, reply.ecif_no) == ("0000", known.ecif_no)
    bank.wait(1)
    again = bank.one(opening(bank, document__resident_id=(ZHANG_ID, None), gender="male"))
    assert (again.code, again.ecif_no) == ("0000", known.ecif_no)
    assert bank.golden("core", "1")["gender"] == "male"


def test_the_same_document_under_another_name_is_a_question(bank):
    bank.one(bank.person("core", "1", document=("resident_id", ZHANG_ID, None)))
    reply = bank.one(opening(bank, name="李四", document__resident_id=(ZHANG_ID, None)))
    assert reply.code == "0002"
    assert bank.rows("select kind from review_task") == [("same_party",)]


@pytest.mark.parametrize("number", ["110105194912310021", "11010519491331002X", "123", "91110105MA0TE5T40B"])
def test_an_opening_with_a_wrong_check_digit_is_refused(bank, number):
    type = "uscc" if number.startswith("9") else "resident_id"
    reply = bank.one(opening(bank, id="S1", **{f"document__{type}": (number, None)}))
    assert (reply.code, reply.text) == ("1006", f"document:{type} check digit")
    assert bank.rows("select count(*) from party") == [(0,)]
    assert bank.one(opening(bank, id="S1", document__passport=("E1", None))).code == "1004"


def test_a_resend_of_an_opening_gets_the_same_number(bank):
    first = opening(bank, id="S1", document__resident_id=(ZHANG_ID, None))
    assert bank.one(first) == bank.one(first)
    assert bank.rows("select count(*) from party") == [(1,)]


def test_two_openings_of_one_customer_in_one_batch(bank):
    one, other = bank.take(
        opening(bank, document__resident_id=(ZHANG_ID, None)),
        opening(bank, document__resident_id=(ZHANG_ID, None), gender="male"),
    )
    assert one.ecif_no == other.ecif_no
    assert other.code == "0000"


def test_a_change_of_a_party_teller_never_sent(bank):
    known = bank.one(bank.person("core", "1", document=("resident_id", ZHANG_ID, None)))
    reply = bank.one(amendment(bank, known.ecif_no, gender="male"))
    assert (reply.code, reply.ecif_no) == ("0000", known.ecif_no)
    assert bank.look("teller", known.ecif_no) is not None
    assert bank.one(amendment(bank, "999999999999")).code == "2001"


def test_a_change_may_not_make_a_person_an_organization(bank):
    known = bank.one(bank.person("core", "1", document=("resident_id", ZHANG_ID, None)))
    other = bank.one(amendment(bank, known.ecif_no, kind="organization"))
    assert (other.code, other.text) == ("1006", "kind changed")
    bank.one(amendment(bank, known.ecif_no))
    bank.wait(1)
    assert bank.one(amendment(bank, known.ecif_no, kind="organization")).code == "1006"


def test_an_overtaken_change_is_stale(bank):
    number = bank.one(opening(bank, document__resident_id=(ZHANG_ID, None))).ecif_no
    bank.wait(10)
    assert bank.one(amendment(bank, number, gender="male")).code == "0000"
    late = bank.one(amendment(bank, number, gender="female", at=bank.now - 5_000_000))
    assert (late.code, late.ecif_no, late.version) == ("0003", number, 2)
    assert bank.golden("teller", number)["gender"] == "male"
    bank.reopen()
    assert bank.look("teller", number).record.newest.sent_at == bank.now


def test_a_change_by_the_number_of_a_party_merged_away(bank):
    one = bank.one(opening(bank, document__resident_id=(ZHANG_ID, None))).ecif_no
    core = bank.one(bank.person("core", "1", name="张三", document=("passport", "E7", None))).ecif_no
    bank.service.merge(one, core, actor="s", reason="r", now=bank.now)
    bank.wait(1)
    reply = bank.one(amendment(bank, core, gender="male"))
    assert (reply.code, reply.ecif_no) == ("0000", one)
    assert bank.look("teller", core) is None
    assert bank.one(bank.query("teller", ecif_no=core)).ecif_no == one


def test_what_is_withdrawn_is_withdrawn_from_both_records_of_a_merged_customer(bank):
    one = bank.one(opening(bank, document__resident_id=(ZHANG_ID, None), phone__mobile="13900000001")).ecif_no
    other = bank.one(opening(bank, document__passport=("E7", None), phone__mobile="13900000002")).ecif_no
    assert one != other
    bank.service.merge(one, other, actor="s", reason="r", now=bank.now)
    bank.wait(10)
    late = bank.one(amendment(bank, one, phone__mobile=None, at=bank.now - 5_000_000))
    assert (late.code, late.ecif_no) == ("0000", one)
    assert "phone:mobile" not in bank.golden("teller", one)
    assert "phone:mobile" not in bank.golden("teller", other)
    said = bank.one(amendment(bank, other, phone__mobile="13900000003"))
    stale = bank.one(amendment(bank, one, phone__mobile=None, gender="male", at=bank.now - 1_000_000))
    assert (said.code, stale.code) == ("0000", "0000")
    assert bank.golden("teller", one)["phone:mobile"] == "13900000003", "said later than withdrawn"
    bank.wait(1)
    assert bank.one(amendment(bank, one, phone__mobile=None)).version == bank.look("teller", one).head.version
    assert "phone:mobile" not in bank.golden("teller", one)


def test_a_verification_marks_what_the_customer_carries(bank):
    known = bank.one(bank.person("core", "1", document=("resident_id", ZHANG_ID, None)))
    reply = bank.one(verification(bank, known.ecif_no, "resident_id", "110105491231002"))
    assert (reply.code, reply.ecif_no) == ("0000", known.ecif_no)
    assert bank.golden("core", "1")["verified:resident_id"] == ZHANG_ID
    assert bank.one(verification(bank, known.ecif_no, "resident_id", ZHANG_ID)).code in ("0000", "0001")
    assert bank.one(verification(bank, known.ecif_no, "resident_id", LI_ID)).code == "2001"
    assert bank.one(verification(bank, "999999999999", "resident_id", ZHANG_ID)).code == "2001"


def test_a_verification_sets_no_order(bank):
    number = bank.one(opening(bank, document__resident_id=(ZHANG_ID, None))).ecif_no
    bank.wait(10)
    bank.one(verification(bank, number, "resident_id", ZHANG_ID))
    assert bank.one(amendment(bank, number, gender="male", at=bank.now - 5_000_000)).code == "0000"


def test_a_question_by_another_systems_number_and_by_document(bank):
    known = bank.one(bank.person("core", "1", document=("resident_id", ZHANG_ID, None)))
    asked = ({"customer_no": "1", "of_system": "core"}, {"document": ("resident_id", ZHANG_ID)})
    for question in asked:
        assert bank.one(bank.query("teller", **question)).ecif_no == known.ecif_no
    for question in ({"customer_no": "2", "of_system": "core"}, {"customer_no": "1", "of_system": "moon"}):
        assert bank.one(bank.query("teller", **question)).code == "2001"


def test_lists_are_told_where_they_are_asked_for(bank):
    spouse = bank.one(bank.person("core", "2", "李四", document=("resident_id", LI_ID, None)))
    relations = (Relation("spouse", "李四", ("resident_id", LI_ID)), Relation("guarantor", "王五", None))
    held = Holding("deposit", "62", amount="1.00")
    known = bank.one(bank.person("core", "1", relations=relations, holdings=(held,)))
    answer = bank.one(bank.query("teller", ecif_no=known.ecif_no, lists=True)).answer
    assert answer.holdings == (("core", held),)
    assert set(answer.relations) == {(relations[0], spouse.ecif_no), (relations[1], "")}
    assert bank.one(bank.query("teller", ecif_no=known.ecif_no)).answer.holdings is None


def test_a_death_that_its_system_may_not_decide_is_a_question_asked_once(bank):
    bank.one(bank.person("loan", "1", status="deceased"))
    assert bank.rows("select kind, rule, system from review_task") == [("deceased", "status", "loan")]
    assert "status" not in bank.golden("loan", "1")
    bank.one(bank.person("loan", "1", status="deceased", email="x@y.cn"))
    assert len(bank.rows("select kind from review_task")) == 1
    bank.one(bank.person("core", "1", status="deceased"))
    assert len(bank.rows("select kind from review_task")) == 1
    assert bank.golden("core", "1")["status"] == "deceased"


def test_trust_of_the_shared_rules_has_no_reserved_values():
    assert Rules.compiled(TRUST).reserved == {}
