"""How the hub does: what it counts, what only the store knows. Each half is there or is not."""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from ecif import views
from ecif.model import Key
from ecif.store import asides, following, journal_reads, privacy, reports
from ecif.store.journal_reads import Position
from ecif.store.rows import JournalRow
from ecif.store.store import Store
from ocrm_api.access.identity import Staff
from ocrm_api.bank import Bank, SystemFacts
from ocrm_api.health.hub import HubSilent, ask_hub, quantile
from ocrm_api.operations.schema import HubState, SystemState
from ocrm_api.parties.reading import RESTRICTED_READS
from ocrm_api.settings import Settings
from ocrm_api.source import Source

RATE_SECONDS = 60


class Content(NamedTuple):
    """What a message said."""

    body: bytes | None
    """None where it is no longer kept, or not shown to this reader."""
    restricted: bool
    """It is of a customer whose processing is restricted: not shown to this reader."""


class Watch:
    def __init__(self, settings: Settings, source: Source, bank: Bank) -> None:
        self._settings, self._source, self._bank = settings, source, bank

    def hub(self) -> Mapping[str, Any] | None:
        try:
            return ask_hub(self._settings.hub_socket, self._settings.hub_seconds)
        except HubSilent:
            return None

    def systems(self) -> list[SystemState]:
        return states(self._bank.systems(), self.hub(), self._source.store())

    def state(self) -> HubState:
        hub, store = self.hub(), self._source.store()
        counted = views.counts(store)
        backlog = views.backlog(store, [one.name for one in self._bank.systems()])
        return HubState(
            ready=bool(hub and hub.get("ready", True)),
            started=datetime.fromtimestamp(hub["started"], UTC) if hub else None,
            parties=counted.parties,
            source_records=counted.source_records,
            open_questions=counted.review_tasks,
            set_aside=sum(counted.failed.values()),
            pending=sum(one.pending for one in backlog.values()),
            in_per_second=_rate(hub, 1),
            out_per_second=_rate(hub, 2),
            ack_p50_ms=_quantile(hub, 0.5),
            ack_p99_ms=_quantile(hub, 0.99),
            queued=hub["intake"]["queued"] if hub else None,
        )

    def journal(self, staff: Staff, before: Position | None, limit: int, **wanted: Any) -> list[JournalRow]:
        with self._source.store().reading() as connection:
            return journal(connection, staff, before=before, limit=limit, **wanted)

    def aside(self, system: str) -> list[int]:
        with self._source.store().reading() as connection:
            return asides.aside_ids(connection, system)

    def rows(self, ids: Collection[int], staff: Staff) -> list[JournalRow]:
        with self._source.store().reading() as connection:
            rows = asides.messages(connection, ids)
            return seen(connection, rows, staff)

    def content(self, row: int, staff: Staff) -> Content:
        with self._source.store().reading() as connection:
            return content_of(connection, row, staff)


def states(facts: Sequence[SystemFacts], hub: Mapping[str, Any] | None, store: Store) -> list[SystemState]:
    """Each system, by what the hub counts, where it answers, and what the store knows."""
    counted, backlog = views.counts(store), views.backlog(store, [one.name for one in facts])
    now = time.time()
    return [_system(one, hub, backlog[one.name], counted.failed.get(one.name, 0), now) for one in facts]


def journal(connection: Any, staff: Staff, *, ecif_no: str = "", **wanted: Any) -> list[JournalRow]:
    """A page of it. Asked for by a customer's number, what is listed without its customer is left out: the
    number would tell whose it is."""
    rows = seen(connection, journal_reads.page(connection, ecif_no=ecif_no, **wanted), staff)
    return [row for row in rows if row.ecif_no] if ecif_no else rows


def seen(connection: Any, rows: Sequence[JournalRow], staff: Staff) -> list[JournalRow]:
    """Those within scope; one of a restricted customer without its customer, so that it can still be handled.
    A message of nobody in particular is for those who see the whole bank."""
    withheld = _withheld(connection, rows, staff)
    return [
        replace(row, ecif_no="", customer_no="") if row.id in withheld else row
        for row in _within(connection, rows, staff)
    ]


def content_of(connection: Any, row: int, staff: Staff) -> Content:
    restricted = bool(_withheld(connection, asides.messages(connection, [row]), staff))
    return Content(None if restricted else reports.bodies(connection, [row]).get(row), restricted)


def _withheld(connection: Any, rows: Sequence[JournalRow], staff: Staff) -> set[int]:
    """Those of restricted customers, which this reader is not told of. One that is set aside names its
    customer by the record alone."""
    if staff.may(RESTRICTED_READS):
        return set()
    owners = following.owners_of(connection, {_record(row) for row in rows if row.customer_no})
    named = {row.ecif_no for row in rows if row.ecif_no}
    hidden = privacy.restricted(connection, named.union(owners.values()))
    return {row.id for row in rows if hidden.intersection((row.ecif_no, owners.get(_record(row))))}


def _record(row: JournalRow) -> Key:
    return row.system, row.customer_no


def _within(connection: Any, rows: Sequence[JournalRow], staff: Staff) -> list[JournalRow]:
    if staff.scope.whole:
        return list(rows)
    heads = following.heads_of(connection, {row.ecif_no for row in rows if row.ecif_no})
    parties = following.parties(connection, set(heads.values()))
    return [
        row for row in rows if row.ecif_no in heads and staff.scope.sees(parties[heads[row.ecif_no]].golden)
    ]


def _system(
    one: SystemFacts, hub: Mapping[str, Any] | None, behind: Any, set_aside: int, now: float
) -> SystemState:
    delivery = hub["delivery"].get(one.name, {}) if hub else None
    return SystemState(
        name=one.name,
        title=one.title,
        format=one.format,
        framing=one.framing,
        secured=list(one.secured),
        takes_pushes=one.takes_pushes,
        paused=bool(delivery.get("paused", 0)) if delivery is not None else None,
        shadow=bool(delivery.get("shadow", 0)) if delivery is not None else None,
        sessions=hub["sessions"].get(one.name, 0) if hub else None,
        messages_in=_counted(hub, one.name, "in"),
        messages_out=_counted(hub, one.name, "out"),
        refused=sum(row[2] for row in hub["refused"] if row[0] == one.name) if hub else None,
        open_pushes=delivery.get("open", 0) if delivery is not None else None,
        pending=behind.pending,
        oldest_seconds=0.0 if behind.oldest is None else max(0.0, round(now - behind.oldest / 1e6, 1)),
        set_aside=set_aside,
    )


def _counted(hub: Mapping[str, Any] | None, system: str, direction: str) -> int | None:
    if hub is None:
        return None
    return int(sum(row[-1] for row in hub["messages"] if row[0] == system and row[1] == direction))


def _rate(hub: Mapping[str, Any] | None, column: int) -> float | None:
    if hub is None:
        return None
    rows = [row for row in hub.get("rates", []) if row[0] >= time.time() - RATE_SECONDS]
    return round(float(sum(row[column] for row in rows)) / RATE_SECONDS, 2)


def _quantile(hub: Mapping[str, Any] | None, share: float) -> float | None:
    """Milliseconds."""
    if hub is None or not hub["ack_seconds"]["count"]:
        return None
    return round(quantile(hub["ack_seconds"]["buckets"], share) * 1000, 1)
