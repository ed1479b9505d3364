"""Two hubs as operators run them, `ecif serve` twice, on one PostgreSQL: core dials both, loan is dialled.

Only core and loan, and no HTTP, so that the hubs start quickly. The first one reaches its database over a
proxy, so that it can be cut off.
"""

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ocrm_api.health.hub import HubSilent, ask_hub
from tests import databases
from tests.proxy import Proxy
from tests.sheets import core_client, loan_client
from tests.sheets.core_client import CoreLine
from tests.sheets.hub_process import ECIF, ROOT, HubProcess, Ports, prepare, set_value
from tests.sheets.loan_client import LoanCaller, LoanListener
from tests.sheets.people import Someone
from tests.sheets.pushes import PushBox

LEASE_SECONDS = 2.0
SECONDS = 60.0
"""How long anything here may take on a busy machine."""
GOOD = ("0000", "0001")


def eventually(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def core_and_loan(folder: Path, ports: Ports, name: str, url: str, loan_peer: int) -> None:
    """The conf of a hub that knows no others, and no HTTP."""
    folder.mkdir()
    shutil.copytree(ROOT / "conf", folder / "conf")
    hub = {"http.start": "false", "database.url": f'"{url}"', "instances.name": f'"{name}"',
           "instances.lease_seconds": str(LEASE_SECONDS)}  # fmt: skip
    core, loan = {"delivery.reply_seconds": "2.0"}, {"dial.address": f'"127.0.0.1:{loan_peer}"'}
    changes = {"hub.toml": hub, "systems/core/system.toml": core, "systems/loan/system.toml": loan}
    prepare(folder, ports, changes)
    for system in ("card", "ebank", "teller", "wealth"):
        shutil.rmtree(folder / "conf" / "systems" / system)


class Instance:
    """One hub, and core's line to it, which is dialled again whenever it ends."""

    def __init__(
        self, folder: Path, name: str, url: str, loan_peer: int, box: PushBox, *arguments: str
    ) -> None:
        """`arguments`: of `ecif serve`."""
        self.name, self.box = name, box
        ports = Ports.free()
        core_and_loan(folder, ports, name, url, loan_peer)
        self.hub = HubProcess(folder, ports, (*ECIF, "serve", "--conf", "conf", *arguments))
        self.lines: list[CoreLine] = []
        self.dials, self._window = True, 64
        self._ended = threading.Event()
        self._dialler = threading.Thread(target=self._keep_line)

    def start(self) -> None:
        self.hub.start()
        if not self._dialler.is_alive():
            self._dialler.start()

    @property
    def pids(self) -> list[int]:
        """Gateway, store process."""
        assert self.hub.process is not None
        return [self.hub.process.pid, *children(self.hub.process.pid)]

    @property
    def line(self) -> CoreLine:
        """The one that is up."""
        eventually(lambda: bool(self.lines) and not self.lines[-1].closed, f"core has a line to {self.name}")
        return self.lines[-1]

    def _keep_line(self) -> None:
        while not self._ended.wait(0.1):
            if self.dials and (not self.lines or self.lines[-1].closed):
                with contextlib.suppress(OSError):
                    self.lines.append(CoreLine(self.hub.ports.core, self.box))

    def hang_up(self) -> None:
        """Core leaves this hub, until `dials` again."""
        self.dials = False
        for line in self.lines:
            line.close()

    def statistics(self) -> dict[str, Any]:
        try:
            return dict(ask_hub(self.hub.folder / "var" / "hub.sock", 5))
        except HubSilent:
            return {}

    def holds(self, system: str) -> bool:
        leases = self.statistics().get("leases", {})
        return bool(leases.get(system, {}).get("here"))

    def reload_core(self) -> None:
        """SIGHUP with another window for core: its station is replaced, its lines end."""
        said = self._reloads()
        self._window = 65 if self._window == 66 else 66
        set_value(self.hub.folder / "conf/systems/core/system.toml", "delivery.window", str(self._window))
        assert self.hub.process is not None
        self.hub.process.send_signal(signal.SIGHUP)
        eventually(lambda: self._reloads() > said, "the conf is read again")

    def _reloads(self) -> int:
        return self.hub.log.read_text("utf-8").count('"reload.done"')

    def loan_says(self, who: Someone, seq: int, **fields: Any) -> dict[str, Any]:
        record = loan_client.customer(who.loan, seq, NAME=who.name, **fields)
        return LoanCaller(self.hub.ports.loan).ask(record, seconds=SECONDS)

    def close(self) -> None:
        self._ended.set()
        if self._dialler.is_alive():
            self._dialler.join()
        for line in self.lines:
            line.close()
        if self.hub.process is not None and self.hub.process.poll() is None:
            self.hub.process.send_signal(signal.SIGCONT)
            self.hub.stop(seconds=SECONDS)


class Pair:
    def __init__(self, folder: Path) -> None:
        url = databases.fresh("postgresql", folder)
        self.proxy = Proxy(url)
        self.core_box, peer = PushBox(), Ports.free().loan_peer
        self.loan = LoanListener(peer)
        through = self.proxy.url.render_as_string(hide_password=False)
        self.first = Instance(folder / "first", "first", through, peer, self.core_box)
        self.second = Instance(folder / "second", "second", url, peer, self.core_box)
        self.both = (self.first, self.second)

    def start(self) -> None:
        with ThreadPoolExecutor(2) as starting:
            for started in [starting.submit(each.start) for each in self.both]:
                started.result()

    def holder(self, system: str = "core") -> tuple[Instance, Instance]:
        """Who delivers to it, and who does not."""
        assert all(each.line for each in self.both)
        eventually(lambda: sum(each.holds(system) for each in self.both) == 1, f"one holds {system}")
        first, second = self.both
        return (first, second) if first.holds(system) else (second, first)

    def acquaint(self, who: Someone) -> None:
        acquaint(who, self.first, self.second)

    def close(self) -> None:
        for each in self.both:
            each.close()
        self.loan.close()
        self.proxy.close()


class Crew:
    """One hub of several workers, in the place of both of a pair."""

    def __init__(self, folder: Path, workers: int) -> None:
        url = databases.fresh("postgresql", folder)
        self.core_box, peer = PushBox(), Ports.free().loan_peer
        self.loan = LoanListener(peer)
        count = ("--workers", str(workers))
        self.hub = Instance(folder / "crew", "crew", url, peer, self.core_box, *count)
        self.both = (self.hub, self.hub)

    def start(self) -> None:
        self.hub.start()

    def acquaint(self, who: Someone) -> None:
        acquaint(who, *self.both)

    @property
    def control(self) -> Path:
        return self.hub.hub.folder / "var" / "control.sock"

    def workers(self) -> list[dict[str, Any]]:
        return list(self.hub.statistics().get("workers", ()))

    def close(self) -> None:
        self.hub.close()
        self.loan.close()


def acquaint(who: Someone, first: Instance, second: Instance) -> None:
    """Core and loan know the customer as one."""
    image = core_client.customer(
        who.core, 1, CUST_NAME=who.name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id,
        CUST_ID_EXPIRY="20390101",
    )  # fmt: skip
    assert first.line.ask(image, seconds=SECONDS)["REPLY-CODE"] in GOOD
    known = second.loan_says(who, 1, **loan_id(who))
    assert known["CODE"] in GOOD, known


def loan_id(who: Someone) -> dict[str, Any]:
    return {"ID_TYPE": "10", "ID_NO": who.resident_id, "ID_EXPIRY": "20390101"}


@contextlib.contextmanager
def stopped(*pids: int) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
