"""Messages set aside: replayed, discarded, on every database."""

import pytest

from ecif.aside import Outcome
from ecif.store import asides
from tests.ecif.bank import ZHANG_ID

DOCUMENT = {"document__resident_id": (ZHANG_ID, None)}
SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
WHY = "ValueError at survivorship.py:88"


@pytest.fixture
def aside(bank):
    return Aside(bank)


class Aside:
    """What a bank's operator does; `read` knows the messages by their bytes."""

    def __init__(self, bank):
        self.bank = bank
        self.commands = {}

    def put(self, *commands):
        for command in commands:
            self.commands[command.envelope.raw] = command
            assert self.bank.service.set_aside(command, WHY, self.bank.now).code == "9999"

    def ids(self, system=""):
        with self.bank.store.reading() as connection:
            return asides.aside_ids(connection, system)

    def read(self, system, body, at):
        return self.commands.get(body)

    def replay(self, *ids, rehearse=False):
        return self.bank.service.replay(
            ids or self.ids(), self.read, actor="wang", now=self.bank.now, rehearse=rehearse
        )

    def words(self, *ids, **more):
        return [one.outcome for one in self.replay(*ids, **more)]

    def discard(self, id, reason="sent by mistake"):
        return self.bank.service.discard(id, actor="wang", reason=reason, now=self.bank.now)

    def acts(self, id):
        with self.bank.store.reading() as connection:
            (row,) = asides.messages(connection, [id])
            return [(act.type, act.state, act.text) for act in asides.acts(connection, row)]


@pytest.mark.fault("G3", "replay twice")
def test_a_message_is_taken_again_once(bank, aside):
    message = bank.person("core", "1", **SLOT)
    aside.put(message)
    (id,) = aside.ids()
    bank.wait(60)
    assert bank.one(message).code == "9999"
    assert aside.words() == ["applied"]
    assert bank.golden("core", "1")["name"] == "张三"
    assert bank.look("core", "1").record.attributes["name"].own.since == message.change.sent_at
    assert aside.ids() == []
    assert aside.replay(id) == [Outcome(id, "core", "core-1", "settled", "0000", "it is applied")]
    assert aside.acts(id) == [("replay", "applied", "wang")]
    reply = bank.one(message)  # its sender asks once more
    assert (reply.code, reply.text) == ("0000", "")
    assert reply.ecif_no == bank.look("core", "1").head.ecif_no


def test_what_came_meanwhile_stands(bank, aside):
    bank.one(bank.person("core", "1", name="张三", **SLOT))
    bank.wait(10)
    aside.put(bank.person("core", "1", name="张四", risk="R4", **SLOT))
    bank.wait(10)
    bank.one(bank.person("core", "1", name="张五", risk="R5", **SLOT))
    version = bank.look("core", "1").head.version
    assert aside.words() == ["stale"]
    assert (bank.golden("core", "1")["name"], bank.golden("core", "1")["risk"]) == ("张五", "R5")
    assert bank.look("core", "1").head.version == version


def test_in_the_order_they_came(bank, aside):
    for risk in ("R1", "R2", "R3"):
        aside.put(bank.person("core", "1", risk=risk, **SLOT))
        bank.wait(1)
    assert aside.words() == ["applied"] * 3
    assert bank.golden("core", "1")["risk"] == "R3"


