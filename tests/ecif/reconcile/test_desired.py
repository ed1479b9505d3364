"""What a record should hold, and whether it is due."""

import pytest

from ecif.model import Slot, SourceRecord
from ecif.reconcile.desired import (
    desired,
    digest,
    in_full,
    is_due,
    pushed_named,
    pushed_since,
    pushed_values,
    wanted,
)
from ecif.reconcile.image import on_image
from ecif.reconcile.push import on_answered, on_confirm
from tests.ecif.fakes import (
    CORE,
    EMPTY,
    NUMBER,
    RESIDENT,
    SECOND,
    FakeDialect,
    T,
    golden,
    image,
    pushed,
    record,
    said,
)


# ------------------------------------------------------------------------------------ what is wanted
def test_a_sender_is_pushed_only_what_differs():
    after = said({"name": "张伟"})
    assert not is_due(after, golden(name="张伟"), NUMBER, CORE)
    assert is_due(after, golden(name="张伟", phone__mobile="1"), NUMBER, CORE)


def test_comparisons_are_made_as_the_system_writes():
    narrow = FakeDialect(width=3, carries=("name",))
    assert not is_due(said({"name": "abc"}, dialect=narrow), golden(name="abcdef"), NUMBER, narrow)


def test_records_that_never_spoke_or_take_no_pushes_are_never_due():
    known = golden(name="a")
    assert not is_due(record(), known, NUMBER, CORE)
    deaf = FakeDialect(pushes="no")
    assert not is_due(said({"name": "b"}, dialect=deaf), known, NUMBER, deaf)


def test_clear_mark_only_where_golden_has_none_and_something_is_held():
    after = said({"name": "a", "phone:mobile": "1"})
    assert pushed_values(after, desired(after, golden(name="b"), CORE)) == {"name": "b", "phone:mobile": None}
    settled = on_confirm(pushed(after, golden(name="b")), "p1", T + 99 * SECOND)
    assert "phone:mobile" not in pushed_values(settled, desired(settled, golden(name="c"), CORE))


def test_a_value_that_cannot_be_written_clears_what_is_there_and_then_rests():
    coded = FakeDialect(carries=("education",), codes={"doctor": None})
    after = said({"education": "bachelor"}, dialect=coded)
    known = golden(education="doctor")
    assert pushed_values(after, desired(after, known, coded)) == {"education": None}
    settled = on_confirm(pushed(after, known, dialect=coded), "p1", T + 99 * SECOND)
    assert not is_due(settled, known, NUMBER, coded)


def test_a_lost_expiry_is_marked_and_held_as_none():
    known = golden(document__passport=("E1", None))
    after = said({"document": ("passport", "E1", "20300101")})
    flying = pushed(after, known)
    assert pushed_values(after, desired(after, known, CORE))["document"] == ("passport", "E1", "*")
    settled = on_confirm(flying, "p1", T + 99 * SECOND)
    assert settled.attributes["document"].held == ("passport", "E1", None)
    assert not is_due(settled, known, NUMBER, CORE)


# ------------------------------------------------------------------------------------ slots
BOTH = {"document__resident_id": (RESIDENT, None), "document__passport": ("E1", None)}


def test_a_slot_gets_the_type_the_system_last_named():
    named = record(named={"document": "passport"})
    assert wanted(named, golden(**BOTH), CORE)["document"] == ("passport", "E1", None)


def test_else_the_first_in_order_that_it_can_write():
    assert wanted(record(), golden(**BOTH), CORE)["document"][0] == "resident_id"
    without = FakeDialect(types=("passport",))
    assert wanted(record(), golden(**BOTH), without)["document"][0] == "passport"
    gone = record(named={"document": "other"})
    assert wanted(gone, golden(**BOTH), CORE)["document"][0] == "resident_id"


def test_an_expired_document_only_where_there_is_no_other():
    known = golden(document__resident_id=(RESIDENT, "20200101"), document__passport=("E1", "20990101"))
    assert wanted(record(), known, CORE)["document"][0] == "passport"
    alone = golden(document__resident_id=(RESIDENT, "20200101"))
    assert wanted(record(), alone, CORE)["document"][0] == "resident_id"


def test_a_slot_without_code_has_the_use_of_the_partys_kind():
    known = golden(address__home=("h", None), address__registered=("r", None))
    assert wanted(record(), known, CORE)["address"] == ("", "h", None)
    firm = golden(kind="organization", address__home=("h", None), address__registered=("r", None))
    assert wanted(record(), firm, CORE)["address"] == ("", "r", None)


def test_a_slot_without_code_shows_another_use_where_its_own_is_missing():
    known = golden(address__work=("w", None))
    assert wanted(record(), known, CORE)["address"] == ("", "w", None)
    assert wanted(record(), golden(), CORE)["address"] is None


def test_a_field_for_the_other_party_kind_is_neither_wanted_nor_missed():
    loan = FakeDialect("loan", ("name", "employer"), only={"employer": "person"})
    firm = golden(kind="organization", name="a", employer="b")
    assert wanted(record(), firm, loan) == {"name": "a"}
    assert wanted(record(), golden(name="a", employer="b"), loan) == {"name": "a", "employer": "b"}


def test_another_entry_replaces_a_slot_and_is_remembered_by_its_type():
    first = said({"document": ("resident_id", RESIDENT, None)})
    after = on_image(
        first, image(2, T + SECOND, {"document": ("passport", "E1", None)}, named={"document": "passport"}),
        EMPTY, CORE,
    )  # fmt: skip
    assert after.attributes["document"].own.value == ("passport", "E1", None)
    assert after.named == {"document": "passport"}


def test_a_cleared_slot_names_what_it_held():
    after = said({"document": ("passport", "E1", None)})
    after = on_answered(SourceRecord(**{**fields(after), "named": {"document": "resident_id"}}), NUMBER)
    values = pushed_values(after, desired(after, EMPTY, CORE))
    assert values["document"] is None
    assert pushed_named(after, values) == {"document": "passport"}
    assert pushed_named(after, {"document": ("passport", "E2", None)}) == {}


def test_since_of_a_slot_is_that_of_its_entry():
    assert pushed_since(desired(record(), golden(**BOTH), CORE)) == {"document": T}


def test_an_answer_is_in_full():
    whole = in_full(golden(name="a", **BOTH), CORE)
    assert whole == {"name": "a", "document": ("resident_id", RESIDENT, None)}
    own = record(named={"document": "passport"})
    assert in_full(golden(**BOTH), CORE, own) == {"document": ("passport", "E1", None)}


def test_a_slot_with_codes_keeps_its_use():
    loan = FakeDialect("loan", ("address",), slots={"address": Slot("address")})
    known = golden(address__home=("h", None), address__work=("w", "100010"))
    assert wanted(record(named={"address": "work"}), known, loan)["address"] == ("work", "w", "100010")


@pytest.mark.parametrize("order", [("name", "risk"), ("risk", "name")])
def test_the_digest_does_not_depend_on_order(order):
    values = {"name": "a", "risk": None}
    assert digest({k: values[k] for k in order}, NUMBER) == digest(values, NUMBER)


def fields(r):
    return {name: getattr(r, name) for name in r.__struct_fields__}
