"""`python -m bench.endurance [MINUTES]`: the demonstration's bank among faults, and what the hub uses.

The reference bank of `ecif demo` goes on changing customers, in scripts with mishaps of their own (repeats,
lost replies, other orders), while every few seconds something goes wrong around it:

    garbage       bytes that are no frame, on every port
    half_frames   connections that begin a frame and stay
    crowd         a hundred connections at once, cut with a reset
    frozen_peer   one system stands still for five seconds (SIGSTOP), then goes on
    reload        SIGHUP

Every few seconds the hub is asked what it uses. **Flat** means: between the second quarter of the time and
the last, the median of memory grew by less than 5 % and 4 MB, that of descriptors and tasks by less than 5 %
and 10, and the log did not grow faster. What the database itself holds grows with the journal, as it must.
At the end everything must be confirmed, and `ecif verify` find nothing. Figures, CSV and a plot lie in
`--to FOLDER`.
"""

import argparse
import contextlib
import csv
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pygal
import trio

from bench.mischief import Bank, Sample, mischief
from ecif import views
from ecif.store.readers import log_bytes
from ecif.store.store import open_store
from gateway.peers.cast import HubProcess
from gateway.peers.demo import peer_of, speaks
from gateway.peers.population import Changes, Step, make_population
from gateway.peers.stage import set_up
from gateway.telemetry.vitals import resident_bytes
from ocrm_api.health.hub import HubSilent, ask_hub

SAMPLE_SECONDS = 3.0
SETTLE_SECONDS = 180.0
CUSTOMERS = 300

GROWTH: Mapping[str, tuple[float, float]] = {
    "gateway_megabytes": (0.05, 4), "store_megabytes": (0.05, 4), "descriptors": (0.05, 10),
    "tasks": (0.05, 10), "threads": (0.05, 2), "log_kilobytes_a_minute": (0.25, 20),
}  # fmt: skip
"""What is watched: by which share and by how much it may have grown; the larger one counts."""


async def run(conf: Path, minutes: float, per_second: float, seed: int = 1) -> tuple[Bank, dict[str, Any]]:
    stage = set_up(conf)
    hub = HubProcess(stage.folder / "conf", stage.folder / "hub.log")
    senders = [name for name, system in stage.conf.systems.items() if speaks(system)]
    peers = [peer_of(stage, system, seed) for system in stage.conf.systems]
    bank = Bank(stage, hub, peers, make_population(CUSTOMERS, seed, senders), Random(seed))
    try:
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as starting:
                starting.start_soon(hub.start)
                for peer in peers:
                    starting.start_soon(nursery.start, peer.run)
            await _work(bank, minutes * 60, per_second)
            settled = await _settled(bank)
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            code = await hub.stop()
    return bank, report(bank, minutes, settled, code)


async def _work(bank: Bank, seconds: float, per_second: float) -> None:
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as busy:
            for peer in bank.peers:
                busy.start_soon(peer.give, bank.population.scripts.get(peer.system, ()))
            busy.start_soon(_clerks, bank, per_second)
            busy.start_soon(mischief, bank)
            busy.start_soon(_watch, bank)


async def _clerks(bank: Bank, per_second: float) -> None:
    """Somebody changes a telephone or a risk level, again and again."""
    records = sorted(bank.population.truth.items())
    by_name = {peer.system: peer for peer in bank.peers}
    while True:
        (system, customer_no), true_id = bank.random.choice(records)
        changes: Changes = {
            "phone:mobile": f"137{bank.random.randrange(10**8):08d}",
            "risk": f"R{bank.changes % 5 + 1}",
        }
        if by_name[system].done_giving:  # its script is through
            await by_name[system].give([Step("image", customer_no, true_id, changes)])
            bank.changes += 1
        await trio.sleep(1 / per_second)


async def _settled(bank: Bank) -> bool:
    """Whether all that was changed is confirmed everywhere before patience ends."""
    store = open_store(bank.stage.database)
    try:
        with trio.move_on_after(SETTLE_SECONDS):
            while True:
                waiting = await trio.to_thread.run_sync(views.backlog, store, bank.population.scripts)
                if all(peer.idle for peer in bank.peers) and not any(it.pending for it in waiting.values()):
                    return True
                await trio.sleep(0.5)
        return False
    finally:
        store.close()


# ---------------------------------------------------------------- what is used


