"""The whole customer half, service and store, as a hub under test: SQLite, one message a transaction.

The database stands in /dev/shm where there is one and does not wait for a disk: what is tested here is what
is decided and stored, not that a commit survives a power loss. Every so often the hub is killed between a
commit and what follows it, and opened again: see `ServiceHub.reopen` and `CrashWorld`.
"""

import functools
import itertools
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from ecif.matching import Matching
from ecif.matching_conf import MatchingConf
from ecif.messages import CustomerImage, Envelope, PushReply
from ecif.model import Party, PartyChange, SourceRecord
from ecif.reconcile import desired
from ecif.service import Service
from ecif.setting import Patience
from ecif.store.bulk import Bulk
from ecif.store.engine import connect_engine
from ecif.store.migrate import upgrade
from ecif.store.rows import read_party, read_record
from ecif.store.schema import metadata
from ecif.store.statements import PARTIES_BY_HEAD, RECORDS_BY_HEAD
from ecif.store.store import Store
from ecif.store.unit import UnitOfWork
from ecif.survivorship import Rules
from tests.ending import AT_THE_END
from tests.syncmodel.driver import Sent, Setup, State, TwinWorld
from tests.syncmodel.model import CLEAR, Conf, Image
from tests.syncmodel.pure import ModelDialect, model_rules, record_state

FAST = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
LONG = 10**15
BY = {"actor": "steward", "reason": "test"}
PATIENT = Patience(reply_default=LONG, first=0, jitter=lambda: 0.5)
"""Nothing is repeated by itself; after a lost line at once."""


class PushingDialect(ModelDialect):
    """A model system that can be pushed; its bytes are the push's id."""

    ids = itertools.count(1)
    push_type = "PUSH"

    def new_id(self, now: int) -> str:
        return f"push {next(self.ids)}"

    def push_bytes(self, push) -> bytes:
        return push.id.encode()

    def repeated(self, body: bytes) -> bytes:
        return body


class Database:
    """One file and one engine for a whole campaign: compiling the statements takes longer than a script.

    What a hub keeps in memory (blocks of numbers, rows read lately, who was woken) is in Store and Service,
    which are made anew at every restart.
    """

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="ecif", dir=FAST)
        AT_THE_END.callback(shutil.rmtree, self.folder)
        url = f"sqlite:///{self.folder}/hub.db"
        upgrade(url, durable=False)
        self._engine, self._bulk = connect_engine(url, durable=False), Bulk()

    def store(self) -> Store:
        store = Store(self._engine, durable=False)
        store._bulk = self._bulk
        return store

    def empty(self) -> None:
        with self._engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())


@functools.cache
def database() -> Database:
    return Database()


class Terms:
    """The model's attributes and values in the hub's terms and back; here they are the same."""

    def change(self, image: Image, said) -> PartyChange:
        return PartyChange(image.rec, image.seq, image.sent_at, image.dup, said)

    def pin(self, attribute, value):
        return attribute, value

    def record(self, record: SourceRecord) -> SourceRecord:
        return record

    def golden(self, name, survivor):
        return name, survivor.value


