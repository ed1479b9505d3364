"""The card host's side of its sheet (card.md): ISO 8583 on a line that the hub dials.

Messages are dicts as in examples.md: `{"MTI": "0302", "DE7": …, "DE48": {"01": …}}`, all values text. Element
48 takes pairs in place of a dict where a test wants a tag twice or out of order. The MAC is made here.
"""

import contextlib
import itertools
import random
import socket
import string
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from tests.sheets.pushes import HANG_UP, Push, PushBox

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
FIXED = {7: 10, 11: 6, 12: 6, 13: 4, 37: 12, 39: 2, 70: 3, 91: 1}
VARIABLE = {2: 2, 32: 2, 48: 3, 101: 2, 102: 2}
BINARY = {128: 8}
SIGN_ON, ECHO = "001", "301"
ANSWERS = (b"1", b"3")
"""Third digit of a message type that answers."""


def _des(key: bytes, block: bytes, *, encrypt: bool = True) -> bytes:
    cipher = Cipher(TripleDES(key * 3), modes.ECB())
    action = cipher.encryptor() if encrypt else cipher.decryptor()
    return action.update(block) + action.finalize()


def mac(data: bytes, key: bytes = KEY) -> bytes:
    """ANSI X9.19: DES-CBC under the left half, the last block once more by the right and the left half."""
    left, right = key[:8], key[8:]
    state = bytes(8)
    data += bytes(-len(data) % 8)
    for at in range(0, len(data), 8):
        state = _des(left, bytes(a ^ b for a, b in zip(state, data[at : at + 8], strict=True)))
    return _des(left, _des(right, state, encrypt=False))


def _bitmaps(numbers: set[int]) -> bytes:
    bits = 1 << 127
    for number in numbers:
        bits |= 1 << (128 - number)
    return bits.to_bytes(16)


def _tags(tags: Mapping[str, str] | list[tuple[str, str]]) -> bytes:
    pairs = tags.items() if isinstance(tags, Mapping) else tags
    out = b""
    for tag, text in pairs:
        data = text.encode("gbk")
        out += tag.encode() + b"%03d" % len(data) + data
    return out


def _element(number: int, value: Any) -> bytes:
    data = value if isinstance(value, bytes) else _tags(value) if number == 48 else value.encode()
    if number in FIXED:
        assert len(data) == FIXED[number], f"DE{number} has {len(data)} bytes"
        return data
    return f"{len(data):0{VARIABLE[number]}d}".encode() + data


def encode(values: Mapping[str, Any], *, sealed: bool = True) -> bytes:
    """The message without its length, MAC included."""
    elements = {int(name[2:]): value for name, value in values.items() if name != "MTI"}
    body = values["MTI"].encode() + _bitmaps({*elements, 128} if sealed else set(elements))
    body += b"".join(_element(number, elements[number]) for number in sorted(elements))
    return body + mac(body) if sealed else body


def decode(body: bytes) -> dict[str, Any]:
    """Checks the MAC."""
    assert mac(body[:-8]) == body[-8:], "wrong MAC"
    bits = int.from_bytes(body[4:20])
    assert bits >> 127, "no secondary bitmap"
    values: dict[str, Any] = {"MTI": body[:4].decode()}
    at = 20
    for number in (n for n in range(2, 129) if bits >> (128 - n) & 1):
        if number == 128:
            at += 8
            continue
        size = FIXED.get(number)
        if size is None:
            size, at = int(body[at : at + VARIABLE[number]]), at + VARIABLE[number]
        data, at = body[at : at + size], at + size
        values[f"DE{number}"] = _pairs(data) if number == 48 else data.decode()
    assert at == len(body), "elements do not fill the message"
    return values


def _pairs(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        tag, size = data[at : at + 2].decode(), int(data[at + 2 : at + 5])
        assert tag not in found, f"tag {tag} twice"
        assert at + 5 + size <= len(data), f"tag {tag} is longer than its element"
        found[tag], at = data[at + 5 : at + 5 + size].decode("gbk"), at + 5 + size
    return found


def offset(body: bytes, tag: str) -> int:
    """Where a tag's value begins, counted from the MTI."""
    at = _begin_of_48(body)
    while body[at : at + 2] != tag.encode():
        at += 5 + int(body[at + 2 : at + 5])
    return at + 5


def _begin_of_48(body: bytes) -> int:
    bits, at = int.from_bytes(body[4:20]), 20
    for number in (n for n in range(2, 48) if bits >> (128 - n) & 1):
        size = FIXED.get(number)
        at += size if size is not None else VARIABLE[number] + int(body[at : at + VARIABLE[number]])
    return at + 3


def frame(body: bytes) -> bytes:
    return len(body).to_bytes(2) + body


def now(seconds: float = 0) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=8, seconds=seconds):%m%d%H%M%S}"


_traces = itertools.count(random.SystemRandom().randrange(1_000_000))


def head(mti: str, **elements: Any) -> dict[str, Any]:
    return {"MTI": mti, "DE7": now(), "DE11": f"{next(_traces) % 1_000_000:06d}"} | elements


def customer(number: str, seq: int, tags: Mapping[str, str] = {}, **elements: Any) -> dict[str, Any]:
    """0302 of a person; `tags` besides 01, 02 and 20."""
    reference = "C" + "".join(random.SystemRandom().choices(string.ascii_uppercase + string.digits, k=11))
    content = dict(sorted(({"01": "P", "02": "试验", "20": str(seq)} | dict(tags)).items()))
    own = {"DE37": reference, "DE48": content, "DE91": "2", "DE101": "CUSTOMER", "DE102": number}
    return head("0302") | own | elements


