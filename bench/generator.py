"""The three systems as load: a process of its own, frames built before the clock starts.

Run as `python -m bench.generator PLAN`, where PLAN is a JSON file (see `Plan`). It prints `ready`, waits for
a line on standard input, sends everything, and prints one JSON line with what it measured. Core and ebank
keep their lines with one request open each; loan's workers connect, send, read and close (`bench.lines`).
Pushes are answered with 0000 at once, like a system that applies them. Idle lines are kept: ebank answers the
hub's heartbeats, core gives its own sign of life. A message's sent time is put in when it is sent: the hub
tells by it which pushes its author can have seen.
"""

import functools
import hashlib
import hmac
import itertools
import socket
import ssl
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.lines import Cut, Host, KeptLine, Loop, Measured, PacedLoop, Speech, Worker, framed, send
from bench.population import MESSAGES, SENT_AT, records
from formats.codec import Codec
from gateway.bootstrap import load_codecs
from gateway.config.reader import read_conf

EBANK_KEY = b"\x11" * 32


class Plan(msgspec.Struct):
    conf: str
    """A conf folder whose ports the hub listens on."""
    certificates: str
    customers: int
    images: int
    """Messages of each source record."""
    lines: dict[str, int]
    """Connections of core and ebank, workers of loan."""
    first: int = 1
    """Which image of each record is the first: a load after another one goes on where that ended."""
    per_second: float = 0.0
    """Messages; 0: as many as the hub takes."""


def frames(codecs: Mapping[str, Codec], plan: Plan) -> dict[str, list[list[bytes]]]:
    """System → line → messages. A record stays on its line, so its images keep their order."""
    pairs = list(records(plan.customers))
    known = {name: [customer for system, customer in pairs if system == name] for name in codecs}
    return {
        name: [_messages(name, codecs[name], known[name][line::lines], plan) for line in range(lines)]
        for name, lines in plan.lines.items()
    }


def _messages(system: str, codec: Codec, customers: list[int], plan: Plan) -> list[bytes]:
    """One line's work: every customer's first image, then every second one, and so on."""
    kind, fields = MESSAGES[system]
    seqs = range(plan.first, plan.first + plan.images)
    return [codec.build(kind, fields(customer, seq)) for seq in seqs for customer in customers]


# ---------------------------------------------------------------- when it is sent


def beijing_time() -> str:
    return _beijing_time(int(time.time()))


@functools.lru_cache(maxsize=2)
def _beijing_time(second: int) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(second + 8 * 3600))


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
    seal = SEAL.copy()
    seal.update(body)
    return body + seal.digest()


def loan_answer(body: bytes) -> bytes:
    return b"LN21" + body[4:24] + b"0000" + b" " * 12 + b"0" * 10 + b" " * 60


SERIAL = itertools.count(1)
SEAL = hmac.new(EBANK_KEY, digestmod=lambda: hashlib.new("sm3"))
CP01, RP01 = "CP01".encode("cp037"), "RP01".encode("cp037")


# ---------------------------------------------------------------- what a reply says


def core_code(body: bytes) -> bytes | None:
    return body[51:55].decode("cp037").encode() if body[:4] == RP01 else None


def ebank_code(body: bytes) -> bytes | None:
    return body[23:27] if body[1] == 0x21 else None


SPEECH = {
    "core": Speech(core_stamp, core_answer, core_code, beat=lambda body: None, sign_of_life=bytes(4)),
    "ebank": Speech(ebank_stamp, ebank_answer, ebank_code, beat=ebank_beat, sign_of_life=b""),
}


# ---------------------------------------------------------------- the run


def connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def sign_on(sock: socket.socket, codec: Codec) -> None:
    nonce = time.time_ns().to_bytes(16, "big").hex()
    fields = {"id": nonce, "flags": 0, "system": "ebank", "time": beijing_time(), "nonce": nonce}
    send(sock, framed(codec.build("0x10", fields)))
    assert sock.recv(1000)[27:31] == b"0000", "sign-on refused"


def signed_on(port: int, context: ssl.SSLContext, codec: Codec) -> socket.socket:
    sock = context.wrap_socket(connect(port), server_hostname="127.0.0.1")
    sign_on(sock, codec)
    return sock


def drive(plan: Plan) -> Measured:
    conf = read_conf(Path(plan.conf), {})
    codecs = load_codecs(conf)
    work = frames(codecs, plan)
    measured = Measured()
    loop = PacedLoop(plan.per_second) if plan.per_second else Loop()
    ports = {name: system.listen.port for name, system in conf.systems.items() if system.listen}
    dialled = conf.systems["loan"].dial
    assert dialled is not None
    Host(dialled.port, loan_answer, loop, measured)
    context = ssl.create_default_context(cafile=f"{plan.certificates}/ca.pem")
    context.load_cert_chain(f"{plan.certificates}/ebank.pem", f"{plan.certificates}/ebank.key")
    dial = {
        "core": lambda: connect(ports["core"]),
        "ebank": lambda: signed_on(ports["ebank"], context, codecs["ebank"]),
    }
    players: list[KeptLine | Worker] = [
        *(KeptLine(dial[name](), own, SPEECH[name], loop, measured) for name in dial for own in work[name]),
        *(Worker(ports["loan"], own, loan_stamp, loop, measured) for own in work["loan"] if own),
    ]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    measured.began, used = time.perf_counter(), time.process_time()
    for player in players:
        player.start()
    loop.run()
    measured.seconds = time.perf_counter() - measured.began
    measured.processor_seconds = time.process_time() - used
    return measured


def main() -> None:
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    try:
        measured = drive(plan)
    except (Cut, OSError) as cut:
        sys.exit(f"load generator: {cut!r}")
    sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")


if __name__ == "__main__":
    main()
