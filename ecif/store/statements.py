"""The statements of the hot path, built once: few bulk reads with IN lists, writes for executemany.

Only what SQLite, PostgreSQL and Oracle all take. Names of binds in updates start with `b_`, because
SQLAlchemy keeps the column names for the values that are set.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnClause,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from ecif.model import SINGLE
from ecif.store import schema as t
from ecif.store.engine import BUSY_MILLISECONDS
from ecif.store.history_tables import party_snapshot
from ecif.store.rows import SHOWN

IN_LIST = 1_000
"""Oracle takes no more in one IN list."""

_ONE: ColumnClause[int] = literal_column("1")

T = TypeVar("T")


def chunks(items: Iterable[T], size: int = IN_LIST) -> Iterator[Sequence[T]]:
    rest = list(items)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def among(name: str) -> Any:
    return bindparam(name, expanding=True)


_r, _s, _p, _m = t.source_record.c, t.sync_state.c, t.party.c, t.message.c

RECORD_COLUMNS = (
    _r.system, _r.customer_no, _r.party, _r.head, _r.seq, _r.contributions, _r.rev,
    _s.next_attempt, _s.due_since, _s.attempts, _s.push_row, _s.flying, _s.number_held, _s.refused,
    _s.standoff,
    _s.last_error, _s.rev,
)  # fmt: skip
PARTY_COLUMNS = (_p.ecif_no, _p.version, _p.merged_into, _p.head, _p.detail, _p.rev)
JOURNAL_COLUMNS = (
    _m.id, _m.system, _m.direction, _m.message_id, _m.occurrence, _m.message_type, _m.digest, _m.state,
    _m.code,
    _m.ecif_no, _m.version, _m.reply_text, _m.customer_no, _m.stored_at, _m.ms,
)  # fmt: skip

_whole = t.source_record.join(t.sync_state, and_(_s.system == _r.system, _s.customer_no == _r.customer_no))

# ---------------------------------------------------------------- reads

HEADS_OF_PARTIES: Select[Any] = select(_p.head).where(_p.ecif_no.in_(among("keys")))
STOP = "*"
"""In place of a party: so many share the match key that it finds nobody."""
MATCHES: Select[Any] = select(t.match_key.c.match_key, t.match_key.c.ecif_no).where(
    t.match_key.c.match_key.in_(among("keys"))
)
RECORDS: Select[Any] = (
    select(*RECORD_COLUMNS)
    .select_from(_whole)
    .where(_r.system == bindparam("system"), _r.customer_no.in_(among("keys")))
)
RECORDS_BY_HEAD: Select[Any] = select(*RECORD_COLUMNS).select_from(_whole).where(_r.head.in_(among("keys")))
PARTIES_BY_HEAD: Select[Any] = select(*PARTY_COLUMNS).where(_p.head.in_(among("keys")))
DOCUMENT_HOLDERS: Select[Any] = select(t.FACTS["party_document"].c.ecif_no).where(
    t.FACTS["party_document"].c.document_type == bindparam("document_type"),
    t.FACTS["party_document"].c.document_no == bindparam("document_no"),
    t.FACTS["party_document"].c.valid_until.is_(None),
)

# Of all messages under an id only these bind later ones: the one that used it up, and other contents refused.
REUSED = "1004"
JOURNAL: Select[Any] = select(*JOURNAL_COLUMNS).where(
    _m.system == bindparam("system"),
    _m.direction == bindparam("direction"),
    _m.message_id.in_(among("keys")),
    or_(_m.occurrence == 0, _m.code == REUSED),
)
NONCES: Select[Any] = select(_m.message_id).where(
    _m.system == bindparam("system"),
    _m.direction == "non",
    _m.message_id.in_(among("keys")),
    _m.stored_at >= bindparam("since"),
)

DUE: Select[Any] = (
    select(_s.customer_no)
    .where(_s.system == bindparam("system"), _s.next_attempt <= bindparam("now"))
    .order_by(_s.next_attempt, _s.customer_no)
    .limit(bindparam("most"))
)

FAR: Select[Any] = (
    select(_s.customer_no)
    .where(_s.system == bindparam("system"), _s.next_attempt > bindparam("moment"))
    .order_by(_s.customer_no)
    .limit(bindparam("most"))
)

UNSHOWN: Select[Any] = (
    select(_s.customer_no)
    .where(
        _s.system == bindparam("system"),
        _s.next_attempt > SHOWN,
        _s.next_attempt <= bindparam("now"),
        _s.flying.is_(None),
    )
    .order_by(_s.next_attempt, _s.customer_no)
    .limit(bindparam("most"))
)

NO_MATCHES: Select[Any] = select(t.no_match.c.low, t.no_match.c.high).where(
    t.no_match.c.low.in_(among("keys"))
)
REVIEWS: Select[Any] = select(t.review_task.c.subject, t.review_task.c.closed_at, t.review_task.c.id).where(
    t.review_task.c.subject.in_(among("keys"))
)
BODIES: Select[Any] = select(t.message_body.c.id, t.message_body.c.body).where(
    t.message_body.c.id.in_(among("keys"))
)
MESSAGES: Select[Any] = select(*JOURNAL_COLUMNS).where(_m.id.in_(among("keys")))
REFUSED_PUSHES: Select[Any] = select(_m.id, _m.customer_no, _m.version, _m.stored_at).where(
    _m.system == bindparam("system"),
    _m.direction == "out",
    _m.state == "refused",
    _m.customer_no.in_(among("keys")),
)


def held(statement: Select[Any]) -> Select[Any]:
    """Its rows are locked until the transaction ends. Whoever has them is waited for, on Oracle no longer
    than elsewhere. (SQLite's writers have the whole database.)"""
    waits = f"WAIT {BUSY_MILLISECONDS // 1_000}"
    return statement.with_for_update().suffix_with(waits, dialect="oracle")


TURNS: Mapping[str, Select[Any]] = {
    "oracle": held(select(t.counter.c.next_free).where(t.counter.c.name == "ecif"))
}
"""Dialect → what a unit reads before it looks for match keys, where isolation alone does not keep two
processes from making two parties of one customer: Oracle's SERIALIZABLE gives each a snapshot and lets both
commit. Who holds the row of the ECIF numbers matches alone until its commit, and sees (READ COMMITTED) what
those before it committed. Before the first party there is no such row; then making it collides."""


# ---------------------------------------------------------------- writes


def update_by_rev(table: Table, keys: Sequence[str], columns: Sequence[str]) -> Update:
    """Sets `columns` of the row with these keys if nobody wrote it since it was read; counts the write."""
    return (
        update(table)
        .where(*[table.c[key] == bindparam(f"b_{key}") for key in keys], table.c.rev == bindparam("b_rev"))
        .values({**{column: bindparam(column) for column in columns}, "rev": table.c.rev + _ONE})
    )


ADD_PARTY: Insert = insert(t.party)
_GOLDEN = ["version", *SINGLE, "detail"]
SET_PARTY = update_by_rev(t.party, ["ecif_no"], _GOLDEN)
MOVE_PARTY = update_by_rev(t.party, ["ecif_no"], ["merged_into", "head", *_GOLDEN])
"""Merged or split besides. Of most changes that is no part, and an indexed column that is set costs more than
all the others, also where it stays as it was."""
ADD_RECORD: Insert = insert(t.source_record)
SET_RECORD = update_by_rev(t.source_record, ["system", "customer_no"], ["seq", "contributions"])
MOVE_RECORD = update_by_rev(
    t.source_record, ["system", "customer_no"], ["party", "head", "seq", "contributions"]
)
DROP_RECORD: Delete = delete(t.source_record).where(
    _r.system == bindparam("b_system"),
    _r.customer_no == bindparam("b_customer_no"),
    _r.rev == bindparam("b_rev"),
)
ADD_SYNC: Insert = insert(t.sync_state)
SET_SYNC = update_by_rev(
    t.sync_state,
    ["system", "customer_no"],
    [
        "next_attempt",
        "due_since",
        "attempts",
        "push_row",
        "flying",
        "number_held",
        "refused",
        "standoff",
        "last_error",
    ],
)
DROP_SYNC: Delete = delete(t.sync_state).where(
    _s.system == bindparam("b_system"),
    _s.customer_no == bindparam("b_customer_no"),
    _s.rev == bindparam("b_rev"),
)
ADD_MATCH_KEY: Insert = insert(t.match_key)
DROP_MATCH_KEY: Delete = delete(t.match_key).where(
    t.match_key.c.match_key == bindparam("b_match_key"),
    t.match_key.c.ecif_no == bindparam("b_ecif_no"),
)
STOP_MATCH_KEY: Delete = delete(t.match_key).where(t.match_key.c.match_key == bindparam("b_match_key"))
FORGET_STOP_KEYS: Delete = delete(t.match_key).where(t.match_key.c.ecif_no == STOP)
ADD_EVENT: Insert = insert(t.change_event)
ADD_SNAPSHOT: Insert = insert(party_snapshot)
ADD_MESSAGE: Insert = insert(t.message)
ADD_BODY: Insert = insert(t.message_body)
SET_MESSAGE: Update = (
    update(t.message)
    .where(_m.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in ("state", "code", "ms")})
)
SETTLE_MESSAGE: Update = (
    update(t.message)
    .where(_m.id == bindparam("b_id"), _m.state == bindparam("b_state"))
    .values({name: bindparam(name) for name in ("state", "code", "ecif_no", "version", "reply_text")})
)
"""Of a message set aside, unless another process did something with it meanwhile."""
ADD_REVIEW: Insert = insert(t.review_task)
CLOSE_REVIEW: Update = (
    update(t.review_task)
    .where(t.review_task.c.id == bindparam("b_id"))
    .values(closed_at=bindparam("closed_at"))
)
ADD_NO_MATCH: Insert = insert(t.no_match)
ADD_MERGE: Insert = insert(t.merge_event)
ADD_MERGE_MEMBER: Insert = insert(t.merge_member)
ADD_COUNTER: Insert = insert(t.counter)
TAKE_BLOCK: Update = (
    update(t.counter)
    .where(t.counter.c.name == bindparam("b_name"))
    .values(next_free=t.counter.c.next_free + bindparam("b_size"))
)
READ_COUNTER: Select[Any] = select(t.counter.c.next_free).where(t.counter.c.name == bindparam("name"))


