"""Beneficial owners through the layers: products along a chain, sums over chains, cycles that end."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecif.model import Relation
from ecif.ownership import beneficial_owners, chains_of

CODES = {"甲公司": "E1", "乙公司": "E2", "丙公司": "E3"}


def holder(name, share, passport=None):
    code = ("business_licence", CODES[name]) if name in CODES else ("passport", passport or f"P{name}")
    return Relation("shareholder", name, code, share)


@pytest.fixture
def found(bank):
    def company(name, *kin):
        document = {"document__business_licence": (CODES[name], None)}
        image = bank.image("ebank", CODES[name], kind="organization", name=name, **document, relations=kin)
        return bank.one(image).ecif_no

    return company


def percents(ownership):
    return {owner.node.name: owner.percent for owner in ownership.owners}


def test_shares_multiply_along_chains_and_add_up(bank, found):
    top = found("甲公司", holder("乙公司", "60"), holder("丙公司", "40"))
    found("乙公司", holder("张三", "50"), holder("李四", "50.00"))
    found("丙公司", holder("张三", "10"), holder("王五", "90"))
    ownership = beneficial_owners(bank.store, top)
    assert percents(ownership) == {"王五": 36, "张三": 34, "李四": 30}
    assert ownership.complete
    zhang = next(owner for owner in ownership.owners if owner.node.name == "张三")
    assert sorted(chain.percent for chain in zhang.chains) == [4, 30]
    assert percents(beneficial_owners(bank.store, top, Decimal("30.01"))) == {"王五": 36, "张三": 34}


def test_exactly_the_threshold_counts(bank, found):
    top = found("甲公司", holder("张三", "25"), holder("李四", "24.99"), holder("王五", "50.01"))
    assert percents(beneficial_owners(bank.store, top)) == {"王五": Decimal("50.01"), "张三": 25}


def test_cycles_end(bank, found):
    top = found("甲公司", holder("乙公司", "50"), holder("张三", "50"))
    found("乙公司", holder("甲公司", "60"), holder("李四", "40"))
    ownership = beneficial_owners(bank.store, top, Decimal(20))
    assert percents(ownership) == {"张三": 50, "李四": 20}
    assert ownership.complete


def test_what_is_not_known_is_told(bank, found):
    legal = Relation("legal_representative", "赵六", ("passport", "P6"))
    declared = Relation("beneficial_owner", "钱七", ("passport", "P7"))
    top = found("甲公司", holder("乙公司", "70"), holder("张三", None), legal, declared)
    ownership = beneficial_owners(bank.store, top)
    assert not ownership.complete
    assert [owner.node.name for owner in ownership.open_ends] == ["乙公司"]
    assert [node.name for node in ownership.representatives] == ["赵六"]
    (owner,) = ownership.owners
    assert (owner.node.name, owner.percent, owner.declared) == ("钱七", 0, True)
    assert beneficial_owners(bank.store, "100000000009") is None


NODES = st.sampled_from("abcdef")


@given(st.dictionaries(NODES, st.dictionaries(NODES, st.integers(0, 100).map(Decimal), max_size=4)))
def test_nobody_owns_more_than_there_is(shares):
    """Companies whose shares add up to at most 100 %: those at the end own at most all of it."""
    whole = {}
    for company, held_by in shares.items():
        too_much = max(Decimal(1), sum(held_by.values()) / 100)
        whole[company] = {owner: held / too_much for owner, held in held_by.items()}
    chains, followed = chains_of("a", whole)
    assert followed
    last = {owner: found for owner, found in chains.items() if owner not in whole}
    assert sum(chain.percent for found in last.values() for chain in found) <= Decimal("100.000001")
    assert all(len(set(chain.through)) == len(chain.through) for found in chains.values() for chain in found)
