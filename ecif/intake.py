"""A batch of commands in one transaction: read what all of them need, then each takes effect in its order.

The first half reads in bulk, by what the messages name; the second decides in memory, where each message
finds what the ones before it did. Which of the two sees a message twice does not matter: the journal says
so.
"""

from collections import Counter
from collections.abc import Sequence

from ecif import asking, corrections, counter, images, journal, pushing, reading_ahead, renumbering
from ecif.messages import (
    Amendment,
    Bound,
    Command,
    Correction,
    CustomerImage,
    Identification,
    NumberReplaced,
    Opening,
    PartyQuery,
    PushReply,
    Reply,
    SignOn,
    Unreadable,
    Verification,
)
from ecif.model import Key
from ecif.setting import SECOND
from ecif.work import Work

ACCEPTED = Reply("0000")
LINE_FAULT = Reply(journal.LINE_FAULT)
NO_REPLY = Reply("")


def take(work: Work, batch: Sequence[Command], counts: Counter[str]) -> list[Reply]:
    nonces = _load(work, batch)
    return [_take_one(work, command, nonces, counts) for command in batch]


def take_again(work: Work, batch: Sequence[tuple[int, Command]]) -> list[Reply]:
    """What was set aside, each with its own journal row: the ids are theirs, so nothing is a duplicate, and
    nothing is journalled. Whatever came meanwhile stands: what it overtook is stale."""
    _load(work, [command for _, command in batch])
    return [_take_again(work, row, command) for row, command in batch]


def _take_again(work: Work, row: int, command: Command) -> Reply:
    match command:
        case PushReply():
            return ACCEPTED if pushing.take_answer(work, command) else NO_REPLY
        case SignOn():
            return ACCEPTED  # nobody waits to be let in any more
        case PartyQuery():
            return asking.answer_query(work, command)
        case Identification():
            return asking.identify(work, command)
        case _:
            return _decide(work, command, row)


def set_aside(work: Work, command: Command, reason: str) -> Reply:
    """It made something raise: journalled for replay, and answered so from now on."""
    journal.load(work.unit, [command])
    if journal.binds(command):
        same, used = journal.earlier(work.unit, command)
        if same is not None:
            return journal.stored_reply(same)
        if used:
            return _enter(work, command, journal.REUSED_REPLY, binding=False)
    reply = Reply(journal.FAILED)
    row = work.unit.new_number("message")
    journal.enter(
        work.unit, command.envelope, row, reply, work.now, binding=journal.binds(command),
        customer_no=_customer(command), state="failed", reason=reason,
    )  # fmt: skip
    return reply


def _load(work: Work, batch: Sequence[Command]) -> set[tuple[str, str]]:
    """Everything the batch names, in few reads. Gives the nonces seen lately."""
    unit = work.unit
    journal.load(unit, batch)
    unit.load_records(_keys(batch))
    unit.load_parties(_numbers(batch))
    pushes: dict[str, list[str]] = {}
    signing_on: dict[str, list[SignOn]] = {}
    for command in batch:
        if isinstance(command, PushReply):
            pushes.setdefault(command.envelope.system, []).append(command.push_id)
        elif isinstance(command, SignOn):
            signing_on.setdefault(command.envelope.system, []).append(command)
    for system, ids in pushes.items():
        pushing.load_answered(work, system, ids)
    reading_ahead.load(work, batch)
    return {(s, nonce) for s, commands in signing_on.items() for nonce in _nonces(work, s, commands)}


def _nonces(work: Work, system: str, commands: Sequence[SignOn]) -> set[str]:
    since = work.now - max(command.nonce_seconds for command in commands) * SECOND
    return work.unit.rows.nonces(system, [command.nonce for command in commands], since)


