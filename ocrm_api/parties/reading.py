"""One party for staff, part by part: what the console's pages and the API's routes both show.

Every function takes who asks (`Reader`): what is out of scope is as if it were not there, and values are
masked for everybody who has no right or no reason to see them clear.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Protocol, TypeVar

from ecif import review_queue
from ecif.explaining import Explained
from ecif.model import Golden, Holding, Party, Survivor, Value
from ecif.setting import Setting
from ecif.store import party_reads, privacy, reports
from ecif.store.rows import JournalRow, Stored
from ecif.store.store import Store
from ocrm_api.access.scope import Scope
from ocrm_api.parties.schema import (
    Decided,
    GoldenValue,
    Held,
    Holdings,
    Losing,
    Member,
    Message,
    PartyAnswer,
    PartySummary,
    Related,
    SourceRecord,
    Sync,
    Total,
)

RESTRICTED_READS = "privacy.change"
"""Who reads customers whose processing is restricted."""
SHOWN_IN_LISTS = ("name", "kind", "status", "branch", "manager", "risk", "rating", "born")


class Reader(Protocol):
    """Who asks: `ocrm_api.access.identity.Staff`, as far as it matters here."""

    @property
    def scope(self) -> Scope: ...

    def masked(self, attribute: str, value: Value) -> Value: ...

    def saw(self, *ecif_nos: str) -> None: ...

    def may(self, permission: str) -> bool: ...


class HasParty(Protocol):
    @property
    def party(self) -> Party: ...


F = TypeVar("F", bound=HasParty)


class NotThere(Exception):
    """No such party, or none that this reader sees; nobody is told which."""


class Restricted(Exception):
    """Its processing is restricted: it is kept, and shown only to those who handle the person's rights."""


class Elsewhere(Exception):
    """The number was merged into another one."""

    def __init__(self, ecif_no: str) -> None:
        super().__init__(ecif_no)
        self.ecif_no = ecif_no


def resolved(store: Store, ecif_no: str, reader: Reader) -> tuple[Party, list[Party]]:
    """The party of a current number and those merged into it. Raises NotThere, Elsewhere."""
    return _seen(party_reads.party_at_once(store, ecif_no), ecif_no, reader)


def _seen(found: party_reads.Found, ecif_no: str, reader: Reader) -> tuple[Party, list[Party]]:
    head, merged, restricted = found
    if head is None or not reader.scope.sees(head.golden):
        raise NotThere
    if head.ecif_no != ecif_no:
        raise Elsewhere(head.ecif_no)
    if restricted and not reader.may(RESTRICTED_READS):
        raise Restricted
    reader.saw(ecif_no)
    return head, merged


def visible(store: Store, numbers: Iterable[str], reader: Reader) -> dict[str, int]:
    """The parties that these numbers resolve to: number → version. NotThere where one is not, or is out of
    scope."""
    found: dict[str, int] = {}
    with store.reading() as connection:
        for number in numbers:
            head, _, restricted = party_reads.party_and_restriction(connection, number)
            if head is None or not reader.scope.sees(head.golden):
                raise NotThere
            if restricted and not reader.may(RESTRICTED_READS):
                raise Restricted
            found[head.ecif_no] = head.version
    reader.saw(*found)
    return found


def unrestricted(store: Store, found: Sequence[F], reader: Reader) -> list[F]:
    """Those of a search that this reader may be shown."""
    if reader.may(RESTRICTED_READS):
        return list(found)
    with store.reading() as connection:
        hidden = privacy.restricted(connection, {one.party.ecif_no for one in found})
    return [one for one in found if one.party.ecif_no not in hidden]


def party(store: Store, ecif_no: str, reader: Reader) -> PartyAnswer:
    """The golden record, every value with its lineage."""
    return party_of(party_reads.party_at_once(store, ecif_no), ecif_no, reader)


def party_of(found: party_reads.Found, ecif_no: str, reader: Reader) -> PartyAnswer:
    """The same of what was read already."""
    head, merged = _seen(found, ecif_no, reader)
    golden = head.golden
    return PartyAnswer(
        ecif_no=head.ecif_no,
        version=head.version,
        kind=golden.kind(),
        merged=sorted(one.ecif_no for one in merged),
        values=golden_values(golden, reader),
        relations=related(golden, reader),
        members=[Member(system, customer_no) for system, customer_no in golden.members],
    )


def summary(found: Party, reader: Reader) -> PartySummary:
    """A line of a list."""
    values = found.golden.values
    told = {
        name: shown(name, survivor.value, reader)
        for name, survivor in values.items()
        if name in SHOWN_IN_LISTS or name.partition(":")[0] in ("document", "phone")
    }
    return PartySummary(found.ecif_no, found.version, found.golden.kind(), told)


def explained(store: Store, setting: Setting, ecif_no: str, reader: Reader) -> list[Decided]:
    """Each golden value with its winner, the rule that decided, and the losing values."""
    resolved(store, ecif_no, reader)
    return [decided(one, reader) for one in review_queue.golden_values(store, setting, ecif_no)]


def records(store: Store, ecif_no: str, reader: Reader) -> list[SourceRecord]:
    """What each system says of the customer, value by value."""
    resolved(store, ecif_no, reader)
    with store.reading() as connection:
        _, stored = reports.cluster(connection, ecif_no)
    return [_record(one, reader) for one in sorted(stored, key=lambda one: one.record.key)]


