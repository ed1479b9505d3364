import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.telemetry.outlet import KEPT, Outlet

LINE = "x" * 99 + "\n"


@contextlib.contextmanager
def outlet(descriptor: int) -> Iterator[Outlet]:
    with contextlib.closing(Outlet(descriptor)) as made:
        yield made


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, 4096)
    yield ends
    for end in ends:
        os.close(end)


def read_all(descriptor: int) -> list[bytes]:
    os.set_blocking(descriptor, False)
    with contextlib.suppress(BlockingIOError):
        return os.read(descriptor, 1_000_000).splitlines()
    return []


def check_blocked(out: Outlet, reader: int) -> None:
    """More than the other end takes: never waits, tells how many were dropped once it is read again."""
    written = 2_000
    for _ in range(written):
        out.write(LINE)
    assert out.dropped > written / 2
    got = []
    while lines := read_all(reader):
        got += lines
        out.write("")  # what waits leaves
    told = [json.loads(line) for line in got if line.startswith(b"{")]
    assert sum(one["lines"] for one in told) == out.dropped
    assert got.count(LINE.strip().encode()) == written - out.dropped
    assert {one["event"] for one in told} == {"log.dropped"}


def test_a_pipe_that_nobody_reads(pipe: tuple[int, int]) -> None:
    with outlet(pipe[1]) as out:
        check_blocked(out, pipe[0])
    assert os.get_blocking(pipe[1])  # others write to it too


def test_a_socket_that_nobody_reads() -> None:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with ours, theirs, outlet(ours.fileno()) as out:
        check_blocked(out, theirs.fileno())
        assert ours.gettimeout() is None


def test_a_reader_that_has_gone(pipe: tuple[int, int]) -> None:
    ends = os.pipe()
    with outlet(ends[1]) as out:
        os.close(ends[0])
        for _ in range(100):
            out.write(LINE)
        assert out.dropped == 100 - KEPT // len(LINE)
    os.close(ends[1])


def test_a_line_longer_than_a_pipe_takes(pipe: tuple[int, int]) -> None:
    with outlet(pipe[1]) as out:
        out.write("y" * 10_000 + "\n")
        out.write(LINE)
        got = b""
        while lines := read_all(pipe[0]):
            got += b"".join(lines)
            out.write("")
    assert got.partition(b"{")[0] == b"y" * 10_000
    assert out.dropped == 1


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    with (tmp_path / "log").open("ab") as file, outlet(file.fileno()) as out:
        for n in range(3):
            print(n, file=out)
    assert (tmp_path / "log").read_text() == "0\n1\n2\n"
