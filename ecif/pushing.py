"""Pushes: what leaves now, what is repeated, and what the systems' answers mean.

`sync_state` is desired state, not a queue: a record is due while its system holds something else than it
should. A push is in the journal, and the record knows it flies, before its first byte leaves; until it is
answered it is repeated under its id and nothing newer leaves for that record.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from ecif import journal
from ecif.messages import Outgoing, PushReply, Reply
from ecif.model import NEVER, UNKNOWN, Attribute, Dialect, Flying, Key, Push, SourceRecord
from ecif.reconcile.desired import (
    desired,
    digest,
    is_due,
    pushed_losses,
    pushed_named,
    pushed_since,
    pushed_values,
    wanted,
)
from ecif.reconcile.push import on_confirm, on_newer, on_refuse, on_repeat, on_sent
from ecif.store.rows import SHOWN, JournalRow, Schedule
from ecif.work import Cause, Work

CONFIRMING: Final = frozenset(("0000", "0001"))
NEWER: Final = "0003"
LINE_FAULT: Final = "1005"
LAST_VERSION: Final = 999_999_999
SHADOW: Final = "shadow"
"""State of a push that was made and not sent."""
NO_REPLY: Final = Reply("")


# ---------------------------------------------------------------- out


def take_due(work: Work, system: str, limit: int) -> list[Outgoing]:
    """New pushes and repeats whose time has come, at most `limit`."""
    return _take_stored(work, system, limit)[0]


class Leaving:
    """Pushes that leave with a transaction, as many as each system has room for."""

    def __init__(self, room: Mapping[str, int]) -> None:
        self._room = dict(room)
        self.pushes: list[Outgoing] = []
        self.waiting: set[str] = set()
        """Systems for which something is left."""

    def add_stored(self, work: Work, systems: Collection[str]) -> None:
        """Before all else what waits in the store for these; before it is decided what is due now."""
        for system in sorted(systems):
            if self._room.get(system, 0) > 0:
                pushes, more = _take_stored(work, system, self._room[system])
                self.pushes += pushes
                self._room[system] -= len(pushes)
                self.waiting.update({system} if more else ())

    def add_caused(self, work: Work) -> None:
        """What this very transaction made due: the records are at hand, and are written once."""
        for key in sorted(work.newly_due):
            system = key[0]
            if self._room.get(system, 0) > 0:
                self._room[system] -= 1
                self.pushes.append(_first(work, work.unit.records[key], work.setting.dialects[system]))
            else:
                self.waiting.add(system)


def _take_stored(work: Work, system: str, limit: int) -> tuple[list[Outgoing], bool]:
    """What the store knows to be due, and whether there may be more of it."""
    unit = work.unit
    keys = unit.load_due(system, limit, work.now)
    # What this transaction decided is not in the store yet: a push may have been answered.
    due = [key for key in keys if _moment(unit.schedules[key]) <= work.now]
    rows = [unit.schedules[key].push_row for key in due]
    bodies = unit.rows.bodies([row for row in rows if row is not None])
    pushes = [_out(work, key, bodies) for key in due]
    return [push for push in pushes if push is not None], len(keys) == limit


def _moment(schedule: Schedule) -> int:
    return NEVER if schedule.next_attempt is None else schedule.next_attempt


def _out(work: Work, key: Key, bodies: Mapping[int, bytes]) -> Outgoing | None:
    record = work.unit.records[key]
    dialect = work.setting.dialects.get(key[0])
    if dialect is None:
        return None
    if record.flying is not None:
        return _repeat(work, record, dialect, bodies)
    cluster = work.cluster_of(record)
    if is_due(record, work.head(cluster).golden, cluster.head, dialect):
        return _first(work, record, dialect)
    work.put(record)
    return None


def show_due(work: Work, system: str, limit: int) -> int:
    """Shadow: what would leave now is journalled as such and flies nowhere. How many there were.

    Its record stays due, so one row waits for each customer, and the first who may send sends what stands
    then; a change meanwhile shows what would leave instead.
    """
    unit, keys = work.unit, work.unit.load_unshown(system, limit, work.now)
    for key in keys:
        record, dialect = unit.records[key], work.setting.dialects[system]
        cluster = work.cluster_of(record)
        if is_due(record, work.head(cluster).golden, cluster.head, dialect):
            push, losses, _ = _made(work, record, dialect)
            _journal(work, record, push, dialect.push_bytes(push), losses, state=SHADOW)
            unit.schedules[key] = replace(unit.schedules[key], next_attempt=SHOWN)
        else:
            work.put(record)
    return len(keys)


def _made(
    work: Work, record: SourceRecord, dialect: Dialect
) -> tuple[Push, tuple[str, ...], Mapping[str, int]]:
    """The push that says what this record should hold; what its system's form loses; since when it holds."""
    head = work.head(work.cluster_of(record))
    content = desired(record, head.golden, dialect)
    values, since = pushed_values(record, content), pushed_since(content)
    push = Push(
        id=dialect.new_id(work.now),
        sent_at=work.now,
        ecif_no=head.ecif_no,
        version=head.version,
        customer_no=record.customer_no,
        kind=head.golden.kind(),
        values=values,
        named=pushed_named(record, values),
        since=since,
    )
    return push, pushed_losses(content, dialect), since


