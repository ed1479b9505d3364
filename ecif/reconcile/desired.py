"""What one record should hold, what a push to it says, and whether one is due. Pure.

Everything is in the form the record's system writes (`Dialect.written`): cut, recoded, substituted. What is
wanted is golden in that form; a record is due while that differs from what it is believed to hold, or its
ECIF number from the one it knows. Entries and slots follow the sheets' README, "What a push means".
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import TypeAlias

import msgspec

from ecif.entries import marked
from ecif.identity import expired
from ecif.model import BLANK, SLOT_ORDER, Dialect, Golden, SourceRecord, Survivor, Value

Desired: TypeAlias = dict[str, tuple[Value | None, Survivor | None]]
"""Attribute of the push layout → as the system should hold it, and the golden value that comes from."""


def desired(record: SourceRecord, golden: Golden, dialect: Dialect) -> Desired:
    """Fields for the other party kind only are left out: they are neither pushed nor missed."""
    only, kind = dialect.only, golden.kind()
    return {
        name: _written(name, record, golden, dialect)
        for name in dialect.carries
        if only.get(name, kind) == kind  # else the layout leaves it blank, which says nothing
    }


def wanted(record: SourceRecord, golden: Golden, dialect: Dialect) -> dict[str, Value | None]:
    """Each attribute of the push layout as the system should hold it; None where golden has none."""
    return {name: value for name, (value, _) in desired(record, golden, dialect).items()}


def wanted_of(name: str, record: SourceRecord, golden: Golden, dialect: Dialect) -> Value | None:
    """`wanted` of one attribute; None also where the layout does not carry it."""
    if name not in dialect.carries or dialect.only.get(name, golden.kind()) != golden.kind():
        return None
    return _written(name, record, golden, dialect)[0]


def _written(
    name: str, record: SourceRecord, golden: Golden, dialect: Dialect
) -> tuple[Value | None, Survivor | None]:
    if name in dialect.slots:
        return _slot_entry(name, record, golden, dialect) or (None, None)
    survivor = golden.values.get(name)
    return (None, None) if survivor is None else (dialect.written(name, survivor.value), survivor)


def _slot_entry(
    name: str, record: SourceRecord | None, golden: Golden, dialect: Dialect
) -> tuple[Value, Survivor] | None:
    """The entry for a single slot: of the key it last named, else the first in order that can be written."""
    slot, kind = dialect.slots[name], golden.kind()
    last = slot.by_kind.get(kind) or (record.named.get(name) if record is not None else None)
    keys = SLOT_ORDER.get((slot.family, kind), ())
    named = _entry(name, last, golden, dialect) if last else None
    return named or _first(name, keys, golden, dialect)


def _first(
    name: str, keys: tuple[str, ...], golden: Golden, dialect: Dialect
) -> tuple[Value, Survivor] | None:
    late = None
    for key in keys:
        found = _entry(name, key, golden, dialect)
        if found and not (name == "document" and expired(found[1].value, golden.as_of)):
            return found
        late = late or found  # an expired document only where there is no other
    return late


def _entry(name: str, key: str, golden: Golden, dialect: Dialect) -> tuple[Value, Survivor] | None:
    """Golden's entry under a key as the slot writes it; without the key where the slot has no code for it."""
    slot = dialect.slots[name]
    survivor = golden.values.get(f"{slot.family}:{key}")
    if survivor is None:
        return None
    written = dialect.written(name, ("" if slot.by_kind else key, *survivor.value))
    return None if written is None else (written, survivor)


def pushed_values(record: SourceRecord, desired: Desired) -> dict[str, Value | None]:
    """What a push says. None is the clear mark: golden has none and the system holds one. Blanks are absent.

    An entry's second part is `*` where it must be cleared while its first part stays.
    """
    out: dict[str, Value | None] = {}
    for name, (value, _) in desired.items():
        before = record.attributes.get(name)
        if value is not None:
            out[name] = marked(value, before) if isinstance(value, tuple) else value
        elif before is not None and before.held is not None:
            out[name] = None
    return out


def pushed_since(desired: Desired) -> dict[str, int]:
    """Since when golden's value of each attribute holds; absent where golden has none."""
    return {name: survivor.since for name, (_, survivor) in desired.items() if survivor is not None}


def pushed_losses(desired: Desired, dialect: Dialect) -> tuple[str, ...]:
    """What the system's form takes from golden: `name cut`, `address substituted`, … for the journal."""
    out: list[str] = []
    for name, (written, survivor) in desired.items():
        if survivor is None or written is None or written == survivor.value:
            continue
        value = (written[0], *survivor.value) if name in dialect.slots else survivor.value
        out += [f"{name} {loss}" for loss in dialect.losses(name, value)]
    return tuple(out)


def pushed_named(record: SourceRecord, values: Mapping[str, Value | None]) -> dict[str, str]:
    """For slots that are cleared: the type or use to write beside the clear mark."""
    out: dict[str, str] = {}
    for name, key in record.named.items():
        if values.get(name, "") is None:
            before = record.attributes.get(name, BLANK)
            out[name] = str(before.held[0]) if isinstance(before.held, tuple) and before.held[0] else key
    return out


def in_full(golden: Golden, dialect: Dialect, record: SourceRecord | None = None) -> dict[str, Value]:
    """A whole golden record for an answer; `record` is the asking system's own, if it has one."""
    record = record or SourceRecord(dialect.name, "", "")
    return {name: value for name, value in wanted(record, golden, dialect).items() if value is not None}


def is_due(record: SourceRecord, golden: Golden, ecif_no: str, dialect: Dialect) -> bool:
    """Must this record be pushed now? Its system holds another value or another ECIF number."""
    if record.flying is not None or record.standoff or record.seq < 0 or dialect.pushes == "no":
        return False
    if record.number_held in ("", ecif_no) and not _differs(record, golden, dialect):
        return False
    return not record.refused or record.refused != digest(wanted(record, golden, dialect), ecif_no)


def _differs(record: SourceRecord, golden: Golden, dialect: Dialect) -> bool:
    """Does it hold anything else than `wanted`? Asked of every record a batch touches, so without making it.

    What a system holds is in its own form, and writing that again changes nothing: where golden has the very
    value, it need not be written to be compared.
    """
    values, attributes, only = golden.values, record.attributes, dialect.only
    for name in dialect.carries:
        state, survivor = attributes.get(name), values.get(name)
        held = None if state is None else state.held
        if survivor is not None and survivor.value == held:
            continue
        if survivor is None and held is None and name not in dialect.slots:
            continue
        if name in only and only[name] != golden.kind():
            continue
        if isinstance(held, tuple) and name in dialect.slots and _shows(name, held, record, golden, dialect):
            continue
        if _written(name, record, golden, dialect)[0] != held:
            return True
    return False


def _shows(
    name: str, held: tuple[str | None, ...], record: SourceRecord, golden: Golden, dialect: Dialect
) -> bool:
    """Whether a slot holds golden's very entry of the key that it names; where not, it must be written to be
    compared."""
    slot = dialect.slots[name]
    key = slot.by_kind.get(golden.kind()) or record.named.get(name)
    survivor = golden.values.get(f"{slot.family}:{key}")
    return survivor is not None and held == ("" if slot.by_kind else key, *survivor.value)


def digest(want: Mapping[str, Value | None], ecif_no: str) -> str:
    """Of what would be pushed: a final refusal holds until this changes."""
    return sha256(msgspec.json.encode([ecif_no, sorted(want.items())])).hexdigest()[:32]
