"""Stewards' rows within one unit of work: decisions, claims, pairs declared different.

Part of `UnitOfWork`: reads what is asked, keeps what is to be written, writes it with the rest. Few of them a
day, so the statements go through SQLAlchemy as they are.
"""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update

from ecif.model import Key
from ecif.store import schema as t
from ecif.store import steward_tables as st
from ecif.store.errors import Crossed
from ecif.store.rows import Row
from ecif.store.statements import chunks, held

_d, _p, _c, _r, _n = (
    st.decision.c, st.decision_party.c, st.review_claim.c, st.record_no_match.c, t.no_match.c,
)  # fmt: skip
_task = t.review_task.c

_ADD_DECISION = insert(st.decision)
_SETTLE = (
    update(st.decision)
    .where(_d.id == bindparam("b_id"), _d.rev == bindparam("b_rev"))
    .values(
        {
            name: bindparam(name)
            for name in ("state", "undo", "versions", "second_actor", "second_reason", "settled_at")
        }
        | {"rev": _d.rev + 1}
    )
)
_DROP_PAIR = delete(t.no_match).where(_n.low == bindparam("b_low"), _n.high == bindparam("b_high"))
_DROP_RECORD_PAIR = delete(st.record_no_match).where(
    _r.system == bindparam("b_system"),
    _r.customer_no == bindparam("b_customer_no"),
    _r.ecif_no == bindparam("b_ecif_no"),
)
_DROP_CLAIM = delete(st.review_claim).where(_c.task == bindparam("b_task"))
_REOPEN = update(t.review_task).where(_task.id == bindparam("b_id")).values(closed_at=0)


class Decided(msgspec.Struct, frozen=True):
    """A row of `decision`."""

    id: int
    kind: str
    state: str
    """proposed, taken, rejected or undone"""
    content: str
    versions: str
    undo: str
    task: int
    """Review task that it answers; 0 for none."""
    actor: str
    reason: str
    decided_at: int
    second_actor: str
    second_reason: str
    settled_at: int
    request: str
    rev: int


_COLUMNS = tuple(_d[name] for name in Decided.__struct_fields__)


def read_decision(row: Any) -> Decided:
    """From the columns of `decisions`."""
    (id_, kind, state, content, versions, undo, task, actor, reason, decided_at, second_actor,
     second_reason, settled_at, request, rev) = row  # fmt: skip
    return Decided(
        id_, kind, state, content, versions, undo or "", task or 0, actor, reason or "", decided_at,
        second_actor or "", second_reason or "", settled_at or 0, request or "", rev,
    )  # fmt: skip


def decisions() -> Select[Any]:
    return select(*_COLUMNS)


