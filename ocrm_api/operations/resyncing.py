"""Telling a system everything again, page by page beside a running hub; one at a time a system.

How far it has come stands in a file beside the hub's socket, because another process may be asked. If the
process ends that does it, whoever ordered it orders again: nothing is pushed twice for it (`ecif.resync`).
"""

import os
import threading
import time
from collections.abc import Sequence
from functools import partial as bound
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ecif.resync import Marked
from ecif.service import Service
from ecif.store import asides
from ecif.store.errors import StoreError
from ocrm_api.operations.schema import ResyncAnswer
from ocrm_api.source import Source
from ocrm_api.trail.entry import now

PORTION = 200
ABANDONED_SECONDS = 60.0
"""Nothing was told for so long: its process has ended."""
PAUSE_SECONDS = 0.1
"""Between two pages: the hub's own work goes first."""


class UnderWay(Exception):
    """That system is being told already."""


class Resyncs:
    def __init__(self, source: Source, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def state(self, system: str) -> ResyncAnswer:
        path = self._path(system)
        try:
            told = msgspec.json.decode(path.read_bytes(), type=ResyncAnswer)
            silent = time.time() - path.stat().st_mtime > ABANDONED_SECONDS
        except (OSError, msgspec.DecodeError):
            return ResyncAnswer(system, "none", 0, 0, 0, 0, 0, False)
        return replace(told, state="failed") if silent and told.state == "running" else told

    def _path(self, system: str) -> Path:
        return self._folder / f"resync-{system}.json"

    def start(self, system: str, *, since: int, rehearse: bool, actor: str) -> ResyncAnswer:
        """Raises UnderWay."""
        with self._lock:
            if self.state(system).state == "running":
                raise UnderWay(f"{system} is being told everything already")
            begun = self._tell(system, "running", 0, Marked(), rehearse=rehearse)
        arguments = (system, since, rehearse, actor)
        threading.Thread(target=self._run, args=arguments, name=f"resync-{system}", daemon=True).start()
        return begun

    def close(self) -> None:
        self._ended.set()

    def _run(self, system: str, since: int, rehearse: bool, actor: str) -> None:
        found, count, after = Marked(), 0, ""
        try:
            while numbers := self._page(system, after, since):
                keys = [(system, number) for number in numbers]
                found += self._source.act(bound(_mark, keys=keys, rehearse=rehearse))
                after, count = numbers[-1], count + len(numbers)
                self._tell(system, "running", count, found, rehearse=rehearse)
                if self._ended.wait(PAUSE_SECONDS):
                    return
            if not rehearse:
                text = f"{count} customers, {found.marked} newly marked"
                self._source.act(lambda service: service.note_resync(system, text, actor=actor, now=now()))
            self._tell(system, "done", count, found, rehearse=rehearse)
        except StoreError:
            self._tell(system, "failed", count, found, rehearse=rehearse)

    def _page(self, system: str, after: str, since: int) -> Sequence[str]:
        with self._source.store().reading() as connection:
            return asides.numbers_of(connection, system, after=after, since=since, limit=PORTION)

    def _tell(self, system: str, state: str, count: int, found: Marked, *, rehearse: bool) -> ResyncAnswer:
        told = ResyncAnswer(
            system, state, count, found.marked, found.pending, found.held, found.empty, rehearse
        )
        partial = self._path(system).with_suffix(".new")
        partial.write_bytes(msgspec.json.encode(told))
        os.replace(partial, self._path(system))
        return told

    def wait(self, system: str, seconds: float = 30.0) -> ResyncAnswer:
        """For tests and scripts."""
        until = time.monotonic() + seconds
        while self.state(system).state == "running" and time.monotonic() < until:
            time.sleep(0.01)
        return self.state(system)


def _mark(service: Service, *, keys: Sequence[tuple[str, str]], rehearse: bool) -> Marked:
    return service.resync(keys, now=now(), rehearse=rehearse)
