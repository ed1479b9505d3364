"""What systemd hears over its socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trio.testing

from gateway.supervision import Supervisor


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(5)
        yield line


def test_ready_and_stopping(systemd: socket.socket) -> None:
    supervisor = Supervisor.of({"NOTIFY_SOCKET": systemd.getsockname()})
    supervisor.ready()
    supervisor.reloading()
    supervisor.stopping()
    assert systemd.recv(100) == b"READY=1"
    assert systemd.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert systemd.recv(100) == b"STOPPING=1"


def test_a_name_in_the_abstract_space() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0ecif-test-{os.getpid()}")
        line.settimeout(5)
        Supervisor.of({"NOTIFY_SOCKET": f"@ecif-test-{os.getpid()}"}).ready()
        assert line.recv(100) == b"READY=1"


async def test_signs_of_life_twice_in_the_time(
    systemd: socket.socket, autojump_clock: trio.testing.MockClock
) -> None:
    environment = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "10000000"}
    with trio.move_on_after(22):
        await Supervisor.of(environment | {"WATCHDOG_PID": str(os.getpid())}).live()
    systemd.setblocking(False)
    beats = 0
    while True:
        try:
            assert systemd.recv(100) == b"WATCHDOG=1"
        except BlockingIOError:
            break
        beats += 1
    assert beats == 5


async def test_nobody_listens(tmp_path: Path) -> None:
    Supervisor.of({}).ready()
    await Supervisor.of({"WATCHDOG_USEC": "1000"}).live()
    Supervisor.of({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()


async def test_a_watchdog_for_another_process(systemd: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
    await Supervisor.of(environment).live()
