"""The three systems as load: a process of its own, frames built before the clock starts.

Run as `python -m bench.generator PLAN`, where PLAN is a JSON file (see `Plan`). It prints `ready`, waits for
a line on standard input, sends everything, and prints one JSON line with what it measured. Core and ebank
keep their lines with one request open each; loan's workers connect, send, read and close. Pushes are answered
with 0000 at once, like a system that applies them. Idle lines are kept: ebank answers the hub's heartbeats,
core gives its own sign of life. A message's sent time is put in when it is sent: the hub tells by it which
pushes its author can have seen.
"""

import hashlib
import hmac
import itertools
import ssl
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec
import trio

from bench.population import MESSAGES, SENT_AT, records
from formats.codec import Codec
from gateway.bootstrap import load_codecs
from gateway.config.reader import read_conf

Answer: TypeAlias = Callable[[bytes], bytes | None]
Stamp: TypeAlias = Callable[[bytes], bytes]
EBANK_KEY = b"\x11" * 32
IDLE_SECONDS = 30.0
"""After how long without a frame a line shows that it lives; the hub gives core 90 s."""


class Cut(Exception):
    """A connection ended before its work was done; the text says which."""


class Plan(msgspec.Struct):
    conf: str
    """A conf folder whose ports the hub listens on."""
    certificates: str
    customers: int
    images: int
    """Messages of each source record."""
    lines: dict[str, int]
    """Connections of core and ebank, workers of loan."""


class Measured(msgspec.Struct):
    seconds: float = 0.0
    processor_seconds: float = 0.0
    """Of this process."""
    acknowledged: int = 0
    refused: int = 0
    pushed: int = 0
    ack_ms: list[float] = []


def frames(codecs: Mapping[str, Codec], plan: Plan) -> dict[str, list[list[bytes]]]:
    """System → line → messages. A record stays on its line, so its images keep their order."""
    pairs = list(records(plan.customers))
    known = {name: [customer for system, customer in pairs if system == name] for name in codecs}
    return {
        name: [_messages(name, codecs[name], known[name][line::lines], plan.images) for line in range(lines)]
        for name, lines in plan.lines.items()
    }


def _messages(system: str, codec: Codec, customers: list[int], images: int) -> list[bytes]:
    """One line's work: every customer's first image, then every second one, and so on."""
    kind, fields = MESSAGES[system]
    seqs = range(1, images + 1)
    return [codec.build(kind, fields(customer, seq)) for seq in seqs for customer in customers]


# ---------------------------------------------------------------- when it is sent


def beijing_time() -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600))


def core_stamp(body: bytes) -> bytes:
    return body[:20] + beijing_time().encode("cp037") + body[34:]


def loan_stamp(body: bytes) -> bytes:
    return body[:24] + beijing_time().encode() + body[38:]


def ebank_stamp(body: bytes) -> bytes:
    at = body.index(bytes.fromhex(SENT_AT))
    return sealed(body[:at] + bytes.fromhex(beijing_time()) + body[at + 7 : -32])


# ---------------------------------------------------------------- what a line says back to a push


def core_answer(body: bytes) -> bytes | None:
    """RP01 to a CP01: laid out in core-reply.cpy."""
    if body[:4] != CP01:
        return None
    own_id = f"R{next(SERIAL):015d}".encode("cp037")
    head = RP01 + own_id + beijing_time().encode("cp037") + b"\x40"
    return head + body[4:20] + b"\xf0" * 4 + b"\x40" * 12 + bytes(4) + b"\x40" * 60


def ebank_answer(body: bytes) -> bytes | None:
    if body[1] != 0x30:
        return None
    return sealed(b"\x01\x31" + body[2:18] + b"\x00" + struct.pack(">HH4s", 0x0010, 4, b"0000"))


def ebank_beat(body: bytes) -> bytes | None:
    """0x7F to the hub's 0x7E."""
    return sealed(b"\x01\x7f" + body[2:18] + b"\x00") if body[1] == 0x7E else None


def sealed(body: bytes) -> bytes:
    return body + hmac.new(EBANK_KEY, body, lambda: hashlib.new("sm3")).digest()


def loan_answer(body: bytes) -> bytes:
    return b"LN21" + body[4:24] + b"0000" + b" " * 12 + b"0" * 10 + b" " * 60


SERIAL = itertools.count(1)
CP01, RP01 = "CP01".encode("cp037"), "RP01".encode("cp037")


# ---------------------------------------------------------------- lines


