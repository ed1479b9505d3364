"""`python -m bench.connections [WHAT …] [--share N]`: what many connections cost, and whom they bother.

    idle        10,000 core lines that say nothing: memory, and the delay of a request among them
    churn       100,000 connections that come and go in four ways: memory, descriptors, sessions afterwards
    reconnect   2,000 lines (three of five core, two of five ebank over TLS) after a `kill -9` and a restart
    loris       5,000 frames that begin and do not end: who is closed, and the delay of a request meanwhile,
                in turns with an undisturbed hub (`bench.turns`)
    largest     1,000 frames of the largest size at once, half of each first, on a small byte budget

Each measures the undisturbed hub first, in the same run: its memory and the delay of a request. `--share 100`
does a hundredth of the size: to see that it works. Clients use eight loopback addresses, since a connection
that was closed keeps its port for a minute.
"""

import argparse
import contextlib
import itertools
import json
import multiprocessing
import os
import random
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trio

from bench.generator import beijing_time, core_stamp
from bench.lines import framed
from bench.population import MESSAGES
from bench.probe import Changes, Probe, Running, delays, prepared, raised_hub, running
from bench.turns import Moment, Turn, compared, enough, stolen

DRIP_SECONDS = 9.0
"""A byte each so often, as FAULTS B2 has it."""
LORIS_TURNS, LORIS_RATE = 5, 50.0
"""Turns of each state that count, and how many requests a second are asked in both."""
ASKED = 400
"""Requests for each figure of delay."""
SECONDS = 120
RESET = struct.pack("ii", 1, 0)
Report = dict[str, Any]


def limits(connections: int, **more: Any) -> Changes:
    most = connections + 100
    keys = {
        "limits.connections": most,
        "limits.connections_per_address": most,
        "limits.arrivals_per_address": 100_000,
    }
    core = {"listen.connections": most, "listen.silence_seconds": 3600.0}
    return {"hub.toml": keys | more, "systems/core/system.toml": core}


def dial(port: int, turn: int) -> socket.socket:
    """From one of eight addresses in turn."""
    return socket.create_connection(("127.0.0.1", port), SECONDS, (f"127.0.0.{1 + turn % 8}", 0))


@contextmanager
def crowd(port: int, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(dial(port, turn)) for turn in range(count)]


