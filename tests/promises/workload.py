"""Systems that change their customers without pause, over a hub that dies under them.

Every worker owns some customers of one system, so that system's messages about a customer stay in order. A
message is sent again, flagged, until it is answered; what was answered is written down. Pushes are applied
like a bank's system would, so that at the end each system's own state can be compared with the golden record.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.sheets import core_client, ebank_client, loan_client
from tests.sheets.bank import Bank
from tests.sheets.core_client import CoreLine
from tests.sheets.ebank_client import EbankLine, document
from tests.sheets.people import Someone
from tests.sheets.pushes import Push

PATIENCE = 3.0


@dataclass(frozen=True)
class Acknowledged:
    system: str
    id: str
    code: str


@dataclass
class Ledger:
    """Who was told what. Written by all workers."""

    rows: list[Acknowledged] = field(default_factory=list)
    mobiles: dict[tuple[str, str], str] = field(default_factory=dict)
    """(system, customer number) → what that system has now."""

    def pushed(self, system: str, number: str, mobile: str) -> None:
        """What a system does with a push: blank says nothing, a star clears."""
        if mobile:
            self.mobiles[system, number] = "" if mobile == "*" else mobile

    def differences(self, people: Iterable[Someone]) -> dict[str, dict[str, str]]:
        """Customers whose three systems do not have the same mobile number."""
        different = {}
        for who in people:
            keys = (("core", who.core), ("loan", who.loan), ("ebank", who.ebank))
            have = {system: self.mobiles.get((system, number), "") for system, number in keys}
            if len({mobile for mobile in have.values() if mobile}) > 1:  # blank: never sent by that system
                different[who.core] = have
        return different


class Stopped(Exception):
    pass


class Workload:
    """`with Workload(bank, people).running():` and kill what you like meanwhile."""

    def __init__(self, bank: Bank, people: list[Someone], *, seed: int) -> None:
        self.bank, self.people, self.ledger = bank, people, Ledger()
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._lines: dict[str, CoreLine | EbankLine] = {}
        self._lock = threading.Lock()
        self._seq: dict[tuple[str, str], int] = {}
        for system, box in (("core", bank.core_box), ("loan", bank.loan_box), ("ebank", bank.ebank_box)):
            box.on_push = self._applier(system)

    def _applier(self, system: str) -> Callable[[str, Push], None]:
        field_of = {"core": "CUST-MOBILE", "loan": "MOBILE"}

        def apply(number: str, push: Push) -> None:
            if system == "ebank":
                mobiles = [phone["number"] for phone in push.values.get("phones", []) if phone["use"] == 1]
                mobile = mobiles[0] if mobiles else ""
            else:
                mobile = push[field_of[system]]
            self.ledger.pushed(system, number, mobile)

        return apply

    @contextmanager
    def running(self) -> Iterator[None]:
        plan = [("core", 6), ("ebank", 4), ("loan", 3)]
        threads = [
            threading.Thread(target=self._work, args=(system, self.people[n::workers], n), daemon=True)
            for system, workers in plan
            for n in range(workers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(30)

    def _work(self, system: str, people: list[Someone], worker: int) -> None:
        choose = random.Random(self._random.random() + worker)
        change = {"core": self._core, "loan": self._loan, "ebank": self._ebank}[system]
        while not self._stop.is_set():
            try:
                change(choose.choice(people), f"13{choose.randrange(10**9):09d}")
            except Stopped:
                return

    def _next_seq(self, system: str, number: str) -> int:
        self._seq[system, number] = self._seq.get((system, number), 0) + 1
        return self._seq[system, number]

    def _core(self, who: Someone, mobile: str) -> None:
        self.ledger.mobiles["core", who.core] = mobile
        image = core_client.customer(
            who.core, self._next_seq("core", who.core), CUST_NAME=who.name, CUST_ID_TYPE="01",
            CUST_ID_NO=who.resident_id, CUST_MOBILE=mobile,
        )  # fmt: skip
        reply = self._until_answered("core", image, {"MSG-POSSDUP": "Y"})
        self.ledger.rows.append(Acknowledged("core", image["MSG-ID"], reply["REPLY-CODE"]))

    def _loan(self, who: Someone, mobile: str) -> None:
        self.ledger.mobiles["loan", who.loan] = mobile
        image = loan_client.customer(
            who.loan, self._next_seq("loan", who.loan), NAME=who.name, ID_TYPE="10", ID_NO=who.resident_id,
            MOBILE=mobile,
        )  # fmt: skip
        reply = self._until_answered("loan", image, {"DUP": "1"})
        self.ledger.rows.append(Acknowledged("loan", image["SERIAL"], reply["CODE"]))

    def _ebank(self, who: Someone, mobile: str) -> None:
        self.ledger.mobiles["ebank", who.ebank] = mobile
        image = ebank_client.customer(
            who.ebank, self._next_seq("ebank", who.ebank), name=who.name,
            documents=[document(1, who.resident_id)], phones=[{"use": 1, "number": mobile}],
        )  # fmt: skip
        reply = self._until_answered("ebank", image, {"flags": 1})
        self.ledger.rows.append(Acknowledged("ebank", image["id"].hex(), reply["code"]))

    def _until_answered(self, system: str, image: dict[str, Any], flag: dict[str, Any]) -> dict[str, Any]:
        """Busy is no answer: the same message again. Ends only with an answer, or with the workload."""
        message = image
        while True:
            try:
                reply = self._ask(system, message)
                code = reply.get("CODE") or reply.get("REPLY-CODE") or reply.get("code")
                if code not in ("9001", "9002"):
                    return reply
            except (OSError, AssertionError):
                pass
            if self._stop.is_set():
                raise Stopped
            time.sleep(0.05)
            message = image | flag

    def _ask(self, system: str, message: dict[str, Any]) -> dict[str, Any]:
        if system == "loan":
            return self.bank.loan.ask(message, seconds=PATIENCE)
        return self._line(system).ask(message, seconds=PATIENCE)

    def _line(self, system: str) -> Any:
        """The system's one line, made anew when it is gone."""
        with self._lock:
            line = self._lines.get(system)
            if line is None or line.closed:
                if line is not None:
                    line.close()
                self._lines[system] = line = (
                    CoreLine(self.bank.ports.core, self.bank.core_box)
                    if system == "core"
                    else EbankLine(self.bank.ports.ebank, self.bank.tls, self.bank.ebank_box)
                )
        return line

    def keep_lines(self) -> None:
        """Both lines up, for pushes that still come."""
        self._line("core")
        self._line("ebank")

    def close(self) -> None:
        for line in self._lines.values():
            line.close()


class Played(Protocol):
    ledger: Ledger
    people: list[Someone]


def wait_same(played: Played, *, seconds: float) -> dict[str, dict[str, str]]:
    """What still differs at the end of the time."""
    ends = time.monotonic() + seconds
    while (different := played.ledger.differences(played.people)) and time.monotonic() < ends:
        time.sleep(0.2)
    return different
