"""The HTTP application on a store with customers in it, and a hub that answers on its socket."""

import json
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from gateway.statistics import Counters, as_line
from ocrm_api.access import secrets
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank
from tests.ocrm_api.staffing import bearer

with warnings.catch_warnings():
    # Starlette would rather have httpx2, which is not in every distribution yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


QUICK_ARGON2 = partial(PasswordHasher, time_cost=1, memory_cost=16, parallelism=1)


@pytest.fixture(autouse=True)
def _quick_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same function with little memory: log-ins would take most of the time of these tests."""
    monkeypatch.setattr(secrets, "PasswordHasher", QUICK_ARGON2)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    made = Bank(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def settings(bank: Bank, tmp_path: Path) -> Settings:
    return Settings(bank.url, tmp_path / "hub.sock", systems=("core", "loan", "ebank"), hub_seconds=0.5)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """Of somebody who may do everything."""
    headers = bearer(settings.database_url, "admin")
    with TestClient(create_app(settings), headers=headers, follow_redirects=False) as made:
        yield made


@pytest.fixture
def anybody(settings: Settings) -> Iterator[TestClient]:
    """Of nobody in particular: tests log in, or send what `staffing.bearer` gives."""
    with TestClient(create_app(settings), follow_redirects=False) as made:
        yield made


@pytest.fixture
def hub_says(settings: Settings) -> Iterator[Callable[[bytes], None]]:
    """Starts a stand-in for the hub: every connection gets these bytes."""
    line = socket.socket(socket.AF_UNIX)
    ended = threading.Event()

    def answer(what: bytes) -> None:
        while True:
            connection, _ = line.accept()
            with connection:
                if ended.is_set():
                    return
                connection.sendall(what)

    def start(what: bytes) -> None:
        line.bind(str(settings.hub_socket))
        line.listen()
        thread = threading.Thread(target=answer, args=(what,))
        thread.start()
        threads.append(thread)

    threads: list[threading.Thread] = []
    yield start
    ended.set()
    for thread in threads:
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(settings.hub_socket))
        thread.join(5)
    line.close()


@pytest.fixture
def counted() -> bytes:
    """What a hub that has worked a little says."""
    counters = Counters()
    counters.came("core", "CU01", "0000", 0.004)
    counters.came("core", "CU01", "1003", 0.2)
    counters.went("ebank", "0x30", "sent")
    counters.sessions["core"] = 2
    counters.batch_messages.add(2)
    statistics: dict[str, Any] = {**counters.statistics(), "ready": True, "met": {"line_faults": 1}}
    assert json.loads(as_line(statistics))
    return as_line(statistics)