def wait(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    """Whether it came true in time."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


# ---------------------------------------------------------------- idle


def idle(connections: int) -> Report:
    with raised_hub(limits(connections)) as up, Probe(up) as probe:
        probe.ask(ASKED)
        alone, before = probe.ask(ASKED), up.megabytes()
        with crowd(up.ports["core"], connections):
            all_there = wait(lambda: up.sessions("core") == connections + 1)
            grown = up.megabytes() - before
            among = probe.ask(ASKED)
        return {
            "connections": connections,
            "all_there": all_there,
            "before_mb": round(before, 1),
            "grown_mb": round(grown, 1),
            "bytes_each": round(grown * 1e6 / connections),
            **delays("alone", alone),
            **delays("among", among),
        }


# ---------------------------------------------------------------- churn


def churn(opens: int) -> Report:
    """A tenth first, so that pools and caches have their size; then the rest."""
    with raised_hub(limits(1000)) as up, Probe(up) as probe:
        probe.ask(ASKED)
        _come_and_go(up, opens // 10)
        before, descriptors = up.megabytes(), up.descriptors()
        began = time.perf_counter()
        _come_and_go(up, opens - opens // 10)
        seconds = time.perf_counter() - began
        return {
            "opens": opens,
            "opens_per_second": round((opens - opens // 10) / seconds),
            "after_a_tenth_mb": round(before, 1),
            "grown_mb": round(up.megabytes() - before, 1),
            "descriptors_after_a_tenth": descriptors,
            "descriptors": up.descriptors(),
            "sessions": up.sessions("core"),
        }


def _come_and_go(up: Running, count: int) -> None:
    """A hundred are open at a time. Their ends: at once, a reset, inside a frame, after a sign of life."""
    last_words: deque[Callable[[socket.socket], None]] = deque(
        [
            lambda sock: None,
            _reset,
            lambda sock: sock.sendall(b"\x00\x00\x01"),
            lambda sock: sock.sendall(bytes(4)),
        ]
    )
    open_ones: deque[socket.socket] = deque()
    for turn in range(count):
        sock = dial(up.ports["core"], turn)
        last_words[0](sock)
        last_words.rotate()
        open_ones.append(sock)
        if len(open_ones) > 100:
            open_ones.popleft().close()
    while open_ones:
        open_ones.popleft().close()
    wait(lambda: up.sessions("core") == 1)


def _reset(sock: socket.socket) -> None:
    """When it is closed."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


# ---------------------------------------------------------------- reconnect


def reconnect(lines: int) -> Report:
    """Limits as shipped, except that a machine which plays a whole bank comes from one network card."""
    with tempfile.TemporaryDirectory(prefix="ecif-reconnect-") as name:
        folder = Path(name)
        ports = prepared(folder, {"systems/core/system.toml": {"listen.silence_seconds": 3600.0}})
        ebank = lines * 2 // 5
        plan = {"folder": name, "ports": ports, "core": lines - ebank, "ebank": ebank}
        command = [sys.executable, "-m", "bench.connections", "--play", json.dumps(plan)]
        with contextlib.ExitStack() as stack:
            up = stack.enter_context(running(folder, ports))
            peers = stack.enter_context(subprocess.Popen(command, stdin=subprocess.DEVNULL))
            stack.callback(peers.terminate)
            first = _all_signed_on(up, lines)
            _kill(up.pid)
            again = stack.enter_context(running(folder, ports))
            return {
                "lines": lines,
                "first_seconds": first,
                "again_seconds": _all_signed_on(again, lines),
            }


def _all_signed_on(up: Running, lines: int) -> float | None:
    began = time.monotonic()
    there = wait(lambda: up.sessions("core", "ebank") == lines and _ready(up) >= lines, 300)
    return round(time.monotonic() - began, 1) if there else None


def _ready(up: Running) -> int:
    """Lines of core need no sign-on; each of ebank's was accepted once."""
    rows = up.statistics()["messages"]
    accepted = sum(int(row[4]) for row in rows if row[:3] == ["ebank", "in", "0x10"] and row[3] == "applied")
    return accepted + up.sessions("core")


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


async def play(plan: Mapping[str, Any]) -> None:
    """All lines, each made anew when it goes: full jitter between tries, up to ten seconds."""
    from gateway.bootstrap import load_codecs
    from gateway.config.reader import read_conf

    folder, ports = Path(plan["folder"]), plan["ports"]
    codec = load_codecs(read_conf(folder / "conf", {}))["ebank"]
    certificates = folder / "var" / "certs"
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    context.load_cert_chain(certificates / "ebank.pem", certificates / "ebank.key")

    async def core(stream: trio.SocketStream) -> None:
        while await stream.receive_some():
            pass

    async def ebank(stream: trio.SocketStream) -> None:
        secured = trio.SSLStream(stream, context, server_hostname="127.0.0.1", https_compatible=True)
        await secured.do_handshake()
        nonce = os.urandom(16).hex()
        fields = {"id": nonce, "flags": 0, "system": "ebank", "time": beijing_time(), "nonce": nonce}
        await secured.send_all(framed(codec.build("0x10", fields)))
        while await secured.receive_some():
            pass

    async with trio.open_nursery() as tasks:
        for n in range(plan["core"]):
            tasks.start_soon(_stay, ports["core"], n, core)
        for n in range(plan["ebank"]):
            tasks.start_soon(_stay, ports["ebank"], n, ebank)


async def _stay(port: int, n: int, live: Callable[[trio.SocketStream], Any]) -> None:
    for failures in itertools.count():
        with contextlib.suppress(OSError, trio.BrokenResourceError):
            stream = await trio.open_tcp_stream("127.0.0.1", port, local_address=f"127.0.0.{1 + n % 8}")
            async with stream:
                await live(stream)
        await trio.sleep(random.uniform(0, min(10.0, 0.5 * 2 ** min(failures, 10))))


# ---------------------------------------------------------------- loris


def loris(connections: int) -> Report:
    """In turns: nobody else there; and so many who begin a frame, one after the other, and never end it. Half
    of them send a byte every `DRIP_SECONDS`, which must not help."""
    turns = list[Turn]()
    closed = 0
    with raised_hub(limits(connections)) as up, Probe(up) as probe:
        probe.ask(ASKED)
        while not enough(turns, ("alone", "among"), LORIS_TURNS) and len(turns) < 4 * LORIS_TURNS:
            turns.append(_turn("alone", lambda: probe.ask(2 * ASKED, rate=LORIS_RATE)))
            with crowd(up.ports["core"], connections) as socks:
                before = up.ended("core", "frame deadline")
                turns.append(_turn("among", partial(_among, up, probe, socks, before)))
                closed += up.ended("core", "frame deadline") - before
    return {
        "connections": connections,
        "closed_at_their_deadline": closed / sum(turn.state == "among" for turn in turns),
        **compared(turns, "alone", "among"),
    }


def _turn(state: str, ask: Callable[[], list[float]]) -> Turn:
    since = Moment.now()
    took = ask()
    return Turn(state, stolen(since, Moment.now()), took)


def _among(up: Running, probe: Probe, socks: list[socket.socket], before: int) -> list[float]:
    """Until the hub has closed all of them."""
    kind, fields = MESSAGES["core"]
    start = framed(core_stamp(up.codecs["core"].build(kind, fields(1, 1))))[:40]
    slow = multiprocessing.get_context("fork").Process(target=_drip, args=(socks, start))
    slow.start()
    took, began = list[float](), time.monotonic()
    try:
        while up.ended("core", "frame deadline") < before + len(socks) and time.monotonic() < began + SECONDS:
            took += probe.ask(50, rate=LORIS_RATE)
    finally:
        slow.kill()
        slow.join()
    return took


def _drip(socks: list[socket.socket], start: bytes) -> None:
    """Evenly spread, as strangers would be who know nothing of one another. In a process of its own, so that
    the probe does not wait for them in its own interpreter."""
    for sock in socks:
        sock.sendall(start)
        time.sleep(DRIP_SECONDS / len(socks))
    for sock in itertools.cycle(socks[::2]):
        with contextlib.suppress(OSError):
            sock.send(b"\xf0")
        time.sleep(2 * DRIP_SECONDS / len(socks))


# ---------------------------------------------------------------- largest


def largest(connections: int, *, budget: int = 8_000_000) -> Report:
    """Such a frame is a customer with what no record has behind it: 1001, and kept."""
    kind, fields = MESSAGES["core"]
    changes = limits(connections, **{"limits.bytes_in_flight": budget, "limits.frame_seconds": 60.0})
    with raised_hub(changes) as up, Probe(up) as probe:
        probe.ask(ASKED)
        alone, before = probe.ask(ASKED), up.megabytes()
        codec = up.codecs["core"]
        frames = [
            framed(core_stamp(codec.build(kind, fields(n, 1))).ljust(32_760, b"\x40"))
            for n in range(connections)
        ]
        with crowd(up.ports["core"], connections) as socks:
            for sock, frame in zip(socks, frames, strict=True):
                sock.sendall(frame[:20_000])
            for sock, frame in zip(socks, frames, strict=True):
                sock.sendall(frame[20_000:])
            answered = sum(_answered(sock) for sock in socks)
        return {
            "connections": connections,
            "sent_mb": round(sum(map(len, frames)) / 1e6, 1),
            "budget_mb": budget / 1e6,
            "answered": answered,
            "most_grown_mb": round(up.megabytes("VmHWM") - before, 1),
            **delays("alone", alone),
            **delays("afterwards", probe.ask(ASKED)),
        }


def _answered(sock: socket.socket) -> bool:
    data = b""
    with contextlib.suppress(OSError):
        while len(data) < 4 + 131 and (more := sock.recv(4096)):
            data += more
    return data[4 + 51 : 4 + 55] == "1001".encode("cp037")


# ---------------------------------------------------------------- the command

SIZES: Mapping[str, tuple[Callable[[int], Report], int]] = {
    "idle": (idle, 10_000),
    "churn": (churn, 100_000),
    "reconnect": (reconnect, 2_000),
    "loris": (loris, 5_000),
    "largest": (largest, 1_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.connections", epilog="Example: … idle --share 10")
    parser.add_argument("what", nargs="*", default=[], help=f"{', '.join(SIZES)}; all of them by default")
    parser.add_argument("--share", type=int, default=1, help="do one in so many of the connections")
    parser.add_argument("--play", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.play:
        trio.run(play, json.loads(given.play))
    if unknown := set(given.what) - set(SIZES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    figures = {}
    for name in given.what or SIZES:
        sys.stderr.write(f"{name}\n")
        measure, size = SIZES[name]
        figures[name] = measure(max(10, size // given.share))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
