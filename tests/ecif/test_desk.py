"""The steward's desk: queue, evidence, previews, each decision with its undoing, the second pair of eyes."""

import pytest

from ecif.decisions import Merge, Move, Pin, Withdraw
from ecif.four_eyes import FourEyesConf
from ecif.stewardship import Changed, NotPossible
from ecif.survivorship import Rules, SurvivorshipConf
from tests.ecif.bank import LI_ID, TRUST, ZHANG_ID, Bank
from tests.ecif.test_scoring import ANNA, MATCHING

BY = {"actor": "zhao", "reason": "looked at the papers"}
DOCUMENT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}


def by(bank, **more):
    return {**BY, "now": bank.now, **more}


def two(bank):
    first = bank.one(bank.person("core", "1", gender="male")).ecif_no
    second = bank.one(bank.person("ebank", "9", name="李四", email="li@example.com")).ecif_no
    return first, second


def asked(bank):
    """Two parties that share a document under different names: a question. Gives its number."""
    bank.one(bank.person("core", "1", **DOCUMENT))
    bank.one(bank.person("loan", "5", name="李四", **DOCUMENT))
    ((task,),) = bank.rows("select id from review_task where closed_at = 0")
    return task


def events(bank):
    return bank.rows("select ecif_no, version, cause, actor, reason from change_event order by ecif_no, seq")


def four_eyes(bank, *rules):
    bank.service.setting.rules.four_eyes = tuple(FourEyesConf.model_validate(rule) for rule in rules)


# ------------------------------------------------------------------------------------ the queue
def test_questions_come_oldest_first_page_by_page(bank):
    for number in range(3):
        bank.wait(1)
        document = {**DOCUMENT, "document": ("passport", f"E{number}234567", None)}
        document["named"] = {"document": "passport"}
        bank.one(bank.person("core", f"{number}", **document))
        bank.one(bank.person("loan", f"{number}", name="李四", **document))
    first = bank.service.reviews(limit=2)
    rest = bank.service.reviews(limit=2, cursor=first.next)
    opened = [one.opened_at for one in (*first.reviews, *rest.reviews)]
    assert (opened, len(set(opened)), first.count, rest.next) == (sorted(opened), 3, 3, "")
    assert bank.service.reviews(kind="standoff").reviews == ()
    one = first.reviews[0]
    assert {one.ecif_no, one.other} == set(one.asked_of)
    assert bank.service.reviews(ecif_no=one.other).reviews == (one,)
    with pytest.raises(NotPossible):
        bank.service.reviews(cursor="nonsense")


def test_a_question_is_claimed_by_one(bank):
    task = asked(bank)
    bank.service.claim(task, "zhao", now=bank.now)
    bank.service.claim(task, "zhao", now=bank.now)
    assert [one.assignee for one in bank.service.reviews(assignee="zhao").reviews] == ["zhao"]
    assert bank.service.reviews(assignee="").count == 0
    with pytest.raises(NotPossible, match="zhao works on it"):
        bank.service.claim(task, "qian", now=bank.now)
    bank.service.claim(task, "qian", now=bank.now, taken_from="zhao")
    bank.service.claim(task, "", now=bank.now, taken_from="qian")
    assert bank.service.reviews(assignee="").count == 1


def test_evidence_stands_side_by_side(bank):
    found = bank.service.evidence(asked(bank))
    rows = {row.attribute: row.verdict for row in found.rows}
    assert (rows["name"], rows["kind"], rows["document:resident_id"]) == ("different", "same", "same")
    assert (found.rule, found.against) == ("", ("name",))
    assert found.left.records == (("core", "1"),)
    assert found.right.records == (("loan", "5"),)


def test_what_one_side_lacks_is_missing_not_different(bank):
    first, second = two(bank)
    found = bank.service.compare(first, second)
    rows = {row.attribute: (row.left, row.right, row.verdict) for row in found.rows}
    assert rows["email"] == (None, "li@example.com", "missing")
    assert found.against == ()
    bank.service.no_match(first, second, **by(bank))
    assert bank.service.compare(first, second).against == ("declared different",)


def test_a_score_is_explained_weight_by_weight(tmp_path):
    bank = Bank(tmp_path, matching=MATCHING)
    same = {"name": ANNA["name"], "born": ANNA["born"], "gender": "female"}
    bank.one(bank.person("core", "1", **same, phone__mobile="15088094692"))
    bank.one(bank.person("ebank", "9", **same, phone__mobile="13838288929"))
    (review,) = bank.service.reviews(kind="score").reviews
    found = bank.service.evidence(review.id)
    weights = {one.comparison: one.weight for one in found.weights}
    assert review.score == round(found.score, 1) == round(sum(weights.values()), 1)
    assert weights["name"] > 0 > weights["prior"]
    assert {row.attribute: row.verdict for row in found.rows}["phone:mobile"] == "different"
    bank.store.close()


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


