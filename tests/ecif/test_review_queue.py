"""Questions for stewards: page by page, claimed by one, with their evidence side by side."""

import pytest

from ecif.stewardship import NotPossible
from tests.ecif.bank import Bank
from tests.ecif.desk import DOCUMENT, asked, by, two
from tests.ecif.stewarding import PLACES
from tests.ecif.test_scoring import ANNA, MATCHING


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


def test_what_somebody_else_works_on_is_not_judged_beside_him(bank):
    task = asked(bank)
    bank.service.claim(task, "zhao", now=bank.now)
    by = {"reason": "the same passport", "now": bank.now}
    for decide in (bank.service.link, bank.service.separate):
        with pytest.raises(NotPossible, match="zhao works on it: claim it from him first"):
            decide(task, actor="qian", **by)
    assert bank.service.link(task, actor="zhao", **by).state == "taken"


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


def test_a_question_that_its_own_transaction_answers_is_not_asked(tmp_path):
    bank = Bank(tmp_path, matching=MATCHING)
    for place in PLACES[:2]:
        bank.one(bank.person(*place, name=f"客户{place[1]}"))
    hers = {"email": "c@example.com", "phone__mobile": "15088094692"}
    bank.one(bank.person("loan", "1", name="徐思琪", born="19771222", phone__mobile="15088094692"))
    bank.one(bank.person("ebank", "1", name="徐〓琪", born="19771221", gender="female", **hers))
    bank.one(bank.person("ebank", "2", name="徐思淇", **hers))
    assert bank.problems() == []
    bank.store.close()
