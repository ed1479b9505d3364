"""Every kind of wrong row is found; a sound store has no problems."""

import sqlite3

import pytest

from ecif.verify import verify
from tests.ecif.bank import ZHANG_ID, Bank

DOCUMENT = {"document__resident_id": (ZHANG_ID, None)}
SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}


@pytest.fixture
def bank(tmp_path):
    bank = Bank(tmp_path)
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    bank.one(bank.person("loan", "5", name="李四"))
    yield bank
    bank.store.close()


def test_a_sound_store_has_no_problems(bank):
    setting = bank.service.setting
    report = verify(bank.store, setting.rules, bank.dialects, setting.matching)
    assert report.as_dict() == {"parties": 2, "source_records": 3, "messages": 3, "problems": []}


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("update party set detail = replace(detail, 'R2', 'R3')", "golden"),
        ("update party set version = 7 where ecif_no = (select max(ecif_no) from party)", "version"),
        (
            "update party set merged_into = 'gone' where ecif_no = (select max(ecif_no) from party)",
            "redirect",
        ),
        ("update party set head = '1' where ecif_no = (select max(ecif_no) from party)", "redirect"),
        ("delete from sync_state where system = 'core'", "record"),
        ("update source_record set head = 'x' where system = 'core'", "record"),
        ("update sync_state set next_attempt = null", "due"),
        ("update sync_state set next_attempt = 1 where system = 'ebank'", "due"),
        ("update party_name set name = 'x'", "fact"),
        ("delete from party_document", "fact"),
        ("delete from match_key", "match_key"),
        (
            "insert into review_task (id, subject, kind, ecif_no, other, opened_at, closed_at) "
            "select 9, 'x', 'same_party', ecif_no, ecif_no, 1, 0 from party limit 1",
            "review",
        ),
        ("insert into match_key values ('document:x', '1')", "match_key"),
    ],
)
def test_damage_is_found(bank, damage, kind):
    file = bank.url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        connection.execute(damage)
    connection.close()
    problems = bank.problems()
    assert kind in {problem["kind"] for problem in problems}
    told = " ".join(problem["detail"] for problem in problems)
    assert not any(secret in told for secret in ("张三", "李四", ZHANG_ID))


def test_falling_versions_are_found(bank):
    bank.settle()
    with sqlite3.connect(bank.url.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "insert into message (id, system, direction, message_id, occurrence, state, version, customer_no,"
            " stored_at) values (99999, 'core', 'out', 'late', 0, 'sent', 1, '1', 9000000000000000)"
        )
    connection.close()
    assert [problem["kind"] for problem in bank.problems()] == ["pushed"]


def test_a_push_nobody_repeats_is_found(bank):
    bank.due("core")
    with sqlite3.connect(bank.url.removeprefix("sqlite:///")) as connection:
        connection.execute("update sync_state set next_attempt = null")
    connection.close()
    assert [problem["kind"] for problem in bank.problems()] == ["due"]
