"""Bytes that are no frame: what the journal keeps of them, and what the log may say."""

from hashlib import sha256

from ecif.messages import Envelope, Unreadable
from formats.errors import FormatError
from gateway.limits import masked
from gateway.shared import Shared

KEPT_BYTES = 256
"""What the journal keeps of bytes that are no frame."""


def unframed(system: str, error: FormatError, data: bytes, at: int) -> Unreadable:
    """The refusal of bytes that are no frame, for the journal; only their beginning is kept."""
    kept = data[:KEPT_BYTES]
    envelope = Envelope(system, "", "", b"", None, False, sha256(kept).hexdigest(), kept, at)
    return Unreadable(envelope, "1001", error.faults[0].text())


def note_garbage(shared: Shared, system: str, data: bytes) -> None:
    """One rate-limited line about bytes that are no frame: what they look like, not what they say."""
    shared.note("frame.bad_length", system, reason=looks_like(data), bytes=masked(data))


def looks_like(data: bytes) -> str:
    if data[:2] == b"\x16\x03":
        return "tls"
    return "http" if data.split(b" ")[0] in (b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS") else "unknown"
