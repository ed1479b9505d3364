"""Work that goes on beside requests, one run at a time, and how far it has come.

That stands in a file beside the hub's socket, because another process may be asked for it. A run holds a lock
of the kernel's on a file next to it, which ends with the process however that ends: told as running and not
locked, it has failed.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import IO, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from ocrm_api.guard.faults import note_fault


class Told(msgspec.Struct, frozen=True):
    state: str
    """"running", "done", "failed"; "none" before the first."""


T = TypeVar("T", bound=Told)


class UnderWay(Exception):
    """It runs already, here or in another process."""


class Progress(Generic[T]):
    def __init__(self, path: Path, none: T) -> None:
        """`none` is told before the first run."""
        self._path, self._none = path, none

    def told(self) -> T:
        told = self._read()
        if told.state != "running":
            return told
        with self._locking() as lock:
            if not _taken(lock, fcntl.LOCK_SH):
                return told
            told = self._read()  # it may have ended since
            return replace(told, state="failed") if told.state == "running" else told

    def start(self, begun: Callable[[T], T], work: Callable[[T], None]) -> T:
        """Tells what `begun` makes of what was told before, and works on from there in a thread. Raises
        UnderWay."""
        lock = self._locking()
        try:
            if not _taken(lock, fcntl.LOCK_EX):
                raise UnderWay(f"{self._path.stem} is under way already")
            told = begun(self._read())
            self.tell(told)
            Thread(target=self._run, args=(lock, work, told), name=self._path.stem, daemon=True).start()
        except BaseException:
            lock.close()
            raise
        return told

    def tell(self, told: T) -> None:
        """For the run itself: who holds the lock is the only one who writes."""
        draft = self._path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(told))
        os.replace(draft, self._path)

    def _run(self, lock: IO[bytes], work: Callable[[T], None], begun: T) -> None:
        with lock:
            try:
                work(begun)
            except Exception as error:
                note_fault(error, self._path.stem)

    def _locking(self) -> IO[bytes]:
        return self._path.with_suffix(".lock").open("ab")

    def _read(self) -> T:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=type(self._none))
        except (OSError, msgspec.DecodeError):
            return self._none


def _taken(lock: IO[bytes], how: int) -> bool:
    """Until the file is closed. Another one of the same process is kept out, too."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
