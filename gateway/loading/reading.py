"""Pieces of a file → commands, through the system's dialect, as if its own line had brought them.

A record of an extract often lacks what only a message has. Then, and only then:

- the **id** is made of the record's content (`adapters.ids.stable_id`; sent time left out): the same record
  has the same id wherever it stands and however often it comes, another content has another one;
- the **sent time** is the moment of the extract (`as_of`);
- the **number of the change** (seq) is 1, so that whatever its system says later overtakes it.

What cannot be read keeps a stable id as well, so that its row in the journal stands once.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from adapters.clock import offset_seconds, to_text
from adapters.declaration.messages import ChangeMessage, CustomerMessage, OpenMessage
from adapters.dialect import Heartbeat, HeartbeatReply, SystemDialect
from adapters.ids import stable_id
from ecif.messages import (
    Amendment,
    CustomerImage,
    Envelope,
    NumberReplaced,
    Opening,
    Unreadable,
    Verification,
)
from formats.errors import FormatError
from gateway.config.schema import SystemConf
from gateway.loading.pieces import Piece

Loadable = CustomerImage | Opening | Amendment | Verification | NumberReplaced | Unreadable
"""What a file may bring; anything else in it (signs of life, replies, questions) is passed over."""
UNREADABLE = "1001"


class RecordReader:
    """Of one system and one file."""

    def __init__(self, conf: SystemConf, dialect: SystemDialect, as_of: int, *, padded: bool = False) -> None:
        self._dialect, self._codec = dialect, dialect.codec
        self._envelope, self._customer = conf.envelope, conf.customer
        self._offset = offset_seconds(conf.system.time_zone)
        self._as_of = as_of
        self._padded = padded
        """Records of one length: what stands behind a shorter one is filler."""

    def read(self, piece: Piece, now: int) -> Loadable | None:
        """None: nothing to load."""
        if piece.fault is not None:
            return self._refused(piece, piece.fault.text(), now)
        if piece.fields is not None:
            return self._of_row(piece, piece.fields, now)
        command = self._dialect.read(piece.body, now)
        if isinstance(command, Unreadable) and self._padded:
            command = self._without_filler(command, piece.body, now)
        if isinstance(command, Heartbeat | HeartbeatReply):
            return None
        if not command.envelope.message_id:
            command = self._completed(command, now)
        return command if isinstance(command, Loadable) else None

    def _of_row(self, piece: Piece, fields: dict[str, Any], now: int) -> Loadable | None:
        try:
            body = self._codec.build(piece.type, self._filled(piece.type, fields))
        except FormatError as error:
            return self._refused(piece, error.faults[0].text(), now)
        command = self._dialect.read(body, now)
        return command if isinstance(command, Loadable) else None

    def _without_filler(self, command: Unreadable, body: bytes, now: int) -> Any:
        try:
            self._codec.parse(body)
        except FormatError as error:
            if [fault.rule for fault in error.faults] == ["bytes follow"]:
                return self._dialect.read(body[: error.faults[0].place.offset], now)
        return command

    def _completed(self, command: Any, now: int) -> Any:
        """The record with what it lacks; as it was where it cannot be read."""
        body = command.envelope.raw
        try:
            type, fields = self._codec.parse(body)
            whole = self._codec.build(type, self._filled(type, fields))
        except FormatError:
            return self._named(command)
        return self._named(self._dialect.read(whole, now))

    def _filled(self, type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        envelope, filled = self._envelope, dict(fields)
        known = self._codec.paths(type)
        sent_at = envelope.sent_at or ""
        if sent_at and not filled.get(sent_at) and (sent_at,) in known:
            filled[sent_at] = to_text(self._as_of, self._offset)[-len(envelope.sent_at_pattern) :]
        seq = self._customer.seq
        if not filled.get(seq) and (seq,) in known and self._is_image(type):
            filled[seq] = 1
        if not filled.get(envelope.id) and (envelope.id,) in known:
            content = {name: value for name, value in fields.items() if name not in (envelope.id, sent_at)}
            digested = msgspec.json.encode([type, content], order="sorted")
            filled[envelope.id] = stable_id(envelope.new_id, digested, self._as_of, self._offset)
        return filled

    def _is_image(self, type: str) -> bool:
        message = self._dialect.sections.messages.get(type)
        return isinstance(message, CustomerMessage | OpenMessage | ChangeMessage)

    def _refused(self, piece: Piece, text: str, now: int) -> Unreadable:
        """What the journal keeps of it is the row, or else only what is wrong."""
        said = [piece.type, piece.fields, text] if piece.fields is not None else [piece.at, text]
        raw = msgspec.json.encode(said, order="sorted")
        made = stable_id(self._envelope.new_id, raw, self._as_of, self._offset)
        envelope = Envelope(self._dialect.name, piece.type, made, b"", None, False, made, raw, now)
        return Unreadable(envelope, UNREADABLE, text)

    def _named(self, command: Any) -> Any:
        """A message id for what has none and cannot get one."""
        envelope = command.envelope
        if envelope.message_id or not isinstance(command, Unreadable):
            return command
        made = stable_id(self._envelope.new_id, envelope.raw, self._as_of, self._offset)
        return replace(command, envelope=replace(envelope, message_id=made))


def customer_type(dialect: SystemDialect) -> str:
    """The message that a CSV row becomes unless its own column or --type says otherwise."""
    messages = dialect.sections.messages.items()
    for wanted in (CustomerMessage, OpenMessage, ChangeMessage):
        found = next((name for name, message in messages if isinstance(message, wanted)), "")
        if found:
            return found
    return ""