# ------------------------------------------------------------------------------------ guards
def test_a_decision_on_what_is_not_there_any_more_is_refused(bank):
    first, second = two(bank)
    seen = bank.service.preview_merge(first, second, now=bank.now).versions
    bank.one(bank.person("core", "1", name="张三丰", gender="male"))
    with pytest.raises(Changed, match=f"{first} has version 2, not 1"):
        bank.service.merge(first, second, **by(bank, expected=seen))
    bank.service.merge(first, second, **by(bank))
    with pytest.raises(Changed, match="was merged into"):
        bank.service.pin(second, "name", "x", **by(bank, expected={second: 1}))


def test_the_same_request_again_gets_the_same_answer(bank):
    first, second = two(bank)
    once = bank.service.merge(first, second, **by(bank, request="r1"))
    assert bank.service.merge(first, second, **by(bank, request="r1")).decision == once.decision
    with pytest.raises(NotPossible, match="another decision"):
        bank.service.split(second, **by(bank, request="r1"))
    assert len(bank.service.decisions().decisions) == 1


# ------------------------------------------------------------------------------------ previews
def test_a_preview_is_what_then_happens(bank):
    first, second = two(bank)
    bank.settle()
    before = events(bank)
    seen = bank.service.preview_merge(first, second, now=bank.now)
    assert events(bank) == before
    (party,) = seen.parties
    bank.service.merge(first, second, **by(bank, expected=seen.versions))
    looked = bank.look("core", "1")
    golden = looked.head.golden.values
    assert {one.attribute: one.value for one in party.values} == {name: s.value for name, s in golden.items()}
    assert party.members == tuple(sorted(looked.keys))
    done = {(push.system, push.customer_no): bank.values(push) for push in bank.settle()}
    assert {(told.system, told.customer_no) for told in seen.pushes} == done.keys()
    for told in seen.pushes:
        values = done[told.system, told.customer_no]
        assert {change.attribute: change.after for change in told.changes}.items() <= values.items()


def test_a_preview_tells_what_speaks_against_it(bank):
    bank.one(bank.person("core", "1", **DOCUMENT))
    other = {"document": ("resident_id", LI_ID, None), "named": {"document": "resident_id"}}
    bank.one(bank.person("loan", "5", **other))
    numbers = [bank.look("core", "1").head.ecif_no, bank.look("loan", "5").head.ecif_no]
    assert bank.service.preview_merge(*numbers, now=bank.now).against == ("documents",)
    bank.service.no_match(*numbers, **by(bank))
    against = bank.service.preview_merge(*numbers, now=bank.now).against
    assert against == ("declared different", "documents")


def test_a_withdrawal_is_previewed_with_what_is_cleared(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **by(bank))
    bank.settle()
    seen = bank.service.preview(Withdraw("ebank", "9"), now=bank.now)
    (party,) = seen.parties
    assert [(one.attribute, one.after) for one in party.changes if one.after is None] == [("email", None)]
    assert {told.system for told in seen.pushes} == {"ebank"}
    assert [one.others[0].step for one in party.values if one.attribute == "email"] == ["withdrawn"]


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


# ------------------------------------------------------------------------------------ undo
def test_a_merge_is_undone_with_all_that_came_since(bank):
    task = asked(bank)
    before = bank.look("core", "1").head.golden, bank.look("loan", "5").head.golden
    outcome = bank.service.link(task, **by(bank))
    bank.settle()
    bank.service.undo(outcome.decision, **by(bank))
    assert (bank.look("core", "1").head.golden, bank.look("loan", "5").head.golden) == before
    assert bank.rows("select count(*) from no_match") == [(0,)]
    assert bank.service.reviews().count == 1
    assert [one.state for one in bank.service.decisions().decisions] == ["taken", "undone"]
    with pytest.raises(NotPossible, match="undone"):
        bank.service.undo(outcome.decision, **by(bank))


def test_a_split_is_undone_at_the_same_joint(bank):
    first, second = two(bank)
    third = bank.one(bank.person("loan", "5", name="王五")).ecif_no
    bank.service.merge(second, third, **by(bank))
    bank.service.merge(first, second, **by(bank))
    outcome = bank.service.split(third, **by(bank))
    bank.service.undo(outcome.decision, **by(bank))
    bank.service.split(second, **by(bank))
    assert bank.look("loan", "5").head.ecif_no == second


def test_a_pin_is_undone_as_if_it_had_not_been(bank):
    first, _ = two(bank)
    bank.service.pin(first, "name", "张三丰", **by(bank))
    second = bank.service.pin(first, "name", "张大", **by(bank))
    bank.service.undo(second.decision, **by(bank))
    assert bank.golden("core", "1")["name"] == "张三丰"
    pins = bank.look("core", "1").head.pins["name"]
    assert [(pin.value, pin.actor) for pin in pins] == [("张三丰", "zhao")]


