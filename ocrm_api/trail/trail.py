"""The trail as the rest of the program uses it: recording, searching, verifying."""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from ocrm_api.database import Database
from ocrm_api.trail import store
from ocrm_api.trail.entry import Entry
from ocrm_api.trail.store import Row
from ocrm_api.trail.verification import Verdict, verify
from ocrm_api.trail.writer import Writer


class Trail:
    def __init__(self, database: Database, anchors: Path | None = None) -> None:
        self._database, self._anchors = database, anchors
        self.writer = Writer(database, anchors)

    def record(self, *entries: Entry) -> "Future[None]":
        """Done when they are committed. Within a request `ocrm_api.trail.answering.begin` does it."""
        return self.writer.record(*entries)

    def search(
        self, *, actor: str = "", action: str = "", ecif_no: str = "", since: int = 0, until: int = 0,
        after: tuple[int, str, int] | None = None, limit: int = 100,
    ) -> Sequence[Row]:  # fmt: skip
        """The newest first."""
        with self._database.reading() as connection:
            return store.search(
                connection, actor=actor, action=action, ecif_no=ecif_no, since=since, until=until,
                after=after, limit=limit,
            )  # fmt: skip

    def verify(self) -> Verdict:
        """Every chain against itself, its head and all anchors; takes as long as the trail is."""
        with self._database.reading() as connection:
            return verify(connection, self._anchors)

    def close(self) -> None:
        self.writer.close()
        self._database.close()
