"""What the bank's staff say of a customer: contributions of a system named `ocrm`, which has no transport.

A correction competes like any system's word: it is journalled, survives by the same rules (conf names `ocrm`
in its trust orders) and is delivered to everybody else by the same pushes. It differs in two ways. A record
of `ocrm` has the ECIF number as its customer number, and only what is corrected stands in it. And an act of
staff is always a genuine change: said twice it counts from the second time, where a system that says the
same again merely repeats what it holds.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from ecif import counter, images, journal
from ecif.identity import sound
from ecif.messages import Correction, Envelope, Reply
from ecif.model import FAMILIES, SINGLE, PartyChange, Push, Shown, Slot, SourceRecord, Value
from ecif.reconcile.image import on_image
from ecif.stewardship import Changed
from ecif.work import Cause, Work

STAFF: Final = "ocrm"
TYPE: Final = "CORRECTION"
FIXED: Final = frozenset(("kind",))
"""Not for staff to change: another kind of party is another party."""


class NotCorrect(ValueError):
    """A value that cannot be right: the attribute and the rule, never the value."""


class StaffDialect:
    """The form in which staff write: the standard one. Nothing is pushed to them."""

    name: str = STAFF
    pushes: Literal["applied", "seen", "no"] = "no"
    eps: int = 0
    carries: tuple[str, ...] = ()
    only: Mapping[str, str] = {}
    slots: Mapping[str, Slot] = {}
    push_type: str = ""

    def written(self, attribute: str, value: Value) -> Value | None:
        return value

    def losses(self, attribute: str, value: Value) -> tuple[str, ...]:
        return ()

    def new_id(self, now: int) -> str:
        raise NotImplementedError("staff are pushed nothing")

    def push_bytes(self, push: Push) -> bytes:
        raise NotImplementedError("staff are pushed nothing")

    def repeated(self, body: bytes) -> bytes:
        raise NotImplementedError("staff are pushed nothing")


class _Written(msgspec.Struct, frozen=True):
    """A correction as the journal keeps it."""

    ecif_no: str
    values: dict[str, str | tuple[str | None, ...] | None]
    actor: str
    reason: str


# ---------------------------------------------------------------- from a request, and again from the journal


def correction(
    ecif_no: str, values: Mapping[str, Value | None], *, actor: str, reason: str, id: str, now: int
) -> Correction:
    """Raises NotCorrect. `id`: the same again gets the first one's reply. None withdraws what staff said."""
    for attribute, value in values.items():
        check(attribute, value)
    raw = msgspec.json.encode(_Written(ecif_no, dict(values), actor, reason), order="sorted")
    return _command(raw, id, now)


def read(raw: bytes, at: int, id: str = "") -> Correction:
    """From the journal, to be taken again."""
    return _command(raw, id, at)


def _command(raw: bytes, id: str, now: int) -> Correction:
    written = msgspec.json.decode(raw, type=_Written)
    digest = sha256(raw).hexdigest()
    envelope = Envelope(STAFF, TYPE, id, id.encode(), now, False, digest, raw, now)
    change = PartyChange(written.ecif_no, 0, now, False, written.values)
    return Correction(envelope, change, written.actor, written.reason)


def check(attribute: str, value: Value | None) -> None:
    """Whether staff may say this. Codes are checked by whoever knows the bank's tables."""
    family, _, key = attribute.partition(":")
    known = attribute in SINGLE if not key else key in FAMILIES.get(family, ())
    if not known:
        raise NotCorrect(f"{attribute[:40]}: there is no such attribute")
    if attribute in FIXED:
        raise NotCorrect(f"{attribute}: another kind of party is another party")
    if value is None:
        return
    paired = family in ("document", "address")
    if paired != isinstance(value, tuple) or (paired and (len(value) != 2 or not value[0])) or not value:
        raise NotCorrect(f"{attribute}: " + ("two parts, the first not empty" if paired else "a text"))
    if any(part is not None and (not part.strip() or part != part.strip()) for part in _parts(value)):
        raise NotCorrect(f"{attribute}: blank, or blanks around it")
    if not sound(attribute, value):
        raise NotCorrect(f"{attribute}: check digit, date or placeholder")


def _parts(value: Value) -> tuple[str | None, ...]:
    return value if isinstance(value, tuple) else (value,)


# ---------------------------------------------------------------- taken


def take(work: Work, command: Correction, row: int) -> Reply:
    cluster = counter.cluster_named(work, command.change.customer_no)
    if cluster is None:
        return counter.UNKNOWN
    dialect = work.setting.dialects[STAFF]
    cause = Cause("correction", command.change.sent_at, STAFF, row, command.actor, command.reason)
    known = counter.own_record(work, cluster, STAFF, command.change.customer_no)
    if known is not None:
        change = replace(command.change, customer_no=known.customer_no, seq=known.seq + 1)
        return images.apply(work, _as_if_new(known, change), change, dialect, cause)
    blank = SourceRecord(STAFF, cluster.head, cluster.head)
    first = replace(command.change, customer_no=cluster.head, seq=1)
    record = on_image(blank, first, work.head(cluster).golden, dialect)
    return images.add_first(work, record, cluster, cause, again=True)


def expect(work: Work, command: Correction, version: int | None) -> None:
    """Unless it was taken before: then it gets its reply, whatever came since."""
    if version is None:
        return
    journal.load(work.unit, [command])
    if journal.earlier(work.unit, command)[0] is not None:
        return
    cluster = counter.cluster_named(work, command.change.customer_no)
    if cluster is not None and work.head(cluster).version != version:
        raise Changed("the customer has changed since it was read")


def _as_if_new(record: SourceRecord, change: PartyChange) -> SourceRecord:
    """Nothing that was said before makes this an echo."""
    attributes = dict(record.attributes)
    for name, value in change.values.items():
        before = attributes.get(name)
        if before is not None and value is not None:
            since = before.own.since if before.own is not None else 0
            attributes[name] = replace(before, may=(Shown(None, since),), insist=0)
    return replace(record, attributes=attributes)
