"""A bank whose database is emptied for each script, steward scripts for it, and what its tables say."""

import functools
import json
import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from sqlalchemy import select, update

from ecif.decisions import (
    Dismiss,
    Merge,
    Move,
    NoMatch,
    Pin,
    RecordNoMatch,
    Rematch,
    Restore,
    Resume,
    Split,
    Undo,
    Unpin,
    Withdraw,
)
from ecif.four_eyes import FourEyesConf
from ecif.model import Relation
from ecif.stewardship import NotPossible
from ecif.store import schema as t
from ecif.store.engine import connect_engine
from tests import databases
from tests.ecif.bank import LI_ID, ZHANG_ID, Bank
from tests.ending import AT_THE_END

PLACES = [("core", "1"), ("core", "2"), ("loan", "1"), ("loan", "2"), ("ebank", "1"), ("ebank", "2")]
DOCUMENTS = [None, ("resident_id", ZHANG_ID), ("resident_id", LI_ID), ("passport", "E12345678")]
# A fact's valid_from is when its row began: a value that left and came back is dated as is known by then.
TOO_MUCH = ("valid_from", "version", "rev", "id", "from_version", "until_version", "next_attempt",
            "due_since", "attempts")  # fmt: skip
HISTORY = {"change_event", "party_snapshot", "merge_event", "merge_member", "decision", "decision_party",
           "counter", "message", "message_body", "anchor"}  # fmt: skip


@functools.cache
def _database(kind):
    folder = tempfile.mkdtemp(prefix="ecif")
    AT_THE_END.callback(shutil.rmtree, folder, ignore_errors=True)
    url = databases.fresh(kind, Path(folder))
    return url, connect_engine(url, durable=False)


class StewardedBank(Bank):
    """As `Bank`, on one database for all scripts."""

    def __init__(self, kind):
        self.fresh_url, engine = _database(kind)
        with engine.begin() as connection:
            connection.execute(update(t.party).values(merged_into=None))
            for table in reversed(t.metadata.sorted_tables):
                connection.execute(table.delete())
        super().__init__(None, database=kind)

    def made(self, kind, folder):
        return self.fresh_url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.store.close()

    def act(self, step):
        """One step of a script; what cannot be done is refused and changes nothing."""
        kind, *rest = step
        self.wait(1)
        try:
            getattr(self, f"do_{kind}")(*rest)
        except NotPossible:
            return False
        return True

    def play(self, steps):
        """After three customers that nobody takes for one."""
        for place, name in zip(PLACES[::2], ("甲", "乙", "丙"), strict=True):
            self.one(self.person(*place, name=name))
        for step in steps:
            self.act(step)

    # ------------------------------------------------------------ steps

    def do_image(self, place, values, document):
        slotted = {}
        if document is not None and place[0] != "ebank":
            slotted = {"document": (*document, None), "named": {"document": document[0]}}
        elif document is not None:
            slotted = {f"document__{document[0]}": (document[1], None)}
        self.one(self.person(*place, **values, **slotted))

    def do_related(self, place, name):
        self.one(self.person(*place, relations=(Relation("spouse", name, None),)))

    def do_settle(self):
        for system in self.dialects:
            self.take(*[self.answer(push) for push in self.due(system)])

    def do_decide(self, kind, which, other, value, task, proposal):
        by = {"actor": "zhao", "reason": "script", "now": self.now}
        self.service.decide(self.decision(kind, which, other, value, task, proposal), **by)

    def do_release(self, number):
        waiting = self.service.decisions(state="proposed").decisions
        if waiting:
            one = waiting[number % len(waiting)].id
            self.service.release(one, actor="qian", now=self.now)

    def do_reject(self, number):
        waiting = self.service.decisions(state="proposed").decisions
        if waiting:
            self.service.reject(waiting[number % len(waiting)].id, actor="qian", now=self.now)

    def do_four_eyes(self, kinds):
        rules = tuple(FourEyesConf(decision=kind) for kind in kinds)
        self.service.setting.rules.four_eyes = rules

    # ------------------------------------------------------------ who

    def known(self, statement):
        with self.store.reading() as connection:
            return sorted(connection.execute(statement).all())

    def decision(self, kind, which, other, value, task, number):
        """A decision that has something to decide on, where there is such: taken round and round."""
        party, pairs = t.party.c, t.no_match.c
        numbers = [row[0] for row in self.known(select(party.ecif_no))]
        merged = [row[0] for row in self.known(select(party.ecif_no).where(party.merged_into.is_not(None)))]
        heads = [one for one in numbers if one not in merged]
        if len(heads) < 2:
            raise NotPossible("not enough parties yet")
        one, two = heads[which % len(heads)], heads[(which + 1 + other % (len(heads) - 1)) % len(heads)]
        declared = self.known(select(pairs.low, pairs.high))
        records = self.known(select(t.source_record.c.system, t.source_record.c.customer_no))
        place = tuple(records[which % len(records)])
        silent = [key for key in map(tuple, records) if self.look(*key).record.withdrawn]
        asked = select(t.review_task.c.id).where(t.review_task.c.closed_at == 0)
        open_tasks = [row[0] for row in self.known(asked)]
        done = self.service.decisions(state="taken").decisions
        taken = [one.id for one in done if not isinstance(one.decision, Undo)]
        attribute = ("name", "risk", "email", "document:passport")[other % 4]
        pinned = ("E7654321", None) if ":" in attribute else value
        return {
            "merge": lambda: Merge(one, two),
            "split": lambda: Split(_some(merged, which, one)),
            "move": lambda: Move(*place, two if other % 3 else ""),
            "no_match": lambda: NoMatch(one, two),
            "record_no_match": lambda: RecordNoMatch(*place, two),
            "rematch": lambda: Rematch(*_some(declared, which, (one, two))),
            "pin": lambda: Pin(numbers[which % len(numbers)], attribute, pinned),
            "unpin": lambda: Unpin(numbers[which % len(numbers)], attribute),
            "withdraw": lambda: Withdraw(*place),
            "restore": lambda: Restore(*_some(silent, which, place)),
            "resume": lambda: Resume(*place),
            "dismiss": lambda: Dismiss(_some(open_tasks, which, task)),
            "undo": lambda: Undo(_some(taken, number % 3, 1)),
        }[kind]()

    # ------------------------------------------------------------ what the tables say

    def dump(self):
        """Every row but history and what counts writes: what two hubs must agree on."""
        found = {}
        with self.store.reading() as connection:
            for table in t.metadata.sorted_tables:
                if table.name not in HISTORY:
                    rows = map(dict, connection.execute(select(table)).mappings())
                    found[table.name] = sorted(filter(None, (self._said(table.name, row) for row in rows)))
        return found

    def _said(self, table, row):
        if row.get("valid_until") or row.get("closed_at"):
            return ""  # of the past
        row["due"] = row.get("next_attempt") is not None
        if table == "party":
            golden, pins, keys, *_ = json.loads(row["detail"])
            row["detail"] = [golden, pins, keys]
        if table == "source_record":  # any decision on its party counts anew how often a record insisted
            attributes, *rest = json.loads(row["contributions"])
            row["contributions"] = [{name: [*said[:3], 0] for name, said in attributes.items()}, *rest]
        return repr(sorted((name, value) for name, value in row.items() if name not in TOO_MUCH))


