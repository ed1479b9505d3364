"""Anchors the history once an hour while the hub runs, and says so in the log.

The line in the log is half of the proof: it leaves the machine, so whoever changes the database and makes the
anchors anew contradicts it. Several hubs on one database may all do it: whoever comes later finds nothing
left. What fails is tried again soon; nothing of the hub's work waits for it.
"""

import time
from contextlib import closing

import structlog
import trio

from ecif.anchoring import anchor
from ecif.setting import SECOND
from ecif.store import anchors
from ecif.store.errors import StoreError
from ecif.store.store import open_store
from gateway.bootstrap import load_signers
from gateway.config.schema import Conf

log = structlog.get_logger("history")

_SOON = 60.0
"""Seconds until what failed is tried again."""


async def anchor_hourly(conf: Conf) -> None:
    """Until cancelled."""
    interval = conf.hub.history.anchor_minutes * 60.0
    wait = 0.0
    while True:
        await trio.sleep(wait)
        # A first anchor of a large database takes long: it must not keep the hub from ending.
        wait = await trio.to_thread.run_sync(anchor_when_due, conf, interval, abandon_on_cancel=True)


def anchor_when_due(conf: Conf, interval: float) -> float:
    """Gives the seconds until it is due again."""
    try:
        with closing(open_store(conf.hub.database.url)) as store:
            with store.reading() as connection:
                last = anchors.newest(connection)
            now = time.time_ns() // 1_000
            rest = 0.0 if last is None else interval - (now - last.anchored_at) / SECOND
            if rest > 0:
                return min(rest, interval)
            signer = next(iter(load_signers(conf)), None)
            for made in anchor(store, now, signer, conf.hub.history.hashing):
                log.info("history.anchored", anchor=made.id, heads=made.heads, digest=made.digest,
                         key=made.key_name, signature=made.signature)  # fmt: skip
    except StoreError as error:
        log.warning("history.not_anchored", fault=str(error))
        return min(_SOON, interval)
    return interval
