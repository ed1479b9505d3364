"""FAULTS C11, X4, X5: descriptors, memory and the log's place run out under a hub at work.

Limits are put on the running processes from outside (prlimit), tight around what they use at that moment.
"""

import contextlib
import fcntl
import json
import os
import resource
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocrm_api.health.hub import ask_hub
from tests.rigs.storage import NO_MOUNT, fill, small_disk
from tests.sheets.bank import Bank
from tests.sheets.core_client import customer
from tests.sheets.fixtures import FreshBank
from tests.sheets.hub_process import HubProcess, Ports, environment, prepare
from tests.sheets.people import Someone
from tests.soak import soak_only

PATIENCE = 60.0


def wait_for(what: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < ends, "not within a minute"
        time.sleep(0.1)


def says(folder: Path) -> Any:
    return ask_hub(folder / "var" / "hub.sock", PATIENCE)


def pid_of(bank: Bank) -> int:
    assert bank.hub.process is not None
    return bank.hub.process.pid


def store_pid_of(bank: Bank) -> int:
    tasks = Path(f"/proc/{pid_of(bank)}/task")
    (child,) = {int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()}
    return child


def address_space(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def limited(pid: int, which: int, soft: int) -> Iterator[None]:
    before = resource.prlimit(pid, which)
    resource.prlimit(pid, which, (soft, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, which, before)


@pytest.mark.fault("C11", "a whole hub without a free descriptor: refuses, rests, and takes the next")
def test_out_of_descriptors(bank: Bank, who: Someone) -> None:
    pid = pid_of(bank)
    bank.core_says(who, 1)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    with limited(pid, resource.RLIMIT_NOFILE, used + 3), contextlib.ExitStack() as opened:
        refused = 0
        for _ in range(12):
            line = opened.enter_context(socket.create_connection(("127.0.0.1", bank.ports.core)))
            line.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                refused += line.recv(1) == b""
        wait_for(lambda: "listener.out_of_descriptors" in bank.hub.log.read_text(encoding="utf-8"))
        assert refused > 0
        before = processor_seconds(pid)
        time.sleep(1)
        assert processor_seconds(pid) - before < 0.5, "it spins"
        bank.core_says(who, 2)  # lines that are up go on
    with bank.core_line() as line:
        assert line.ask(customer(who.core, 3, CUST_NAME=who.name))["REPLY-CODE"] in ("0000", "0001")


@pytest.mark.slow
@soak_only
@pytest.mark.fault("X4", "little memory left: all is turned away with 9001, then taken again")
def test_memory_runs_short(bank: Bank, who: Someone) -> None:
    pid = pid_of(bank)
    bank.core_says(who, 1)
    image = customer(who.core, 2, CUST_NAME=who.name, CUST_MOBILE="13900139002")
    with limited(pid, resource.RLIMIT_AS, int(address_space(pid) / 0.95)):
        wait_for(lambda: bool(says(bank.hub.folder)["intake"]["shedding"]))
        assert bank.core.ask(image)["REPLY-CODE"] == "9001"
    wait_for(lambda: not says(bank.hub.folder)["intake"]["shedding"])
    assert bank.core.ask(image | {"MSG-POSSDUP": "Y"})["REPLY-CODE"] == "0000"


@pytest.mark.fault(
    "X4", "none left in the store process: the hub ends, and has all it answered when it starts again"
)
def test_memory_runs_out(fresh_bank: FreshBank) -> None:
    with fresh_bank({}) as bank:
        people = [Someone() for _ in range(3000)]
        taken = list[Someone]()
        store = store_pid_of(bank)
        resource.prlimit(store, resource.RLIMIT_AS, (address_space(store), resource.RLIM_INFINITY))
        with contextlib.suppress(OSError, AssertionError):  # the line ends with the hub
            for who in people:
                bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
                taken.append(who)
        assert bank.hub.process is not None
        assert bank.hub.process.wait(PATIENCE) == 3
        assert len(taken) < len(people)
        bank.hub.start()
        bank.connect()
        for who in people[: len(taken) + 1]:
            image = customer(
                who.core, 1, CUST_NAME=who.name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id,
                CUST_MOBILE=who.mobile,
            )  # fmt: skip
            code = bank.core.ask(image)["REPLY-CODE"]
            assert code == ("0003" if who in taken else "0000")
        assert json.loads(bank.hub.ecif("verify", "--json").stdout)["problems"] == []


# ---------------------------------------------------------------- the log


@pytest.fixture
def lone(template: Path, tmp_path: Path) -> Iterator[HubProcess]:
    """A hub that nobody serves; to be started by the test."""
    ports = Ports.free()
    hub = HubProcess(tmp_path / "hub", ports)
    subprocess.run(["cp", "-r", template, hub.folder], check=True)
    prepare(hub.folder, ports, {"hub.toml": {"http.start": "false"}})
    yield hub
    if hub.process is not None and hub.process.poll() is None:
        hub.kill()


def _chatter(hub: HubProcess) -> None:
    """Garbage on every port: more log lines than are kept."""
    for port in (hub.ports.core, hub.ports.loan, hub.ports.teller, hub.ports.ebank):
        for data in (b"\xff" * 9, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00") * 4:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(data)
                line.settimeout(5)
                line.recv(100)


@pytest.mark.slow
@soak_only
@pytest.mark.fault("X5", "the pipe that the log goes to is full and nobody reads it; then somebody does")
def test_a_log_pipe_that_nobody_reads(lone: HubProcess) -> None:
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    lone.process = subprocess.Popen(
        lone.command, cwd=lone.folder, env=environment(), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    while b"ready\n" not in said:
        said += os.read(ours, 4096)
    wait_for(lambda: _dropped_after_chatter(lone) > 0)
    os.set_blocking(ours, False)

    def told() -> bool:
        nonlocal said
        with contextlib.suppress(BlockingIOError):
            said += os.read(ours, 65536)
        _chatter(lone)
        return b"log.dropped" in said

    wait_for(told)
    os.set_blocking(ours, True)
    assert lone.stop() == 0
    os.close(ours)


def _dropped_after_chatter(hub: HubProcess) -> int:
    _chatter(hub)
    return int(says(hub.folder)["process"]["log_lines_dropped"])


@pytest.mark.slow
@soak_only
@pytest.mark.skipif(bool(NO_MOUNT), reason=NO_MOUNT)
@pytest.mark.fault("X5", "the disk that the log goes to is full; then there is room again")
def test_a_log_disk_that_is_full(lone: HubProcess, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with contextlib.ExitStack() as stack:
        try:
            disk = stack.enter_context(small_disk(tmp_path / "log", megabytes=1))
        except OSError as error:
            pytest.skip(str(error))
        lone.log_folder = disk
        lone.start()
        filler = fill(disk)
        wait_for(lambda: _dropped_after_chatter(lone) > 0)
        filler.unlink()
        wait_for(lambda: (_chatter(lone), "log.dropped" in lone.log.read_text(encoding="utf-8"))[1])
        assert lone.stop() == 0
