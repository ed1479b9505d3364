"""Who belongs to whom: found by document in any way of writing it, linked when that person appears."""

import pytest

from ecif import relations
from ecif.households import GENERIC, household
from ecif.model import Relation
from tests.ecif.bank import LI_ID, ZHANG_ID

SHORT_LI = LI_ID[:6] + LI_ID[8:17]
USCC = "91110105MA0TE5T40A"


def card(number, type="resident_id"):
    return {f"document__{type}": (number, None)}


def company(bank, customer_no, name, uscc, *kin):
    document = {"document__uscc": (uscc, None)}
    return bank.one(
        bank.image("ebank", customer_no, kind="organization", name=name, **document, relations=kin)
    ).ecif_no


def told(graph):
    return {(edge.source, edge.target, edge.type) for edge in graph.edges}


def test_a_relation_is_linked_when_the_other_appears(bank):
    kin = (Relation("spouse", "李四", ("resident_id", SHORT_LI)),)
    number = bank.one(bank.person("ebank", "1", relations=kin, **card(ZHANG_ID))).ecif_no
    graph = relations.graph(bank.store, number)
    (_, stranger) = graph.nodes
    assert (stranger.ecif_no, stranger.name, stranger.kind) == ("", "李四", "person")
    assert stranger.document == ("resident_id", SHORT_LI)
    spouse = bank.one(bank.person("ebank", "2", "李四", **card(LI_ID))).ecif_no
    graph = relations.graph(bank.store, number)
    assert [node.ecif_no for node in graph.nodes] == [number, spouse]
    (edge,) = graph.edges
    assert (edge.source, edge.target, edge.type) == (number, spouse, "spouse")
    assert edge.reported_by == (("ebank", "1"),)
    assert told(relations.graph(bank.store, spouse)) == told(graph)  # and from the other side


def test_another_name_or_no_document_links_nobody(bank):
    kin = (
        Relation("spouse", "王五", ("resident_id", LI_ID)),
        Relation("guarantor", "李四", None),
        Relation("emergency_contact", "", ("resident_id", "111111111111111")),
    )
    number = bank.one(bank.person("ebank", "1", relations=kin, **card(ZHANG_ID))).ecif_no
    bank.one(bank.person("ebank", "2", "李四", **card(LI_ID)))
    graph = relations.graph(bank.store, number)
    assert len(graph.nodes) == 4
    assert [node.ecif_no for node in graph.nodes[1:]] == ["", "", ""]


def test_a_relation_that_ended_is_gone(bank):
    kin = (Relation("spouse", "李四", ("resident_id", LI_ID)),)
    number = bank.one(bank.person("loan", "1", relations=kin)).ecif_no
    bank.wait(1)
    bank.one(bank.person("loan", "1", relations=()))
    assert relations.graph(bank.store, number).edges == ()


def test_relations_follow_merges_and_splits(bank):
    kin = (Relation("spouse", "李四", ("resident_id", LI_ID)),)
    number = bank.one(bank.person("loan", "1", relations=kin)).ecif_no
    other = bank.one(bank.person("core", "7", "张三丰")).ecif_no
    spouse = bank.one(bank.person("ebank", "2", "李四", **card(LI_ID))).ecif_no
    bank.service.merge(other, number, actor="a", reason="b", now=bank.now)
    assert told(relations.graph(bank.store, number)) == {(other, spouse, "spouse")}
    bank.service.split(number, actor="a", reason="b", now=bank.now)
    assert told(relations.graph(bank.store, number)) == {(number, spouse, "spouse")}
    assert told(relations.graph(bank.store, other)) == set()


def test_depth_and_size_are_bounded(bank):
    numbers = []
    for turn, name in enumerate("甲乙丙丁"):
        kin = (Relation("guarantor", "乙丙丁戊"[turn], ("passport", f"E{turn + 1}")),)
        numbers.append(
            bank.one(
                bank.person("ebank", str(turn), name, **card(f"E{turn}", "passport"), relations=kin)
            ).ecif_no
        )
    assert len(relations.graph(bank.store, numbers[0], 1).nodes) == 2
    assert len(relations.graph(bank.store, numbers[0], 2).nodes) == 3
    assert len(relations.graph(bank.store, numbers[1], 1).nodes) == 3  # he guarantees, and is guaranteed
    whole = relations.graph(bank.store, numbers[0], 9)
    assert (len(whole.nodes), whole.complete) == (5, True)
    cut = relations.graph(bank.store, numbers[0], 9, most=3)
    assert (len(cut.nodes), len(cut.edges), cut.complete) == (3, 2, False)
    assert relations.graph(bank.store, "100000000009") is None


def test_a_company_is_found_by_its_old_organization_code(bank):
    kin = (Relation("parent_company", "试验贸易", ("org_code", USCC[8:17])),)
    child = company(bank, "1", "试验分公司", "91350100M000100Y43", *kin)
    parent = company(bank, "2", "试验贸易", USCC)
    assert told(relations.graph(bank.store, child)) == {(child, parent, "parent_company")}


# ---------------------------------------------------------------- households


@pytest.fixture
def at_home(bank):
    def move_in(customer_no, name, phone="13900000001", line="北京市东城区试验路2号", **more):
        image = bank.person(
            "ebank", customer_no, name, phone__mobile=phone, address__home=(line, None), **more
        )
        return bank.one(image).ecif_no

    return move_in


def test_a_household_shares_address_and_phone(bank, at_home):
    one = at_home("1", "张三", born="19800101")
    two = at_home("2", "李四", born="19820101", line="北京市东城区 试验路２号")
    at_home("3", "王五", line="上海市试验路9号")
    at_home("4", "赵六", phone="13900000009")
    (mate,) = household(bank.store, one)
    assert (mate.ecif_no, mate.name, mate.phones) == (two, "李四", ("13900000001",))
    assert mate.addresses == ("北京市东城区试验路2号",)


def test_a_number_of_many_is_nobodys(bank, at_home):
    numbers = [at_home(str(turn), f"张{turn}") for turn in range(GENERIC + 1)]
    assert household(bank.store, numbers[0]) == ()
    only = [at_home(f"x{turn}", f"李{turn}", phone="13800138000") for turn in range(2)]
    assert household(bank.store, only[0]) == ()
    assert household(bank.store, "100000000009") == ()