def test_only_the_last_decision_is_undone(bank):
    first, second = two(bank)
    merged = bank.service.merge(first, second, **by(bank))
    pinned = bank.service.pin(first, "risk", "R1", **by(bank))
    with pytest.raises(NotPossible, match=f"build on it: {pinned.decision}"):
        bank.service.undo(merged.decision, **by(bank))
    undone = bank.service.undo(pinned.decision, **by(bank))
    with pytest.raises(NotPossible, match="final"):
        bank.service.undo(undone.decision, **by(bank))
    bank.service.undo(merged.decision, **by(bank))


def test_withdrawn_and_undone(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **by(bank))
    before = bank.look("core", "1").head.golden
    outcome = bank.service.withdraw(("ebank", "9"), **by(bank))
    bank.service.undo(outcome.decision, **by(bank))
    assert bank.look("core", "1").head.golden == before


# ------------------------------------------------------------------------------------ the second pair of eyes
def test_a_decision_waits_for_a_second_person(bank):
    four_eyes(bank, {"decision": "merge"})
    first, second = two(bank)
    assert bank.service.preview_merge(first, second, now=bank.now).second == "merge"
    proposed = bank.service.merge(first, second, **by(bank))
    assert (proposed.state, proposed.why) == ("proposed", "merge")
    assert bank.look("ebank", "9").head.ecif_no == second
    assert bank.service.merge(first, second, **by(bank)).decision == proposed.decision
    with pytest.raises(NotPossible, match="second person"):
        bank.service.release(proposed.decision, actor="Zhao ", now=bank.now)
    released = bank.service.release(proposed.decision, actor="qian", reason="agreed", now=bank.now)
    assert (released.state, bank.look("ebank", "9").head.ecif_no) == ("taken", first)
    assert [event[3] for event in events(bank) if event[2] == "merge"] == ["zhao, qian"] * 2
    (one,) = bank.service.decisions(ecif_no=second).decisions
    assert (one.actor, one.second_actor, one.second_reason, one.decision) == (
        "zhao", "qian", "agreed", Merge(first, second),
    )  # fmt: skip
    with pytest.raises(NotPossible, match="is taken"):
        bank.service.release(proposed.decision, actor="qian", now=bank.now)
    bank.service.undo(released.decision, **by(bank))
    assert bank.look("ebank", "9").head.ecif_no == second


def test_a_release_looks_again(bank):
    four_eyes(bank, {"decision": "merge"})
    first, second = two(bank)
    proposed = bank.service.merge(first, second, **by(bank))
    bank.one(bank.person("ebank", "9", name="李四四", email="li@example.com"))
    with pytest.raises(Changed, match=second):
        bank.service.release(proposed.decision, actor="qian", now=bank.now)
    assert bank.service.decisions(state="proposed").decisions[0].id == proposed.decision
    bank.service.reject(proposed.decision, actor="qian", reason="another name", now=bank.now)
    assert bank.service.decisions(state="proposed").decisions == ()
    assert bank.service.merge(first, second, **by(bank)).decision != proposed.decision


def test_which_decisions_need_it_is_conf(bank):
    four_eyes(
        bank, {"decision": "pin", "attributes": ["document"]}, {"decision": "move", "when": "verified"}
    )
    first, second = two(bank)
    assert bank.service.pin(first, "name", "张大", **by(bank)).state == "taken"
    assert bank.service.pin(first, "document:passport", ("E1", None), **by(bank)).why == "pin (document)"
    assert bank.service.preview(Move("core", "1", second), now=bank.now).second == ""
    bank.one(bank.image("core", "1", kind="person", verified__resident_id=ZHANG_ID, **DOCUMENT))
    assert bank.service.preview(Move("core", "1", second), now=bank.now).second == "move (verified)"
    pinned = Pin(first, "document:passport", ("E1", None))
    assert bank.service.decisions(state="proposed").decisions[0].decision == pinned


def test_undoing_is_no_way_round_the_second_person(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **by(bank))
    split = bank.service.split(second, **by(bank))
    four_eyes(bank, {"decision": "merge"}, {"decision": "pin"})
    assert bank.service.undo(split.decision, **by(bank)).why == "merge"
    four_eyes(bank)
    bank.service.pin(first, "risk", "R1", **by(bank))
    unpinned = bank.service.unpin(first, "risk", **by(bank))
    four_eyes(bank, {"decision": "pin"})
    assert bank.service.undo(unpinned.decision, **by(bank)).why == "pin"
    four_eyes(bank, {"decision": "undo"})
    proposed = bank.service.undo(unpinned.decision, **by(bank))
    assert (proposed.state, "risk" in bank.golden("core", "1")) == ("proposed", False)
    bank.service.release(proposed.decision, actor="qian", now=bank.now)
    assert bank.golden("core", "1")["risk"] == "R1"


def test_conf_compiles_to_rules():
    conf = {**TRUST.model_dump(), "four_eyes": [{"decision": "withdraw"}]}
    rules = Rules.compiled(SurvivorshipConf.model_validate(conf))
    assert [str(rule) for rule in rules.four_eyes] == ["withdraw"]
