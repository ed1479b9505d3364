"""`ecif demo`: the whole bank on one machine, and the proof that all of it ends with the same customers.

stage: own folder, conf with free ports, certificates → hub process → one process a system
  → each system does what its script says; the hub answers and pushes
  → everything handed over, answered, pushed and confirmed
  → each system's books against the golden records, the pairs against the truth, verify
  → table, report, exit code
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ecif.store.reports import next_attempt
from ecif.store.store import Store, open_store
from gateway.config.schema import SystemConf
from gateway.peers import staying
from gateway.peers.cast import CastError, HubProcess, PeerProcess
from gateway.peers.examination import Found, Report, examine, report_of
from gateway.peers.interrupts import end_on_signals
from gateway.peers.population import Population, make_population
from gateway.peers.process import Start
from gateway.peers.stage import Stage, set_up
from gateway.peers.telling import how_to_look, tell

STALLED_SECONDS = 60
"""Without any progress for so long the systems do not converge."""
IN_FLIGHT = 48
NOT_POSSIBLE, INTERRUPTED = 3, 130


@dataclass
class Run:
    """What one run of the demonstration leaves behind."""

    stage: Stage
    population: Population
    began: float = 0.0
    sending_seconds: float = 0.0
    seconds: float = 0.0
    settled: bool = False
    states: dict[str, dict[str, Any]] = field(default_factory=dict)


def run_demo(
    customers: int = 2000,
    seed: int = 1,
    report_path: Path | None = None,
    *,
    serve: bool = False,
    conf: Path = Path("conf"),
) -> int:
    """The exit code: 0 only if everything came out right, 3 where it could not be played."""
    code = INTERRUPTED

    async def until_told() -> None:
        nonlocal code
        async with trio.open_nursery() as nursery:
            nursery.start_soon(end_on_signals, nursery.cancel_scope)
            code = await _demo(customers, seed, report_path, serve, conf)
            nursery.cancel_scope.cancel()

    try:
        trio.run(until_told)
    except* CastError as troubles:
        for trouble in troubles.exceptions:
            Console(stderr=True).print(str(trouble), highlight=False)
        code = NOT_POSSIBLE
    return code


async def _demo(customers: int, seed: int, report_path: Path | None, serve: bool, conf: Path) -> int:
    console = Console(stderr=True)
    stage = set_up(conf)
    console.print(f"The bank's hub and {len(stage.conf.systems)} systems are being started in {stage.folder}")
    hub = HubProcess(stage.folder / "conf", stage.folder / "hub.log")
    peers = [peer_of(stage, system, seed) for system in stage.conf.systems]
    try:
        async with trio.open_nursery() as nursery:
            run = await _play(stage, hub, peers, customers, seed, console, nursery)
            report = await trio.to_thread.run_sync(_look, run)
            good = tell(console, report, stage)
            if report_path is not None:
                text = json.dumps(report.as_dict(), ensure_ascii=False, indent=2)
                await trio.Path(report_path).write_text(text + "\n", "utf-8")
            if serve:
                await _stay(run, hub, peers, seed, console)
            else:
                console.print(how_to_look())
            nursery.cancel_scope.cancel()
        return 0 if good else 1
    finally:
        with trio.CancelScope(shield=True):
            await hub.stop()


async def _stay(run: Run, hub: HubProcess, peers: list[PeerProcess], seed: int, console: Console) -> None:
    """With something to do in the console, until the hub is ended."""
    accounts = await staying.make_a_day(run.stage, run.population, peers, seed)
    staying.show(console, run.stage, accounts)
    async with trio.open_nursery() as busy:
        busy.start_soon(staying.clerks, peers, run.population, seed)
        await hub.wait()
        busy.cancel_scope.cancel()


def _look(run: Run) -> Report:
    store = open_store(run.stage.database)
    try:
        found: Found = examine(run.stage.conf, store, run.population, run.states)
    finally:
        store.close()
    return report_of(run.population, run.states, found, run.settled, run.seconds, run.sending_seconds)


async def _play(
    stage: Stage, hub: HubProcess, peers: list[PeerProcess], customers: int, seed: int, console: Console,
    nursery: trio.Nursery,
) -> Run:  # fmt: skip
    """From the first message until nothing moves any more. The systems stay in the nursery."""
    senders = [name for name, system in stage.conf.systems.items() if speaks(system)]
    async with trio.open_nursery() as starting:  # each imports for seconds: all at once
        starting.start_soon(hub.start)
        for peer in peers:
            starting.start_soon(nursery.start, peer.run)
        run = Run(stage, make_population(customers, seed, senders))
    run.began = time.monotonic()
    for peer in peers:
        nursery.start_soon(peer.give, run.population.scripts.get(peer.system, ()))
    store = open_store(run.stage.database)
    try:
        await _settle(run, peers, store, console)
    finally:
        store.close()
    run.seconds = round(time.monotonic() - run.began, 3)
    for peer in peers:
        run.states[peer.system] = await peer.report()
    return run


def speaks(system: SystemConf) -> bool:
    """Whether it can ask: on lines of its own, or on one that the hub dialled and keeps."""
    return system.listen is not None or (system.dial is not None and system.dial.style == "long")


def peer_of(stage: Stage, system: str, seed: int) -> PeerProcess:
    start = Start(
        conf=str(stage.folder / "conf"),
        system=system,
        certificates=str(stage.certificates),
        seed=seed,
        in_flight=IN_FLIGHT,
    )
    return PeerProcess(start, stage.folder / f"{system}.log")


async def _settle(run: Run, peers: list[PeerProcess], store: Store, console: Console) -> None:
    bars = _Bars(console, run.population)
    moved, before = time.monotonic(), ""
    with bars.progress:
        while True:
            await trio.sleep(0.2)
            bars.show(peers)
            if not run.sending_seconds and all(peer.sent_all for peer in peers):
                run.sending_seconds = time.monotonic() - run.began
            if all(peer.idle for peer in peers) and await trio.to_thread.run_sync(_nothing_due, run, store):
                run.settled = True
                break
            now = _numbers(peers)
            if now != before:
                moved, before = time.monotonic(), now
            elif time.monotonic() - moved > STALLED_SECONDS:
                break
    run.sending_seconds = run.sending_seconds or time.monotonic() - run.began


def _nothing_due(run: Run, store: Store) -> bool:
    with store.reading() as connection:
        return all(next_attempt(connection, system) is None for system in run.population.scripts)


def _numbers(peers: list[PeerProcess]) -> str:
    """What changes while anything moves."""
    quiet = {"quiet_seconds"}
    return repr([{key: n for key, n in peer.numbers.items() if key not in quiet} for peer in peers])


class _Bars:
    """A bar a system: steps done, pushes received and confirmed."""

    def __init__(self, console: Console, population: Population) -> None:
        columns = (
            TextColumn("{task.description:8}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:>6}/{task.total} messages"),
            TextColumn("{task.fields[pushed]:>6} pushed {task.fields[confirmed]:>6} confirmed"),
            TimeElapsedColumn(),
        )
        self.progress = Progress(*columns, console=console)
        self._tasks: Mapping[str, TaskID] = {
            system: self.progress.add_task(system, total=len(steps), pushed=0, confirmed=0)
            for system, steps in population.scripts.items()
        }

    def show(self, peers: list[PeerProcess]) -> None:
        for peer in peers:
            if peer.system not in self._tasks:
                continue
            numbers = {key: peer.numbers.get(key, 0) for key in ("pushed", "confirmed")}
            self.progress.update(self._tasks[peer.system], completed=peer.finished_steps, **numbers)
