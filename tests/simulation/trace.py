"""What happened, in order, with the mock clock's time: short lines to read, and one digest of all bytes."""

from collections import Counter
from hashlib import sha256

import trio


class Trace:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.met: Counter[str] = Counter()
        """What went wrong, by its kind."""
        self._digest = sha256()

    def note(self, text: str, data: bytes = b"") -> None:
        line = f"{trio.current_time():12.6f} {text}"
        if data:
            line += f" {len(data)} bytes {data[:12].hex()}{'…' if len(data) > 12 else ''}"
        self.lines.append(line)
        self._digest.update(line.encode() + data)

    def fault(self, kind: str, text: str = "") -> None:
        self.met[kind] += 1
        self.note(f"{text} {kind}".strip())

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()
