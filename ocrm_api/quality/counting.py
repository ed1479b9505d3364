"""Counting the quality of all systems' data, beside the API's other work; one count at a time.

It reads everything once, so it is done when somebody asks for it, in a thread, and the report is kept in a
file beside the hub's socket, because another process may be asked for it. If the process that counts ends,
the report before it stays, and whoever wants a new one asks again.
"""

import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ecif.model import Dialect
from ecif.quality import as_dict, quality
from ecif.store.errors import StoreError
from ocrm_api.quality.schema import Figures, QualityAnswer
from ocrm_api.source import Source

ABANDONED_SECONDS = 300.0
"""Nothing was told for so long: its process has ended."""
NONE = QualityAnswer("none", 0, None, None, None)


class UnderWay(Exception):
    """It is being counted already."""


class _Stopped(Exception):
    """The application ends."""


class Counting:
    def __init__(self, source: Source, folder: Path) -> None:
        self._source, self._path = source, folder / "quality.json"
        self._lock, self._ended = threading.Lock(), threading.Event()

    def report(self) -> QualityAnswer:
        try:
            told = msgspec.json.decode(self._path.read_bytes(), type=QualityAnswer)
            silent = time.time() - self._path.stat().st_mtime > ABANDONED_SECONDS
        except (OSError, msgspec.DecodeError):
            return NONE
        return replace(told, state="failed") if silent and told.state == "running" else told

    def start(self) -> QualityAnswer:
        """Raises UnderWay."""
        with self._lock:
            before = self.report()
            if before.state == "running":
                raise UnderWay("the quality of the data is being counted already")
            begun = self._tell(replace(before, state="running", counted=0, began_at=datetime.now(UTC)))
        dialects = self._source.setting().dialects
        threading.Thread(target=self._run, args=(begun, dialects), name="quality", daemon=True).start()
        return begun

    def close(self) -> None:
        self._ended.set()

    def _run(self, begun: QualityAnswer, dialects: Mapping[str, Dialect]) -> None:
        def progress(parties: int) -> None:
            if self._ended.is_set():
                raise _Stopped
            self._tell(replace(begun, counted=parties))

        try:
            found = quality(self._source.store(), dialects, progress=progress)
        except (StoreError, _Stopped):
            self._tell(replace(begun, state="failed"))
            return
        figures = msgspec.convert(as_dict(found), Figures)
        self._tell(
            replace(begun, state="done", counted=found.parties, ended_at=datetime.now(UTC), figures=figures)
        )

    def _tell(self, told: QualityAnswer) -> QualityAnswer:
        partial = self._path.with_suffix(".new")
        partial.write_bytes(msgspec.json.encode(told))
        os.replace(partial, self._path)
        return told
