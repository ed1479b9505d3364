"""A hub under conditions, and one healthy core line that asks it and takes the time.

The hub is a process of its own on SQLite with `bench/conf` and what a measurement changes of it, without the
HTTP process. The probe has one request open; it answers pushes in between, as core's sheet wants.
"""

import json
import os
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from bench.generator import CP01, core_answer, core_code, core_stamp
from bench.intake import hub
from bench.lines import Cut, framed
from bench.population import MESSAGES
from formats.codec import Codec
from gateway.bootstrap import load_codecs
from gateway.certificates import make_certificates
from gateway.config.reader import read_conf
from gateway.peers.ports import give_free_ports

CONF = Path(__file__).resolve().parent / "conf"
Changes = Mapping[str, Mapping[str, Any]]
"""File under the conf folder → "section.key" → value."""


@dataclass
class Running:
    """A hub that is up in `folder`."""

    folder: Path
    pid: int
    ports: dict[str, int]
    codecs: Mapping[str, Codec] = field(repr=False)

    def megabytes(self, what: str = "VmRSS") -> float:
        """Of all its processes; VmHWM: the most that each has had."""
        return sum(_memory(pid, what) for pid in _family(self.pid)) / 1e6

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def statistics(self) -> dict[str, Any]:
        """What it counts, from its own socket."""
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(60)
            stream.connect(str(self.folder / "var" / "hub.sock"))
            data = b""
            while chunk := stream.recv(65_536):
                data += chunk
        found: dict[str, Any] = json.loads(data)
        return found

    def sessions(self, *systems: str) -> int:
        sessions = self.statistics()["sessions"]
        return sum(int(sessions.get(system, 0)) for system in systems)

    def ended(self, system: str, reason: str) -> int:
        """How many lines of that system ended so, or were not let in."""
        rows = self.statistics()["lines"]
        return sum(int(count) for name, why, count in rows if (name, why) == (system, reason))


def prepared(folder: Path, changes: Changes) -> dict[str, int]:
    """`bench/conf` with these changes on free ports; system → port, "loan peer": where loan is dialled."""
    shutil.copytree(CONF, folder / "conf")
    give_free_ports(folder / "conf")
    make_certificates(folder / "var" / "certs", ["ebank"])
    for file, keys in changes.items():
        _set(folder / "conf" / file, keys)
    _set(folder / "conf" / "hub.toml", {"http.start": False})
    systems = read_conf(folder / "conf", {}).systems
    ports = {name: system.listen.port for name, system in systems.items() if system.listen}
    dialled = {f"{name} peer": system.dial.port for name, system in systems.items() if system.dial}
    return ports | dialled


def _set(file: Path, keys: Mapping[str, Any]) -> None:
    document = tomlkit.parse(file.read_text("utf-8"))
    for key, value in keys.items():
        section, _, name = key.rpartition(".")
        document.setdefault(section, {})[name] = value
    file.write_text(tomlkit.dumps(document), "utf-8")


@contextmanager
def running(folder: Path, ports: dict[str, int]) -> Iterator[Running]:
    codecs = load_codecs(read_conf(folder / "conf", {}))
    with hub(folder) as pid:
        yield Running(folder, pid, ports, codecs)


@contextmanager
def raised_hub(changes: Changes) -> Iterator[Running]:
    """A hub with these changes in a folder that is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="ecif-connections-") as name,
        running(Path(name), prepared(Path(name), changes)) as up,
    ):
        yield up


class Probe:
    """One core line with one request open."""

    def __init__(self, up: Running, *, first_customer: int = 900_000) -> None:
        self._codec, self._customer, self._seq = up.codecs["core"], first_customer, 0
        self._socket = socket.create_connection(("127.0.0.1", up.ports["core"]), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, count: int, *, rate: float = 0.0) -> list[float]:
        """Milliseconds of so many messages about new customers, at most `rate` a second."""
        kind, fields = MESSAGES["core"]
        bodies = [self._codec.build(kind, fields(self._customer + n, 1)) for n in range(count)]
        self._customer += count
        return self.send(bodies, rate=rate)

    def send(self, bodies: list[bytes], *, rate: float = 0.0) -> list[float]:
        """Milliseconds from each message to its positive reply."""
        began, times = time.perf_counter(), list[float]()
        for turn, body in enumerate(bodies):
            if rate:
                self._wait_until(began + turn / rate)
            asked = time.perf_counter()
            self._socket.sendall(framed(core_stamp(body)))
            while (code := core_code(self._next())) is None:
                pass
            if code not in (b"0000", b"0001"):
                raise Cut(f"the probe was answered {code.decode()}")
            times.append((time.perf_counter() - asked) * 1000)
        return times

    def _wait_until(self, turn: float) -> None:
        """Pushes that come meanwhile are answered."""
        while (left := turn - time.perf_counter()) > 0:
            self._socket.settimeout(left)
            try:
                self._next()
            except TimeoutError:
                break
        self._socket.settimeout(60)

    def _next(self) -> bytes:
        while len(self._buffer) < 4 or len(self._buffer) < 4 + int.from_bytes(self._buffer[:4], "big"):
            data = self._socket.recv(65_536)
            if not data:
                raise Cut("the hub closed the probe's line")
            self._buffer += data
        end = 4 + int.from_bytes(self._buffer[:4], "big")
        body, self._buffer = self._buffer[4:end], self._buffer[end:]
        if body[:4] == CP01 and (answer := core_answer(body)) is not None:
            self._socket.sendall(framed(answer))
        return body


def delays(name: str, times: list[float]) -> dict[str, float]:
    percent = statistics.quantiles(times, n=100)
    return {f"{name}_p50_ms": round(percent[49], 2), f"{name}_p99_ms": round(percent[98], 2)}


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _memory(pid: int, what: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(what)
