"""Message ids of the hub's own: upper-case letters and digits, or a UUID; random, so that none comes twice.

Not even after a restore from a backup (interfaces/README.md, "Shared values"): no counter and no clock alone.
"""

import secrets
import uuid
from collections import deque
from collections.abc import Callable
from hashlib import shake_256
from itertools import count
from typing import TypeAlias

from adapters.clock import to_text
from adapters.declaration.envelope import NewId

Draw: TypeAlias = Callable[[int], bytes]
"""So many random bytes."""

_DRAWN = 64
"""Ids for which random bytes are drawn in one call."""
_ALPHABET = bytes(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32] for byte in range(256))
"""A random byte → a character, each equally often."""


def id_maker(declared: NewId, offset: int = 0, draw: Draw = secrets.token_bytes) -> Callable[[int], str]:
    """Makes an id for a message of that moment (microseconds, UTC); `offset`: that of the system's times."""
    if declared.uuid:
        return lambda now: uuid.UUID(bytes=draw(16), version=4).hex
    prefix = declared.prefix
    digits = (declared.length or 0) - len(prefix)
    tail = _tail(declared, offset, draw)
    ready: deque[str] = deque()  # taken from by several threads: an element goes to one of them

    def make(now: int) -> str:
        while True:
            try:
                return prefix + ready.pop() + tail(now)
            except IndexError:
                drawn = draw(digits * _DRAWN).translate(_ALPHABET).decode("ascii")
                ready.extend(drawn[at : at + digits] for at in range(0, len(drawn), digits))

    return make


def stable_id(declared: NewId, content: bytes, at: int, offset: int = 0) -> str:
    """An id in that form for a record that came without one: the same content has the same id every time.

    Where the form has the time in it, that is `at`.
    """
    drawn = shake_256(content).digest(128)
    if declared.uuid:
        return drawn[:16].hex()
    digits = (declared.length or 0) - len(declared.prefix)
    made = declared.prefix + drawn[8 : 8 + digits].translate(_ALPHABET).decode("ascii")
    if declared.count:
        made += f"{int.from_bytes(drawn[:8], 'big') % 10**declared.count:0{declared.count}d}"
    return made + to_text(at, offset)[-len(declared.time) :] if declared.time else made


def _tail(declared: NewId, offset: int, draw: Draw) -> Callable[[int], str]:
    """Count and time, for sheets whose id is made of them too: the random part alone makes it unique, the
    count tells apart what is sent in one second. It begins anywhere, so a restart does not repeat it."""
    limit = 10 ** (declared.count or 0)
    numbers = count(int.from_bytes(draw(8), "big") % limit)
    digits = len(declared.time or "")

    def tail(now: int) -> str:
        counted = f"{next(numbers) % limit:0{declared.count}d}" if declared.count else ""
        return counted + (to_text(now, offset)[-digits:] if digits else "")

    return tail
