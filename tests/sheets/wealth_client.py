"""Wealth management's side of its sheet (wealth.md): it is dialled, keeps the newest line, takes turns on it.

Fields are named as in examples.md; all values are text but the positions, which are a list.
"""

import contextlib
import itertools
import random
import socket
import string
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.sheets.core_client import now
from tests.sheets.pushes import HANG_UP, Push, PushBox

STX, ETX, NAK = b"\x02", b"\x03", b"\x15"
LIMIT = 4096

IDENTITY = [
    "kind", "name", "doc-type", "doc-number", "expiry", "born", "gender", "mobile", "email", "risk",
    "risk-date",
]  # fmt: skip
ANSWER = ["type", "serial", "code", "ecif", "version", "text"]
LINES = {
    "W100": ["type", "serial", "sent-at", "number", "seq", *IDENTITY, "positions"],
    "W101": ANSWER,
    "W200": ["type", "serial", "sent-at", "ecif", "version", "number", *IDENTITY],
    "W201": ANSWER,
    "W900": ["type", "serial"],
    "W901": ["type", "serial"],
}
PARTS = ["product", "name", "amount", "ccy", "bought", "status"]
REQUESTS = ("W200", "W900")
FULL_WIDTH = str.maketrans("|^", "｜＾")

_serials = itertools.count(1)
_START = "".join(random.SystemRandom().choices(string.ascii_uppercase, k=8))


def new_serial() -> str:
    return f"T-{_START}-{next(_serials)}"


def encode(values: dict[str, Any]) -> bytes:
    """The text of a frame."""
    fields = []
    for name in LINES[values["type"]]:
        value = values.get(name, "")
        if name == "positions":
            fields.append("^".join(_position(row) for row in value or []))
        else:
            fields.append(str(value).translate(FULL_WIDTH))
    return "|".join(fields).encode("gbk")


def _position(row: dict[str, str]) -> str:
    return ",".join(row.get(part, "").translate(FULL_WIDTH).replace(",", "，") for part in PARTS)


def decode(text: bytes) -> dict[str, Any]:
    fields = text.decode("gbk").split("|")
    names = LINES[fields[0]]
    assert len(fields) == len(names), f"{fields[0]} of {len(fields)} fields"
    values: dict[str, Any] = dict(zip(names, fields, strict=True))
    if "positions" in values:
        rows = values["positions"].split("^") if values["positions"] else []
        values["positions"] = [dict(zip(PARTS, row.split(","), strict=True)) for row in rows]
    return values


def lrc(text: bytes) -> bytes:
    value = ETX[0]
    for byte in text:
        value ^= byte
    return bytes([value])


def frame(text: bytes) -> bytes:
    return STX + text + ETX + lrc(text)


def customer(number: str, seq: int, **fields: Any) -> dict[str, Any]:
    """W100 of a person without positions; `doc_type` stands for `doc-type`."""
    values = {
        "type": "W100", "serial": new_serial(), "sent-at": now(), "number": number, "seq": str(seq),
        "kind": "P", "positions": [],
    }  # fmt: skip
    return values | {name.replace("_", "-"): value for name, value in fields.items()}


def reply_to(push: dict[str, Any], code: str = "0000", version: int | None = None) -> dict[str, Any]:
    return {
        "type": "W201", "serial": push["serial"], "code": code, "ecif": push["ecif"],
        "version": push["version"] if version is None else str(version), "text": "",
    }  # fmt: skip


