"""FAULTS D7: what stands in a row cannot be read. Who is concerned is set aside; all others go on."""

import msgspec
import pytest

from tests.databases import POSTGRESQL
from tests.ecif.bank import Bank


@pytest.fixture(params=["sqlite", POSTGRESQL])
def bank(tmp_path, request):
    bank = Bank(tmp_path, database=request.param)
    yield bank
    bank.store.close()


def damage(bank, statement):
    with bank.store.changing() as connection:
        connection.exec_driver_sql(statement)
    bank.reopen()  # or what it has just read would be remembered


DAMAGES = {
    "record": "UPDATE source_record SET contributions = '[{]' WHERE customer_no = 'L1'",
    "party": "UPDATE party SET detail = '[{}, 1]' WHERE ecif_no IN"
    " (SELECT party FROM source_record WHERE customer_no = 'L1')",
}


@pytest.mark.fault("D7", "a record or party cannot be read: its message fails alone, pushes of others leave")
@pytest.mark.parametrize("what", DAMAGES)
def test_one_damaged_row(bank, what):
    for n in (1, 2, 3):
        bank.take(bank.person("loan", f"L{n}", f"张{n}", phone__mobile=f"1390000000{n}"))
    bank.settle()
    numbers = {n: bank.look("loan", f"L{n}").head.ecif_no for n in (1, 2, 3)}
    other = bank.one(bank.person("core", "C1", "李四")).ecif_no
    bank.service.merge(numbers[1], other, actor="wang", reason="x", now=bank.now)  # L1 has something due
    damage(bank, DAMAGES[what])
    assert {push.customer_no for push in bank.due("loan")} <= {"L2", "L3"}
    bank.service.take_in([bank.person("loan", "L2", "张二")], bank.now, {"loan": 10, "core": 10})
    assert bank.service.counts["unreadable_rows"] >= 1
    with pytest.raises(msgspec.DecodeError):
        bank.one(bank.person("loan", "L1", "张一一"))
    assert bank.one(bank.person("loan", "L3", "张三三")).code == "0000"
    assert ("unreadable", numbers[1]) in {(it["kind"], it["ecif_no"]) for it in bank.problems()}
    assert {it["kind"] for it in bank.problems()} <= {"unreadable", "match_key", "chain"}