async def _watch(bank: Bank) -> None:
    began = time.monotonic()
    while True:
        await trio.sleep(SAMPLE_SECONDS)
        with contextlib.suppress(HubSilent):
            told = await trio.to_thread.run_sync(ask_hub, bank.stage.conf.hub.run.socket, 10.0)
            bank.samples.append(_sample(bank, told, time.monotonic() - began))


def _sample(bank: Bank, told: Mapping[str, Any], seconds: float) -> Sample:
    used, size = told["process"], bank.log.stat().st_size / 1024
    before = bank.samples[-20] if len(bank.samples) >= 20 else None
    minutes = (seconds - before["seconds"]) / 60 if before else 0
    return {
        "seconds": round(seconds, 1),
        "gateway_megabytes": used["resident_bytes"] / 1048576,
        "store_megabytes": resident_bytes(Path(f"/proc/{store_process(bank.hub.pid)}")) / 1048576,
        "descriptors": used["descriptors"],
        "tasks": used["tasks"],
        "threads": used["threads"],
        "log_kilobytes": size,
        "log_kilobytes_a_minute": (size - before["log_kilobytes"]) / minutes if before else 0.0,
        "database_log_megabytes": log_bytes(bank.stage.database.removeprefix("sqlite:///")) / 1048576,
        "messages": sum(row[-1] for row in told["messages"]),
        "log_lines_dropped": used["log_lines_dropped"],
    }


def store_process(hub: int) -> int:
    """The child that shares the hub's command line."""
    own = Path(f"/proc/{hub}/cmdline").read_bytes()
    return next(pid for pid in _children(hub) if Path(f"/proc/{pid}/cmdline").read_bytes() == own)


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def report(bank: Bank, minutes: float, settled: bool, code: int) -> dict[str, Any]:
    verified = subprocess.run(
        [sys.executable, "-m", "gateway.cli.main", "verify", "--conf", str(bank.stage.folder / "conf")],
        check=False, capture_output=True,
    )  # fmt: skip
    largest = max(one["database_log_megabytes"] for one in bank.samples)
    figures = {name: _growth([one[name] for one in bank.samples], *GROWTH[name]) for name in GROWTH}
    return {
        "minutes": minutes,
        "samples": len(bank.samples),
        "messages": bank.samples[-1]["messages"] if bank.samples else 0,
        "faults": bank.faults,
        "figures": figures,
        "largest_database_log_megabytes": round(largest, 1),
        "log_lines_dropped": bank.samples[-1]["log_lines_dropped"],
        "all_confirmed": settled,
        "verify_found_nothing": verified.returncode == 0,
        "hub_ended_with": code,
        "flat": all(it["flat"] for it in figures.values()),
    }


def _growth(values: Sequence[float], share: float, least: float) -> dict[str, Any]:
    quarter = max(1, len(values) // 4)
    early, late = statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter:])
    allowed = max(early * share, least)
    return {
        "second_quarter": round(early, 1), "last_quarter": round(late, 1), "most": round(max(values), 1),
        "flat": late - early <= allowed,
    }  # fmt: skip


def plot(samples: Sequence[Sample], file: Path) -> None:
    """Each figure as a share of its largest, over minutes."""
    chart = pygal.XY(
        title="What the hub uses (share of the most)", x_title="minutes", dots_size=1, legend_at_bottom=True,
        js=[], disable_xml_declaration=True,
    )  # fmt: skip
    for name in GROWTH:
        most = max(one[name] for one in samples) or 1
        points = [(one["seconds"] / 60, one[name] / most) for one in samples]
        chart.add(f"{name} (most {most:.0f})", points, show_dots=False)
    file.write_text(chart.render(is_unicode=True), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.endurance", description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=60)
    parser.add_argument("--rate", type=float, default=20, help="Changes a second.")
    parser.add_argument("--to", type=Path, default=Path("var/endurance"), metavar="FOLDER")
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    asked = parser.parse_args()
    bank, told = trio.run(run, asked.conf, asked.minutes, asked.rate)
    asked.to.mkdir(parents=True, exist_ok=True)
    with (asked.to / "endurance.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, bank.samples[0])
        rows.writeheader()
        rows.writerows(bank.samples)
    plot(bank.samples, asked.to / "endurance.svg")
    (asked.to / "endurance.json").write_text(json.dumps(told, indent=2) + "\n")
    json.dump(told, sys.stdout, indent=2)
    sys.stdout.write("\n")
    good = told["flat"] and told["all_confirmed"] and told["verify_found_nothing"]
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