class ServiceHub:
    """HubUnderTest over `ecif.service` and a store."""

    def __init__(self, setup: Setup) -> None:
        database().empty()
        self.parties = setup.parties
        self.terms = self.terms_of(setup)
        self.dialects = {name: self.dialect(conf, setup.eps) for name, conf in setup.confs.items()}
        self.reopen()
        with self.store.unit() as unit:
            self._seed(unit, setup)
            unit.commit(0)

    def dialect(self, conf: Conf, eps: int) -> PushingDialect:
        return PushingDialect(conf, eps)

    def rules(self) -> Rules:
        return model_rules()

    def terms_of(self, setup: Setup) -> "Terms":
        return Terms()

    def _seed(self, unit: UnitOfWork, setup: Setup) -> None:
        for number, members in setup.parties.items():
            unit.add_party(Party(number))
            for rec in members:
                unit.add_record(SourceRecord(rec[0], rec, number))

    def reopen(self) -> None:
        """What a restarted process finds."""
        self.store = database().store()
        matching = Matching(MatchingConf())
        self.service = Service(self.store, self.dialects, self.rules(), matching, patience=PATIENT)
        self.woken = set(self.dialects)
        self.seen = None

    # ------------------------------------------------------------ what the driver asks

    def on_image(self, image: Image, now: int) -> None:
        self.seen = None
        said = {a: (None if v == CLEAR else v) for a, v in image.vals.items() if v is not None}
        change = self.terms.change(image, said)
        command = CustomerImage(envelope(image.rec[0], f"image {image.id}", repr(said)), change)
        (reply,) = self.service.take_in([command], now)
        assert reply.code in ("0000", "0001", "0003"), reply
        if image.id % 7 == 0:  # the reply was lost, perhaps with the hub: the resend changes nothing
            if image.id % 14 == 0:
                self.reopen()
            assert self.service.take_in([command], now) == [reply]

    def on_reply(self, rec, push_id, now, *, positive, repeated) -> None:
        if repeated and self.look()[0][rec].flying is not None:
            self.service.connection_lost([push_id], now)
            self.service.take_due(rec[0], 1, now)
        command = PushReply(envelope(rec[0], "", ""), push_id, "0000" if positive else "2002")
        self.service.take_in([command], now)
        self.seen = None

    def take_due(self, now):
        """Only systems that were woken, as delivery does; after a restart all."""
        self.woken |= self.service.take_woken()
        pushes = [push for system in self.woken for push in self.service.take_due(system, 100, now)]
        self.woken = set()
        if pushes:
            self.seen = None
        assert all(push.copies == 1 for push in pushes)
        return {push.customer_no: self._sent(push.customer_no) for push in pushes}

    def _sent(self, rec) -> Sent:
        record = self.terms.record(self.look()[0][rec])
        since = {a: next(m.since for m in record.attributes[a].may if m.push == record.flying.id)
                 for a in record.flying.values}  # fmt: skip
        return Sent(record.flying.id, record.flying.values, since, record.flying.ecif_no)

    def pin(self, party, attribute, value, now) -> None:
        self.seen = None
        self.service.pin(party, *self.terms.pin(attribute, value), **BY, now=now)
        for rec, record in self.look()[0].items():
            if record.standoff or any(a.insist for a in record.attributes.values()):
                self.service.resume((rec[0], rec), **BY, now=now)
        self.seen = None

    def merge(self, survivor, absorbed, now) -> None:
        self.seen = None
        self.service.merge(survivor, absorbed, **BY, now=now)

    def split(self, absorbed, now) -> None:
        self.seen = None
        self.service.split(absorbed, **BY, now=now)

    def move(self, rec, party, now) -> None:
        if self.look()[0][rec].party == party:
            return
        self.seen = None
        self.service.move((rec[0], rec), party, **BY, now=now)

    def withdraw(self, rec, now) -> None:
        self.seen = None
        self.service.withdraw((rec[0], rec), **BY, now=now)

    def restore(self, rec, now) -> None:
        self.seen = None
        self.service.restore((rec[0], rec), **BY, now=now)

    def look(self):
        """(name → record, name → current number, number → golden record), as they are stored."""
        if self.seen is None:
            bound = {"keys": list(self.parties)}
            with self.store.reading() as connection:
                parties = [read_party(row).party for row in connection.execute(PARTIES_BY_HEAD, bound)]
                members = [read_record(row) for row in connection.execute(RECORDS_BY_HEAD, bound)]
            self.seen = (
                {stored.record.customer_no: stored.record for stored in members},
                {stored.record.customer_no: stored.head for stored in members},
                {party.ecif_no: party.golden for party in parties},
            )
        return self.seen

    def state(self, rec) -> State:
        records, heads, goldens = self.look()
        record, number = records[rec], heads[rec]
        want = desired.wanted(record, goldens[number], self.dialects[rec[0]])
        refused = record.refused == desired.digest(want, number)
        return record_state(self.terms.record(record), refused=refused)

    def golden(self, party):
        values = self.look()[2][party].values
        return {
            a: (v, values[name].since) for name, s in values.items() for a, v in [self.terms.golden(name, s)]
        }


def envelope(system: str, message_id: str, content: str) -> Envelope:
    digest = sha256(content.encode()).hexdigest()
    return Envelope(system, "TEST", message_id, message_id.encode(), 0, False, digest, content.encode(), 0)


class CrashWorld(TwinWorld):
    """A world whose hub also dies between the commit of a push and its first byte.

    After the restart every push in flight is repeated under its id. For the peers nothing is new: they see
    the first copy late. For the hub the push has left twice, so that a later refusal proves less.
    """

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        self.repeated: set[int] = set()
        answered = self.hub.on_reply

        def on_reply(reply, now):
            reply.push.dup = reply.push.dup or reply.push.id in self.repeated
            answered(reply, now)

        self.hub.on_reply = on_reply

    def hub_crash(self) -> None:
        self.subject.reopen()  # what was taken and not sent, what was woken: all forgotten
        flying = [push for push in self.hub.flying.values() if push is not None]
        self.repeated |= {push.id for push in flying}
        self.subject.service.connection_lost([self.push_ids[push.id] for push in flying], self.now)
        for system in self.confs:
            for again in self.subject.service.take_due(system, 100, self.now):
                assert again.copies > 1