def _first(work: Work, record: SourceRecord, dialect: Dialect) -> Outgoing:
    push, losses, since = _made(work, record, dialect)
    body = dialect.push_bytes(push)
    flying = Flying(push.id, push.ecif_no, push.version, dict(push.values), work.now)
    after = on_sent(record, flying, since)
    work.put(after)
    row = _journal(work, record, push, body, losses)
    schedule = work.unit.schedules[record.key]
    again = work.now + work.setting.patience.repeat_after(record.system, 1)
    work.unit.schedules[record.key] = replace(schedule, next_attempt=again, push_row=row)
    return Outgoing(record.system, record.customer_no, push.id, body, 1)


def _journal(
    work: Work, record: SourceRecord, push: Push, body: bytes, losses: Sequence[str], state: str = "sent"
) -> int:
    row = work.unit.new_number("message")
    entry = JournalRow(
        id=row,
        system=record.system,
        direction=journal.OUT,
        message_id=push.id,
        occurrence=0,
        type=work.setting.dialects[record.system].push_type,
        digest="",
        state=state,
        code="",
        ecif_no=push.ecif_no,
        version=push.version,
        text="; ".join(losses)[: journal.TEXT_WIDTH],
        customer_no=record.customer_no,
        stored_at=work.now,
    )
    work.unit.journalled(entry, body)
    return row


def _repeat(
    work: Work, record: SourceRecord, dialect: Dialect, bodies: Mapping[int, bytes]
) -> Outgoing | None:
    schedule, after = work.unit.schedules[record.key], on_repeat(record)
    body = bodies.get(schedule.push_row or 0)
    if body is None or after.flying is None:  # its body is gone: what it carried may or may not be there
        work.put(landed(record))
        work.unit.schedules[record.key] = Schedule(None, schedule.due_since)
        return None
    copies = after.flying.copies
    work.put(after)
    again = work.now + work.setting.patience.repeat_after(record.system, copies)
    work.unit.schedules[record.key] = replace(schedule, next_attempt=again)
    return Outgoing(record.system, record.customer_no, after.flying.id, dialect.repeated(body), copies)


def landed(record: SourceRecord) -> SourceRecord:
    """Without its push in flight, which nobody will answer: what that carried may or may not be there."""
    flying = record.flying
    if flying is None:
        return record
    attributes = dict(record.attributes)
    for name in flying.values:
        state = attributes.get(name, Attribute())
        attributes[name] = Attribute(state.own, UNKNOWN, state.may, state.insist)
    return replace(record, attributes=attributes, flying=None)


def bring_near(work: Work, system: str, moment: int, limit: int) -> int:
    """What is planned for after this moment is due now; how many there were, at most `limit`."""
    keys = work.unit.load_far(system, limit, moment)
    for key in keys:
        work.unit.schedules[key] = replace(work.unit.schedules[key], next_attempt=work.now)
        work.put(work.unit.records[key])
    return len(keys)


