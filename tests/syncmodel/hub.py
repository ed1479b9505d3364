"""The whole customer half, service and store, as a hub under test: SQLite, one message a transaction.

The database stands in /dev/shm where there is one and does not wait for a disk: what is tested here is what
is decided and stored, not that a commit survives a power loss. Every so often the hub is killed between a
commit and what follows it, and opened again: see `ServiceHub.reopen` and `CrashWorld`.
"""

import itertools
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from ecif import reconcile
from ecif.matching import Matching, MatchingConf
from ecif.messages import CustomerImage, Envelope, PushReply
from ecif.model import Party, PartyChange, SourceRecord
from ecif.service import Service
from ecif.setting import Patience
from ecif.store.migrate import upgrade
from ecif.store.rows import Stored
from ecif.store.store import open_store
from ecif.store.unit import UnitOfWork
from tests.syncmodel.driver import Sent, Setup, State, TwinWorld
from tests.syncmodel.model import CLEAR, Conf, Image
from tests.syncmodel.pure import ModelDialect, model_rules, record_state

FAST = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
LONG = 10**15
PATIENT = Patience(reply_default=LONG, first=0, jitter=lambda: 0.5)
"""Nothing is repeated by itself; after a lost line at once."""


class PushingDialect(ModelDialect):
    """A model system that can be pushed; its bytes are the push's id."""

    ids = itertools.count(1)

    def new_id(self) -> str:
        return f"push {next(self.ids)}"

    def push_bytes(self, push) -> bytes:
        return push.id.encode()

    def repeated(self, body: bytes) -> bytes:
        return body


class ServiceHub:
    """HubUnderTest over `ecif.service` and a store."""

    template: Path | None = None

    def __init__(self, setup: Setup) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ecif", dir=FAST))
        self.url = f"sqlite:///{self.folder}/hub.db"
        shutil.copy(self._made(), self.folder / "hub.db")
        self.dialects = {name: self.dialect(conf, setup.eps) for name, conf in setup.confs.items()}
        self.ids = itertools.count(1)
        self.recs = [r for members in setup.parties.values() for r in members]
        self.reopen(first=True)
        with self.store.unit() as unit:
            self._seed(unit, setup)
            unit.commit(0)

    def dialect(self, conf: Conf, eps: int) -> PushingDialect:
        return PushingDialect(conf, eps)

    def _seed(self, unit: UnitOfWork, setup: Setup) -> None:
        for number, members in setup.parties.items():
            unit.add_party(Party(number))
            for rec in members:
                unit.add_record(SourceRecord(rec[0], rec, number))

    @classmethod
    def _made(cls) -> Path:
        if cls.template is None:
            cls.template = Path(tempfile.mkdtemp(prefix="ecif", dir=FAST)) / "empty.db"
            upgrade(f"sqlite:///{cls.template}", durable=False)
        return cls.template

    def reopen(self, *, first: bool = False) -> None:
        """What a restarted process finds."""
        if not first:
            self.store.close()
        self.store = open_store(self.url, durable=False)
        self.service = Service(
            self.store, self.dialects, model_rules(), Matching(MatchingConf()), patience=PATIENT
        )

    def close(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------ what the driver asks

    def on_image(self, image: Image, now: int) -> None:
        said = {a: (None if v == CLEAR else v) for a, v in image.vals.items() if v is not None}
        change = PartyChange(image.rec, image.seq, image.sent_at, image.dup, said)
        command = CustomerImage(envelope(image.rec[0], f"image {image.id}", repr(said)), change)
        (reply,) = self.service.take_in([command], now)
        assert reply.code in ("0000", "0001", "0003"), reply
        if image.id % 7 == 0:  # the reply was lost, perhaps with the hub: the resend changes nothing
            if image.id % 14 == 0:
                self.reopen()
            assert self.service.take_in([command], now) == [reply]

    def on_reply(self, rec, push_id, now, *, positive, repeated) -> None:
        if repeated and self._stored(rec).record.flying is not None:
            self.service.connection_lost([push_id], now)
            self.service.take_due(rec[0], 1, now)
        command = PushReply(envelope(rec[0], "", ""), push_id, "0000" if positive else "2002")
        self.service.take_in([command], now)

    def take_due(self, now):
        sent = {}
        for system in self.dialects:
            for push in self.service.take_due(system, 100, now):
                assert push.copies == 1
                sent[push.customer_no] = self._sent(push.customer_no)
        return sent

    def _sent(self, rec) -> Sent:
        record = self._stored(rec).record
        since = {a: next(m.since for m in record.attributes[a].may if m.push == record.flying.id)
                 for a in record.flying.values}  # fmt: skip
        return Sent(record.flying.id, record.flying.values, since, record.flying.ecif_no)

    def pin(self, party, attribute, value, now) -> None:
        self.service.pin(party, attribute, value, actor="steward", reason="test", now=now)
        for rec in self.recs:
            self.service.release((rec[0], rec), now=now)

    def merge(self, survivor, absorbed, now) -> None:
        self.service.merge(survivor, absorbed, actor="steward", reason="test", now=now)

    def split(self, absorbed, now) -> None:
        self.service.split(absorbed, actor="steward", reason="test", now=now)

    def move(self, rec, party, now) -> None:
        self.service.move((rec[0], rec), party, actor="steward", reason="test", now=now)

    def state(self, rec) -> State:
        with self.store.unit() as unit:
            unit.load_records([(rec[0], rec)])
            record = unit.records[rec[0], rec]
            cluster = unit.cluster_of(record.party)
            golden = unit.parties[cluster.head].golden
        want = reconcile.wanted(record, golden, self.dialects[rec[0]])
        return record_state(record, refused=record.refused == reconcile.digest(want, cluster.head))

    def golden(self, party):
        with self.store.unit() as unit:
            unit.load_parties([party])
            return {a: (s.value, s.since) for a, s in unit.parties[party].golden.values.items()}

    def _stored(self, rec) -> Stored:
        with self.store.unit() as unit:
            unit.load_records([(rec[0], rec)])
            return unit.stored_records[rec[0], rec]


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
        self.subject.reopen()
        flying = [push for push in self.hub.flying.values() if push is not None]
        self.repeated |= {push.id for push in flying}
        self.subject.service.connection_lost([self.push_ids[push.id] for push in flying], self.now)
        for system in self.confs:
            for again in self.subject.service.take_due(system, 100, self.now):
                assert again.copies > 1