def _keys(batch: Sequence[Command]) -> list[Key]:
    keys: list[Key] = []
    for command in batch:
        system = command.envelope.system
        if isinstance(command, CustomerImage | Amendment):
            keys.append((system, command.change.customer_no))
        elif isinstance(command, NumberReplaced):
            keys += [(system, command.old), (system, command.new)]
        elif isinstance(command, PartyQuery) and command.customer_no:
            keys.append((command.of_system or system, command.customer_no))
    return keys


def _numbers(batch: Sequence[Command]) -> set[str]:
    """ECIF numbers."""
    named = {c.ecif_no for c in batch if isinstance(c, PartyQuery | Verification) and c.ecif_no}
    return named | {c.change.customer_no for c in batch if isinstance(c, Amendment | Correction)}


def _take_one(work: Work, command: Command, nonces: set[tuple[str, str]], counts: Counter[str]) -> Reply:
    match command:
        case (
            CustomerImage() | Opening() | Amendment() | Correction() | Verification() | NumberReplaced()
            | Unreadable()
        ):  # fmt: skip
            return _bound(work, command)
        case PushReply():
            return _push_reply(work, command, counts)
        case SignOn():
            return _sign_on(work, command, nonces)
        case PartyQuery():
            return _answered(work, command, asking.answer_query(work, command))
        case Identification():
            return _answered(work, command, asking.identify(work, command))


def _bound(work: Work, command: Bound) -> Reply:
    """A message that uses up its id: once only."""
    binding = journal.binds(command)
    if binding:
        same, used = journal.earlier(work.unit, command)
        if same is not None:
            return journal.stored_reply(same)
        if used:
            return _enter(work, command, journal.REUSED_REPLY, binding=False)
    row = work.unit.new_number("message")
    return _enter(work, command, _decide(work, command, row), binding=binding, row=row)


def _decide(work: Work, command: Bound, row: int) -> Reply:
    """What the message does, whoever asks: `row` is its journal row."""
    match command:
        case CustomerImage():
            return images.take_image(work, command, row)
        case Opening():
            return counter.take_opening(work, command, row)
        case Amendment():
            return counter.take_amendment(work, command, row)
        case Correction():
            return corrections.take(work, command, row)
        case Verification():
            return counter.take_verification(work, command, row)
        case NumberReplaced():
            return renumbering.take_replacement(work, command, row)
        case Unreadable():
            return Reply(command.code, text=command.text)


def _push_reply(work: Work, command: PushReply, counts: Counter[str]) -> Reply:
    if command.code == pushing.LINE_FAULT:
        counts["line_faults"] += 1
    if not pushing.take_answer(work, command):
        counts["unmatched_replies"] += 1
        _enter(work, command, NO_REPLY, binding=False)
    return NO_REPLY


def _sign_on(work: Work, command: SignOn, nonces: set[tuple[str, str]]) -> Reply:
    """A nonce seen lately is a replay. The adapter has checked name and clock."""
    seen = (command.envelope.system, command.nonce)
    if seen in nonces:
        return _enter(work, command, LINE_FAULT, binding=False)
    nonces.add(seen)
    journal.enter_nonce(work.unit, command, work.now)
    return _answered(work, command, ACCEPTED)


def _answered(work: Work, command: Command, reply: Reply) -> Reply:
    """Changes nothing; the next one like it is answered anew."""
    return _enter(work, command, reply, binding=False, state="answered" if reply.code == "0000" else "")


def _enter(
    work: Work, command: Command, reply: Reply, *, binding: bool, row: int | None = None, state: str = ""
) -> Reply:
    journal.enter(
        work.unit,
        command.envelope,
        work.unit.new_number("message") if row is None else row,
        reply,
        work.now,
        binding=binding,
        customer_no=_customer(command),
        state=state,
    )
    return reply


def _customer(command: Command) -> str:
    match command:
        case CustomerImage() | Amendment() | Correction():
            return command.change.customer_no
        case Verification():
            return command.ecif_no
        case NumberReplaced():
            return command.new
        case PartyQuery():
            return command.customer_no
        case _:
            return ""
