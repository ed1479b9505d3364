"""Counting the quality of all systems' data, beside the API's other work; one count at a time.

It reads everything once, so it is done when somebody asks for it, and the report is kept. If the process that
counts ends, the report before it stays, and whoever wants a new one asks again.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial as bound
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ecif.model import Dialect
from ecif.quality import as_dict, quality
from ocrm_api.progress import Progress
from ocrm_api.quality.schema import Figures, QualityAnswer
from ocrm_api.source import Source

NONE = QualityAnswer("none", 0, None, None, None)


class _Stopped(Exception):
    """The application ends."""


class Counting:
    def __init__(self, source: Source, folder: Path) -> None:
        self._source, self._progress = source, Progress(folder / "quality.json", NONE)
        self._ended = threading.Event()

    def report(self) -> QualityAnswer:
        return self._progress.told()

    def start(self) -> QualityAnswer:
        """Raises UnderWay."""
        dialects = self._source.setting().dialects
        return self._progress.start(_begun, bound(self._count, dialects))

    def close(self) -> None:
        self._ended.set()

    def _count(self, dialects: Mapping[str, Dialect], begun: QualityAnswer) -> None:
        def progress(parties: int) -> None:
            if self._ended.is_set():
                raise _Stopped
            self._progress.tell(replace(begun, counted=parties))

        with suppress(_Stopped):
            found = quality(self._source.store(), dialects, progress=progress)
            figures = msgspec.convert(as_dict(found), Figures)
            ended = datetime.now(UTC)
            self._progress.tell(
                replace(begun, state="done", counted=found.parties, ended_at=ended, figures=figures)
            )


def _begun(before: QualityAnswer) -> QualityAnswer:
    return replace(before, state="running", counted=0, began_at=datetime.now(UTC))
