"""What became of the records of a load: counts, and the bad ones set aside in a file of JSON lines.

A line says where a record stands and what is wrong with it, never a value: `{"file", "at", "unit", "id",
"code", "text"}`, `at` in bytes from 0 or in lines from 1, `text` as the system would have been told
(`FIELD@offset rule`).
"""

import json
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from ecif.messages import Command, Reply

LOADED = ("0000", "0001", "0002")
STALE = "0003"


class Aside:
    """The file is made when the first record comes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._stream: TextIO | None = None

    def put(self, line: dict[str, Any]) -> None:
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self.path.open("w", encoding="utf-8")
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.count += 1

    def __enter__(self) -> "Aside":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()


class Tally:
    def __init__(self) -> None:
        self.records = self.repeated = self.passed_over = 0
        self.codes: Counter[str] = Counter()
        """Of what was not known before."""
        self.refused: Counter[str] = Counter()
        """Code → records, known before or not."""
        self.broken: list[str] = []
        """Files whose rest cannot be read."""
        self._started = time.perf_counter()
        self._marks: list[tuple[int, float]] = [(0, 0.0)]
        """(records, seconds) after each batch."""

    def took(self, reply: Reply, *, repeated: bool) -> bool:
        """Whether the record is good."""
        good = reply.code in LOADED or reply.code == STALE
        if not good:
            self.refused[reply.code] += 1
        elif repeated:
            self.repeated += 1
        else:
            self.codes[reply.code] += 1
        return good

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    def mark(self) -> None:
        self._marks.append((self.records, self.seconds))

    def rate_of(self, first: float, last: float) -> float:
        """Records a second of a part of all records, as from 0.9 to 1.0."""
        return self._rate_between(first * self.records, last * self.records)

    def _rate_between(self, first: float, last: float) -> float:
        low = next(mark for mark in reversed(self._marks) if mark[0] <= max(first, 0))
        high = next((mark for mark in self._marks if mark[0] >= last), self._marks[-1])
        return round((high[0] - low[0]) / (high[1] - low[1]), 1) if high[1] > low[1] else 0.0

    @property
    def loaded(self) -> int:
        return sum(self.codes[code] for code in LOADED)

    @property
    def good(self) -> bool:
        return not self.refused and not self.broken

    def report(self, system: str, engine: str, files: int, aside: Aside) -> dict[str, Any]:
        seconds = self.seconds
        return {
            "system": system,
            "engine": engine,
            "files": files,
            "records": self.records,
            "loaded": self.loaded,
            "changed": self.codes["0000"],
            "unchanged": self.codes["0001"],
            "reviews": self.codes["0002"],
            "stale": self.codes[STALE],
            "repeated": self.repeated,
            "refused": self.refused.total(),
            "refused_by_code": dict(sorted(self.refused.items())),
            "passed_over": self.passed_over,
            "broken_files": self.broken,
            "aside": str(aside.path) if aside.count else None,
            "seconds": round(seconds, 3),
            "records_per_second": round(self.records / seconds, 1) if seconds else 0.0,
            "first_tenth_per_second": self.rate_of(0.0, 0.1),
            "last_tenth_per_second": self.rate_of(0.9, 1.0),
            "first_100000_per_second": self._rate_between(0, 100_000),
            "last_100000_per_second": self._rate_between(self.records - 100_000, self.records),
        }


def line_of(file: Path, at: int, unit: str, command: Command, reply: Reply) -> dict[str, Any]:
    return {
        "file": str(file),
        "at": at,
        "unit": unit,
        "id": command.envelope.message_id,
        "code": reply.code,
        "text": reply.text,
    }
