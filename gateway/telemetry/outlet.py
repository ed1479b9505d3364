"""Where log lines leave: never waits, whatever has become of the other end.

A log is there to tell of the hub, so the hub must not stand still because nobody reads the log: a pipe whose
reader hangs, a terminal that was stopped, a disk that is full. What cannot leave now is kept up to `KEPT`
bytes (the kernel has a buffer of its own); lines beyond that are dropped and counted, and the first line that
gets through afterwards says how many are missing.

A pipe or terminal is opened anew through /proc, since O_NONBLOCK belongs to the open file, and the shell, the
store process and the HTTP process have the same one. A socket (systemd's journal) is written with
MSG_DONTWAIT. A regular file has no such thing: a disk that hangs, unlike one that is full, is waited for.
"""

import contextlib
import io
import json
import os
import socket
import stat
import threading
from datetime import UTC, datetime
from typing import Final, Protocol

KEPT: Final = 4096
WHOLE: Final = 4096
"""Bytes that a pipe takes whole or not at all (PIPE_BUF): lines of several processes do not mix."""


class Outlet(io.TextIOBase):
    """Takes the place of `sys.stderr`. Writing never raises and never waits."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._end = descriptor, _end(descriptor)
        self._waiting = bytearray()
        self._missing = 0
        self._lock = threading.Lock()
        self.dropped = 0
        """Lines, since the process began."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def close(self) -> None:
        """What was opened here; not the descriptor it was made of."""
        self._end.close()
        super().close()

    def write(self, text: str) -> int:
        """One line, or several."""
        data = text.encode("utf-8", "backslashreplace")
        with self._lock:
            self._pour()
            if len(self._waiting) + len(data) > max(KEPT, len(data)):
                self.dropped += data.count(b"\n")
                self._missing += data.count(b"\n")
            else:
                self._waiting += data
                self._pour()
        return len(text)

    def _pour(self) -> None:
        """What is waiting leaves, as far as it can; then the word about what is missing."""
        with contextlib.suppress(OSError):
            self._leave()
            if self._missing and not self._waiting:
                self._waiting += _notice(self._missing)
                self._missing = 0
                self._leave()

    def _leave(self) -> None:
        while self._waiting and (count := self._end.write(_piece(self._waiting))):
            del self._waiting[:count]


def _piece(waiting: bytearray) -> bytes:
    """Whole lines that a pipe takes at once; a longer one alone."""
    end = waiting.rfind(b"\n", 0, WHOLE) + 1 or waiting.find(b"\n") + 1
    return bytes(waiting[: end or len(waiting)])


def _notice(lines: int) -> bytes:
    event = {"lines": lines, "event": "log.dropped", "level": "warning"}
    return json.dumps(event | {"timestamp": datetime.now(UTC).isoformat()}).encode() + b"\n"


# ---------------------------------------------------------------- ways to write without waiting


class _End(Protocol):
    def write(self, data: bytes, /) -> int | None:
        """How many bytes it took; None or an OSError where it takes none now."""

    def close(self) -> None: ...


class _SocketEnd:
    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self.close = self._socket.close

    def write(self, data: bytes, /) -> int | None:
        return self._socket.send(data, socket.MSG_DONTWAIT)


def _end(descriptor: int) -> _End:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):
        return _SocketEnd(descriptor)
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            return io.FileIO(os.open(f"/proc/self/fd/{descriptor}", flags), "w")
    return io.FileIO(descriptor, "w", closefd=False)
