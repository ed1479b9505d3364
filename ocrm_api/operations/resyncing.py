"""Telling a system everything again, page by page beside a running hub; one at a time a system.

If the process ends that does it, whoever ordered it orders again: nothing is pushed twice for it
(`ecif.resync`).
"""

import threading
from collections.abc import Sequence
from functools import partial as bound
from pathlib import Path

from ecif.resync import Marked
from ecif.service import Service
from ecif.store import asides
from ocrm_api.operations.schema import ResyncAnswer
from ocrm_api.progress import Progress
from ocrm_api.source import Source
from ocrm_api.trail.entry import now

PORTION = 200
PAUSE_SECONDS = 0.1
"""Between two pages: the hub's own work goes first."""


class Resyncs:
    def __init__(self, source: Source, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._ended = threading.Event()

    def state(self, system: str) -> ResyncAnswer:
        return self._progress(system).told()

    def start(self, system: str, *, since: int, rehearse: bool, actor: str) -> ResyncAnswer:
        """Raises UnderWay."""
        begun = _told(system, "running", 0, Marked(), rehearse=rehearse)
        return self._progress(system).start(lambda _before: begun, bound(self._mark_all, since, actor))

    def close(self) -> None:
        self._ended.set()

    def _mark_all(self, since: int, actor: str, begun: ResyncAnswer) -> None:
        system, rehearse, progress = begun.system, begun.rehearsed, self._progress(begun.system)
        found, count, after = Marked(), 0, ""
        while numbers := self._page(system, after, since):
            keys = [(system, number) for number in numbers]
            found += self._source.act(bound(_mark, keys=keys, rehearse=rehearse))
            after, count = numbers[-1], count + len(numbers)
            progress.tell(_told(system, "running", count, found, rehearse=rehearse))
            if self._ended.wait(PAUSE_SECONDS):
                return
        if not rehearse:
            text = f"{count} customers, {found.marked} newly marked"
            self._source.act(lambda service: service.note_resync(system, text, actor=actor, now=now()))
        progress.tell(_told(system, "done", count, found, rehearse=rehearse))

    def _page(self, system: str, after: str, since: int) -> Sequence[str]:
        with self._source.store().reading() as connection:
            return asides.numbers_of(connection, system, after=after, since=since, limit=PORTION)

    def _progress(self, system: str) -> Progress[ResyncAnswer]:
        return Progress(
            self._folder / f"resync-{system}.json", _told(system, "none", 0, Marked(), rehearse=False)
        )


def _told(system: str, state: str, count: int, found: Marked, *, rehearse: bool) -> ResyncAnswer:
    return ResyncAnswer(state, system, count, found.marked, found.pending, found.held, found.empty, rehearse)


def _mark(service: Service, *, keys: Sequence[tuple[str, str]], rehearse: bool) -> Marked:
    return service.resync(keys, now=now(), rehearse=rehearse)
