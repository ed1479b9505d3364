"""Three small systems, their messages and a hub on a real database, for tests of the customer half."""

import itertools
from copy import copy
from hashlib import sha256
from types import SimpleNamespace

from ecif.matching import Matching
from ecif.matching_conf import MatchingConf
from ecif.messages import (
    CustomerImage,
    Envelope,
    Identification,
    NumberReplaced,
    PartyQuery,
    PushReply,
    SignOn,
    Unreadable,
)
from ecif.model import PartyChange, Slot
from ecif.service import Service
from ecif.setting import SECOND, Patience
from ecif.steps import USUAL
from ecif.store.store import open_store
from ecif.survivorship import Rules, SurvivorshipConf
from ecif.verify import verify
from tests import databases

NOW = 1_700_000_000 * SECOND
ZHANG_ID = "11010519491231002X"
LI_ID = "440308199901101512"

TRUST = SurvivorshipConf.model_validate(
    {
        "group": [
            {"attributes": ["name", "document", "born", "gender", "kind"], "steps": ["sound", *USUAL],
             "trust": ["core", "loan", "ebank"]},
            {"attributes": ["phone", "email", "address"], "steps": ["sound", *USUAL]},
            {"attributes": ["risk"], "trust": ["core", "ebank"]},
        ]
    }
)  # fmt: skip
TIERS = MatchingConf.model_validate(
    {
        "weak_documents": ["household_register", "other"],
        "tier": [
            {"evidence": "document", "names": "compatible"},
            {"evidence": "born_and_mobile", "names": "same"},
        ],
    }
)
COMMON = ("kind", "name", "born", "gender", "phone:mobile")


class FakeDialect:
    """Writes values as they are, names up to `width`; a push is its fields as text."""

    pushes, eps, push_type = "applied", 2 * SECOND, "PUSH"

    def __init__(self, name, carries, *, width=99, slots=None, pushes="applied"):
        self.name, self.carries, self.width, self.pushes = name, carries, width, pushes
        self.slots = slots or {}
        self.only = {}
        self.pushed = {}

    def written(self, attribute, value):
        if attribute == "name":
            return value[: self.width]
        return value

    def losses(self, attribute, value):
        return () if self.written(attribute, value) == value else ("cut",)

    ids = itertools.count(1)

    def new_id(self, now):
        return f"H{next(self.ids):06}"

    def push_bytes(self, push):
        self.pushed[push.id] = push
        return repr((push.id, sorted(push.values.items()))).encode()

    def repeated(self, body):
        return body + b" again"


def three_systems():
    slots = {"document": Slot("document"), "address": Slot("address", {"person": "home"})}
    return {
        "core": FakeDialect("core", (*COMMON, "risk", "document", "address"), width=8, slots=slots),
        "loan": FakeDialect("loan", (*COMMON, "email", "document"), slots={"document": Slot("document")}),
        "ebank": FakeDialect(
            "ebank", (*COMMON, "risk", "email", "document:resident_id", "document:passport")
        ),
    }


class Bank:
    """A hub with a clock that stands still unless told."""

    def __init__(self, folder, *, durable=False, dialects=None, database="sqlite", matching=None, url=""):
        """`url`: a database that another one made."""
        self.matching = matching or Matching(TIERS)
        self.url = url or self.made(database, folder)
        self.dialects = dialects or three_systems()
        self.durable = durable
        self.now = NOW
        self.ids = itertools.count(1)
        self.seqs = {}
        self.open()

    def made(self, kind, folder):
        """URL of an empty database."""
        return databases.fresh(kind, folder)

    def open(self):
        self.store = open_store(self.url, durable=self.durable)
        self.service = Service(
            self.store,
            self.dialects,
            Rules.compiled(TRUST),
            self.matching,
            patience=Patience({"core": 10 * SECOND, "ebank": 3 * SECOND}, jitter=lambda: 0.5),
        )

    def beside(self):
        """A second process on the same database."""
        other = copy(self)
        other.open()
        return other

    def reopen(self):
        self.store.close()
        self.open()

    # ------------------------------------------------------------ commands

    def envelope(self, system, message_id=None, content="", type="T"):
        message_id = f"{system}-{next(self.ids)}" if message_id is None else message_id
        digest = sha256(content.encode()).hexdigest()
        raw = content.encode()
        return Envelope(system, type, message_id, message_id.encode(), self.now, False, digest, raw, self.now)

    def image(self, system, customer_no, *, seq=None, at=None, id=None, content=None, named=None,
              relations=None,
              holdings=None, duplicate=False, **values):  # fmt: skip
        if seq is None:
            seq = self.seqs.get((system, customer_no), 0) + 1
        self.seqs[system, customer_no] = max(seq, self.seqs.get((system, customer_no), 0))
        values = {name.replace("__", ":"): value for name, value in values.items()}
        content = content or repr((customer_no, seq, values, relations, holdings))
        change = PartyChange(
            customer_no,
            seq,
            self.now if at is None else at,
            duplicate,
            values,
            named or {},
            relations,
            holdings,
        )
        return CustomerImage(self.envelope(system, id, content), change)

    def person(self, system, customer_no, name="张三", **values):
        return self.image(system, customer_no, **{"kind": "person", "name": name, **values})

    def replaced(self, system, old, new, seq, id=None):
        return NumberReplaced(self.envelope(system, id, f"{old} {new} {seq}"), old, new, seq)

    def identification(self, system, name, *document):
        return Identification(self.envelope(system), name, document)

    def query(self, system, **asked):
        return PartyQuery(self.envelope(system), **asked)

    def sign_on(self, system, nonce, **how):
        return SignOn(self.envelope(system), nonce, self.now, **how)

    def answer(self, push, code="0000", version=0):
        return PushReply(self.envelope(push.system, ""), push.push_id, code, version)

    def unreadable(self, system, code, text, id=None, content="x"):
        return Unreadable(self.envelope(system, id, content), code, text)

    # ------------------------------------------------------------ acts

    def take(self, *commands):
        return self.service.take_in(commands, self.now)

    def one(self, command):
        (reply,) = self.take(command)
        return reply

    def wait(self, seconds):
        self.now += int(seconds * SECOND)

    def due(self, system, limit=100):
        return self.service.take_due(system, limit, self.now)

    def settle(self, rounds=10):
        """Every push is confirmed, until there is none. Returns them."""
        done = []
        for _ in range(rounds):
            pushes = [push for system in self.dialects for push in self.due(system)]
            if not pushes:
                return done
            self.take(*[self.answer(push) for push in pushes])
            done += pushes
        raise AssertionError("pushes do not end")

    # ------------------------------------------------------------ looking

    def values(self, push):
        return dict(self.dialects[push.system].pushed[push.push_id].values)

    def push(self, push):
        return self.dialects[push.system].pushed[push.push_id]

    def look(self, system, customer_no):
        with self.store.unit() as unit:
            unit.load_records([(system, customer_no)])
            record = unit.records.get((system, customer_no))
            if record is None:
                return None
            cluster = unit.cluster_of(record.party)
            return SimpleNamespace(
                record=record,
                head=unit.parties[cluster.head],
                numbers=set(cluster.numbers),
                keys=set(unit.keys(cluster)),
                schedule=unit.schedules[record.key],
            )

    def golden(self, system, customer_no):
        return {name: s.value for name, s in self.look(system, customer_no).head.golden.values.items()}

    def rows(self, sql):
        with self.store.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def problems(self):
        return verify(
            self.store, self.service.setting.rules, self.dialects, self.service.setting.matching
        ).problems