class WealthLine:
    """One connection the hub opened."""

    def __init__(self, stream: socket.socket, peer: "WealthPeer", number: int) -> None:
        self._stream, self._peer, self.number = stream, peer, number
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self.frames: list[bytes] = []
        """What the hub said, whole and damaged frames alike; NAK as that one byte."""
        self.closed = False
        self.open_request = self.last_reply = b""
        self.repeats = True
        """Whether it does what the sheet says when the hub sends NAK."""

    def send_bytes(self, data: bytes) -> None:
        with self._writing:
            self._stream.sendall(data)

    def wait(self, wanted: Callable[[list[bytes]], bool], what: str, *, seconds: float = 30) -> list[bytes]:
        with self._changed:
            there = self._changed.wait_for(lambda: wanted(self.frames), seconds)
            assert there, f"no {what} within {seconds} s" + " (closed)" * self.closed
            return list(self.frames)

    def texts(self, type: str) -> list[bytes]:
        with self._changed:
            return _of(type, self.frames)

    def wait_type(self, type: str, *, seconds: float = 30, count: int = 1) -> bytes:
        frames = self.wait(lambda frames: len(_of(type, frames)) >= count, type, seconds=seconds)
        return _of(type, frames)[count - 1]

    def wait_nak(self, count: int = 1, *, seconds: float = 30) -> None:
        self.wait(lambda frames: frames.count(NAK) >= count, "NAK", seconds=seconds)

    def wait_closed(self, seconds: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed, seconds), "the line is still open"

    def reply_of(self, serial: str) -> list[bytes]:
        return [text for text in self.texts("W101") if text.split(b"|")[1] == serial.encode()]

    def ask_raw(self, text: bytes, *, seconds: float = 30) -> bytes:
        """A request, and the reply to it."""
        serial = text.split(b"|")[1].decode("ascii", "replace") if b"|" in text else ""
        known = len(self.reply_of(serial))
        self.open_request = frame(text)
        self.send_bytes(self.open_request)
        self.wait(lambda _: len(self.reply_of(serial)) > known, f"reply to {serial!r}", seconds=seconds)
        self.open_request = b""
        return self.reply_of(serial)[known]

    def ask(self, values: dict[str, Any] | bytes, *, seconds: float = 30) -> dict[str, Any]:
        return decode(self.ask_raw(values if isinstance(values, bytes) else encode(values), seconds=seconds))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def read(self) -> None:
        data = b""
        with contextlib.suppress(OSError):
            while chunk := self._stream.recv(65536):
                data = self._taken(data + chunk)
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _taken(self, data: bytes) -> bytes:
        while data:
            if data[:1] == NAK:
                self._arrived(NAK)
                data = data[1:]
                continue
            assert data[:1] == STX, "neither STX nor NAK between frames"
            end = data.find(ETX)
            if end < 0 or len(data) < end + 2:
                return data
            text, check = data[1:end], data[end + 1 : end + 2]
            assert check == lrc(text), "wrong LRC"
            assert end + 2 <= LIMIT
            data = data[end + 2 :]
            self._arrived(text)
        return data

    def _arrived(self, text: bytes) -> None:
        with self._changed:
            self.frames.append(text)
            self._changed.notify_all()
        if text == NAK:
            if self.repeats:
                self.send_bytes(self.open_request + self.last_reply)
        elif text[:4] == b"W200":
            self._pushed(text)
        elif text[:4] == b"W900" and self._peer.answers_line_tests:
            self._reply({"type": "W901", "serial": decode(text)["serial"]})

    def _pushed(self, text: bytes) -> None:
        values = decode(text)
        push = Push(values, text, time.monotonic(), self.number)
        answer = self._peer.box.arrived(values["number"], push)
        if answer == HANG_UP:
            return self.close()
        if answer.code:
            time.sleep(answer.after)
            self._reply({**reply_to(values, answer.code, answer.version), **answer.fields})
        return None

    def _reply(self, values: dict[str, Any]) -> None:
        self.last_reply = frame(encode(values))
        with contextlib.suppress(OSError):
            self.send_bytes(self.last_reply)


def _of(type: str, frames: list[bytes]) -> list[bytes]:
    return [text for text in frames if text.split(b"|")[0] == type.encode()]


class WealthPeer:
    """Where the hub dials wealth: the newest line is kept, an older one closed."""

    def __init__(self, port: int, box: PushBox | None = None) -> None:
        self.box = box or PushBox()
        self.answers_line_tests = True
        self.lines: list[WealthLine] = []
        self._changed = threading.Condition()
        self._server = socket.create_server(("127.0.0.1", port), backlog=8)
        threading.Thread(target=self._accept, daemon=True).start()

    def line(self, *, seconds: float = 15) -> WealthLine:
        """The newest, once it is there."""
        with self._changed:
            there = self._changed.wait_for(lambda: self.lines and not self.lines[-1].closed, seconds)
            assert there, f"the hub did not dial within {seconds} s"
            return self.lines[-1]

    def next_line(self, after: WealthLine, *, seconds: float = 15) -> WealthLine:
        with self._changed:
            there = self._changed.wait_for(lambda: self.lines[-1].number > after.number, seconds)
            assert there, f"the hub did not dial again within {seconds} s"
            return self.lines[-1]

    def ask(self, values: dict[str, Any] | bytes, *, seconds: float = 30) -> dict[str, Any]:
        return self.line().ask(values, seconds=seconds)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for line in self.lines:
            line.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                stream, _ = self._server.accept()
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._changed:
                    line = WealthLine(stream, self, len(self.lines))
                    for older in self.lines:
                        older.close()
                    self.lines.append(line)
                    self._changed.notify_all()
                threading.Thread(target=self._read, args=(line,), daemon=True).start()

    def _read(self, line: WealthLine) -> None:
        line.read()
        with self._changed:
            self._changed.notify_all()
