"""Any number of connections that change customers without pause, over a hub that dies under them.

    core, ebank   kept lines, six and three of ten; one request open each; pushes applied and answered
    loan          one of ten: connects, asks, reads, closes

A line owns its customers of its system, so that their messages stay in order. A message is sent again,
flagged, on whatever connection can be had, until it is answered; what was answered is written down. All of it
is one trio run in a thread of its own: a thousand lines cost a thousand tasks, the test stays a function.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import trio

from tests.promises.kept_line import BROKEN, KeptLine
from tests.promises.speech import speeches
from tests.promises.workload import Acknowledged, Ledger
from tests.sheets.bank import Bank
from tests.sheets.people import Someone
from tests.sheets.pushes import Push

PATIENCE = 30.0
"""How long a reply is waited for before the message is sent again. A hub that dies is noticed at once; longer
than the sheets say, because a thousand lines share the machine with the hub."""
HANDSHAKES = 20
"""At once: what shares a processor with the hub must not make it miss its deadlines."""
CHANGES_A_SECOND = 200
"""All lines together, at most."""
BUSY = ("9001", "9002")


class Crowd:
    """`with crowd.running():` and kill what you like meanwhile; at its end all is answered, and lines stay up
    for pushes until `close`."""

    def __init__(self, bank: Bank, connections: int, *, seed: int = 1) -> None:
        self.bank, self.ledger = bank, Ledger()
        self._speeches = speeches(bank)
        loan = max(1, connections // 10)
        ebank = max(1, connections * 3 // 10)
        self._lines = {"core": connections - ebank - loan, "ebank": ebank, "loan": loan}
        self.people = [Someone() for _ in range(max(40, self._lines["core"]))]
        self._random = random.Random(seed)
        self._pause_seconds = 2 * connections / CHANGES_A_SECOND
        self._handshakes = trio.CapacityLimiter(HANDSHAKES)
        self._seq: dict[tuple[str, str], int] = {}
        self._up: set[tuple[str, int]] = set()
        """Kept lines that are connected and signed on."""
        self._busy = 0
        """Lines with a message that is not answered yet."""
        self._changing, self._ended = True, trio.Event()
        self._token: trio.lowlevel.TrioToken | None = None
        self._thread = threading.Thread(target=trio.run, args=(self._run,), daemon=True)
        bank.loan_box.on_push = self._loan_push

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._changing = False
        self.wait(lambda: not self._busy, "everything answered")

    def close(self) -> None:
        self._changing = False
        if self._token is not None and self._thread.is_alive():
            self._token.run_sync_soon(self._ended.set)
            self._thread.join(30)

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 600) -> None:
        ends = time.monotonic() + seconds
        while not condition():
            assert self._thread.is_alive(), "the load ended"
            assert time.monotonic() < ends, f"{what}: not within {seconds} s"
            time.sleep(0.02)

    def wait_load(self, seconds: float = 600) -> None:
        """All lines are up and some messages have been answered."""
        kept, rows = self._lines["core"] + self._lines["ebank"], self.ledger.rows
        before = len(rows)
        self.wait(lambda: len(self._up) == kept and len(rows) > before + 10, "all lines at work", seconds)

    # One system's line.

    async def _run(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as tasks:
            for system, lines in self._lines.items():
                for n in range(lines):
                    tasks.start_soon(self._line, system, n, self.people[n::lines])
            await self._ended.wait()
            tasks.cancel_scope.cancel()

    async def _line(self, system: str, n: int, people: list[Someone]) -> None:
        """Changes its customers one after the other; reconnects as often as it must."""
        own = random.Random(self._random.random() + n)
        line = KeptLine(self._speeches[system], partial(self.ledger.pushed, system), own, self._handshakes)
        use = line.ask_once if system == "loan" else line.keep
        async with trio.open_nursery() as tasks:
            if system != "loan":
                tasks.start_soon(line.stay_up, self._up, (system, n))
            while self._changing:
                self._busy += 1
                await self._change(system, line, people, use)
                self._busy -= 1
                await trio.sleep(line.random.uniform(0, self._pause_seconds))

    async def _change(self, system: str, line: KeptLine, people: list[Someone], use: Any) -> None:
        who = line.random.choice(people)
        number = getattr(who, system)
        mobile = f"13{line.random.randrange(10**9):09d}"
        self._seq[system, number] = self._seq.get((system, number), 0) + 1
        image = line.speech.image(who, self._seq[system, number], mobile)
        self.ledger.mobiles[system, number] = mobile
        id = line.speech.id_of(image)
        code = await self._until_answered(line, image, id, use)
        self.ledger.rows.append(Acknowledged(system, id, code))

    async def _until_answered(self, line: KeptLine, image: dict[str, Any], id: str, use: Any) -> str:
        message = image
        while True:
            try:
                with trio.fail_after(PATIENCE):
                    code: str = await use(line.speech.encode(message), id)
                if code not in BUSY:
                    return code
            except BROKEN:
                pass
            message = image | line.speech.flag
            await trio.sleep(line.random.uniform(0.02, 0.2))

    def _loan_push(self, number: str, push: Push) -> None:
        self.ledger.pushed("loan", number, push["MOBILE"])