def holdings(store: Store, ecif_no: str, reader: Reader) -> Holdings:
    """All accounts, loans, cards and products, with totals for each kind and currency."""
    resolved(store, ecif_no, reader)
    with store.reading() as connection:
        _, stored = reports.cluster(connection, ecif_no)
    records = sorted((one.record for one in stored), key=lambda record: record.key)
    listed: list[tuple[str, str, Holding]] = [
        (record.system, record.customer_no, holding)
        for record in records
        if record.holdings is not None
        for holding in record.holdings.items
    ]
    items = [_held(system, customer_no, holding, reader) for system, customer_no, holding in listed]
    return Holdings(items, _totals(holding for _, _, holding in listed))


def sync(store: Store, ecif_no: str, reader: Reader) -> list[Sync]:
    """How far each system is told."""
    resolved(store, ecif_no, reader)
    with store.reading() as connection:
        rows = party_reads.sync_of(connection, ecif_no)
    return [_sync(row) for row in rows]


def messages(
    store: Store, ecif_no: str, reader: Reader, *, before: tuple[int, int] | None, limit: int
) -> tuple[list[Message], tuple[int, int] | None]:
    """(messages in and out, the newest first; where the next page begins)."""
    head, merged = resolved(store, ecif_no, reader)
    numbers = [head.ecif_no, *(one.ecif_no for one in merged)]
    with store.reading() as connection:
        rows = party_reads.messages_of(connection, numbers, before=before, limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return [message(row) for row in rows[:limit]], (last.stored_at, last.id) if last else None


# ---------------------------------------------------------------- how values are shown


@lru_cache(4_096)
def moment(microseconds: int) -> datetime:
    """Without an overflow for what a system's clock may say."""
    try:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def maybe_moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else moment(microseconds)


def shown(attribute: str, value: Value, reader: Reader) -> str | list[str | None]:
    masked = reader.masked(attribute, value)
    return masked if isinstance(masked, str) else list(masked)


def golden_values(golden: Golden, reader: Reader) -> dict[str, GoldenValue]:
    return {name: _golden_value(name, one, reader) for name, one in sorted(golden.values.items())}


def _golden_value(attribute: str, survivor: Survivor, reader: Reader) -> GoldenValue:
    return GoldenValue(
        value=shown(attribute, survivor.value, reader),
        since=moment(survivor.since),
        system=survivor.system,
        customer_no=survivor.customer_no,
        rule=survivor.rule,
    )


def decided(one: Explained, reader: Reader) -> Decided:
    said = one.value is not None
    return Decided(
        attribute=one.attribute,
        value=shown(one.attribute, one.value, reader) if one.value is not None else None,
        since=moment(one.since) if said else None,
        system=one.system,
        customer_no=one.customer_no,
        rule=one.rule,
        faults=list(one.faults),
        others=[
            Losing(
                shown(one.attribute, other.value, reader), moment(other.since), other.system,
                other.customer_no, other.step, list(other.faults),
            )
            for other in one.others
        ],
        pinned_by=one.pin.actor if one.pin else "",
        pinned_because=one.pin.reason if one.pin else "",
    )  # fmt: skip


def related(golden: Golden, reader: Reader) -> list[Related]:
    out: list[Related] = []
    for system, customer_no, relation in golden.relations:
        kind, number = relation.document or (None, None)
        masked = str(reader.masked("document", (kind, number))[1]) if kind and number else None
        out.append(Related(system, customer_no, relation.type, relation.name, kind, masked))
    return out


def _record(stored: Stored, reader: Reader) -> SourceRecord:
    record = stored.record
    own = {name: state.own for name, state in record.attributes.items() if state.own is not None}
    held = {
        name: state.held
        for name, state in record.attributes.items()
        if state.held is not None and (state.own is None or state.held != state.own.value)
    }
    return SourceRecord(
        system=record.system,
        customer_no=record.customer_no,
        given_no=record.party,
        seq=record.seq,
        says={name: shown(name, one.value, reader) for name, one in sorted(own.items())},
        since={name: moment(one.since) for name, one in sorted(own.items())},
        holds_otherwise={name: shown(name, one, reader) for name, one in sorted(held.items())},
    )


def _held(system: str, customer_no: str, holding: Holding, reader: Reader) -> Held:
    return Held(
        system=system,
        customer_no=customer_no,
        kind=holding.kind,
        number=str(reader.masked("holding", holding.number)),
        product=holding.product,
        currency=holding.ccy,
        amount=holding.amount,
        opened=holding.opened,
        status=holding.status,
    )


def _totals(listed: Iterable[Holding]) -> list[Total]:
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for holding in listed:
        try:
            amount = Decimal(holding.amount or "")
        except InvalidOperation:
            continue  # a system that reports no amount, or none that is a number
        sums.setdefault((holding.kind, holding.ccy or ""), []).append(amount)
    return [
        Total(kind, currency, str(sum(amounts, Decimal(0))), len(amounts))
        for (kind, currency), amounts in sorted(sums.items())
    ]


def _sync(row: party_reads.SyncRow) -> Sync:
    return Sync(
        system=row.system,
        customer_no=row.customer_no,
        given_no=row.given_no,
        state=_state(row),
        seq=row.seq,
        knows_number=row.number_held,
        attempts=row.attempts,
        due_since=maybe_moment(row.due_since),
        next_attempt=maybe_moment(row.next_attempt or None),
        last_error=row.last_error,
    )


def _state(row: party_reads.SyncRow) -> str:
    """One word: what a reader wants to know first."""
    if row.standoff:
        return "standoff"
    if row.refused:
        return "refused"
    if row.push_row is not None:
        return "in flight"
    if row.next_attempt is None:
        return "in step"
    return "due" if row.next_attempt else "in shadow"


def message(row: JournalRow) -> Message:
    return Message(
        row=row.id, at=moment(row.stored_at), system=row.system, direction=row.direction, type=row.type,
        id=row.message_id, state=row.state, code=row.code, customer_no=row.customer_no, version=row.version,
        milliseconds=row.ms,
    )  # fmt: skip
