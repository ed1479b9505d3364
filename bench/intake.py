"""`ecif bench intake`: durable acknowledgements a second of the whole hub, and what the store alone can do.

    hub         a real process on SQLite, `bench/conf`, over loopback
    generator   120 core and 60 ebank lines with one request open each, 20 loan workers; answers pushes too

Three baselines in the same run, on the same disk and with the same messages and rows:

- `bare_frames`: frames of that size echoed by a bare trio server, one open at a time: how fast this machine
  is today;
- `one_at_a_time`: the same messages through the same service, one transaction each, no sockets;
- `bare_rows`: the rows which the run wrote, written again by bulk inserts of as many messages a transaction
  as the hub took, with no thinking in between: the ceiling.
"""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio

from bench.generator import Plan, frames
from bench.lines import Measured
from bench.missed import NotMeasured
from bench.turns import Moment, stolen
from ecif.service import Service
from ecif.store.migrate import upgrade
from ecif.store.store import open_store
from gateway.bootstrap import load_codecs, load_dialects, load_matching, load_rules
from gateway.certificates import make_certificates
from gateway.config.reader import read_conf
from gateway.peers.ports import give_free_ports

LINES = {"core": 120, "ebank": 60, "loan": 20}
SINGLE_MESSAGES = 1000
FRAMES = 5000
BATCH = 200
"""Messages a transaction of the bare baseline: what a batch of the hub holds under this load."""
DURABLE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"

Report = dict[str, Any]


def run(conf: Path, *, customers: int = 6000, images: int = 5, progress: Callable[[str], None]) -> Report:
    """All three measurements, in messages a second, with their ratios and the acknowledgements' delay."""
    with tempfile.TemporaryDirectory(prefix="ecif-bench-") as name:
        folder = Path(name)
        shutil.copytree(conf, folder / "conf")
        give_free_ports(folder / "conf")
        make_certificates(folder / "var" / "certs", ["ebank"])
        plan = Plan(str(folder / "conf"), str(folder / "var" / "certs"), customers, images, LINES)
        progress("bare frames")
        frames_rate = bare_frames(FRAMES)
        progress("the hub under load")
        before = Moment.now()
        measured, used = under_load(folder, plan)
        taken = stolen(before, Moment.now())
        progress("the same messages, one at a time")
        single = one_at_a_time(folder, plan)
        progress("the same rows, in bulk")
        bare = bare_rows(folder, len(measured.ack_ms))
    return report(measured, used, frames_rate, single, bare) | {"stolen_percent": round(taken * 100, 1)}


def report(measured: Measured, used: float, frames_rate: float, single: float, bare: float) -> Report:
    rate = measured.acknowledged / measured.seconds
    messages = len(measured.ack_ms)
    percent = statistics.quantiles(measured.ack_ms, n=100)
    return {
        "messages": messages,
        "refused": measured.refused,
        "pushed": measured.pushed,
        "seconds": round(measured.seconds, 2),
        "acknowledgements_per_second": round(rate),
        "hub_processor_ms_a_message": round(used / messages * 1000, 3),
        "generator_processor_ms_a_message": round(measured.processor_seconds / messages * 1000, 3),
        "ack_p50_ms": round(percent[49], 1),
        "ack_p99_ms": round(percent[98], 1),
        "bare_frames_per_second": round(frames_rate),
        "one_at_a_time_per_second": round(single),
        "bare_rows_per_second": round(bare),
        "ratio_to_bare_frames": round(rate / frames_rate, 3),
        "ratio_to_one_at_a_time": round(rate / single, 2),
        "ratio_to_bare_rows": round(rate / bare, 3),
    }


# ---------------------------------------------------------------- the hub under load


