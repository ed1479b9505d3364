"""What goes to the store process comes out there as it was, and so does what comes back."""

import pickle
import typing
import weakref
from pathlib import Path

import pytest

from ecif.messages import Amendment, Command, Correction, Opening, Outgoing, PartyQuery, Verification
from ecif.model import Holding, Relation
from ecif.store.errors import Crossed, SchemaMissing, StoreError
from gateway import calls
from gateway.config.reader import read_conf
from gateway.faults import Elsewhere, place_of
from tests.ecif.bank import ZHANG_ID, Bank

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bank(tmp_path):
    bank = Bank(tmp_path)
    yield bank
    bank.store.close()


def every_command(bank):
    """One of each kind, with all that it can carry."""
    image = bank.person(
        "core", "C1", document=("resident_id", ZHANG_ID, None), email=None, phone__mobile="13912345678",
        named={"document": "resident_id"}, relations=(Relation("spouse", "李四", ("passport", "P1")),),
        holdings=(Holding("account", "62", amount="1.00"),),
    )  # fmt: skip
    envelope = image.envelope
    return [
        image,
        Opening(envelope, image.change),
        Amendment(envelope, image.change),
        Correction(envelope, image.change, "wang", "passport seen"),
        Verification(envelope, "100000000001", ("resident_id", ZHANG_ID)),
        bank.replaced("core", "C1", "C2", 3),
        bank.identification("ebank", "张三", "resident_id", ZHANG_ID),
        PartyQuery(envelope, document=("resident_id", ZHANG_ID), lists=True),
        bank.sign_on("ebank", "00ff"),
        bank.answer(Outgoing("core", "C1", "H1", b"", 1)),
        bank.unreadable("core", "1002", "NAME@4 charset"),
    ]


def test_every_command_crosses_as_it_is(bank):
    batch = every_command(bank)
    assert {type(command) for command in batch} == set(typing.get_args(Command))
    call = calls.TakeIn(batch, bank.now, {"core": 4})
    assert calls.read_call(calls.encoded(call)) == call


def asked(bank, call):
    """As the gateway and the store process do it."""
    return calls.told(calls.answered(bank.service, calls.encoded(call)))


def test_an_answer_brings_replies_and_what_the_commit_left(bank):
    document = ("resident_id", ZHANG_ID, None)
    bank.take(bank.person("core", "C1", document=document))
    told = asked(
        bank, calls.TakeIn([bank.person("loan", "L1", risk="high", document=document)], bank.now, {})
    )
    assert [reply.code for reply in told.replies] == ["0000"]
    assert (told.leaving, told.woken) == ([], ["core"])
    bank.take(*[bank.answer(push) for push in bank.due("core")])
    batch = [bank.person("loan", "L1", risk="low"), bank.query("ebank", ecif_no=told.replies[0].ecif_no)]
    told = asked(bank, calls.TakeIn(batch, bank.now, {"core": 1}))
    assert [push.system for push in told.leaving] == ["core"]
    assert told.woken == []
    assert told.replies[1].answer is not None
    assert told.replies[1].answer.values["risk"] == "low"


def test_what_a_new_conf_replaces_is_let_go(bank):
    """With what it remembers: a hub that is reloaded all day does not grow."""
    conf = read_conf(ROOT / "conf", {})
    before = weakref.ref(bank.service.setting.matching)
    bank.matching = None
    asked(bank, calls.Renew(pickle.dumps(conf), sorted(conf.systems)))
    bank.take(bank.person("core", "C1", document=("resident_id", ZHANG_ID, None)))
    between = weakref.ref(bank.service.setting.matching)
    asked(bank, calls.Renew(pickle.dumps(conf), []))
    assert (before(), between()) == (None, None)


def test_moments_and_lost_connections(bank):
    bank.take(bank.person("core", "C1", document=("resident_id", ZHANG_ID, None)))
    bank.take(bank.person("loan", "L1", risk="high", document=("resident_id", ZHANG_ID, None)))
    assert asked(bank, calls.NextDue("core", bank.now)).moment == bank.now
    (push,) = asked(bank, calls.TakeDue("core", 10, bank.now)).pushes
    assert asked(bank, calls.NextDue("core", bank.now)).moment == bank.now + 10_000_000
    asked(bank, calls.ConnectionLost([push.push_id], bank.now))
    assert asked(bank, calls.NextDue("core", bank.now)).moment == bank.now + 1_000_000


def test_a_message_set_aside_is_answered(bank):
    told = asked(bank, calls.SetAside(bank.person("core", "C1"), "ValueError at x.py:1", bank.now))
    assert [reply.code for reply in told.replies] == ["9999"]


@pytest.mark.parametrize("trouble", [Crossed("faster"), SchemaMissing("run `ecif db upgrade`")])
def test_trouble_with_the_store_is_raised_here_as_there(trouble):
    with pytest.raises(type(trouble), match=str(trouble)):
        calls.told(calls.encoded(calls.failure(trouble)))


def test_a_bug_is_told_by_its_place_and_never_by_its_text(bank, monkeypatch):
    def broken(*_):
        raise ValueError("a customer's name stands here")

    monkeypatch.setattr(bank.service, "take_in", broken)
    with pytest.raises(Elsewhere) as caught:
        asked(bank, calls.TakeIn([bank.person("core", "C1")], bank.now, {}))
    assert not isinstance(caught.value, StoreError)
    assert place_of(caught.value).startswith("ValueError at test_calls.py:")
