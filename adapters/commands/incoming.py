"""What a message becomes: a command for the service, or a line test, which ends at the session."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from adapters.reading import Problems
from ecif.messages import Command, Envelope
from formats.codec import Fields


class Heartbeat(msgspec.Struct, frozen=True):
    """The peer asks whether the line lives."""

    envelope: Envelope


class HeartbeatReply(msgspec.Struct, frozen=True):
    envelope: Envelope
    code: str = ""
    """Where the sheet has one."""


Incoming: TypeAlias = Command | Heartbeat | HeartbeatReply
Read: TypeAlias = Callable[[Envelope, Fields, Problems], Incoming]
"""The value it gives counts only if it found no problems."""
