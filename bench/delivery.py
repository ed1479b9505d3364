"""`ecif bench delivery`: pushes a second that a system confirms, of the whole hub and of its store alone.

    hub         a real process on SQLite, `bench/conf`, over loopback
    peer        60 ebank sessions in this process (mutual TLS, sealed); each push is answered at once

Before the clock starts core has changed every customer while ebank was away (`bench.outage`), so that one
push waits for each customer that ebank knows. Then its sessions sign on, and the clock stops when nothing
waits any more. Two baselines in the same run:

- `bare_frames`: frames of a message's size echoed by a bare trio server, one open at a time;
- `store_alone`: the same pushes taken and confirmed through the service, without sockets, as many at once as
  the hub has in flight.
"""

import json
import shutil
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

from bench import customers, intake
from bench.generator import SPEECH, signed_on
from bench.lines import KeptLine, Loop, Measured
from bench.missed import NotMeasured
from bench.outage import AWAY, Bank, round_of_changes
from bench.turns import Moment, stolen
from ecif import views
from ecif.messages import Envelope, Outgoing, PushReply
from ecif.store.migrate import upgrade
from ecif.store.store import open_store
from gateway.bootstrap import build_service, load_codecs, load_dialects
from gateway.certificates import make_certificates
from gateway.clock import wall_clock
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.peers.ports import give_free_ports

SESSIONS = 60
STALLED_SECONDS = 60.0

Report = dict[str, Any]


def run(conf: Path, *, count: int = 6000, progress: Callable[[str], None]) -> Report:
    """Of so many customers, two of three known to ebank. Raises NotMeasured."""
    with tempfile.TemporaryDirectory(prefix="ecif-bench-") as name:
        folder = Path(name)
        shutil.copytree(conf, folder / "conf")
        give_free_ports(folder / "conf")
        make_certificates(folder / "var" / "certs", [AWAY])
        tree = read_conf(folder / "conf", {"ECIF_DATABASE_URL": f"sqlite:///{folder}/ecif.db"})
        progress(f"{count} customers change while {AWAY} is away")
        waiting = prepare(tree, count, progress)
        shutil.copy(folder / "ecif.db", folder / "alone.db")
        progress("bare frames")
        frames = intake.bare_frames(intake.FRAMES)
        progress(f"{AWAY} is back")
        before = Moment.now()
        peer, used = delivered(folder, tree, waiting)
        taken = stolen(before, Moment.now())
        progress("the same pushes, without sockets")
        alone = store_alone(f"sqlite:///{folder}/alone.db", folder / "conf", waiting)
    rate = waiting / peer.seconds
    return {
        "pushes": waiting,
        "pushed_twice": peer.pushed - waiting,
        "seconds": round(peer.seconds, 2),
        "confirmed_per_second": round(rate),
        "hub_processor_ms_a_push": round(used / waiting * 1000, 3),
        "peer_processor_ms_a_push": round(peer.processor_seconds / waiting * 1000, 3),
        "bare_frames_per_second": round(frames),
        "store_alone_per_second": round(alone),
        "ratio_to_bare_frames": round(rate / frames, 3),
        "ratio_to_store_alone": round(rate / alone, 2),
        "stolen_percent": round(taken * 100, 1),
    }


def prepare(tree: Conf, count: int, progress: Callable[[str], None]) -> int:
    """How many pushes wait then."""
    upgrade(tree.hub.database.url)
    customers.build(tree.hub.database.url, count)
    with closing(open_store(tree.hub.database.url)) as store:
        dialects = load_dialects(tree)
        bank = Bank(tree, store, build_service(tree, store, dialects), dialects)
        pending: int = round_of_changes(bank, count, 0, progress)["pending"]
    return pending


# ---------------------------------------------------------------- the hub and its peer


class Answering(Loop):
    """Until so many pushes were answered."""

    def __init__(self, pushes: int, measured: Measured) -> None:
        super().__init__()
        self._pushes, self._measured = pushes, measured
        self._moved, self._seen = time.monotonic(), 0
        self.working = 1

    def rest(self) -> float:
        if self._measured.pushed != self._seen:
            self._moved, self._seen = time.monotonic(), self._measured.pushed
        if self._seen >= self._pushes:
            self.working = 0
        elif time.monotonic() - self._moved > STALLED_SECONDS:
            raise NotMeasured(f"only {self._seen} of {self._pushes} pushes came")
        return 0.0 if not self.working else 1.0


def delivered(folder: Path, tree: Conf, waiting: int) -> tuple[Measured, float]:
    """What the peer measured, and the processor seconds that the hub used for it."""
    listen = tree.systems[AWAY].listen
    assert listen is not None
    certificates, codec = folder / "var" / "certs", load_codecs(tree)[AWAY]
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    context.load_cert_chain(certificates / f"{AWAY}.pem", certificates / f"{AWAY}.key")
    measured = Measured()
    loop = Answering(waiting, measured)
    with intake.hub(folder) as pid, ExitStack() as sessions:
        used, own = intake.processor_seconds(pid), time.process_time()
        began = time.perf_counter()
        for _ in range(SESSIONS):
            sock = sessions.enter_context(signed_on(listen.port, context, codec))
            KeptLine(sock, [], SPEECH[AWAY], loop, measured).start()
        loop.run()
        measured.processor_seconds = time.process_time() - own
        _wait_confirmed(tree)
        measured.seconds = time.perf_counter() - began
        return measured, intake.processor_seconds(pid) - used


def _wait_confirmed(tree: Conf) -> None:
    """The last answers are on their way into the store."""
    until = time.monotonic() + STALLED_SECONDS
    with closing(open_store(tree.hub.database.url)) as store:
        while views.backlog(store, [AWAY])[AWAY].pending:
            if time.monotonic() > until:
                raise NotMeasured("pushes that were answered are not confirmed")
            time.sleep(0.01)


# ---------------------------------------------------------------- the store alone


def store_alone(url: str, conf: Path, waiting: int) -> float:
    """Pushes a second that the service takes and confirms, two durable commits for each portion."""
    tree = read_conf(conf, {"ECIF_DATABASE_URL": url})
    delivery = tree.systems[AWAY].delivery
    assert delivery is not None
    with closing(open_store(url)) as store:
        service = build_service(tree, store, load_dialects(tree))
        began, confirmed = time.perf_counter(), 0
        while pushes := service.take_due(AWAY, delivery.window, wall_clock()):
            service.take_in([_answer(push) for push in pushes], wall_clock())
            confirmed += len(pushes)
        seconds = time.perf_counter() - began
    if confirmed != waiting:
        raise NotMeasured(f"{confirmed} pushes were confirmed without sockets, {waiting} with them")
    return confirmed / seconds


def _answer(push: Outgoing) -> PushReply:
    now = wall_clock()
    envelope = Envelope(AWAY, "0x31", f"A{push.push_id}", b"", now, False, push.push_id, b"", now)
    return PushReply(envelope, push.push_id, "0000")


def main() -> None:
    """`python -m bench.delivery [CUSTOMERS]`"""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    conf = Path(__file__).resolve().parent / "conf"
    result = run(conf, count=count, progress=partial(print, file=sys.stderr))
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