@contextlib.contextmanager
def hub(folder: Path, url: str = "") -> Iterator[int]:
    """A real hub process in `folder`, on SQLite there or at `url`: its process id; stopped at the end."""
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--conf", str(folder / "conf")]
    log = (folder / "hub.log").open("wb")
    path = os.pathsep.join([str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {
        **os.environ,
        "ECIF_DATABASE_URL": url or f"sqlite:///{folder}/ecif.db",
        "PYTHONPATH": path,
    }
    with log, subprocess.Popen(command, cwd=folder, stderr=log, env=environment) as process:
        try:
            wait_ready(folder / "hub.log", process)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_ready(log: Path, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if any(line == b"ready" for line in log.read_bytes().splitlines()):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise NotMeasured(f"the hub did not get ready:\n{log.read_text('utf-8')[-2000:]}")


def processor_seconds(pid: int) -> float:
    """User and system time of a process and its children so far: on a shared machine steadier than the
    clock."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def under_load(folder: Path, plan: Plan) -> tuple[Measured, float]:
    """What the generator measured, and the processor seconds that the hub used for it."""
    with hub(folder) as pid:
        return driven(folder, plan, pid)


def driven(folder: Path, plan: Plan, pid: int) -> tuple[Measured, float]:
    """The same of a hub that runs."""
    plan_file = folder / "plan.json"
    plan_file.write_bytes(msgspec.json.encode(plan))
    command = [sys.executable, "-m", "bench.generator", str(plan_file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as generator:
        assert generator.stdin is not None
        told(generator)  # "ready"
        before = processor_seconds(pid)
        generator.stdin.write("go\n")
        generator.stdin.flush()
        measured = msgspec.json.decode(told(generator), type=Measured)
        return measured, processor_seconds(pid) - before


def told(generator: "subprocess.Popen[str]") -> str:
    """Its next line; NotMeasured with its last words when it has none."""
    assert generator.stdout is not None
    assert generator.stderr is not None
    line = generator.stdout.readline()
    if not line:
        raise NotMeasured(f"the load did not run to its end: {generator.stderr.read()[-2000:].strip()}")
    return line


# ---------------------------------------------------------------- baselines


def bare_frames(count: int) -> float:
    """Frames a second there and back, nothing done with them, in one process."""
    return trio.run(_bare_frames, count)


async def _bare_frames(count: int) -> float:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, _echo, listeners)
        stream = await trio.open_tcp_stream("127.0.0.1", listeners[0].socket.getsockname()[1])
        async with stream:
            frame = bytes(350)
            started = time.perf_counter()
            for _ in range(count):
                await stream.send_all(frame)
                await stream.receive_some()
            rate = count / (time.perf_counter() - started)
        nursery.cancel_scope.cancel()
    return rate


async def _echo(stream: trio.SocketStream) -> None:
    async for data in stream:
        await stream.send_all(data)


def one_at_a_time(folder: Path, plan: Plan) -> float:
    """Messages a second through the service alone, a durable commit each."""
    conf = read_conf(folder / "conf", {"ECIF_DATABASE_URL": f"sqlite:///{folder}/single.db"})
    dialects = load_dialects(conf)
    work = frames(load_codecs(conf), plan)
    now = time.time_ns() // 1000
    commands: list[Any] = [
        dialects[name].read(body, now)
        for name, lines in work.items()
        for line in lines
        for body in line[: SINGLE_MESSAGES // len(lines)]
    ][:SINGLE_MESSAGES]
    upgrade(conf.hub.database.url)
    store = open_store(conf.hub.database.url)
    with contextlib.closing(store):
        service = Service(store, dialects, load_rules(conf), load_matching(conf))
        started = time.perf_counter()
        for command in commands:
            service.take_in([command], time.time_ns() // 1000)
        return len(commands) / (time.perf_counter() - started)


def bare_rows(folder: Path, messages: int) -> float:
    """Messages a second when only their rows are written, in bulk, durably."""
    with contextlib.closing(sqlite3.connect(folder / "ecif.db")) as source:
        tables = {
            name: (sql, source.execute(f'SELECT * FROM "{name}"').fetchall())
            for name, sql in source.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        }
    batches = max(1, messages // BATCH)
    with contextlib.closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as target:
        target.executescript(DURABLE + ";".join(sql for sql, rows in tables.values()))
        started = time.perf_counter()
        for turn in range(batches):
            target.execute("BEGIN IMMEDIATE")
            for name, (_, rows) in tables.items():
                share = rows[len(rows) * turn // batches : len(rows) * (turn + 1) // batches]
                if share:
                    marks = ",".join("?" * len(share[0]))
                    target.executemany(f'INSERT INTO "{name}" VALUES ({marks})', share)
            target.execute("COMMIT")
        return messages / (time.perf_counter() - started)


def main() -> None:
    """`python -m bench.intake [CUSTOMERS]`"""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    conf = Path(__file__).resolve().parent / "conf"
    result = run(conf, customers=customers, progress=partial(print, file=sys.stderr))
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