def _some(among, at, otherwise):
    return among[at % len(among)] if among else otherwise


VALUES = st.fixed_dictionaries(
    {"name": st.sampled_from(["张三", "李四", "张〓"])},
    optional={
        "gender": st.sampled_from(["male", "female"]),
        "risk": st.sampled_from(["R1", "R2"]),
        "phone__mobile": st.sampled_from(["13912345678", "13800000000"]),
        "born": st.sampled_from(["19491231", "19990110"]),
    },
)
IMAGES = st.tuples(st.just("image"), st.sampled_from(PLACES), VALUES, st.sampled_from(DOCUMENTS))
SMALL = st.integers(0, 11)
KINDS = (
    "merge", "merge", "split", "move", "no_match", "record_no_match", "rematch", "pin", "unpin", "withdraw",
    "restore", "resume", "dismiss", "undo", "undo",
)  # fmt: skip
TEXTS = st.sampled_from(["王五", "R3"])


def decides(kinds=KINDS):
    return st.tuples(
        st.just("decide"), st.sampled_from(kinds), SMALL, SMALL, TEXTS, st.integers(1, 9), st.integers(0, 8)
    )


STEPS = st.sampled_from(
    [
        *[IMAGES] * 4,
        *[decides()] * 8,
        st.tuples(st.just("related"), st.sampled_from(PLACES), st.sampled_from(["甲", "乙"])),
        st.tuples(st.just("settle")),
        st.tuples(st.just("release"), SMALL),
        st.tuples(st.just("reject"), SMALL),
        st.tuples(st.just("four_eyes"), st.lists(st.sampled_from(KINDS), max_size=2)),
    ]
).flatmap(lambda step: step)
"""Images and decisions more often than the rest."""
