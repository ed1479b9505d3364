"""Requests to the API over plain sockets, connections kept, one open each: how long each answer took."""

import os
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.missed import NotMeasured

Report = dict[str, Any]
Ask = Callable[[int], str]


def one_line(port: int, token: str, ask: Ask, count: int) -> list[float]:
    """Seconds of each answer, one request open at a time."""
    return asked(port, token, [ask(n) for n in range(count + 50)])[50:]


def many_lines(port: int, pid: int, token: str, ask: Ask, lines: int, count: int = 8_000) -> Report:
    plans = [[ask(n) for n in range(count // lines)] for _ in range(lines)]
    with ThreadPoolExecutor(lines) as threads:
        list(threads.map(lambda plan: asked(port, token, plan[:20]), plans))
        used, own, begun = cpu_of(pid), time.process_time(), time.perf_counter()
        answers = [one for some in threads.map(lambda plan: asked(port, token, plan), plans) for one in some]
        seconds = time.perf_counter() - begun
    used, own = cpu_of(pid) - used, time.process_time() - own
    return {
        "lines": lines,
        "reads_per_second": round(len(answers) / seconds),
        "cpu_us_per_read": round(used / len(answers) * 1e6),
        "reads_per_core_second": round(len(answers) / used),
        "load_cpu_us_per_read": round(own / len(answers) * 1e6),
        "ms": quantiles(answers),
    }


def asked(port: int, token: str, paths: Sequence[str]) -> list[float]:
    """On one kept connection."""
    took = []
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for path in paths:
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
            begun = time.perf_counter()
            line.sendall(request.encode())
            status = _answer(line)
            took.append(time.perf_counter() - begun)
            if status != 200:
                raise NotMeasured(f"{path.partition('?')[0]} was answered {status}")
    return took


def _answer(line: socket.socket) -> int:
    data = b""
    while b"\r\n\r\n" not in data:
        data += line.recv(65_536) or b"\r\n\r\n"
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    missing = length - len(rest)
    while missing > 0:
        missing -= len(line.recv(65_536))
    return int(head[9:12] or b"0")


def cpu_of(pid: int) -> float:
    """Seconds of processor time, all threads, user and system, of a process and its children (proc(5))."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_of(int(child)) for child in children)


def quantiles(took: Sequence[float]) -> dict[str, float]:
    cut = statistics.quantiles(took, n=100)
    return {"p50": round(cut[49] * 1e3, 2), "p99": round(cut[98] * 1e3, 2)}
