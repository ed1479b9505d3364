"""What is known of any message before its content: enough to journal it and to answer it.

"Same content" (a resend) is all bytes but sent time, duplicate flag and seal: the digest leaves them out.
The id of a message that cannot be read is echoed as it was received; one that can be read is echoed as text.
"""

from hashlib import sha256

import msgspec

from adapters.clock import SECOND, nearest_year, to_microseconds
from adapters.declaration.envelope import EnvelopeSection
from adapters.reading import Problems
from adapters.refusals import UNKNOWN_TYPE, UNREADABLE, Problem
from adapters.texts import NUL
from ecif.messages import Envelope
from formats.codec import Codec, Fields
from formats.errors import FormatError

WITH_YEAR = 14
"""Digits of a time that says its year."""


class EnvelopeReader:
    """Built once for a system."""

    def __init__(self, system: str, codec: Codec, section: EnvelopeSection, offset: int) -> None:
        self._system = system
        self._codec = codec
        self._id = section.id
        self._sent_at = section.sent_at or ""
        self._offset = offset
        self._ahead = section.ahead_seconds * SECOND
        self._flag = section.duplicate
        self._digits = len(section.sent_at_pattern)
        self._repeats = frozenset(section.duplicate.types.values()) if section.duplicate else frozenset()
        repeated = section.type if self._repeats else None
        fields = {section.sent_at, repeated, section.duplicate.field if section.duplicate else None}
        self._without = frozenset(field for field in fields if field is not None)

    def read(self, type: str, fields: Fields, body: bytes, received_at: int) -> Envelope:
        message_id = fields.get(self._id, "")
        if NUL in str(message_id):
            message_id = ""
        return Envelope(
            system=self._system,
            type=type,
            message_id=message_id if isinstance(message_id, str) else "",
            raw_id=b"" if message_id else self.raw_id(body),
            sent_at=self._sent(fields, received_at),
            duplicate=type in self._repeats or self._flagged(fields),
            digest=self.digest(body),
            raw=body,
            received_at=received_at,
        )

    def read_broken(self, error: FormatError, body: bytes, received_at: int) -> Envelope:
        type, head = self._codec.peek(body)
        envelope = self.read(type, dict(error.fields), body, received_at)
        return msgspec.structs.replace(envelope, raw_id=head.get(self._id, b""))

    def read_seen(self, fields: Fields, problems: Problems) -> None:
        """The duplicate flag must be one of those the sheet has."""
        flag = self._flag
        if flag is None or flag.field is None:
            return
        value = fields.get(flag.field, flag.no[0])
        if value != flag.yes and value not in flag.no:
            known = ", ".join(str(code) or "blank" for code in (flag.yes, *flag.no))
            problems.append(Problem(UNKNOWN_TYPE, (flag.field,), f"not one of {known}"))

    def read_time(self, envelope: Envelope, fields: Fields, problems: Problems) -> None:
        """A day that no year around has can only be seen here."""
        if envelope.sent_at is None and fields.get(self._sent_at):
            problems.append(Problem(UNREADABLE, (self._sent_at,), "impossible time"))

    def since(self, envelope: Envelope) -> int:
        """When its changes hold from: its sent time, or the hub's time where that is too far ahead."""
        sent = envelope.received_at if envelope.sent_at is None else envelope.sent_at
        return envelope.received_at if sent > envelope.received_at + self._ahead else sent

    def raw_id(self, body: bytes) -> bytes:
        return self._codec.peek(body)[1].get(self._id, b"")

    def digest(self, body: bytes) -> str:
        return sha256(self._codec.content(body, self._without)).hexdigest()

    def _flagged(self, fields: Fields) -> bool:
        flag = self._flag
        return flag is not None and flag.field is not None and fields.get(flag.field) == flag.yes

    def _sent(self, fields: Fields, now: int) -> int | None:
        text = fields.get(self._sent_at)
        if not isinstance(text, str) or len(text) != self._digits:
            return None
        whole = text if self._digits == WITH_YEAR else nearest_year(text, now, self._offset)
        return to_microseconds(whole, self._offset) if whole else None
