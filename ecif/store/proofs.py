"""Reads for proving history: events, snapshots and checkpoints of all parties, a few hundred at a time."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, select

from ecif.chaining import COLUMNS
from ecif.model import Golden, Party
from ecif.store import schema as t
from ecif.store.history_tables import history_checkpoint, party_snapshot
from ecif.store.rows import Row, read_party, read_state
from ecif.store.statements import PARTY_COLUMNS

_e, _s, _c, _p = t.change_event.c, party_snapshot.c, history_checkpoint.c, t.party.c
PAGE = 200


class Checkpoint(NamedTuple):
    """Where a party's chain begins since older events were pruned."""

    ecif_no: str
    seq: int
    """The last event that was pruned."""
    chain: str
    state: str
    events: int
    """How many were pruned in all."""
    key_name: str
    signature: str

    def sealed(self) -> str:
        """What is signed."""
        return "\n".join((self.ecif_no, str(self.seq), self.chain, str(self.events), self.state))

    def golden(self) -> tuple[Golden, str]:
        return read_state(self.state)


class Trail(NamedTuple):
    """A party and all that is kept of its history."""

    ecif_no: str
    version: int
    merged_into: str
    golden: Golden
    seq: int
    """The newest event, as the party says."""
    chain: str
    checkpoint: Checkpoint | None
    events: list[Row]
    """Columns of `change_event`, and "state": the snapshot taken with it, "" for none."""


_EVENTS = (
    select(*(_e[name] for name in COLUMNS), _e.difference, _e.chain, _s.state)
    .select_from(t.change_event.outerjoin(party_snapshot, and_(_s.ecif_no == _e.ecif_no, _s.seq == _e.seq)))
    .order_by(_e.ecif_no, _e.seq)
)
_CHECKPOINTS = select(_c.ecif_no, _c.seq, _c.chain, _c.state, _c.events, _c.key_name, _c.signature).order_by(
    _c.ecif_no
)


def trails(connection: Connection) -> Iterator[Trail]:
    page = select(*PARTY_COLUMNS).order_by(_p.ecif_no).limit(PAGE)
    rows = connection.execute(page).all()
    while rows:
        first, last = rows[0][0], rows[-1][0]
        events: dict[str, list[Row]] = defaultdict(list)
        for event in connection.execute(_EVENTS.where(_e.ecif_no >= first, _e.ecif_no <= last)).mappings():
            events[event["ecif_no"]].append({**event, "state": event["state"] or ""})
        checkpoints = _checkpoints(connection, _c.ecif_no >= first, _c.ecif_no <= last)
        for row in rows:
            party = _party(row)
            if party is None:
                continue
            yield Trail(
                party.ecif_no, party.version, party.merged_into, party.golden, party.events, party.chain,
                checkpoints.get(party.ecif_no), events[party.ecif_no],
            )  # fmt: skip
        rows = connection.execute(page.where(_p.ecif_no > last)).all()


def _party(row: Any) -> Party | None:
    """None: it cannot be read, which `ecif.verify` says."""
    try:
        return read_party(row).party
    except msgspec.DecodeError:
        return None


def events_upto(connection: Connection, ecif_no: str, seq: int) -> list[Row]:
    found = connection.execute(_EVENTS.where(_e.ecif_no == ecif_no, _e.seq <= seq)).mappings()
    return [{**row, "state": row["state"] or ""} for row in found]


def checkpoint(connection: Connection, ecif_no: str) -> Checkpoint | None:
    return _checkpoints(connection, _c.ecif_no == ecif_no).get(ecif_no)


def _checkpoints(connection: Connection, *conditions: Any) -> dict[str, Checkpoint]:
    found: dict[str, Checkpoint] = {}
    for row in connection.execute(_CHECKPOINTS.where(*conditions)):
        number, seq, chain, state, events, key, signature = row
        found[number] = Checkpoint(number, seq, chain or "", state or "", events, key or "", signature or "")
    return found


def homeless(connection: Connection) -> list[str]:
    """Numbers that have a history and no party."""
    statement = (
        select(_e.ecif_no)
        .select_from(t.change_event.outerjoin(t.party, _p.ecif_no == _e.ecif_no))
        .where(_p.ecif_no.is_(None))
        .distinct()
    )
    return [row[0] for row in connection.execute(statement)]
