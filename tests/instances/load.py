"""Loan's changes to many customers through both hubs, without a pause, and what core must have heard.

Each customer's changes come in order, each to the hub that answers: who gets no answer sends the same message
again, to the other one. So whatever happens to one hub, a healthy message is never refused, and the last one
must reach core; versions that core is pushed never fall.
"""

import random
import threading
from types import TracebackType
from typing import Any

from tests.instances.rig import GOOD, Crew, Pair, eventually, loan_id
from tests.sheets import loan_client
from tests.sheets.loan_client import LoanCaller
from tests.sheets.people import Someone
from tests.sheets.pushes import Push

SENDERS = 3
MORE = 12
"""Messages that must get through before it counts as carrying on."""


class Load:
    def __init__(self, pair: Pair | Crew, customers: int) -> None:
        self._pair = pair
        self._customers = [Someone() for _ in range(customers)]
        for who in self._customers:
            pair.acquaint(who)
        self._last: dict[str, str] = {}
        self.refused: list[dict[str, Any]] = []
        self.sent = self.repeated = 0
        self._ended = threading.Event()
        self._senders = [
            threading.Thread(target=self._send, args=(self._customers[n::SENDERS], random.Random(n)))
            for n in range(SENDERS)
        ]

    def __enter__(self) -> "Load":
        for sender in self._senders:
            sender.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for sender in self._senders:
            sender.join()

    def carries_on(self) -> None:
        wanted = self.sent + MORE
        eventually(lambda: self.sent >= wanted, "messages get through")

    def _send(self, customers: list[Someone], chance: random.Random) -> None:
        seq = 1
        while not self._ended.wait(0.02):
            seq += 1
            for who in customers:
                mobile = f"138{seq:04d}{who.number % 10_000:04d}"
                fields = {"NAME": who.name, "MOBILE": mobile, **loan_id(who)}
                self._get_through(loan_client.customer(who.loan, seq, **fields), chance)
                self._last[who.core] = mobile

    def _get_through(self, record: dict[str, Any], chance: random.Random) -> None:
        ports = [each.hub.ports.loan for each in self._pair.both]
        chance.shuffle(ports)
        for attempt in range(1_000):
            try:
                reply = LoanCaller(ports[attempt % 2]).ask(record, seconds=5)
            except (OSError, AssertionError):  # nobody there, or gone before the answer
                self.repeated += 1
                threading.Event().wait(0.1)
                continue
            if reply["CODE"] not in GOOD:
                self.refused.append(reply)
            self.sent += 1
            return
        raise AssertionError("no hub answers")

    def check(self) -> None:
        """All of it, after the end."""
        assert self.refused == []
        for who in self._customers:
            eventually(lambda number=who.core: self._knows(number), f"core knows the last of {who.core}")  # type: ignore[misc]
            versions = [push["ECIF-VERSION"] for push in self._pushes(who.core)]
            assert versions == sorted(versions), f"an older version after a newer one: {versions}"

    def _knows(self, number: str) -> bool:
        pushes = self._pushes(number)
        return bool(pushes) and pushes[-1]["CUST-MOBILE"] == self._last.get(number)

    def _pushes(self, number: str) -> list[Push]:
        return self._pair.core_box.waiting(number)