class BinaryLine:
    """Frames with a 4-byte length on one kept connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream, self.buffer = stream, bytearray()

    async def send(self, body: bytes) -> None:
        await self.stream.send_all(len(body).to_bytes(4, "big") + body)

    async def receive(self) -> bytes:
        while len(self.buffer) < 4 or len(self.buffer) < 4 + int.from_bytes(self.buffer[:4], "big"):
            data = await self.stream.receive_some()
            if not data:
                raise Cut("the hub closed a line under load")
            self.buffer += data
        end = 4 + int.from_bytes(self.buffer[:4], "big")
        body = bytes(self.buffer[4:end])
        del self.buffer[:end]
        return body


async def run_line(line: BinaryLine, work: list[bytes], spec: "LineSpec", measured: Measured) -> None:
    """One request open; pushes answered in between, and after the last reply until cancelled."""
    todo = map(spec.stamp, work)
    sent_at = 0.0
    left = len(work)
    if (first := next(todo, None)) is not None:
        sent_at = time.perf_counter()
        await line.send(first)
    while True:
        body = await next_frame(line, spec)
        if (answer := spec.answer(body)) is not None:
            measured.pushed += 1
            await line.send(answer)
            continue
        if (beat := spec.beat(body)) is not None:
            await line.send(beat)
            continue
        if (code := spec.code(body)) is None:
            continue
        note(measured, code, sent_at)
        left -= 1
        if (following := next(todo, None)) is not None:
            sent_at = time.perf_counter()
            await line.send(following)
        elif left == 0:
            spec.finished()


async def next_frame(line: BinaryLine, spec: "LineSpec") -> bytes:
    while True:
        with trio.move_on_after(IDLE_SECONDS):
            return await line.receive()
        await line.stream.send_all(spec.sign_of_life)


def note(measured: Measured, code: bytes, sent_at: float) -> None:
    measured.ack_ms.append((time.perf_counter() - sent_at) * 1000)
    if code in (b"0000", b"0001"):
        measured.acknowledged += 1
    else:
        measured.refused += 1


class LineSpec:
    """How to read one system's frames, and the count of lines that still work."""

    def __init__(
        self, stamp: Stamp, answer: Answer, code: Answer, *, beat: Answer, sign_of_life: bytes
    ) -> None:
        self.stamp, self.answer, self.code = stamp, answer, code
        self.beat, self.sign_of_life = beat, sign_of_life
        self.open = 0
        self.done = trio.Event()

    def finished(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set()


def core_code(body: bytes) -> bytes | None:
    return body[51:55].decode("cp037").encode() if body[:4] == RP01 else None


def ebank_code(body: bytes) -> bytes | None:
    return body[23:27] if body[1] == 0x21 else None


async def loan_worker(port: int, work: list[bytes], measured: Measured) -> None:
    for body in map(loan_stamp, work):
        sent_at = time.perf_counter()
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(b"%06d" % (len(body) + 6) + body)
            note(measured, (await read_loan(stream))[24:28], sent_at)


async def read_loan(stream: trio.abc.Stream) -> bytes:
    buffer = bytearray()
    while len(buffer) < 6 or len(buffer) < int(buffer[:6]):
        data = await stream.receive_some()
        if not data:
            raise Cut("the hub closed a loan connection before its reply")
        buffer += data
    return bytes(buffer[6:])


def loan_host(measured: Measured) -> Callable[[trio.abc.Stream], Awaitable[None]]:
    async def serve(stream: trio.abc.Stream) -> None:
        async with stream:
            body = loan_answer(await read_loan(stream))
            measured.pushed += 1
            await stream.send_all(b"%06d" % (len(body) + 6) + body)
            await stream.receive_some()

    return serve


async def sign_on(line: BinaryLine, codec: Codec) -> None:
    nonce = time.time_ns().to_bytes(16, "big").hex()
    fields = {"id": nonce, "flags": 0, "system": "ebank", "time": beijing_time(), "nonce": nonce}
    await line.send(codec.build("0x10", fields))
    assert (await line.receive())[23:27] == b"0000", "sign-on refused"


async def drive(plan: Plan) -> Measured:
    conf = read_conf(Path(plan.conf), {})
    codecs = load_codecs(conf)
    work = frames(codecs, plan)
    measured = Measured()
    ports = {name: system.listen.port for name, system in conf.systems.items() if system.listen}
    dialled = conf.systems["loan"].dial
    specs = {
        "core": LineSpec(core_stamp, core_answer, core_code, beat=lambda body: None, sign_of_life=bytes(4)),
        "ebank": LineSpec(ebank_stamp, ebank_answer, ebank_code, beat=ebank_beat, sign_of_life=b""),
    }
    context = ssl.create_default_context(cafile=f"{plan.certificates}/ca.pem")
    context.load_cert_chain(f"{plan.certificates}/ebank.pem", f"{plan.certificates}/ebank.key")
    async with trio.open_nursery() as nursery:
        assert dialled is not None
        await nursery.start(trio.serve_tcp, loan_host(measured), dialled.port)
        lines: dict[str, list[BinaryLine]] = {"core": [], "ebank": []}
        for _ in work["core"]:
            lines["core"].append(BinaryLine(await trio.open_tcp_stream("127.0.0.1", ports["core"])))
        for _ in work["ebank"]:
            stream = await trio.open_ssl_over_tcp_stream("127.0.0.1", ports["ebank"], ssl_context=context)
            lines["ebank"].append(BinaryLine(stream))
            await sign_on(lines["ebank"][-1], codecs["ebank"])
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await trio.to_thread.run_sync(sys.stdin.readline)
        started, used = time.perf_counter(), time.process_time()
        for name, spec in specs.items():
            spec.open = sum(bool(messages) for messages in work[name])
            for line, messages in zip(lines[name], work[name], strict=True):
                nursery.start_soon(run_line, line, messages, spec, measured)
        async with trio.open_nursery() as workers:
            for messages in work["loan"]:
                workers.start_soon(loan_worker, ports["loan"], messages, measured)
        for spec in specs.values():
            if spec.open:
                await spec.done.wait()
        measured.seconds = time.perf_counter() - started
        measured.processor_seconds = time.process_time() - used
        nursery.cancel_scope.cancel()
    return measured


def main() -> None:
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    try:
        measured = trio.run(drive, plan)
    except ExceptionGroup as group:
        cut, bugs = group.split((Cut, OSError, trio.BrokenResourceError))
        if bugs is not None or cut is None:
            raise
        sys.exit(f"load generator: {first_of(cut)!r}")
    sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")


def first_of(error: BaseException) -> BaseException:
    """One of the errors that nurseries have wrapped in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    main()
