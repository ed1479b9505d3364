"""Staff correct a customer: a contribution like any, which survives, is delivered and can be withdrawn."""

import pytest

from ecif.corrections import NotCorrect, correction, read
from ecif.stewardship import Changed
from tests.ecif.bank import LI_ID, ZHANG_ID


def correct(bank, ecif_no, id="c1", expected=None, reason="he called", **values):
    values = {name.replace("__", ":"): value for name, value in values.items()}
    command = correction(ecif_no, values, actor="W. Wang", reason=reason, id=id, now=bank.now)
    return bank.service.correct(command, bank.now, expected=expected)


@pytest.fixture
def zhang(bank):
    number = bank.one(bank.person("core", "C1", phone__mobile="13912345678", email="z@a.cn")).ecif_no
    bank.take(bank.person("ebank", "E1", phone__mobile="13912345678"))
    bank.service.merge(number, bank.look("ebank", "E1").head.ecif_no, actor="t", reason="t", now=bank.now)
    bank.settle()
    bank.wait(10)
    return number


def test_it_is_pushed_to_every_system(bank, zhang):
    reply = correct(bank, zhang, phone__mobile="13800001111")
    assert (reply.code, reply.ecif_no) == ("0000", zhang)
    assert bank.golden("core", "C1")["phone:mobile"] == "13800001111"
    pushed = {push.system: bank.values(push) for push in bank.settle()}
    assert {name: values["phone:mobile"] for name, values in pushed.items()} == {
        "core": "13800001111", "ebank": "13800001111",
    }  # fmt: skip
    assert bank.settle() == []
    events = bank.rows("SELECT cause, actor, reason FROM change_event ORDER BY stored_at, seq")
    assert ("correction", "W. Wang", "he called") in events
    ((state, direction),) = bank.rows("SELECT state, direction FROM message WHERE system = 'ocrm'")
    assert (state, direction) == ("applied", "in")


def test_the_same_request_again_gets_the_same_reply(bank, zhang):
    first = correct(bank, zhang, email="new@a.cn")
    bank.wait(1)
    assert correct(bank, zhang, expected=1, email="new@a.cn") == first


def test_other_content_under_the_same_id_is_refused(bank, zhang):
    correct(bank, zhang, email="new@a.cn")
    assert correct(bank, zhang, email="other@a.cn").code == "1004"


def test_said_twice_it_counts_from_the_second_time(bank, zhang):
    """A system that says the same again repeats; a member of staff decides again."""
    correct(bank, zhang, phone__mobile="13800001111")
    bank.settle()
    bank.wait(60)
    bank.take(bank.person("ebank", "E1", phone__mobile="13700002222"))
    bank.settle()
    assert bank.golden("core", "C1")["phone:mobile"] == "13700002222"
    bank.wait(60)
    correct(bank, zhang, id="c2", phone__mobile="13800001111")
    assert bank.golden("core", "C1")["phone:mobile"] == "13800001111"


def test_withdrawn_the_systems_speak_again(bank, zhang):
    correct(bank, zhang, phone__mobile="13800001111")
    bank.settle()
    bank.wait(1)
    correct(bank, zhang, id="c2", phone__mobile=None)
    assert bank.golden("core", "C1")["phone:mobile"] == "13912345678"


def test_by_a_number_that_was_merged(bank, zhang):
    other = bank.one(bank.person("loan", "L1", name="李四")).ecif_no
    bank.service.merge(zhang, other, actor="t", reason="t", now=bank.now)
    assert correct(bank, other, risk="R5").ecif_no == zhang
    assert correct(bank, "100000099999", id="c2", risk="R5").code == "2001"


def test_a_corrected_document_can_tie_two_customers(bank, zhang):
    bank.take(bank.person("loan", "L1", document=("resident_id", ZHANG_ID, None)))
    before = bank.look("loan", "L1").head.ecif_no
    assert before != zhang
    correct(bank, zhang, document__resident_id=(ZHANG_ID, None))
    assert bank.look("loan", "L1").head.ecif_no == zhang


def test_only_what_was_looked_at_is_changed(bank, zhang):
    version = bank.look("core", "C1").head.version
    bank.take(bank.person("core", "C1", phone__mobile="13700002222"))
    with pytest.raises(Changed):
        correct(bank, zhang, expected=version, email="new@a.cn")
    assert correct(bank, zhang, expected=version + 1, email="new@a.cn").code == "0000"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nonsense": "x"}, "nonsense: there is no such attribute"),
        ({"phone:fax": "1"}, "phone:fax: there is no such attribute"),
        ({"kind": "organization"}, "kind"),
        ({"document:resident_id": (LI_ID[:-1] + "0", None)}, "document:resident_id: check digit"),
        ({"document:resident_id": LI_ID}, "document:resident_id: two parts"),
        ({"document:resident_id": ("", None)}, "document:resident_id: two parts"),
        ({"name": ("a", "b")}, "name: a text"),
        ({"name": " "}, "name: blank"),
        ({"born": "19990231"}, "born: check digit, date"),
        ({"phone:mobile": "00000000000"}, "phone:mobile"),
    ],
)
def test_what_cannot_be_right_is_refused(values, said):
    with pytest.raises(NotCorrect, match=said):
        correction("100000000001", values, actor="a", reason="r", id="i", now=1)


def test_read_again_from_the_journal():
    said = correction("100000000001", {"name": "张三", "email": None}, actor="a", reason="r", id="i", now=1)
    assert read(said.envelope.raw, 1, "i") == said
