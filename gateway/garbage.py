"""Bytes that are no frame: what the journal keeps of them, and what the log may say.

Bytes that are answered leave a row like any refusal. Those that are not are kept too, a few at a time: what a
line has lost can be looked at, and a stranger who sends nothing else does not fill the journal.
"""

from hashlib import sha256

import trio

from ecif.messages import Envelope, Unreadable
from formats.errors import FormatError
from formats.framing_base import fault
from gateway.shared import Shared

PREVIEW_BYTES = 16
"""How much of what a stranger sent may be described in the log."""
KEPT_BYTES = 256
"""What the journal keeps of bytes that are no frame and are answered: as often as somebody sends them."""


def unframed(system: str, error: FormatError, data: bytes, at: int, most: int = KEPT_BYTES) -> Unreadable:
    """The refusal of bytes that are no frame, for the journal; only their beginning is kept."""
    kept = data[:most]
    envelope = Envelope(system, "", "", b"", None, False, sha256(kept).hexdigest(), kept, at)
    return Unreadable(envelope, "1001", error.faults[0].text())


def no_end(system: str) -> FormatError:
    """A frame that was begun and not ended in time."""
    return fault(system, "frame", 0, "no end in time")


def worth_keeping(shared: Shared, system: str) -> bool:
    """Whether bytes that nobody answers get a row: there have not just been many of that system's."""
    return shared.throttle.admit(f"kept {system}", trio.current_time()) is not None


def note_garbage(shared: Shared, system: str, data: bytes) -> None:
    """One rate-limited line about bytes that are no frame: what they look like, not what they say."""
    shared.note("frame.bad_length", system, reason=looks_like(data), bytes=masked(data))


def looks_like(data: bytes) -> str:
    if data[:2] == b"\x16\x03":
        return "tls"
    return "http" if data.split(b" ")[0] in (b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS") else "unknown"


def masked(data: bytes) -> str:
    """What a few bytes look like, without what they say: letters become a or A, digits 9, the rest hex."""
    return " ".join(_mask(byte) for byte in data[:PREVIEW_BYTES])


def _mask(byte: int) -> str:
    char = chr(byte)
    if char.isascii() and char.isalpha():
        return "A" if char.isupper() else "a"
    return "9" if char.isascii() and char.isdigit() else f"{byte:02x}"
