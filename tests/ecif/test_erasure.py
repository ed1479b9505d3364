"""A customer's data is erased: nothing of it is left in any table, and all that can be proven still is."""

import pytest

from ecif.legal_hold import place
from ecif.model import Holding, Relation
from ecif.stewardship import Changed, NotPossible
from ecif.store import privacy
from tests.ecif.bank import LI_ID, ZHANG_ID

WORDS = ("张三", "13912345678", ZHANG_ID, "E7654321", "李四", LI_ID, "622200000008123", "张大山")


@pytest.fixture
def zhang(bank):
    """With a past: two systems, a merge, a correction of a name, a pin, pushes."""
    closed = (Holding("deposit", "622200000008123", "savings", "CNY", "0.00", "20200101", "closed"),)
    spouse = (Relation("spouse", "李四", ("resident_id", LI_ID)),)
    said = {"document": ("resident_id", ZHANG_ID, None), "phone__mobile": "13912345678"}
    number = bank.one(
        bank.person("core", "C1", **said, holdings=closed, relations=spouse, content="张三 13912345678")
    ).ecif_no
    other = bank.one(bank.person("ebank", "E1", name="张大山", document__passport=("E7654321", None))).ecif_no
    bank.service.merge(number, other, actor="t", reason="one person", now=bank.now)
    bank.settle()
    bank.wait(10)
    bank.service.pin(number, "name", "张三", actor="t", reason="seen", now=bank.now)
    bank.take(bank.person("core", "C1", name="张三三", **said, holdings=closed, relations=spouse))
    bank.settle()
    return number


def left(bank):
    """Every word of the customer's that any column of any table still holds."""
    found = set()
    with bank.store.reading() as connection:
        from ecif.store.schema import metadata

        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                texts = (v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in row)
                text = " ".join(texts)
                found |= {(table.name, word) for word in WORDS if word in text}
    return found


def test_nothing_is_left_and_everything_is_proven(bank, zhang):
    assert {table for table, _ in left(bank)} >= {"party", "source_record", "change_event", "message_body"}
    numbers = bank.service.erase(zhang, actor="dpo", reason="asked by the person", now=bank.now)
    assert left(bank) == set()
    assert len(numbers) == 2
    assert bank.problems() == []
    assert bank.rows("SELECT COUNT(*) FROM source_record") == [(0,)]
    causes = bank.rows("SELECT cause, actor FROM change_event")
    assert set(causes) == {("erasure", "dpo")}
    assert bank.due("core") == bank.due("ebank") == []


def test_nor_why_it_was_restricted(bank, zhang):
    with bank.store.changing() as connection:
        privacy.restrict(connection, zhang, "dpo", "张三 contests it", bank.now)
    bank.service.erase(zhang, actor="dpo", reason="asked by the person", now=bank.now)
    assert left(bank) == set()


def test_done_again_it_finds_nothing(bank, zhang):
    bank.service.erase(zhang, actor="dpo", reason="asked by the person", now=bank.now)
    bank.wait(1)
    bank.service.erase(zhang, actor="dpo", reason="asked by the person", now=bank.now)
    assert bank.problems() == []


def test_a_system_that_sends_it_again_makes_a_new_customer(bank, zhang):
    bank.service.erase(zhang, actor="dpo", reason="asked by the person", now=bank.now)
    bank.wait(1)
    again = bank.one(bank.person("core", "C1", document=("resident_id", ZHANG_ID, None))).ecif_no
    assert again != zhang
    assert bank.problems() == []


def test_not_while_there_is_an_account(bank):
    account = (Holding("deposit", "1", "savings", "CNY", "1.00", "20200101", "active"),)
    number = bank.one(bank.person("core", "C1", holdings=account)).ecif_no
    with pytest.raises(NotPossible, match="core still has an account"):
        bank.service.erase(number, actor="dpo", reason="asked", now=bank.now)


def test_not_under_legal_hold(bank, zhang):
    place(bank.store, zhang, actor="court", reason="case 12", now=bank.now)
    with pytest.raises(NotPossible, match="legal hold"):
        bank.service.erase(zhang, actor="dpo", reason="asked", now=bank.now)


def test_only_what_was_looked_at(bank, zhang):
    with pytest.raises(Changed):
        bank.service.erase(zhang, actor="dpo", reason="asked", now=bank.now, expected=1)
