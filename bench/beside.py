"""`ecif bench api --beside-hub`: whether the hub notices that staff and programs read.

One hub with its own HTTP process, one database, four loads one after the other, each going on where the last
one ended: as fast as the hub takes it, which gives the full rate; at half of that alone; at half of that
while the API is asked for customers, so many reads a second on a few lines; and alone again, since a young
database becomes faster. The figures are the delay of the hub's acknowledgements in each, the ratio of that
beside reads to the mean of both alone, and what the readers waited.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import customers as numbers
from bench.api import token_of
from bench.asking import Report, asked, quantiles
from bench.generator import Plan
from bench.intake import LINES, driven, hub
from ecif.store.migrate import upgrade
from gateway.certificates import make_certificates
from gateway.config.reader import read_conf
from gateway.peers.ports import give_free_ports
from ocrm_api.chains import placed

READERS = 4
IMAGES = 2


def run(
    conf: Path, *, url: str = "", customers: int = 2_000, reads_per_second: int = 300,
    progress: Callable[[str], None] = lambda text: None,
) -> Report:  # fmt: skip
    """`url`: an empty database; SQLite of its own by default."""
    with tempfile.TemporaryDirectory(prefix="ecif-beside-") as name:
        folder = Path(name)
        shutil.copytree(conf, folder / "conf")
        give_free_ports(folder / "conf")
        make_certificates(folder / "var" / "certs", ["ebank"])
        http = read_conf(folder / "conf", {}).hub.http
        place = url or f"sqlite:///{folder}/ecif.db"
        for chain, own in placed(place):
            upgrade(own, chain)
        with hub(folder, place) as pid:

            def load(turn: int, rate: float) -> tuple[float, dict[str, float]]:
                plan = Plan(
                    str(folder / "conf"), str(folder / "var" / "certs"), customers, IMAGES, LINES,
                    1 + turn * IMAGES, rate,
                )  # fmt: skip
                measured, _ = driven(folder, plan, pid)
                took = [one / 1_000 for one in measured.ack_ms]
                return measured.acknowledged / measured.seconds, quantiles(took)

            progress("the hub's full rate")
            full, _ = load(0, 0.0)
            progress("half of it, alone")
            alone_rate, alone = load(1, full / 2)
            progress("half of it, while customers are read")
            token = token_of(place)
            with reading(http.port, token, customers, reads_per_second) as took:
                beside_rate, beside = load(2, full / 2)
            progress("half of it, alone again")
            again_rate, again = load(3, full / 2)
    return {
        "database": place.partition(":")[0],
        "hub_full_rate": round(full),
        "hub_alone": {"rate": round(alone_rate), **alone},
        "hub_beside_reads": {"rate": round(beside_rate), **beside},
        "hub_alone_again": {"rate": round(again_rate), **again},
        "p99_ratio": round(2 * beside["p99"] / (alone["p99"] + again["p99"]), 2),
        "reads": len(took),
        "reads_ms": quantiles(took),
    }


@contextmanager
def reading(port: int, token: str, customers: int, per_second: float) -> Iterator[list[float]]:
    """Lines that ask in turn, at this pace all together; the list fills with what each read took."""
    took: list[float] = []
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
        yield took
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]


def show(figures: Report) -> str:
    alone, beside, again = (figures[name] for name in ("hub_alone", "hub_beside_reads", "hub_alone_again"))
    return "\n".join([
        f"hub at {alone['rate']} of {figures['hub_full_rate']} messages a second: p50 {alone['p50']} ms, "
        f"p99 {alone['p99']} ms",
        f"beside {figures['reads']:,} reads (p99 {figures['reads_ms']['p99']} ms): p50 {beside['p50']} ms, "
        f"p99 {beside['p99']} ms, {figures['p99_ratio']} times",
        f"alone again: p50 {again['p50']} ms, p99 {again['p99']} ms",
    ])  # fmt: skip
