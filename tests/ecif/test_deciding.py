"""Each decision: what it does to parties, records and questions, and what it refuses."""

import pytest

from ecif.stewardship import NotPossible
from tests.ecif.bank import ZHANG_ID
from tests.ecif.desk import BY, DOCUMENT, asked, by, events, two


# ------------------------------------------------------------------------------------ answers
def test_yes_merges_and_answers(bank):
    task = asked(bank)
    outcome = bank.service.link(task, **by(bank))
    review = bank.service.review(task)
    assert (outcome.state, bank.look("loan", "5").head.ecif_no) == ("taken", outcome.ecif_no)
    assert (review.closed_at, review.answer.kind, review.answer.actor) == (bank.now, "merge", "zhao")
    assert review.ecif_no == review.other == outcome.ecif_no


def test_no_keeps_them_apart_for_good(bank):
    task = asked(bank)
    bank.service.separate(task, **by(bank))
    assert bank.service.reviews().count == 0
    bank.wait(60)
    bank.one(bank.person("loan", "5", name="张三", **DOCUMENT))
    assert bank.look("loan", "5").head.ecif_no != bank.look("core", "1").head.ecif_no


def test_a_dismissed_question_changes_nothing(bank):
    task = asked(bank)
    outcome = bank.service.dismiss(task, **by(bank))
    assert bank.service.reviews().count == 0
    assert [event[2:] for event in events(bank) if event[2] == "dismiss"] == [
        ("dismiss", "zhao", BY["reason"])
    ] * 2
    with pytest.raises(NotPossible):
        bank.service.dismiss(task, **by(bank))
    bank.service.undo(outcome.decision, **by(bank))
    assert bank.service.reviews().count == 1


def test_whoever_decides_is_named_and_everybody_exists(bank):
    first, _ = two(bank)
    with pytest.raises(NotPossible, match="named"):
        bank.service.pin(first, "name", "x", actor=" ", reason="", now=bank.now)
    with pytest.raises(NotPossible, match="no such ECIF number"):
        bank.service.merge(first, "1", **by(bank))
    with pytest.raises(NotPossible, match="no such source record"):
        bank.service.withdraw(("core", "77"), **by(bank))
    with pytest.raises(NotPossible, match="no such decision"):
        bank.service.undo(77, **by(bank))
    with pytest.raises(NotPossible, match="no such review task"):
        bank.service.link(77, **by(bank))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("name", ""), ("name", ("a", "b")), ("nmae", "x"), ("document", ("E1", None)),
     ("phone:mobile", ("1", None)), ("document:passport", "E1"),
     ("address:home", (None, "100000")), ("verified:passport", "E1")],
)  # fmt: skip
def test_only_values_that_can_be_golden_are_pinned(bank, attribute, value):
    first, _ = two(bank)
    with pytest.raises(NotPossible):
        bank.service.pin(first, attribute, value, **by(bank))


# ------------------------------------------------------------------------------------ withdraw and restore
def test_a_withdrawn_record_counts_for_nothing_until_restored(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **by(bank))
    bank.settle()
    before = bank.golden("core", "1")
    bank.service.withdraw(("ebank", "9"), **by(bank))
    assert "email" not in bank.golden("core", "1")
    (push,) = bank.settle()
    assert (push.system, bank.values(push)["email"]) == ("ebank", None)
    bank.wait(60)
    bank.one(bank.person("ebank", "9", name="李四", email="new@example.com"))
    assert "email" not in bank.golden("core", "1")
    bank.service.restore(("ebank", "9"), **by(bank))
    assert bank.golden("core", "1") == {**before, "email": "new@example.com"}


def test_somebody_must_be_left_to_speak(bank):
    first, second = two(bank)
    with pytest.raises(NotPossible, match="nothing would be left"):
        bank.service.withdraw(("core", "1"), **by(bank))
    bank.service.merge(first, second, **by(bank))
    bank.service.withdraw(("ebank", "9"), **by(bank))
    with pytest.raises(NotPossible, match="nothing would be left"):
        bank.service.withdraw(("core", "1"), **by(bank))
    with pytest.raises(NotPossible, match="withdrawn already"):
        bank.service.withdraw(("ebank", "9"), **by(bank))
    bank.service.move(("core", "1"), **by(bank))  # nobody else is left: it speaks again
    assert bank.golden("ebank", "9")["name"] == "李四"


def test_a_withdrawn_record_is_no_evidence(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **by(bank))
    bank.one(bank.person("core", "1", **DOCUMENT))
    bank.service.withdraw(("core", "1"), **by(bank))
    assert bank.one(bank.person("loan", "5", **DOCUMENT)).ecif_no not in (first, second)
    bank.service.restore(("core", "1"), **by(bank))  # it looks again whom it may be
    assert bank.look("loan", "5").head.ecif_no == bank.look("core", "1").head.ecif_no == first


# ------------------------------------------------------------------------------------ apart
def test_a_record_moves_out_to_a_party_of_its_own(bank):
    first = bank.one(bank.person("core", "1", **DOCUMENT)).ecif_no
    assert bank.one(bank.person("loan", "5", **DOCUMENT)).ecif_no == first
    outcome = bank.service.move(("loan", "5"), **by(bank))
    assert bank.look("loan", "5").head.ecif_no == outcome.ecif_no != first
    bank.wait(60)
    assert bank.one(bank.person("loan", "5", gender="male", **DOCUMENT)).ecif_no == outcome.ecif_no
    bank.service.undo(outcome.decision, **by(bank))
    assert bank.look("loan", "5").head.ecif_no == first


def test_a_record_is_declared_not_to_be_of_a_party(bank):
    first = bank.one(bank.person("core", "1", **DOCUMENT)).ecif_no
    second = bank.one(bank.person("loan", "5")).ecif_no
    outcome = bank.service.record_no_match(("loan", "5"), first, **by(bank))
    bank.one(bank.person("loan", "5", gender="male", **DOCUMENT))
    assert bank.look("loan", "5").head.ecif_no == second
    bank.service.undo(outcome.decision, **by(bank))
    bank.wait(60)
    bank.one(bank.person("loan", "5", name="张三三", **DOCUMENT))
    bank.one(bank.person("loan", "5", name="张三", **DOCUMENT))
    assert bank.look("loan", "5").head.ecif_no == first


def test_what_was_declared_of_a_record_follows_its_new_number(bank):
    first = bank.one(bank.person("core", "1", **DOCUMENT)).ecif_no
    second = bank.one(bank.person("loan", "5")).ecif_no
    bank.service.record_no_match(("loan", "5"), first, **by(bank))
    bank.one(bank.replaced("loan", "5", "6", 9))
    bank.one(bank.person("loan", "6", seq=10, gender="male", **DOCUMENT))
    assert bank.look("loan", "6").head.ecif_no == second
    assert bank.rows("select system, customer_no, ecif_no from record_no_match") == [("loan", "6", first)]


def test_what_was_declared_can_be_taken_back_and_the_rules_look_again(bank):
    first, second = two(bank)
    outcome = bank.service.no_match(first, second, **by(bank))
    for system, number in (("core", "1"), ("ebank", "9")):
        values = DOCUMENT if system == "core" else {"document__resident_id": (ZHANG_ID, None)}
        bank.one(bank.person(system, number, **values))
    assert bank.look("ebank", "9").head.ecif_no == second
    bank.service.rematch(first, second, **by(bank))
    assert bank.look("ebank", "9").head.ecif_no == first
    with pytest.raises(NotPossible):
        bank.service.undo(outcome.decision, **by(bank))
