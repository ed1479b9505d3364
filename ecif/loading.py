"""A batch of a first load: only what the journal does not have yet takes effect.

It is intake without a line: nobody is told the reply. So a system is not believed to know the ECIF numbers of
customers that came from a file; the first push of such a customer says it, none is made for that alone.
"""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from ecif import intake, journal, reading_ahead
from ecif.messages import Command, Reply
from ecif.model import Key
from ecif.work import Work


def take_new(work: Work, batch: Sequence[Command], counts: Counter[str]) -> list[tuple[Reply, bool]]:
    """(the reply, whether the journal had it) for each, in order."""
    journal.load(work.unit, batch)
    known = [_stored(work, command) for command in batch]
    first: dict[tuple[str, str], int] = {}
    """Record → where it stands first: one that stands twice in a batch is one."""
    for place, (command, reply) in enumerate(zip(batch, known, strict=True)):
        if reply is None:
            first.setdefault(_identity(command), place)
    new = [batch[place] for place in first.values()]
    keys = [key for key, _ in reading_ahead.images(new)]
    work.unit.load_records(keys)
    told = {key: record.number_held for key in keys if (record := work.record(key)) is not None}
    replies = dict(zip(first, intake.take(work, new, counts), strict=True))
    _untold(work, keys, told)
    return [
        (replies[_identity(command)], first[_identity(command)] != place) if reply is None else (reply, True)
        for place, (command, reply) in enumerate(zip(batch, known, strict=True))
    ]


def _stored(work: Work, command: Command) -> Reply | None:
    if not journal.binds(command):
        return None
    same, _ = journal.earlier(work.unit, command)
    return None if same is None else journal.stored_reply(same)


def _identity(command: Command) -> tuple[str, str]:
    return command.envelope.message_id, command.envelope.digest


def _untold(work: Work, keys: Sequence[Key], told: dict[Key, str]) -> None:
    for key in keys:
        record, before = work.record(key), told.get(key, "")
        if record is not None and record.number_held != before:
            work.put(replace(record, number_held=before))
