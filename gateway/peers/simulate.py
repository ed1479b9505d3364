"""`ecif simulate`: one system's peer alone, for tests and load, against a running hub."""

import json
import os
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import trio
from rich.console import Console

from gateway.config.reader import read_conf
from gateway.peers.interrupts import end_on_signals
from gateway.peers.opening import open_system
from gateway.peers.peer import Peer, Temper
from gateway.peers.population import Step, make_population
from gateway.peers.tally import percentile

REPORT_SECONDS = 1.0


@dataclass(frozen=True)
class Load:
    """What to send. `rate` and `count` 0: as fast as it goes, until interrupted."""

    rate: float = 0.0
    count: int = 0
    seed: int = 1
    in_flight: int = 64
    lines: int = 4


def run_simulation(
    system: str,
    *,
    connect: str = "",
    listen: int | None = None,
    load: Load | None = None,
    conf: Path = Path("conf"),
    as_json: bool = False,
) -> int:
    """Exit code 0 when every message got the reply it should, 1 when one did not."""
    return trio.run(_simulate, system, connect, listen, load or Load(), conf, as_json)


async def _simulate(
    system: str, connect: str, listen: int | None, load: Load, conf_folder: Path, as_json: bool
) -> int:
    conf = read_conf(conf_folder, os.environ)
    opened = open_system(conf, system, connect=connect, listen=listen)
    temper = Temper(load.seed, load.lines, load.in_flight, mishaps=False)
    peer = Peer(opened, temper)
    began = time.monotonic()
    async with trio.open_nursery() as nursery:
        port = await nursery.start(peer.run)
        console = Console(stderr=True)
        if port:
            console.print(f"{system} listens on port {port}")
        nursery.start_soon(_show, peer, console)
        nursery.start_soon(end_on_signals, nursery.cancel_scope)
        await _send(peer, load)
        nursery.cancel_scope.cancel()
    numbers = _numbers(peer, time.monotonic() - began)
    _tell(numbers, as_json)
    return 1 if peer.tally.problems else 0


async def _send(peer: Peer, load: Load) -> None:
    """Steps as fast as the rate allows, then until every reply is there."""
    steps = _script(peer.system, load)
    if load.count:
        steps = steps[: load.count]
    began = trio.current_time()
    for turn, step in enumerate(steps):
        if load.rate:
            await trio.sleep_until(began + turn / load.rate)
        await peer.steps.submit(step)
    await peer.steps.wait_done()
    if not load.count:
        await trio.sleep_forever()


def _script(system: str, load: Load) -> list[Step]:
    """Customers are cheap: about one and a half steps each."""
    customers = max(50, load.count or 10_000)
    return list(islice(make_population(customers, load.seed, [system]).scripts[system], load.count or None))


async def _show(peer: Peer, console: Console) -> None:
    before = peer.tally.acknowledged
    while True:
        await trio.sleep(REPORT_SECONDS)
        now = peer.tally.acknowledged
        rate = (now - before) / REPORT_SECONDS
        console.print(f"{rate:7.0f} acknowledged/s {peer.tally.pushed:7d} pushed", highlight=False)
        before = now


def _numbers(peer: Peer, seconds: float) -> dict[str, Any]:
    tally = peer.tally
    counted = tally.numbers()
    counted.pop("quiet_seconds")
    return {
        "system": peer.system,
        "seconds": round(seconds, 3),
        **counted,
        "messages_per_second": round((tally.acknowledged + tally.refused) / seconds, 1),
        "ack_p50_ms": percentile(tally.milliseconds, 0.5),
        "ack_p99_ms": percentile(tally.milliseconds, 0.99),
        "problems": tally.problems,
    }


def _tell(numbers: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(numbers, ensure_ascii=False) + "\n")
        return
    console = Console(stderr=True)
    for key, value in numbers.items():
        console.print(f"{key:20} {value}", highlight=False)
