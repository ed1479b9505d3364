"""Messages set aside: taken again, or let go.

Two kinds wait for an operator. A message in that made the service raise is in the journal as `failed`, and
its sender was answered 9999. A push that its system refused for good is `refused`, and its record is not
pushed any more until something else is wanted.

A message in is read again from its bytes, with the moment it first came, and decided like any other: what
came meanwhile stands, and where that is newer the answer is "stale" and only dates are learned. A push is not
sent again as it was: its record is merely allowed to be pushed, and what is wanted now leaves, if anything.
So a replay cannot bring back an older value, and done twice it does nothing the second time.

| outcome | |
|---|---|
| applied, unchanged, review, stale, answered, unmatched | a message in, taken: as in the journal |
| replayed | a push: its record may be pushed again |
| overtaken | a push: a later one to that customer decides |
| discarded | let go, with a reason |
| settled | it was not aside any more; nothing was done |
| refused, failed | still aside: the service refuses it now, or raised again |
| lost | still aside: its bytes are no longer kept, or nobody can read them |
| unknown | no such message |
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from ecif import intake, journal
from ecif.messages import Command, Identification, PartyQuery, Reply, SignOn
from ecif.store.rows import JournalRow
from ecif.work import Work

Read: TypeAlias = Callable[[str, bytes, int], Command | None]
"""(system, bytes, when they came) → the message; None for what is no business of the service."""

FAILED, REFUSED, DISCARDED = "failed", "refused", "discarded"
TAKEN: Final = frozenset(("0000", "0001", "0002", "0003", ""))
KEPT: Final = frozenset((FAILED, REFUSED, "lost"))
_QUESTIONS = (PartyQuery, Identification, SignOn)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one message."""

    id: int
    """Its journal row."""
    system: str
    message_id: str
    outcome: str
    code: str = ""
    reason: str = ""

    @property
    def kept(self) -> bool:
        """Still set aside."""
        return self.outcome in KEPT


def is_aside(row: JournalRow) -> bool:
    """Of a push only its record can say whether it still matters."""
    return (row.direction, row.state) in ((journal.IN, FAILED), (journal.OUT, REFUSED))


# ---------------------------------------------------------------- once more


def replay(work: Work, ids: Sequence[int], read: Read, actor: str) -> list[Outcome]:
    rows = work.unit.rows.messages(ids)
    aside = [rows[id] for id in ids if id in rows and is_aside(rows[id])]
    done = _take_again(work, [row for row in aside if row.direction == journal.IN], read, actor)
    done |= _push_again(work, [row for row in aside if row.direction == journal.OUT], actor)
    return [done.get(id) or _untouched(id, rows.get(id)) for id in ids]


def _take_again(work: Work, rows: Sequence[JournalRow], read: Read, actor: str) -> dict[int, Outcome]:
    bodies = work.unit.rows.bodies([row.id for row in rows])
    read_again = [(row, _read(row, bodies.get(row.id), read)) for row in rows]
    known = [(row, command) for row, command in read_again if command is not None]
    replies = intake.take_again(work, [(row.id, command) for row, command in known])
    done = {row.id: _lost(work, row, actor) for row, command in read_again if command is None}
    for (row, command), reply in zip(known, replies, strict=True):
        done[row.id] = _taken(work, row, command, reply, actor)
    return done


def _read(row: JournalRow, body: bytes | None, read: Read) -> Command | None:
    return None if body is None else read(row.system, body, row.stored_at)


def _taken(work: Work, row: JournalRow, command: Command, reply: Reply, actor: str) -> Outcome:
    if isinstance(command, _QUESTIONS):
        return _settle(work, row, "answered", Reply(reply.code), actor, "replay")
    if reply.code in TAKEN:
        return _settle(work, row, journal.state_of(reply.code), reply, actor, "replay")
    return _keep(work, row, REFUSED, f"{reply.code} {reply.text}".rstrip(), actor)


def _push_again(work: Work, rows: Sequence[JournalRow], actor: str) -> dict[int, Outcome]:
    """Its record may be pushed again; what leaves is what is wanted when it leaves."""
    work.unit.load_records([(row.system, row.customer_no) for row in rows])
    last = _last_refused(work, rows)
    return {row.id: _allow(work, row, actor, latest=last.get(row.id, False)) for row in rows}


def _last_refused(work: Work, rows: Sequence[JournalRow]) -> dict[int, bool]:
    found: dict[int, bool] = {}
    for system in {row.system for row in rows}:
        own = [row for row in rows if row.system == system]
        last = work.unit.rows.last_refused(system, {row.customer_no for row in own})
        found |= {row.id: last.get(row.customer_no) == row.id for row in own}
    return found


def _allow(work: Work, row: JournalRow, actor: str, *, latest: bool) -> Outcome:
    record = work.record((row.system, row.customer_no))
    kept = Reply(row.code, row.ecif_no, row.version, row.text)
    if record is None or not record.refused or record.flying is not None or not latest:
        return _settle(work, row, "overtaken", kept, actor, "replay")
    work.put(replace(record, refused=""))
    return _settle(work, row, "replayed", kept, actor, "replay")


# ---------------------------------------------------------------- not again


def keep(work: Work, id: int, reason: str, actor: str) -> Outcome:
    row = work.unit.rows.messages([id]).get(id)
    if row is None or not is_aside(row):
        return _untouched(id, row)
    return _keep(work, row, FAILED, reason, actor)


def discard(work: Work, id: int, actor: str, reason: str) -> Outcome:
    row = work.unit.rows.messages([id]).get(id)
    if row is None or not is_aside(row):
        return _untouched(id, row)
    kept = Reply(row.code, row.ecif_no, row.version, row.text)
    return _settle(work, row, DISCARDED, kept, actor, "discard", reason)


def _untouched(id: int, row: JournalRow | None) -> Outcome:
    if row is None:
        return Outcome(id, "", "", "unknown")
    return Outcome(id, row.system, row.message_id, "settled", row.code, f"it is {row.state}")


def _lost(work: Work, row: JournalRow, actor: str) -> Outcome:
    return _keep(work, row, "lost", "its bytes are not kept, or nobody reads them", actor)


def _keep(work: Work, row: JournalRow, outcome: str, reason: str, actor: str) -> Outcome:
    """Still aside, with the newest reason."""
    _write(work, row, row.state, Reply(row.code, row.ecif_no, row.version, reason))
    journal.enter_act(
        work.unit, "replay", actor, work.now, about=row, state=outcome, code=row.code, text=reason
    )
    return Outcome(row.id, row.system, row.message_id, outcome, row.code, reason)


def _settle(
    work: Work, row: JournalRow, state: str, reply: Reply, actor: str, kind: str, reason: str = ""
) -> Outcome:
    """Aside no longer; a sender that repeats its message gets the reply it has now."""
    _write(work, row, state, reply)
    about = replace(row, ecif_no=reply.ecif_no, version=reply.version)
    journal.enter_act(
        work.unit, kind, actor, work.now, about=about, state=state, code=reply.code, text=reason
    )
    return Outcome(row.id, row.system, row.message_id, state, reply.code, reason)


def _write(work: Work, row: JournalRow, state: str, reply: Reply) -> None:
    work.unit.settled.append(
        {
            "b_id": row.id,
            "b_state": row.state,
            "state": state,
            "code": reply.code or None,
            "ecif_no": reply.ecif_no or None,
            "version": reply.version,
            "reply_text": reply.text[: journal.TEXT_WIDTH] or None,
        }
    )