# ---------------------------------------------------------------- back


def load_answered(work: Work, system: str, push_ids: Sequence[str]) -> None:
    """The records that these pushes went to, where there are such. The journal rows are loaded already."""
    rows = (row for push in push_ids for row in work.unit.journal.get((system, journal.OUT, push), []))
    work.unit.load_records({(system, row.customer_no) for row in rows})


def take_answer(work: Work, command: PushReply) -> bool:
    """False where no push under this id is in flight: journalled and counted by the caller."""
    system = command.envelope.system
    rows = work.unit.journal.get((system, journal.OUT, command.push_id), [])
    record = work.record((system, rows[0].customer_no)) if rows else None
    if record is None or record.flying is None or record.flying.id != command.push_id:
        return False
    code, dialect = command.code, work.setting.dialects[system]
    if code in CONFIRMING:
        work.put(on_confirm(record, command.push_id, work.now))
        _settle(work, record, rows[0], command, "confirmed")
    elif code == NEWER and command.version < LAST_VERSION:
        _newer(work, record, command, dialect)
        _settle(work, record, rows[0], command, "newer")
    elif code == LINE_FAULT or code.startswith("9"):
        _later(work, record, code)
        _outcome(work, rows[0], command, "sent")
    else:
        _refused(work, record, command, dialect)
        _settle(work, record, rows[0], command, "refused")
    return True


def _newer(work: Work, record: SourceRecord, command: PushReply, dialect: Dialect) -> None:
    """It holds a version that the hub never made (the hub was restored): go above it and push again."""
    after = on_newer(record, command.push_id)
    work.put(after)
    cluster = work.cluster_of(after)
    cause = Cause("newer", work.now, record.system)
    work.recompute(cluster, cause, above=max(command.version, work.head(cluster).version))


def _refused(work: Work, record: SourceRecord, command: PushReply, dialect: Dialect) -> None:
    cluster = work.cluster_of(record)
    want = wanted(record, work.head(cluster).golden, dialect)
    work.put(on_refuse(record, command.push_id, digest(want, cluster.head)))


def _later(work: Work, record: SourceRecord, code: str) -> None:
    """The same push again, under its id, after a growing while."""
    schedule = work.unit.schedules[record.key]
    attempts = schedule.attempts + 1
    again = work.now + work.setting.patience.backoff(attempts)
    later = replace(schedule, next_attempt=again, attempts=attempts, last_error=code)
    work.unit.schedules[record.key] = later
    work.put(record)


def _settle(work: Work, record: SourceRecord, row: JournalRow, command: PushReply, state: str) -> None:
    """The push is answered; a system that only ever says "newer" is not asked at full speed."""
    schedule = work.unit.schedules[record.key]
    again, attempts = None, 0
    if state == "newer":
        attempts = schedule.attempts + 1
        again = work.now if attempts == 1 else work.now + work.setting.patience.backoff(attempts)
    error = "" if state == "confirmed" else command.code
    since = schedule.due_since if again is not None else None
    work.unit.schedules[record.key] = Schedule(again, since, attempts, None, error)
    _outcome(work, row, command, state)


def _outcome(work: Work, row: JournalRow, command: PushReply, state: str) -> None:
    work.unit.outcomes[row.id] = {
        "state": state,
        "code": command.code[:4],
        "ms": journal.milliseconds(row.stored_at, work.now),
    }


def unanswered(work: Work, systems: Collection[str], push_ids: Sequence[str]) -> None:
    """The lines these pushes left on are gone: no answer will come, so they are repeated soon."""
    for system in systems:
        work.unit.load_journal(system, journal.OUT, push_ids)
        load_answered(work, system, push_ids)
        for push_id in push_ids:
            for row in work.unit.journal[system, journal.OUT, push_id]:
                record = work.record((system, row.customer_no))
                if record is not None and record.flying is not None and record.flying.id == push_id:
                    _later(work, record, "lost")
