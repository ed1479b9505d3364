"""The trail's only writer in this process: entries of concurrent requests share one commit.

A request hands its entries over and is answered when they are committed. One thread takes all that wait,
links them into the process' chain and commits; while it does, and a moment longer, the next ones gather: a
commit costs as much as some reads, and keeps the disk from the hub, which may share it. When a commit fails
nobody knows whether the rows are there, so those requests get no answer and the next entries begin a new
chain.
"""

import json
import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from ecif.store.bulk import Bulk
from ocrm_api.database import Database
from ocrm_api.trail import store
from ocrm_api.trail.chain import Head, anchor_digest, linked, new_chain
from ocrm_api.trail.entry import Entry, now

log = logging.getLogger("ocrm_api.trail")
ANCHOR_SECONDS = 3600.0
_BATCH = 500
_GATHER_SECONDS = 0.003
"""After a commit. Who asks again at once waits for it; busy lines read a quarter more (bench/README.md)."""


@dataclass(frozen=True)
class _Batch:
    """What shares a commit. All wait for the same future: a wake-up each costs more than their rows."""

    entries: list[Entry] = field(default_factory=list)
    done: Future[None] = field(default_factory=Future)


class Writer:
    """Its thread starts with the first entry. `close` commits what waits and anchors."""

    def __init__(self, database: Database, anchors: Path | None = None) -> None:
        self._database, self._anchors, self._bulk = database, anchors, Bulk()
        self._waiting: list[_Batch] = []
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._head: Head | None = None
        self._anchor: Head | None = None
        self._anchored: dict[str, Head] = {}

    def record(self, *entries: Entry) -> "Future[None]":
        """Done when they are committed, or with a StoreError when they are not. Others may get the same."""
        with self._change:
            if self._closing:
                raise RuntimeError("the trail is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="trail", daemon=True)
                self._thread.start()
            if not self._waiting or len(self._waiting[-1].entries) >= _BATCH:
                self._waiting.append(_Batch())
            batch = self._waiting[-1]
            batch.entries.extend(entries)
            self._change.notify()
        return batch.done

    def close(self) -> None:
        with self._change:
            self._closing = True
            self._change.notify()
        if self._thread is not None:
            self._thread.join()

    # ------------------------------------------------------------ in the thread

    def _run(self) -> None:
        next_anchor = now() + int(ANCHOR_SECONDS * 1_000_000)
        while True:
            with self._change:
                self._change.wait_for(self._called, max(0.0, (next_anchor - now()) / 1_000_000))
                taken = self._waiting.pop(0) if self._waiting else None
                ending = self._closing and taken is None
            if taken is not None:
                self._commit(taken)
                time.sleep(_GATHER_SECONDS)
            if ending or now() >= next_anchor:
                self._anchor_heads()
                next_anchor = now() + int(ANCHOR_SECONDS * 1_000_000)
            if ending:
                return

    def _called(self) -> bool:
        return bool(self._waiting) or self._closing

    def _commit(self, batch: _Batch) -> None:
        try:
            rows, head = linked(self._head or new_chain(now()), batch.entries)
            with self._database.writing() as connection:
                store.append(connection, self._bulk, batch.entries, rows, head)
        except Exception as error:  # whatever it was, those who wait must not be answered
            self._head = None
            log.error("trail not written: %s", error if str(error) else type(error).__name__)
            batch.done.set_exception(error)
            return
        self._head = head
        batch.done.set_result(None)

    def _anchor_heads(self) -> None:
        """Failing costs no answer: the next hour anchors again."""
        try:
            with self._database.writing() as connection:
                heads = store.heads(connection)
                if not self._anchored:
                    self._anchored = store.anchored(connection)
                changed = {name: head for name, head in heads.items() if self._anchored.get(name) != head}
                if not changed:
                    return
                at, before = now(), self._anchor or new_chain(now())
                told = json.dumps({name: [head.seq, head.digest] for name, head in sorted(changed.items())})
                seq = before.seq + 1
                anchor = Head(before.chain, seq, anchor_digest(before.digest, seq, at, told))
                store.add_anchor(connection, anchor, at, told)
            self._anchor, self._anchored = anchor, heads
            self._tell(anchor, at, told)
        except Exception as error:
            self._anchor = None
            log.error("trail not anchored: %s", error if str(error) else type(error).__name__)

    def _tell(self, anchor: Head, at: int, told: str) -> None:
        """Outside the database: the log, and a file that a bank keeps elsewhere."""
        log.info("trail anchored: chain=%s seq=%d digest=%s", anchor.chain, anchor.seq, anchor.digest)
        if self._anchors is not None:
            row = {**anchor._asdict(), "at": at, "heads": told}
            self._anchors.parent.mkdir(parents=True, exist_ok=True)
            with self._anchors.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
