"""`ecif bench api --beside-hub`: whether the hub notices that staff and programs read.

One hub with its own HTTP process and one database. First as much as the hub takes, which gives the full rate;
then half of that, and in turns of some seconds (`bench.turns`) nobody reads, or customers are read over the
API, so many a second on a few lines. A load's first seconds are lighter than its last, so every second load
begins with the readers. The figures are the delay of the hub's acknowledgements in both, their
ratio, and what the readers waited.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import cycle
from pathlib import Path

from bench import customers as numbers
from bench.api import token_of
from bench.asking import Report, asked, quantiles
from bench.generator import Plan
from bench.intake import LINES, driven, hub
from bench.lines import Measured
from bench.turns import SETTLE_SECONDS, Moment, Turn, compared, enough, stolen
from ecif.store.migrate import upgrade
from gateway.certificates import make_certificates
from gateway.config.reader import read_conf
from gateway.peers.ports import give_free_ports
from ocrm_api.chains import placed

READERS = 4
IMAGES = 2
ALONE, BESIDE = "hub_alone", "hub_beside_reads"
State = tuple[str, Callable[[], AbstractContextManager[None]]]
"""Its name, and what goes on in it."""
MOST_LOADS = 12
"""After which it is measured what there is, however few turns the machine left alone."""


def run(
    conf: Path, *, url: str = "", customers: int = 4_000, reads_per_second: int = 300,
    seconds: float = 6.0, wanted: int = 8, progress: Callable[[str], None] = lambda text: None,
) -> Report:  # fmt: skip
    """`url`: an empty database; SQLite by default. `wanted`: quiet turns of each, `seconds` long."""
    with tempfile.TemporaryDirectory(prefix="ecif-beside-") as name:
        folder = Path(name)
        shutil.copytree(conf, folder / "conf")
        give_free_ports(folder / "conf")
        make_certificates(folder / "var" / "certs", ["ebank"])
        http = read_conf(folder / "conf", {}).hub.http
        place = url or f"sqlite:///{folder}/ecif.db"
        for chain, own in placed(place):
            upgrade(own, chain)
        took, turns = list[float](), list[Turn]()

        def reads() -> AbstractContextManager[None]:
            return reading(http.port, token_of(place), customers, reads_per_second, took)

        with hub(folder, place) as pid, futures.ThreadPoolExecutor(1) as pool:

            def load(number: int, rate: float) -> "futures.Future[tuple[Measured, float]]":
                certificates, first = str(folder / "var" / "certs"), 1 + number * IMAGES
                plan = Plan(str(folder / "conf"), certificates, customers, IMAGES, LINES, first, rate)
                return pool.submit(driven, folder, plan, pid)

            progress("the hub's full rate")
            full, _ = load(0, 0.0).result()
            rate = full.acknowledged / full.seconds
            for number in range(1, MOST_LOADS + 1):
                progress(f"half of it, alone and while customers are read: load {number}")
                states = [(ALONE, nullcontext[None]), (BESIDE, reads)][:: 1 if number % 2 else -1]
                turns += taken_in_turns(load(number, rate / 2), states, seconds)
                if number % 2 == 0 and enough(turns, (ALONE, BESIDE), wanted):
                    break
    return {
        "database": place.partition(":")[0],
        "hub_full_rate": round(rate),
        "half_rate": round(rate / 2),
        **compared(turns, ALONE, BESIDE),
        "reads": len(took),
        "reads_ms": quantiles(took),
    }


def taken_in_turns(
    load: "futures.Future[tuple[Measured, float]]", states: Sequence[State], seconds: float
) -> list[Turn]:
    """The turns that this load lasted for from their begin to their end."""
    spans = list[tuple[str, Moment, Moment]]()
    for state, meanwhile in cycle(states):
        with meanwhile():
            since = Moment.now()
            futures.wait([load], seconds)
        if load.done():
            break
        spans.append((state, since, Moment.now()))
    measured, _ = load.result()
    answers = list(zip(measured.sent_at, measured.ack_ms, strict=True))
    return [
        Turn(
            state,
            stolen(since, until),
            [ms for at, ms in answers if since.at + SETTLE_SECONDS <= at < until.at],
        )
        for state, since, until in spans
        if since.at >= measured.began
    ]


@contextmanager
def reading(port: int, token: str, customers: int, per_second: float, took: list[float]) -> Iterator[None]:
    """Lines that ask in turn, at this pace all together; `took` fills with the seconds of each read."""
    faults: list[BaseException] = []
    ended = threading.Event()

    def ask(line: int) -> None:
        count, begun = 0, time.monotonic()
        while not ended.wait(max(0.0, begun + count * READERS / per_second - time.monotonic())):
            count += 20
            some = [numbers.ecif_no((line + n * READERS) % customers) for n in range(count, count + 20)]
            try:
                took.extend(asked(port, token, [f"/api/v1/parties/{number}" for number in some]))
            except BaseException as error:
                faults.append(error)
                return

    threads = [threading.Thread(target=ask, args=(line,)) for line in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]


def show(figures: Report) -> str:
    rates = f"hub at {figures['half_rate']} of {figures['hub_full_rate']} messages a second"
    readers = f"beside {figures['reads']:,} reads (p99 {figures['reads_ms']['p99']} ms)"
    return "\n".join([
        f"{rates}: {_told(figures[ALONE])}",
        f"{readers}: {_told(figures[BESIDE])}, {figures['p99_ratio']} times",
    ])  # fmt: skip


def _told(delays: Report) -> str:
    return f"p50 {delays['p50_ms']} ms, p99 {delays['p99_ms']} ms in {delays['quiet']} quiet turns"
