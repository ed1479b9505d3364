"""Any number of connections that change customers without pause, over a hub that dies under them.

    core, ebank   kept lines, six and three of ten; one request open each; pushes applied and answered
    loan          one of ten: connects, asks, reads, closes

A line owns its customers of its system, so that their messages stay in order. A message is sent again,
flagged, on whatever connection can be had, until it is answered; what was answered is written down. All of it
is one trio run in a thread of its own: a thousand lines cost a thousand tasks, the test stays a function.
"""

import random
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import trio

from tests.promises.workload import Acknowledged, Ledger
from tests.sheets import core_client, ebank_client, loan_client
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
BROKEN = (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError, EOFError)


@dataclass(frozen=True)
class Speech:
    """How one system says and hears what a crowd says and hears."""

    port: int
    context: ssl.SSLContext | None
    image: Callable[[Someone, int, str], dict[str, Any]]
    """(who, sequence number, mobile)"""
    flag: dict[str, Any]
    """What a repeat carries."""
    encode: Callable[[dict[str, Any]], bytes]
    """With its frame."""
    id_of: Callable[[dict[str, Any]], str]
    """As the journal has it."""
    heard: Callable[[bytes], "Heard"]
    first: Callable[[], bytes] = lambda: b""
    """What a connection says before all else, and waits to be answered."""


@dataclass(frozen=True)
class Heard:
    """One frame of the hub's: an answer, a push, or a line test."""

    answers: str = ""
    code: str = ""
    customer: str = ""
    mobile: str = ""
    reply: bytes = b""


def _core_heard(record: bytes) -> Heard:
    values = core_client.decode(record)
    if values["MSG-TYPE"] == "CP01":
        reply = core_client.frame(core_client.encode(core_client.reply_to(values)))
        return Heard(customer=values["CUST-NO"], mobile=values["CUST-MOBILE"], reply=reply)
    return Heard(answers=values.get("REPLY-TO", ""), code=values.get("REPLY-CODE", ""))


def _ebank_heard(message: bytes) -> Heard:
    if message[1] == 0x7E:
        return Heard(reply=ebank_client.frame(ebank_client.sealed(b"\x01\x7f" + message[2:18] + b"\x00")))
    values = ebank_client.decode(message)
    if message[1] == 0x30:
        mobiles = [phone["number"] for phone in values.get("phones", []) if phone["use"] == 1]
        reply = ebank_client.frame(ebank_client.encode(ebank_client.reply_to(values)))
        return Heard(customer=values.get("number", ""), mobile=(mobiles or [""])[0], reply=reply)
    return Heard(answers=values["id"].hex(), code=values.get("code", ""))


def _loan_heard(record: bytes) -> Heard:
    values = loan_client.decode(record)
    return Heard(answers=values["SERIAL"], code=values["CODE"])


def speeches(bank: Bank) -> dict[str, Speech]:
    return {
        "core": Speech(
            bank.ports.core,
            None,
            lambda who, seq, mobile: core_client.customer(
                who.core, seq, CUST_NAME=who.name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id,
                CUST_MOBILE=mobile,
            ),
            {"MSG-POSSDUP": "Y"},
            lambda image: core_client.frame(core_client.encode(image)),
            lambda image: str(image["MSG-ID"]),
            _core_heard,
        ),
        "ebank": Speech(
            bank.ports.ebank,
            bank.tls,
            lambda who, seq, mobile: ebank_client.customer(
                who.ebank, seq, name=who.name, documents=[ebank_client.document(1, who.resident_id)],
                phones=[{"use": 1, "number": mobile}],
            ),
            {"flags": 1},
            lambda image: ebank_client.frame(ebank_client.encode(image)),
            lambda image: str(image["id"].hex()),
            _ebank_heard,
            lambda: ebank_client.frame(ebank_client.encode(ebank_client.sign_on())),
        ),
        "loan": Speech(
            bank.ports.loan,
            None,
            lambda who, seq, mobile: loan_client.customer(
                who.loan, seq, NAME=who.name, ID_TYPE="10", ID_NO=who.resident_id, MOBILE=mobile
            ),
            {"DUP": "1"},
            lambda image: loan_client.frame(loan_client.encode(image)),
            lambda image: str(image["SERIAL"]),
            _loan_heard,
        ),
    }  # fmt: skip


