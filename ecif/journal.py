"""The journal's rules: which message binds which later one.

A message id is used up by the first message under it (occurrence 0): the same content again gets the stored
reply, other content 1004. Some messages use up no id: queries, identifications and sign-ons, which are
answered anew each time; line faults (1005); messages whose id cannot be read. They are journalled all the
same, under an occurrence of their own, which is the row's number.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from ecif.messages import (
    Amendment,
    Command,
    Correction,
    CustomerImage,
    Envelope,
    NumberReplaced,
    Opening,
    PushReply,
    Reply,
    SignOn,
    Unreadable,
    Verification,
)
from ecif.setting import SECOND
from ecif.store.rows import JournalRow
from ecif.store.unit import UnitOfWork

IN, OUT, NONCE, ACT = "in", "out", "non", "ops"
LINE_FAULT, REUSED, FAILED = "1005", "1004", "9999"
REUSED_REPLY = Reply(REUSED, text="message id used for other content")

TEXT_WIDTH = 200
"""Of a row's text: a reply's, an operator's, or what the system's form lost of a pushed golden record."""
_STATES = {"0000": "applied", "0001": "unchanged", "0002": "review", "0003": "stale", FAILED: "failed"}
_LONGEST_MS = 2**31 - 1
"""What the column holds, some 24 days."""
BINDING = (CustomerImage, Opening, Amendment, Correction, Verification, NumberReplaced)
"""Commands that use up their message's id."""


def milliseconds(since: int, now: int) -> int:
    """How long it took, by a clock that may have been set in between."""
    return min(max(0, (now - since) // 1000), _LONGEST_MS)


def binds(command: Command) -> bool:
    """Does this message use up its id?"""
    if isinstance(command, Unreadable):
        return bool(command.envelope.message_id) and command.code != LINE_FAULT
    return isinstance(command, BINDING) and bool(command.envelope.message_id)


def load(unit: UnitOfWork, batch: Iterable[Command]) -> None:
    """What was journalled under the ids of this batch."""
    ids: dict[tuple[str, str], set[str]] = {}
    for command in batch:
        envelope = command.envelope
        if isinstance(command, PushReply):
            ids.setdefault((envelope.system, OUT), set()).add(command.push_id)
        elif binds(command):
            ids.setdefault((envelope.system, IN), set()).add(envelope.message_id)
    for (system, direction), wanted in ids.items():
        unit.load_journal(system, direction, wanted)


def earlier(unit: UnitOfWork, command: Command) -> tuple[JournalRow | None, bool]:
    """(the row with the same content, whether the id is used up at all)."""
    envelope = command.envelope
    rows = unit.journal.get((envelope.system, IN, envelope.message_id), [])
    same = next((row for row in rows if row.digest == envelope.digest), None)
    return same, any(row.occurrence == 0 for row in rows)


def stored_reply(row: JournalRow) -> Reply:
    text = "" if row.code == FAILED else row.text  # there the reason stands, for operators
    return Reply(row.code, row.ecif_no, row.version, text)


def enter(
    unit: UnitOfWork, envelope: Envelope, row_id: int, reply: Reply, now: int, *, binding: bool,
    customer_no: str = "",
    state: str = "", reason: str = "",
) -> None:  # fmt: skip
    """The row of one message in and its outcome, with the raw message beside it."""
    row = JournalRow(
        id=row_id,
        system=envelope.system,
        direction=IN,
        message_id=envelope.message_id,
        occurrence=0 if binding else row_id,
        type=envelope.type,
        digest=envelope.digest,
        state=state or state_of(reply.code),
        code=reply.code,
        ecif_no=reply.ecif_no,
        version=reply.version,
        text=reply.text or reason,
        customer_no=customer_no,
        stored_at=now,
        ms=milliseconds(envelope.received_at, now),
    )
    unit.journalled(row, envelope.raw)


def state_of(code: str) -> str:
    return _STATES.get(code, "refused" if code else "unmatched")


def enter_act(
    unit: UnitOfWork, kind: str, actor: str, now: int, *, about: JournalRow, state: str, code: str = "",
    text: str = "",
) -> None:  # fmt: skip
    """What an operator did: `about` says with which message, or with which system alone."""
    number = unit.new_number("message")
    said = f"{actor}: {text}" if text else actor
    act = replace(
        about, id=number, direction=ACT, occurrence=number, type=kind, state=state, code=code,
        text=said[:TEXT_WIDTH], stored_at=now, ms=None,
    )  # fmt: skip
    unit.journalled(act, None)


def enter_nonce(unit: UnitOfWork, command: SignOn, now: int) -> None:
    """Remembers a nonce for as long as the journal lasts. Its occurrence is the span of time in which it may
    not come again: two processes that are shown it at the same instant cannot both keep it."""
    row_id = unit.new_number("message")
    unit.journalled(
        JournalRow(
            row_id,
            command.envelope.system,
            NONCE,
            command.nonce,
            now // (command.nonce_seconds * SECOND),
            "",
            "",
            "seen",
            "",
            "",
            0,
            "",
            "",
            now,
        ),
        None,
    )