class StewardRows:
    """One a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.decisions: list[Decided] = []
        self.settled: list[Decided] = []
        """As they are to be; `rev` as it was read."""
        self.concerned: list[Row] = []
        self.claims: list[Row] = []
        self.unclaimed: list[int] = []
        self.dropped_pairs: set[tuple[str, str]] = set()
        self.restored_pairs: list[Row] = []
        self.record_pairs: list[Row] = []
        self.dropped_record_pairs: set[tuple[str, str, str]] = set()
        self.reopened: list[int] = []
        self._no_record_pairs: bool | None = None

    # ------------------------------------------------------------ reading

    def decision(self, number: int) -> Decided | None:
        return self._one(decisions().where(_d.id == number))

    def decision_held(self, number: int) -> Decided | None:
        """Nobody else settles it before this unit ends; waits for whoever is about to. Reading alone would
        show Oracle's READ COMMITTED a proposal that waits, and then parties that its release has changed."""
        return self._one(held(decisions().where(_d.id == number)))

    def by_request(self, request: str) -> Decided | None:
        return self._one(decisions().where(_d.request == request))

    def _one(self, statement: Select[Any]) -> Decided | None:
        row = self._connection.execute(statement).first()
        return None if row is None else read_decision(row)

    def open_like(self, kind: str, content: str) -> Decided | None:
        """A proposal of just that, waiting."""
        statement = decisions().where(_d.state == "proposed", _d.kind == kind).order_by(_d.id)
        found = map(read_decision, self._connection.execute(statement))
        return next((one for one in found if one.content == content), None)

    def later(self, number: int, ecif_nos: Collection[str]) -> list[int]:
        """Decisions after that one which still hold and concern any of these parties."""
        found: set[int] = set()
        for chunk in chunks(sorted(ecif_nos)):
            statement = (
                select(_d.id)
                .join(st.decision_party, _p.decision == _d.id)
                .where(_p.ecif_no.in_(chunk), _d.id > number, _d.state == "taken", _d.kind != "undo")
            )
            found |= {row[0] for row in self._connection.execute(statement)}
        return sorted(found)

    def parties_of(self, number: int) -> tuple[str, ...]:
        statement = select(_p.ecif_no).where(_p.decision == number).order_by(_p.ecif_no)
        return tuple([row[0] for row in self._connection.execute(statement)])

    def task(self, number: int) -> Row | None:
        row = self._connection.execute(select(t.review_task).where(_task.id == number)).mappings().first()
        return None if row is None else dict(row)

    def claim(self, task: int) -> str:
        return self._connection.execute(select(_c.assignee).where(_c.task == task)).scalar() or ""

    def pairs(self, numbers: Collection[str]) -> list[Row]:
        """Pairs declared different with a number among these, either side."""
        found: dict[tuple[str, str], Row] = {}
        for chunk in chunks(sorted(numbers)):
            statement = select(t.no_match).where(or_(_n.low.in_(chunk), _n.high.in_(chunk)))
            for row in self._connection.execute(statement).mappings():
                found[row["low"], row["high"]] = dict(row)
        return [row for pair, row in sorted(found.items()) if pair not in self.dropped_pairs]

    def record_pairs_of(self, numbers: Collection[str]) -> list[Row]:
        """Records declared not to be of one of these parties. Mostly nobody has declared any: asked once."""
        if self._no_record_pairs is None:
            self._no_record_pairs = self._connection.execute(select(_r.ecif_no).limit(1)).first() is None
        if self._no_record_pairs:
            return [row for row in self.record_pairs if row["ecif_no"] in numbers]
        found: list[Row] = []
        for chunk in chunks(sorted(numbers)):
            statement = select(st.record_no_match).where(_r.ecif_no.in_(chunk))
            found += map(dict, self._connection.execute(statement).mappings())
        dropped = self.dropped_record_pairs
        kept = [row for row in found if (row["system"], row["customer_no"], row["ecif_no"]) not in dropped]
        return kept + [row for row in self.record_pairs if row["ecif_no"] in numbers]

    def record_pairs_of_key(self, key: Key) -> list[Row]:
        statement = select(st.record_no_match).where(_r.system == key[0], _r.customer_no == key[1])
        return [dict(row) for row in self._connection.execute(statement).mappings()]

    # ------------------------------------------------------------ writing

    def write(self) -> None:
        run = self._many
        run(_DROP_PAIR, [{"b_low": low, "b_high": high} for low, high in sorted(self.dropped_pairs)])
        run(insert(t.no_match), self.restored_pairs)
        names = ("b_system", "b_customer_no", "b_ecif_no")
        dropped = [dict(zip(names, pair, strict=True)) for pair in sorted(self.dropped_record_pairs)]
        run(_DROP_RECORD_PAIR, dropped)
        run(insert(st.record_no_match), self.record_pairs)
        run(_REOPEN, [{"b_id": number} for number in self.reopened])
        run(_DROP_CLAIM, [{"b_task": task} for task in self.unclaimed])
        run(insert(st.review_claim), self.claims)
        run(_ADD_DECISION, [_row(one) for one in self.decisions])
        for one in self.settled:
            self._settle(one)
        run(insert(st.decision_party), self.concerned)

    def _many(self, statement: Any, rows: Sequence[Row]) -> None:
        if rows:
            self._connection.execute(statement, rows)

    def _settle(self, one: Decided) -> None:
        row = _row(one)
        bound = {name: row[name] for name in _SETTLED} | {"b_id": one.id, "b_rev": one.rev}
        if self._connection.execute(_SETTLE, bound).rowcount != 1:
            raise Crossed("a decision was settled by another process")


_SETTLED = ("state", "undo", "versions", "second_actor", "second_reason", "settled_at")


def _row(one: Decided) -> Row:
    """What is none in memory is NULL in the row."""
    nothing = ("undo", "task", "reason", "second_actor", "second_reason", "settled_at", "request")
    row = msgspec.structs.asdict(one)
    return row | {name: row[name] or None for name in nothing}
