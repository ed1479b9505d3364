"""The pure functions as a hub in memory: reconcile and survivorship, nothing else."""

import itertools

from ecif import survivorship
from ecif.model import BEFORE_ALL, NEVER, UNKNOWN, Attribute, Flying, PartyChange, Pin, SourceRecord
from ecif.reconcile import desired, late, push
from ecif.reconcile.image import may_show, on_image
from ecif.steps import Rule
from tests.syncmodel import model
from tests.syncmodel.driver import MayState, Sent, Setup, State
from tests.syncmodel.model import ATTRS, CLEAR, TRUST, Conf, Image


class ModelDialect:
    """A model system's projections as a dialect."""

    slots: dict = {}  # noqa: RUF012
    only: dict = {}  # noqa: RUF012

    def __init__(self, conf: Conf, eps: int) -> None:
        self.name, self.carries, self.pushes, self.eps = conf.name, conf.carries, conf.declared, eps
        self._conf = conf

    def written(self, attribute, value):
        return self._conf.proj(attribute, value)

    def losses(self, attribute, value):
        return ()


def model_rules() -> survivorship.Rules:
    return survivorship.Rules({a: Rule(trust=TRUST[a], others=9) for a in ATTRS})


class PureHub:
    def __init__(self, setup: Setup) -> None:
        self.limit = setup.limit
        self.dialects = {name: ModelDialect(conf, setup.eps) for name, conf in setup.confs.items()}
        self.rules = model_rules()
        self.records = {r: SourceRecord(r[0], r, p) for p, members in setup.parties.items() for r in members}
        self.into, self.pins, self.ids = {}, [], itertools.count(1)
        self.goldens = {}

    def head(self, party):
        while party in self.into:
            party = self.into[party]
        return party

    def _golden(self, party):
        if party not in self.goldens:
            self.goldens[party] = self._computed(party)
        return self.goldens[party]

    def _computed(self, party):
        records = [r for r in self.records.values() if self.head(r.party) == party]
        pins = {}
        for number, attribute, pin in self.pins:
            if self.head(number) == party:
                pins.setdefault(attribute, []).append(pin)
        return survivorship.golden(records, pins, self.rules, self.dialects)

    def _of(self, rec):
        record = self.records[rec]
        number = self.head(record.party)
        return record, number, self._golden(number), self.dialects[record.system]

    def on_image(self, image: Image, now: int) -> None:
        record, number, golden, dialect = self._of(image.rec)
        self.goldens = {}
        said = {a: (None if v == CLEAR else v) for a, v in image.vals.items() if v is not None}
        change = PartyChange(image.rec, image.seq, image.sent_at, image.dup, said)
        if late.is_stale(record, change):
            record = late.date_late(record, change)
        else:
            record = on_image(record, change, golden, dialect, self.limit)
        self.records[image.rec] = push.on_answered(record, number)

    def on_reply(self, rec, push_id, now, *, positive, repeated):
        record, number, golden, dialect = self._of(rec)
        if positive:
            self.records[rec] = push.on_confirm(record, push_id, now)
            return
        record = push.on_repeat(record) if repeated else record
        wanted = desired.digest(desired.wanted(record, golden, dialect), number)
        self.records[rec] = push.on_refuse(record, push_id, wanted)

    def take_due(self, now):
        return {rec: sent for rec in self.records if (sent := self._maybe_push(rec, now))}

    def _maybe_push(self, rec, now):
        record, number, golden, dialect = self._of(rec)
        if not desired.is_due(record, golden, number, dialect):
            return None
        content = desired.desired(record, golden, dialect)
        values, since = desired.pushed_values(record, content), desired.pushed_since(content)
        flying = Flying(f"push {next(self.ids)}", number, 1, values, now)
        self.records[rec] = push.on_sent(record, flying, since)
        return Sent(flying.id, values, since, number)

    def pin(self, party, attribute, value, now):
        self.goldens = {}
        self.pins.append((party, attribute, Pin(now, value)))
        self.records = {rec: push.released(record) for rec, record in self.records.items()}

    def merge(self, survivor, absorbed, now):
        self.goldens = {}
        self.into[absorbed] = survivor

    def split(self, absorbed, now):
        self.goldens = {}
        del self.into[absorbed]

    def move(self, rec, party, now):
        self.goldens = {}
        record = self.records[rec]
        self.records[rec] = SourceRecord(**{**_fields(record), "party": party})

    def withdraw(self, rec, now):
        self._silenced(rec, withdrawn=True)

    def restore(self, rec, now):
        self._silenced(rec, withdrawn=False)

    def _silenced(self, rec, *, withdrawn):
        self.goldens = {}
        self.records[rec] = SourceRecord(**{**_fields(self.records[rec]), "withdrawn": withdrawn})

    def golden(self, party):
        return {a: (s.value, s.since) for a, s in self._golden(party).values.items()}

    def state(self, rec) -> State:
        record, number, golden, dialect = self._of(rec)
        want = desired.digest(desired.wanted(record, golden, dialect), number)
        return record_state(record, refused=record.refused == want)


def record_state(record: SourceRecord, *, refused: bool) -> State:
    """A stored source record in the driver's terms; other hubs under test use it too."""
    attributes = {a: record.attributes.get(a, Attribute()) for a in ATTRS}
    return State(
        seq=record.seq,
        own={a: tuple(at.own) if at.own else None for a, at in _as_tuples(attributes).items()},
        held={a: _plain(at.held) for a, at in attributes.items()},
        may={a: tuple(_may(m) for m in may_show(record, at)) for a, at in attributes.items()},
        insist={a: at.insist for a, at in attributes.items()},
        standoff=record.standoff,
        flying=record.flying.id if record.flying else "",
        seen=dict(record.flying.seen) if record.flying else {},
        refused=refused,
        number_held=record.number_held,
    )


def _as_tuples(attributes):
    return {
        a: Attribute((at.own.value, at.own.since, at.own.seq, at.own.lo) if at.own else None)
        for a, at in attributes.items()
    }


def _fields(record):
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _plain(value):
    return model.UNKNOWN if value == UNKNOWN else value


def _may(m) -> MayState:
    return MayState(m.value, m.since, m.push, _finite(m.sent), _finite(m.confirmed), _finite(m.shown))


def _finite(time):
    return time if BEFORE_ALL < time < NEVER else None