def answer_to(push: Mapping[str, Any], code: str = "0000", version: str | None = None) -> dict[str, Any]:
    """0312, with the exact code in tag 32."""
    short = {"0": "00", "9": "96"}.get(code[0], "30")
    tags = {"30": push["DE48"]["30"], "31": version or push["DE48"]["31"], "32": code}
    echoed = {name: push[name] for name in ("DE7", "DE11", "DE37", "DE102")}
    return {"MTI": "0312", "DE39": short, "DE48": tags} | echoed


class CardHost:
    """Port 7204: takes the hub's line, answers its sign-on, echoes and pushes, and asks on it."""

    def __init__(self, port: int, box: PushBox | None = None) -> None:
        self.box = box or PushBox()
        self.sign_on_code = "00"
        self.answers_echoes = True
        self.answers_sign_on = True
        self.connections = 0
        self.messages: list[bytes] = []
        self._line: socket.socket | None = None
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self.signed_on = 0
        self._server = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        line = self._line
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def wait_signed_on(self, times: int = 1, *, seconds: float = 15) -> None:
        with self._changed:
            there = self._changed.wait_for(lambda: self.signed_on >= times, seconds)
            assert there, f"signed on {self.signed_on} times, not {times}"

    def send_bytes(self, data: bytes) -> None:
        with self._writing:
            assert self._line is not None, "no line"
            self._line.sendall(data)

    def send(self, message: bytes | Mapping[str, Any]) -> None:
        self.send_bytes(frame(message if isinstance(message, bytes) else encode(message)))

    def ask(self, message: bytes | Mapping[str, Any], *, seconds: float = 30) -> dict[str, Any]:
        return decode(self.ask_raw(message, seconds=seconds))

    def ask_raw(self, message: bytes | Mapping[str, Any], *, seconds: float = 30) -> bytes:
        """The answer has the request's DE 7 and DE 11, which stand first here."""
        body = message if isinstance(message, bytes) else encode(message)
        key, before = body[20:36], len(self._answers(body[20:36]))
        self.send(body)
        with self._changed:
            there = self._changed.wait_for(lambda: len(self._answers(key)) > before, seconds)
            assert there, "no answer"
            return self._answers(key)[before]

    def assert_unanswered(self, body: bytes, *, seconds: float = 0.7) -> None:
        with self._changed:
            before = len(self.messages)
        self.send(body)
        time.sleep(seconds)
        assert [m for m in self.messages[before:] if m[2:3] in ANSWERS] == []

    def _answers(self, key: bytes) -> list[bytes]:
        return [m for m in self.messages if m[2:3] in ANSWERS and m[20:36] == key]

    def wait_message(
        self, mti: str, code: str = "", *, count: int = 1, seconds: float = 30
    ) -> dict[str, Any]:
        """The `count`-th message of that type (with this DE 70) that ever came."""

        def found() -> list[bytes]:
            of_type = [m for m in self.messages if m[:4] == mti.encode()]
            return [m for m in of_type if not code or decode(m).get("DE70") == code]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, seconds), f"no {mti} {code}"
            return decode(found()[count - 1])

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self.connections += 1
                self._line = line
                threading.Thread(target=self._read, args=(line, self.connections), daemon=True).start()

    def _read(self, line: socket.socket, connection: int) -> None:
        data = b""
        with line, contextlib.suppress(OSError):
            while chunk := line.recv(65536):
                data += chunk
                while len(data) >= 2 and len(data) >= 2 + (size := int.from_bytes(data[:2])):
                    self._arrived(data[2 : 2 + size], connection)
                    data = data[2 + size :]
        with self._changed:
            if self._line is line:
                self._line = None
            self._changed.notify_all()

    def _arrived(self, body: bytes, connection: int) -> None:
        with self._changed:
            self.messages.append(body)
            self._changed.notify_all()
        if body[:4] == b"0800":
            self._tested(decode(body))
        elif body[:4] in (b"0302", b"0303"):
            self._pushed(body, connection)

    def _tested(self, request: dict[str, Any]) -> None:
        sign_on = request["DE70"] == SIGN_ON
        if not (self.answers_sign_on if sign_on else self.answers_echoes):
            return
        code = self.sign_on_code if sign_on else "00"
        self.send(request | {"MTI": "0810", "DE39": code})
        if sign_on and code == "00":
            with self._changed:
                self.signed_on += 1
                self._changed.notify_all()

    def _pushed(self, body: bytes, connection: int) -> None:
        values = decode(body)
        answer = self.box.arrived(values["DE102"], Push(values, body, time.monotonic(), connection))
        if answer == HANG_UP:
            self.hang_up()
        elif answer.code:
            time.sleep(answer.after)
            version = None if answer.version is None else str(answer.version)
            reply: Mapping[str, Any] = answer_to(values, answer.code, version) | answer.fields
            kept = {name: value for name, value in reply.items() if value is not None}
            damage = kept.pop("damage", 0)
            said = encode(kept)
            with contextlib.suppress(OSError, AssertionError):
                self.send(said[:-1] + bytes([said[-1] ^ damage]))
