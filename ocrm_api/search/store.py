"""The index's rows: what the follower writes and what searches read."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import (
    Connection,
    Engine,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from ecif.searching import Range
from ecif.store.bulk import Bulk
from ecif.store.engine import WRITING
from ecif.store.store import translated
from ocrm_api.access.scope import WHOLE, Scope, within
from ocrm_api.search import tables as t

NOW = 0
"""`until` of a key that holds."""
BUILT = "~"
"""`built_to` when every party is in: sorts after every number."""
_NAME = "parties"

_k, _p, _f, _s = t.search_key.c, t.search_party.c, t.change_feed.c, t.follow_state.c

View: TypeAlias = Connection
Keys: TypeAlias = dict[str, tuple[int, int]]
"""Key → (since, until)."""


class State(msgspec.Struct):
    epoch: str
    built_to: str
    mark: int
    swept: int
    next_position: int


class Entry(msgspec.Struct, frozen=True):
    """A party as the index keeps it."""

    ecif_no: str
    facets: Mapping[str, str | None]
    keys: Keys


class Fed(msgspec.Struct, frozen=True):
    """A numbered change event."""

    position: int
    ecif_no: str
    seq: int
    version: int
    cause: str
    stored_at: int


class Wanted(msgspec.Struct, frozen=True):
    """What found parties must be like, beside the key. None: anything."""

    facets: Mapping[str, str] = {}
    scope: Scope = WHOLE
    at: int | None = None
    """Found by what held then; None: by what holds now."""

    also: Sequence[Sequence[Range]] = ()
    """Other words that lead to them now: of each, one of its ranges."""


class IndexStore:
    """Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.bulk = Bulk()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One writer at a time: the state's row is held."""
        held = update(t.follow_state).where(_s.name == _NAME).values(format=_s.format)
        connecting = self._engine.connect().execution_options(**{WRITING: True})
        with translated(), connecting as connection, connection.begin():
            connection.execute(held)
            yield connection

    def close(self) -> None:
        self._engine.dispose()


# ---------------------------------------------------------------- how far it has read


def state_of(connection: Connection) -> State | None:
    """None: never begun, or made by another release."""
    row = connection.execute(
        select(_s.epoch, _s.built_to, _s.mark, _s.swept, _s.next_position, _s.format).where(_s.name == _NAME)
    ).first()
    if row is None or row.format != t.FORMAT:
        return None
    return State(row.epoch, row.built_to.strip(), row.mark, row.swept, row.next_position)


def begin(connection: Connection, mark: int) -> State:
    """Empties everything; what is stored before `mark` is found by the first build, not by its events."""
    for table in (t.search_key, t.search_party, t.change_feed, t.follow_state):
        connection.execute(delete(table))
    state = State(secrets.token_hex(8), " ", mark, mark, 1)
    values = msgspec.structs.asdict(state)
    connection.execute(insert(t.follow_state).values(name=_NAME, format=t.FORMAT, **values))
    return state


def keep_state(connection: Connection, state: State) -> None:
    values = msgspec.structs.asdict(state) | {"built_to": state.built_to or " "}
    connection.execute(update(t.follow_state).where(_s.name == _NAME).values(values))


# ---------------------------------------------------------------- the feed


def feed_since(connection: Connection, stored_at: int, until: int | None = None) -> set[tuple[str, int]]:
    """(ECIF number, event) of all fed events stored from then on."""
    statement = select(_f.ecif_no, _f.seq).where(_f.stored_at >= stored_at)
    if until is not None:
        statement = statement.where(_f.stored_at < until)
    return {(row[0], row[1]) for row in connection.execute(statement)}


def count_fed(connection: Connection, stored_at: int, until: int) -> int:
    statement = select(func.count(_f.position)).where(_f.stored_at >= stored_at, _f.stored_at < until)
    return int(connection.execute(statement).scalar_one())


def add_fed(connection: Connection, bulk: Bulk, fed: Sequence[Fed]) -> None:
    bulk.many(connection, _ADD_FED, [msgspec.structs.asdict(one) for one in fed])


def fed_after(connection: Connection, position: int, limit: int) -> list[Fed]:
    columns = (_f.position, _f.ecif_no, _f.seq, _f.version, _f.cause, _f.stored_at)
    statement = select(*columns).where(_f.position > position).order_by(_f.position).limit(limit)
    return [Fed(*row) for row in connection.execute(statement)]


# ---------------------------------------------------------------- parties and keys

