"""How far numbers have been given, in a small file outside the database.

A database restored from last night's backup does not know the numbers that were given since. This file does:
before a transaction may use a number, the file says, durably, that numbers up to some way above it may be in
use. After a restore they go on from there (`ecif db restored`), so no number is given twice. It is written
once in thousands of customers; several processes take turns on it.
"""

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ecif.store.errors import StoreError, StoreFailed, StoreFull
from ecif.store.numbers import BLOCKS

AHEAD: Final = 100
"""Blocks that one writing of the file covers."""


class ReserveBroken(StoreError):
    """The file is there and is not one of ours; the text says which and what to do."""


class Reserve:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._marks: Mapping[str, int] = {}

    def cover(self, kind: str, end: int) -> None:
        """Returns when numbers of this kind below `end` may be used. Raises a StoreError."""
        if self._marks.get(kind, 0) >= end:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)  # a first load, before the hub ever ran
            with self._turn():
                marks = dict(self.marks())
                if marks.get(kind, 0) < end:
                    marks[kind] = end + AHEAD * BLOCKS[kind][1]
                    self._write(marks)
                self._marks = marks
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise StoreFull("the disk is full") from error
            raise StoreFailed(f"{self._path} cannot be written: {error.strerror}") from error

    def marks(self) -> Mapping[str, int]:
        """Kind → all numbers that can have been given are below this. Empty where there is no file."""
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(kind): int(mark) for kind, mark in read.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError, TypeError) as error:
            text = f"{self._path} does not say how far numbers were given: put back a sound copy of it"
            raise ReserveBroken(text) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with open(self._path.with_suffix(".lock"), "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # released when it is closed
            yield

    def _write(self, marks: Mapping[str, int]) -> None:
        """Whole and on the disk, or not at all."""
        draft = self._path.with_suffix(".new")
        with open(draft, "w", encoding="utf-8") as file:
            json.dump(marks, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
