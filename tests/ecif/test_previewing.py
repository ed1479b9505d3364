"""A preview is what then happens, and changes nothing."""

from ecif.decisions import Withdraw
from tests.ecif.bank import LI_ID
from tests.ecif.desk import DOCUMENT, by, events, two


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
