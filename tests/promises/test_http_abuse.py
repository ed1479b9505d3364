"""Abusive HTTP requests against a real `ecif serve`: the API keeps answering, the hub does not notice.

Some of each kind in CI, 5,000 with ECIF_SOAK (`make soak`). Meanwhile core speaks to the hub beside it.
"""

import collections
import http.client
import itertools
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.promises.http_abuse import KINDS, shoot
from tests.sheets.bank import Bank, open_bank
from tests.sheets.people import Someone
from tests.soak import SOAK

pytestmark = pytest.mark.slow

MANY = 5_000 if SOAK else 60
LIMITS = {
    "http.start": "true",
    "http.limits.header_seconds": "1",
    "http.limits.body_seconds": "2",
    "http.limits.write_seconds": "2",
}


@pytest.fixture(scope="module")
def bank(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with open_bank(template, tmp_path_factory.mktemp("abused"), {"hub.toml": LIMITS}) as opened:
        yield opened


@pytest.fixture(scope="module")
def headers(bank: Bank) -> dict[str, str]:
    """Of an account made beside the running hub."""
    for arguments in (("add", "watcher", "--role", "admin"), ("token", "watcher")):
        done = bank.hub.ecif("staff", *arguments)
        assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ecif_")
    assert len(done.stdout.splitlines()) == 1, "only the token"
    return {"Authorization": f"Bearer {done.stdout.strip()}"}


def ask(bank: Bank, path: str, headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", bank.hub.ports.http, timeout=20)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def http_process(bank: Bank) -> int:
    """The hub's child that serves HTTP."""
    assert bank.hub.process is not None
    tasks = Path(f"/proc/{bank.hub.process.pid}/task").iterdir()
    children = [one for task in tasks for one in (task / "children").read_text("ascii").split()]
    (found,) = [int(one) for one in children if b"\0api\0" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return found


def memory(pid: int) -> int:
    """Resident kilobytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0])


@pytest.mark.timeout(3_600)
def test_abuse_ends_nothing_and_reaches_nobody(bank: Bank, headers: dict[str, str]) -> None:
    pid = http_process(bank)
    who, seqs, ended = Someone(), itertools.count(1), threading.Event()
    ecif_no = bank.core_says(who, next(seqs))["REPLY-ECIF-NO"]
    assert ask(bank, f"/api/v1/parties/{ecif_no}", headers) == 200
    before = memory(pid)
    replies: list[str] = []

    def speak() -> None:
        while not ended.wait(0.05):
            mobile = who.mobile if len(replies) % 2 else who.other_mobile
            replies.append(bank.core_says(who, next(seqs), CUST_MOBILE=mobile)["REPLY-CODE"])

    core = threading.Thread(target=speak)
    core.start()
    with ThreadPoolExecutor(16) as abusers:
        kinds = collections.Counter(abusers.map(lambda seed: shoot(bank.hub.ports.http, seed), range(MANY)))
    ended.set()
    core.join(30)
    assert set(kinds) == set(KINDS)
    assert set(replies) == {"0000"}
    assert http_process(bank) == pid, "the same process, not one that was started again"
    assert ask(bank, "/readyz") == 200
    assert ask(bank, f"/api/v1/parties/{ecif_no}", headers) == 200
    assert memory(pid) - before < 200_000
    log = bank.hub.log.read_text("utf-8", "replace")
    assert "Traceback" not in log
    assert who.name not in log


def test_slow_clients_are_cut_and_others_served(bank: Bank) -> None:
    begun, address = time.monotonic(), ("127.0.0.1", bank.hub.ports.http)
    with socket.create_connection(address, 10) as idle, socket.create_connection(address, 10) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
        assert ask(bank, "/healthz") == 200
        assert slow.recv(100) == b""
        assert idle.recv(100) == b""
    assert 0.5 < time.monotonic() - begun < 9


def test_a_killed_process_comes_back_and_nothing_is_lost(bank: Bank, headers: dict[str, str]) -> None:
    pid = http_process(bank)
    ecif_no = bank.core_says(Someone(), 1)["REPLY-ECIF-NO"]
    path, seen = f"/api/v1/parties/{ecif_no}", 0
    for _ in range(10):
        seen += ask(bank, path, headers) == 200
    os.kill(pid, 9)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if ask(bank, path, headers) == 200:
                break
        except OSError:
            time.sleep(0.1)
    seen += 1
    assert http_process(bank) != pid
    assert bank.core_says(Someone(), 1)["REPLY-CODE"] == "0000"
    connection = http.client.HTTPConnection("127.0.0.1", bank.hub.ports.http, timeout=20)
    connection.request("GET", f"/api/v1/trail?ecif_no={ecif_no}&limit=500", headers=headers)
    entries = json.loads(connection.getresponse().read())["entries"]
    connection.request("GET", "/api/v1/trail/verification", headers=headers)
    verdict = json.loads(connection.getresponse().read())
    connection.close()
    assert len([entry for entry in entries if entry["status"] == 200]) == seen
    assert verdict["problems"] == []
    assert verdict["chains"] >= 2