def _end(table: Table, keys: Sequence[str], ends: Sequence[str]) -> Update:
    """Ends the fact that holds now under these keys; a missing key is told by IS NULL."""
    matches = [
        or_(
            table.c[key] == bindparam(f"b_{key}"),
            and_(table.c[key].is_(None), bindparam(f"b_{key}").is_(None)),
        )
        if table.c[key].nullable
        else table.c[key] == bindparam(f"b_{key}")
        for key in keys
    ]
    return (
        update(table)
        .where(*matches, table.c.valid_until.is_(None))
        .values({name: bindparam(name) for name in ends})
    )


def add_facts() -> dict[str, Insert]:
    return {name: insert(table) for name, table in (t.FACTS | t.LISTED).items()}


def end_facts(
    fact_keys: dict[str, tuple[str, ...]], listed_keys: dict[str, tuple[str, ...]]
) -> dict[str, Update]:
    ended = ("valid_until", "until_version")
    owner = ("system", "customer_no")
    facts = {name: _end(t.FACTS[name], ("ecif_no", *keys), ended) for name, keys in fact_keys.items()}
    lists = {name: _end(t.LISTED[name], (*owner, *keys), ended[:1]) for name, keys in listed_keys.items()}
    return facts | lists


_h = t.LISTED["party_holding"]
SET_HOLDING: Update = (
    update(_h)
    .where(
        _h.c.system == bindparam("b_system"),
        _h.c.customer_no == bindparam("b_customer_no"),
        _h.c.kind == bindparam("b_kind"),
        _h.c.holding_no == bindparam("b_holding_no"),
        _h.c.valid_until.is_(None),
    )
    .values({name: bindparam(name) for name in ("product", "ccy", "amount", "opened", "status")})
)