_ADD_FED = insert(t.change_feed)
_ADD_KEY = insert(t.search_key)
_ADD_PARTY = insert(t.search_party)
_DROP_KEY = delete(t.search_key).where(
    _k.search_key == bindparam("b_key"), _k.ecif_no == bindparam("b_ecif_no")
)
_SET_KEY = (
    update(t.search_key)
    .where(_k.search_key == bindparam("b_key"), _k.ecif_no == bindparam("b_ecif_no"))
    .values({name: bindparam(name) for name in ("since", "until", *t.FACETS)})
)
_DROP_PARTY = delete(t.search_party).where(_p.ecif_no == bindparam("b_ecif_no"))


def entries(connection: Connection, numbers: Iterable[str]) -> dict[str, Entry]:
    """These parties as the index has them; none for one that is not in."""
    found: dict[str, Entry] = {}
    rest = list(numbers)
    columns = [_p.ecif_no, _p["keys"], *(_p[name] for name in t.FACETS)]
    for start in range(0, len(rest), 1_000):
        statement = select(*columns).where(_p.ecif_no.in_(rest[start : start + 1_000]))
        for number, keys, *facets in connection.execute(statement):
            said = dict(zip(t.FACETS, facets, strict=True))
            found[number] = Entry(number, said, msgspec.json.decode(keys, type=Keys))
    return found


def put(connection: Connection, bulk: Bulk, before: Mapping[str, Entry], after: Sequence[Entry]) -> None:
    """Replaces these parties; `before`: what `entries` said of them."""
    dropped: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    for entry in after:
        number, old = entry.ecif_no, before.get(entry.ecif_no, _NOTHING)
        facets = _facets(entry)
        stays = facets == _facets(old)
        dropped += [{"b_key": key, "b_ecif_no": number} for key in old.keys.keys() - entry.keys.keys()]
        for key, held in entry.keys.items():
            content = {"since": held[0], "until": held[1], **facets}
            if key not in old.keys:
                added.append({"search_key": key, "ecif_no": number, **content})
            elif not stays or held != old.keys[key]:
                changed.append({"b_key": key, "b_ecif_no": number, **content})
    bulk.many(connection, _DROP_KEY, dropped)
    bulk.many(connection, _SET_KEY, changed)
    bulk.many(connection, _DROP_PARTY, [{"b_ecif_no": e.ecif_no} for e in after if e.ecif_no in before])
    added.sort(key=_in_order)
    bulk.many(connection, _ADD_KEY, added)
    bulk.many(connection, _ADD_PARTY, [_party_row(entry) for entry in after if entry.keys])


_in_order = itemgetter("search_key", "ecif_no")
"""Neighbours of one page are written together."""
_NOTHING = Entry("", {}, {})


def _facets(entry: Entry) -> dict[str, str | None]:
    return {name: entry.facets.get(name) for name in t.FACETS}


def _party_row(entry: Entry) -> dict[str, Any]:
    keys = msgspec.json.encode(entry.keys).decode()
    return {"ecif_no": entry.ecif_no, **_facets(entry), "keys": keys}


# ---------------------------------------------------------------- searching


def found(
    connection: Connection, range: Range, wanted: Wanted, *, after: tuple[str, str] | None, limit: int
) -> list[tuple[str, str]]:
    """(key, ECIF number) in their order, from after one."""
    statement = select(_k.search_key, _k.ecif_no)
    key, number = after or (range.first, "")
    statement = statement.where(_k.search_key >= key, _k.search_key < range.end)
    if after is not None:
        statement = statement.where(not_(and_(_k.search_key == key, _k.ecif_no <= number)))
    statement = statement.where(*_held(wanted.at), *_filters(wanted), *map(_leads, wanted.also))
    statement = statement.order_by(_k.search_key, _k.ecif_no).limit(limit)
    return [(row[0], row[1]) for row in connection.execute(statement)]


def _held(at: int | None) -> list[Any]:
    if at is None:
        return [_k.until == NOW]
    return [_k.since <= at, or_(_k.until == NOW, _k.until > at)]


def _filters(wanted: Wanted) -> list[Any]:
    conditions: list[Any] = [_k[name] == value for name, value in wanted.facets.items()]
    return conditions if wanted.scope.whole else [*conditions, within(wanted.scope, t.search_key)]


def _leads(ranges: Sequence[Range]) -> Any:
    """Found by another word, too. As a value, not as a condition: PostgreSQL, which takes every range of
    words for a short one, would join the two and read the other range again for each row."""
    other = t.search_key.alias().c
    held = or_(*(and_(other.search_key >= one.first, other.search_key < one.end) for one in ranges))
    return case((_k.ecif_no.in_(select(other.ecif_no).where(held, other.until == NOW)), 1), else_=0) == 1