class Frames:
    """Whole frames out of a stream: four bytes of length, or loan's six digits that count themselves."""

    def __init__(self, stream: trio.abc.Stream, *, digits: bool) -> None:
        self._stream, self._digits, self._data = stream, digits, b""

    async def next(self) -> bytes:
        head = 6 if self._digits else 4
        while True:
            if len(self._data) >= head:
                length = self._data[:head]
                end = int(length) if self._digits else 4 + int.from_bytes(length, "big")
                if len(self._data) >= end:
                    frame, self._data = self._data[head:end], self._data[end:]
                    return frame
            more = await self._stream.receive_some(65_536)
            if not more:
                raise EOFError
            self._data += more


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
        line = _Line(self._speeches[system], partial(self.ledger.pushed, system), own, self._handshakes)
        use = line.ask_once if system == "loan" else line.keep
        async with trio.open_nursery() as tasks:
            if system != "loan":
                tasks.start_soon(line.stay_up, self._up, (system, n))
            while self._changing:
                self._busy += 1
                await self._change(system, line, people, use)
                self._busy -= 1
                await trio.sleep(line.random.uniform(0, self._pause_seconds))

    async def _change(self, system: str, line: "_Line", people: list[Someone], use: Any) -> None:
        who = line.random.choice(people)
        number = getattr(who, system)
        mobile = f"13{line.random.randrange(10**9):09d}"
        self._seq[system, number] = self._seq.get((system, number), 0) + 1
        image = line.speech.image(who, self._seq[system, number], mobile)
        self.ledger.mobiles[system, number] = mobile
        id = line.speech.id_of(image)
        code = await self._until_answered(line, image, id, use)
        self.ledger.rows.append(Acknowledged(system, id, code))

    async def _until_answered(self, line: "_Line", image: dict[str, Any], id: str, use: Any) -> str:
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


class _Line:
    """One connection that is made anew as often as it goes."""

    def __init__(
        self,
        speech: Speech,
        pushed: Callable[[str, str], None],
        own: random.Random,
        handshakes: trio.CapacityLimiter,
    ) -> None:
        self.speech, self._pushed, self.random, self._handshakes = speech, pushed, own, handshakes
        self._stream: trio.abc.Stream | None = None
        self._ready, self._writing = trio.Event(), trio.Lock()
        self._waiting: dict[str, tuple[trio.Event, list[str]]] = {}

    async def keep(self, frame: bytes, id: str) -> str:
        """Ask over the kept line, whenever it is up."""
        while self._stream is None:
            await self._ready.wait()
        answered, codes = self._waiting[id] = trio.Event(), []
        try:
            await self._send(frame)
            await answered.wait()
        finally:
            del self._waiting[id]
        if not codes:
            raise EOFError
        return codes[0]

    async def ask_once(self, frame: bytes, id: str) -> str:
        async with self._connected() as stream:
            await stream.send_all(frame)
            heard = self.speech.heard(await Frames(stream, digits=True).next())
            assert heard.answers == id
            return heard.code

    async def stay_up(self, up: set[Any], name: Any) -> None:
        while True:
            try:
                async with self._connected() as stream:
                    await self._live(stream, up, name)
            except BROKEN:
                pass
            finally:
                self._down(up, name)
            await trio.sleep(self.random.uniform(0.02, 0.3))

    async def _live(self, stream: trio.abc.Stream, up: set[Any], name: Any) -> None:
        frames = Frames(stream, digits=False)
        if first := self.speech.first():
            await stream.send_all(first)
            assert self.speech.heard(await frames.next()).code == "0000", "sign-on refused"
        self._stream = stream
        up.add(name)
        self._ready.set()
        while True:
            await self._take(self.speech.heard(await frames.next()))

    async def _take(self, heard: Heard) -> None:
        if heard.customer:
            self._pushed(heard.customer, heard.mobile)
        if heard.reply:
            await self._send(heard.reply)
        elif heard.answers in self._waiting:
            answered, codes = self._waiting[heard.answers]
            codes.append(heard.code)
            answered.set()

    async def _send(self, frame: bytes) -> None:
        async with self._writing:
            if self._stream is None:
                raise EOFError
            await self._stream.send_all(frame)

    def _down(self, up: set[Any], name: Any) -> None:
        self._stream, self._ready = None, trio.Event()
        up.discard(name)
        for answered, _ in self._waiting.values():
            answered.set()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[trio.abc.Stream]:
        if self.speech.context is None:
            async with self._closing(await trio.open_tcp_stream("127.0.0.1", self.speech.port)) as stream:
                yield stream
            return
        async with self._handshakes:
            raw = await trio.open_tcp_stream("127.0.0.1", self.speech.port)
            secured = trio.SSLStream(raw, self.speech.context, https_compatible=True)
            try:
                with trio.fail_after(60):
                    await secured.do_handshake()
            except BaseException:
                await trio.aclose_forcefully(raw)
                raise
        async with self._closing(secured) as stream:
            yield stream

    @asynccontextmanager
    async def _closing(self, stream: trio.abc.Stream) -> AsyncIterator[trio.abc.Stream]:
        try:
            yield stream
        finally:
            await trio.aclose_forcefully(stream)