def test_a_replay_makes_pushes_due(bank, aside):
    bank.one(bank.person("core", "1", **SLOT))
    aside.put(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    assert bank.due("core") == []
    aside.replay()
    (push,) = bank.due("core")
    assert bank.values(push)["risk"] == "R2"
    bank.one(bank.answer(push))


@pytest.mark.fault("G3", "the dry run")
def test_a_rehearsal_says_the_same_and_changes_nothing(bank, aside):
    bank.one(bank.person("core", "1", **SLOT))
    aside.put(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    aside.put(bank.image("core", "1", kind="organization", name="张三"), bank.unreadable("core", "1002", "x"))
    tables = ("message", "party", "source_record", "sync_state", "change_event", "party_name")
    before = [bank.rows(f"select count(*) from {table}") for table in tables]
    said = aside.words(rehearse=True)
    assert said == ["applied", "refused", "refused"]
    assert [bank.rows(f"select count(*) from {table}") for table in tables] == before
    assert bank.service.next_due("core", bank.now) is None
    assert len(aside.ids()) == 3
    assert aside.words() == said
    assert len(aside.ids()) == 2


def test_what_is_refused_or_cannot_be_read_stays(bank, aside):
    aside.put(bank.unreadable("core", "1002", "CUST-KIND@9 not one of P"), bank.person("core", "7"))
    aside.commands = {key: one for key, one in aside.commands.items() if key == b"x"}
    refused, lost = aside.ids()
    assert aside.words() == ["refused", "lost"]
    assert aside.ids() == [refused, lost]
    assert aside.acts(refused) == [("replay", "refused", "wang: 1002 CUST-KIND@9 not one of P")]
    assert bank.rows(f"select state, code, reply_text from message where id={refused}") == [
        ("failed", "9999", "1002 CUST-KIND@9 not one of P")
    ]


def test_what_raises_again_stays_with_the_new_reason(bank, aside):
    aside.put(bank.person("core", "1"))
    (id,) = aside.ids()
    kept = bank.service.keep_aside(id, "KeyError at identity.py:3", actor="wang", now=bank.now)
    assert (kept.outcome, kept.kept) == ("failed", True)
    assert bank.rows(f"select state, reply_text from message where id={id}") == [
        ("failed", "KeyError at identity.py:3")
    ]


def test_a_question_is_settled_whatever_its_answer(bank, aside):
    aside.put(bank.query("core", customer_no="404"), bank.sign_on("core", "n"))
    aside.commands = {b"": bank.query("core", customer_no="404")}
    assert aside.words() == ["answered", "answered"]


def test_discarded_it_never_takes_effect(bank, aside):
    message = bank.person("core", "1")
    aside.put(message)
    (id,) = aside.ids()
    assert aside.discard(id).outcome == "discarded"
    assert aside.ids() == []
    assert aside.discard(id) == Outcome(id, "core", "core-1", "settled", "9999", "it is discarded")
    assert aside.words(id) == ["settled"]
    assert (bank.one(message).code, bank.one(message).text) == ("9999", "")
    assert bank.look("core", "1") is None
    assert aside.acts(id) == [("discard", "discarded", "wang: sent by mistake")]


def test_nobody_knows_that_message(bank, aside):
    assert aside.words(4711) == ["unknown"]
    assert aside.discard(4711).outcome == "unknown"


def refused(bank):
    """Core refuses for good what ebank says of their customer."""
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    return refuse(bank)


def refuse(bank):
    (push,) = bank.due("core")
    bank.one(bank.answer(push, "1003"))
    bank.wait(1)


@pytest.mark.fault("P5", "set aside, replayed")
def test_a_refused_push_leaves_again_as_what_is_wanted_now(bank, aside):
    refused(bank)
    (id,) = aside.ids()
    assert bank.due("core") == []
    assert aside.words(rehearse=True) == ["replayed"]
    assert bank.due("core") == []
    assert aside.words() == ["replayed"]
    assert aside.words(id) == ["settled"]
    (again,) = bank.due("core")
    assert (bank.values(again)["risk"], again.copies) == ("R2", 1)
    bank.one(bank.answer(again))
    assert aside.ids() == []


@pytest.mark.fault("G3", "replay of an old version")
def test_an_older_refused_push_is_overtaken(bank, aside):
    refused(bank)
    (old,) = aside.ids()
    bank.one(bank.person("ebank", "9", risk="R3", **DOCUMENT))
    (push,) = bank.due("core")
    assert aside.ids() == []  # a newer one is on its way
    bank.one(bank.answer(push, "1003"))
    (new,) = aside.ids()
    assert new != old
    assert aside.words(old) == ["overtaken"]
    assert bank.due("core") == []
    assert aside.words(new) == ["replayed"]
    (again,) = bank.due("core")
    assert bank.values(again)["risk"] == "R3"
    versions = [row[0] for row in bank.rows("select version from message where direction='out' order by id")]
    assert versions == sorted(versions)
    bank.one(bank.answer(again))


def test_a_refused_push_is_discarded(bank, aside):
    refused(bank)
    (id,) = aside.ids("core")
    assert aside.ids("ebank") == []
    aside.discard(id)
    assert aside.ids() == []
    assert bank.due("core") == []


def test_two_operators_at_once(bank, aside):
    """The second one decides again from what is there, and finds nothing to do."""
    aside.put(bank.person("core", "1"))
    (id,) = aside.ids()
    service, first = bank.service, []

    def read(system, body, at):
        if not first:
            first.append(True)
            if bank.url.startswith("postgresql"):  # SQLite lets no other write meanwhile
                first.append(service.replay([id], aside.read, actor="li", now=bank.now))
        return aside.read(system, body, at)

    (mine,) = service.replay([id], read, actor="wang", now=bank.now)
    assert mine.outcome == ("settled" if len(first) > 1 else "applied")
    assert bank.rows("select count(*) from source_record") == [(1,)]
    assert bank.rows("select count(*) from message where direction='ops'") == [(1,)]
