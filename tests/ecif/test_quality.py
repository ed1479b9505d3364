"""What is missing, wrong, differing or twice is counted per system and attribute; and never shown."""

import pytest

from ecif.quality import CHECK_DIGIT, DATE, PLACEHOLDER, as_dict, fault, quality
from tests.ecif.bank import ZHANG_ID


@pytest.mark.parametrize(
    ("attribute", "value", "rule"),
    [
        ("document:resident_id", (ZHANG_ID, "20300101"), ""),
        ("document:resident_id", (ZHANG_ID[:-1] + "1", None), CHECK_DIGIT),
        ("document:resident_id", (ZHANG_ID, "20301301"), DATE),
        ("document:passport", ("999999999", None), PLACEHOLDER),
        ("born", "19900230", DATE),
        ("born", "19000101", PLACEHOLDER),
        ("phone:mobile", "13800138000", PLACEHOLDER),
        ("phone:mobile", "13900000001", ""),
        ("name", "无", PLACEHOLDER),
        ("address:home", ("无", None), PLACEHOLDER),
        ("risk", "R2", ""),
    ],
)
def test_rules(attribute, value, rule):
    assert fault(attribute, value) == rule


def test_every_count(bank):
    slot = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
    card = {"document__resident_id": (ZHANG_ID, None)}
    bank.one(bank.person("core", "1", "张三", risk="R1", **slot))
    bank.one(bank.person("ebank", "9", "张三", email="a@x", risk="R2", **card))
    bank.one(bank.person("ebank", "10", "张三", phone__mobile="13800138000", **card))
    bank.one(bank.person("ebank", "11", "李四", document__passport=("E1", "20301301")))
    found = quality(bank.store, bank.dialects)
    assert (found.parties, found.source_records, list(found.systems)) == (2, 4, ["core", "ebank"])
    core, ebank = found.systems["core"], found.systems["ebank"]
    assert (core.records, core.customers, core.duplicates) == (1, 1, 0)
    assert (ebank.records, ebank.customers, ebank.duplicates) == (3, 2, 1)
    counted = ebank.attributes
    assert (counted["email"].records, counted["email"].filled) == (3, 1)
    assert (counted["risk"].compared, counted["risk"].differing) == (1, 1)
    assert counted["phone:mobile"].faults == {PLACEHOLDER: 1}
    assert counted["document:passport"].faults == {DATE: 1}
    assert (core.attributes["document"].compared, core.attributes["document"].differing) == (1, 0)
    assert core.attributes["address"].filled == 0
    told = as_dict(found)["systems"]["ebank"]["attributes"]
    assert told["risk"]["completeness"] == pytest.approx(1 / 3, abs=1e-6)
    assert told["risk"]["agreement"] == 0.0
    assert told["gender"]["validity"] is None
    text = repr(told)
    assert not any(secret in text for secret in ("张三", "李四", ZHANG_ID, "13800138000", "a@x", "E1'"))
    assert list(quality(bank.store, bank.dialects, "core").systems) == ["core"]


def test_a_field_for_companies_is_not_missed_in_people(bank):
    bank.dialects["ebank"].only = {"industry": "organization"}
    bank.dialects["ebank"].carries += ("industry",)
    bank.one(bank.person("ebank", "1"))
    bank.one(bank.image("ebank", "2", kind="organization", name="试验公司", industry="5190"))
    counted = quality(bank.store, bank.dialects).systems["ebank"].attributes["industry"]
    assert (counted.records, counted.filled) == (1, 1)


def test_what_settled_agrees(bank):
    bank.one(bank.person("core", "1", "张三", risk="R1"))
    bank.one(bank.person("loan", "5", "李四丰"))
    bank.service.merge("100000000001", "100000000002", actor="a", reason="b", now=bank.now)
    before = quality(bank.store, bank.dialects).systems["loan"].attributes["name"]
    bank.settle()
    after = quality(bank.store, bank.dialects).systems["loan"].attributes["name"]
    assert (before.differing, after.differing) == (1, 0)


def test_progress(bank, monkeypatch):
    monkeypatch.setattr("ecif.quality.TOLD_EVERY", 2)
    for number in range(5):
        bank.one(bank.person("ebank", str(number), f"张{number}", document__passport=(f"E{number}", None)))
    heard = []
    quality(bank.store, bank.dialects, progress=heard.append)
    assert heard == [2, 4]
