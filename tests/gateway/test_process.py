"""`ecif serve` as an operator meets it: ready, health, its HTTP process, its end."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.certificates import make_certificates
from gateway.peers.ports import free_ports
from tests.soak import soak_only

pytestmark = pytest.mark.slow

CONF = Path(__file__).parents[2] / "conf"
COMMAND = [sys.executable, "-m", "gateway.cli.main", "serve"]
PORTS = ("7101", "7102", "7103", "7202", "8080")


class Hub:
    """In a folder of its own, on ports that were free."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        shutil.copytree(CONF, folder / "conf")
        for file in (folder / "conf").rglob("*.toml"):
            text = file.read_text("utf-8")
            for shipped, port in self.ports.items():
                text = text.replace(f"127.0.0.1:{shipped}", f"127.0.0.1:{port}")
            file.write_text(text, "utf-8")
        make_certificates(folder / "var" / "certs", ["ebank"])

    def start(self, **more: str) -> subprocess.Popen[str]:
        environ = {key: value for key, value in os.environ.items() if key != "ECIF_DATABASE_URL"}
        environ |= {"PYTHONPATH": str(CONF.parent), **more}
        return subprocess.Popen(COMMAND, cwd=self.folder, env=environ, stderr=subprocess.PIPE, text=True)

    def get(self, path: str) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["8080"], timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def wait_ready(process: subprocess.Popen[str]) -> list[str]:
    """What it said until `ready`."""
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line.rstrip("\n"))
        if said[-1] == "ready":
            return said
    raise AssertionError(said)


def said_until(process: subprocess.Popen[str], word: str) -> list[str]:
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if word in line:
            return said
    raise AssertionError(said)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


@pytest.fixture
def started(hub: Hub) -> Iterator[subprocess.Popen[str]]:
    process = hub.start()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answers_within(seconds: float, hub: Hub) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            return hub.get("/healthz")[0] == 200
        except OSError:
            time.sleep(0.05)
    return False


def ended_within(seconds: float, gone: object) -> bool:
    """Whether the HTTP port is closed before so many seconds are over."""
    assert isinstance(gone, Hub)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            gone.get("/healthz")
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_from_ready_to_the_end(hub: Hub, started: subprocess.Popen[str]) -> None:
    wait_ready(started)
    assert hub.get("/healthz") == (200, {"status": "ok"})
    assert hub.get("/readyz")[0] == 200
    second = hub.start()
    _, said = second.communicate(timeout=60)
    assert second.returncode == 3
    assert "system core) cannot be opened: Address already in use" in said
    started.send_signal(signal.SIGHUP)
    replaced = said_until(started, "http_process_replaced")
    assert not [line for line in replaced if "http_process_ended" in line], "it did not fail"
    assert answers_within(60, hub)
    started.send_signal(signal.SIGTERM)
    assert started.wait(30) == 0
    assert ended_within(5, hub)


@soak_only
def test_the_http_process_ends_with_a_killed_hub(hub: Hub, started: subprocess.Popen[str]) -> None:
    wait_ready(started)
    started.kill()
    started.wait(10)
    assert ended_within(10, hub)


def store_process(hub: subprocess.Popen[str]) -> int:
    """Of the hub's children the one that is no program of its own."""
    own = Path(f"/proc/{hub.pid}/cmdline").read_bytes()
    children = Path(f"/proc/{hub.pid}/task/{hub.pid}/children").read_text("ascii").split()
    (found,) = [int(pid) for pid in children if Path(f"/proc/{pid}/cmdline").read_bytes() == own]
    return found


def gone_within(seconds: float, pid: int) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


def test_the_store_process_ends_with_a_killed_hub(started: subprocess.Popen[str]) -> None:
    wait_ready(started)
    store = store_process(started)
    started.kill()
    started.wait(10)
    assert gone_within(10, store)


@soak_only
def test_a_hub_whose_store_process_ended_ends_too(started: subprocess.Popen[str]) -> None:
    wait_ready(started)
    os.kill(store_process(started), signal.SIGKILL)
    _, said = started.communicate(timeout=30)
    assert started.returncode == 3
    assert "store process has ended" in said
    assert "Traceback" not in said


@soak_only
def test_an_interrupt_of_the_whole_group_is_the_gateways_alone(started: subprocess.Popen[str]) -> None:
    """As Ctrl-C and systemd do it: the store process takes what the gateway still has to commit."""
    wait_ready(started)
    os.kill(store_process(started), signal.SIGTERM)
    os.kill(store_process(started), signal.SIGINT)
    started.send_signal(signal.SIGTERM)
    assert started.wait(30) == 0


def test_a_database_that_cannot_be_used_starts_nothing(hub: Hub) -> None:
    (hub.folder / "var" / "ecif.db").write_bytes(b"")
    process = hub.start()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "ecif db upgrade" in said
    assert "Traceback" not in said
    assert not (hub.folder / "var" / "hub.sock").exists()


def test_systemd_is_told_when_it_is_ready_alive_and_stopping(hub: Hub, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        process = hub.start(NOTIFY_SOCKET=systemd.getsockname(), WATCHDOG_USEC="400000")
        try:
            said = [systemd.recv(100) for _ in range(4)]
            process.send_signal(signal.SIGTERM)
            while said[-1] != b"STOPPING=1":
                said.append(systemd.recv(100))
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.communicate()
    assert said[0] == b"READY=1"
    assert set(said[1:-1]) == {b"WATCHDOG=1"}


def test_a_hang_up_ends_nobody(hub: Hub, started: subprocess.Popen[str]) -> None:
    """SIGHUP without a pause, from the first moment of the drain to the last of the process."""
    wait_ready(started)
    started.send_signal(signal.SIGTERM)
    while started.poll() is None:
        started.send_signal(signal.SIGHUP)
        time.sleep(0.001)
    assert started.returncode == 0
