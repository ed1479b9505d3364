"""Scores in the running hub: whom it finds, whom it asks about, and what it must never do."""

import pytest

from tests.databases import EVERY
from tests.ecif.bank import Bank
from tests.ecif.test_scoring import ANNA, ELSEWHERE, MATCHING

OTHER_MOBILE = {"phone__mobile": "13838288929"}


@pytest.fixture(params=EVERY)
def bank(tmp_path, request):
    bank = Bank(tmp_path, database=request.param, matching=MATCHING)
    yield bank
    problems = bank.problems()
    bank.store.close()
    assert problems == []


def anna(bank, system, no, without=(), **changed):
    values = {name: value for name, value in {**ANNA, **changed}.items() if name not in without}
    return bank.person(system, no, **values)


def heads(bank):
    rows = bank.rows("select system, customer_no, head from source_record")
    return {(system, no): head for system, no, head in rows}


def one_party(bank):
    return len(set(heads(bank).values())) == 1


def test_a_new_record_joins_whom_it_is_likely_to_be(bank):
    assert bank.one(anna(bank, "core", "1")).code == "0000"
    reply = bank.one(anna(bank, "ebank", "2", **OTHER_MOBILE))
    assert (reply.code, one_party(bank)) == ("0000", True)


def test_within_one_batch_too(bank):
    bank.take(anna(bank, "core", "1"), anna(bank, "ebank", "2", **OTHER_MOBILE))
    assert one_party(bank)


def test_where_it_is_not_sure_a_steward_is_asked_once_with_both_numbers(bank):
    bank.one(anna(bank, "core", "1"))
    assert bank.one(anna(bank, "ebank", "2", without=("email",), **ELSEWHERE)).code == "0002"
    ((kind, rule, one, other),) = bank.rows("select kind, rule, ecif_no, other from review_task")
    assert kind == "score"
    assert rule.startswith("best ")
    assert " backing " in rule
    assert {one, other} == set(heads(bank).values())
    risk = anna(bank, "ebank", "2", without=("email",), risk="R1", **ELSEWHERE)
    assert bank.one(risk).code == "0000"
    assert len(bank.rows("select id from review_task")) == 1


def test_who_becomes_likely_is_merged_and_the_question_closed(bank):
    bank.one(anna(bank, "core", "1"))
    bank.one(anna(bank, "ebank", "2", without=("email",), **ELSEWHERE))
    bank.wait(60)
    bank.one(anna(bank, "ebank", "2", **OTHER_MOBILE))  # she moved in, and gave her address of mail
    assert one_party(bank)
    assert bank.rows("select id from review_task where closed_at = 0") == []


def test_a_split_is_never_undone_by_a_score(bank):
    first = bank.one(anna(bank, "core", "1")).ecif_no
    bank.one(anna(bank, "ebank", "2", without=("email",), **ELSEWHERE))
    bank.wait(60)
    second = next(number for number in heads(bank).values() if number != first)
    bank.service.merge(first, second, actor="s", reason="the same", now=bank.now)
    bank.service.split(second, actor="s", reason="not the same", now=bank.now)
    bank.wait(60)
    bank.one(anna(bank, "ebank", "2", **OTHER_MOBILE))
    bank.one(anna(bank, "core", "1", email="new@example.com"))
    assert len(set(heads(bank).values())) == 2
    # A third record, as like to one as to the other, does not tie them either.
    bank.one(anna(bank, "loan", "3", without=("phone__mobile",)))
    found = heads(bank)
    assert found["core", "1"] != found["ebank", "2"]


def test_what_was_said_before_is_not_judged_again(bank, monkeypatch):
    judged = []
    judge = type(MATCHING).judge
    monkeypatch.setattr(type(MATCHING), "judge", lambda *a, **k: judged.append(1) or judge(*a, **k))
    bank.take(anna(bank, "core", "1"), anna(bank, "ebank", "2", **OTHER_MOBILE))
    assert judged
    judged.clear()
    bank.wait(60)
    bank.one(anna(bank, "core", "1", risk="R3"))
    bank.one(anna(bank, "ebank", "2", **OTHER_MOBILE))
    assert judged == []


def test_a_key_that_a_crowd_shares_finds_nobody_and_costs_one_row(bank):
    mobile, names = "15088094692", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平"
    crowd = [
        bank.person("core", f"{n}", name=f"王{name}", born=f"19{50 + n}0101", phone__mobile=mobile)
        for n, name in enumerate(names)
    ]
    bank.take(*crowd[:10])
    bank.take(*crowd[10:])
    rows = bank.rows("select match_key, count(*) from match_key group by match_key order by 2 desc")
    assert bank.rows("select count(*) from match_key where ecif_no = '*'") == [(1,)]
    assert max(count for _, count in rows) <= 16
    assert len(set(heads(bank).values())) == len(names)
    bank.one(bank.person("ebank", "x", name="李李", born="19880101", phone__mobile=mobile))
    bank.one(anna(bank, "ebank", "2"))
    bank.one(anna(bank, "loan", "3", email="other@example.com"))
    assert heads(bank)["ebank", "2"] == heads(bank)["loan", "3"]
