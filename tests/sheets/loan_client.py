"""Credit management's side of its sheet (loan.md): fixed-width GB18030, short connections both ways.

Fields are named as in the sheet. Text is without padding; digit fields are text as they stand ("" is blank);
SEQ, VERSION are integers; amounts decimal text.
"""

import contextlib
import random
import re
import socket
import string
import threading
import time
from decimal import Decimal
from typing import Any

from tests.sheets.core_client import now
from tests.sheets.pushes import HANG_UP, Push, PushBox

LIMIT = 9999

# kind: t text, d digits kept as text (blank allowed), n number, a amount with trailing sign
Layout = list[tuple[str, str, int]]
HEADER: Layout = [("TYPE", "t", 4), ("SERIAL", "t", 20), ("SENT_AT", "d", 14), ("DUP", "t", 1)]
PERSONAL: Layout = [
    ("KIND", "t", 1), ("STATUS", "t", 1), ("NAME", "t", 60), ("ID_TYPE", "t", 2), ("ID_NO", "t", 20),
    ("ID_EXPIRY", "d", 8), ("BORN_OR_FOUNDED", "d", 8), ("SEX", "t", 1), ("MARITAL", "t", 2),
    ("EDUCATION", "t", 2), ("MOBILE", "t", 15), ("HOME_TEL", "t", 20), ("EMAIL", "t", 50),
    ("ADDR_USE", "t", 2), ("ADDRESS", "t", 120), ("POSTCODE", "t", 6), ("EMPLOYER", "t", 60),
    ("ANNUAL_INCOME", "a", 16), ("INDUSTRY", "t", 4), ("RATING", "t", 4),
]  # fmt: skip
ANSWER: Layout = [
    ("TYPE", "t", 4), ("SERIAL", "t", 20), ("CODE", "t", 4), ("ECIF_NO", "t", 12), ("VERSION", "n", 10),
    ("TEXT", "t", 60),
]  # fmt: skip
RECORDS: dict[str, Layout] = {
    "LN10": [*HEADER, ("CUST_NO", "t", 10), ("SEQ", "n", 10), *PERSONAL],
    "LN11": ANSWER,
    "LN20": [*HEADER, ("ECIF_NO", "t", 12), ("VERSION", "n", 10), ("CUST_NO", "t", 10), *PERSONAL],
    "LN21": ANSWER,
    "LN30": [*HEADER, ("NAME", "t", 60), ("ID_TYPE", "t", 2), ("ID_NO", "t", 20)],
    "LN31": [*ANSWER, ("CUST_NO", "t", 10), *PERSONAL],
}
LISTS: dict[str, Layout] = {
    "RELATION": [("REL_TYPE", "t", 2), ("NAME", "t", 60), ("ID_TYPE", "t", 2), ("ID_NO", "t", 20)],
    "LOAN": [
        ("CONTRACT", "t", 24), ("PRODUCT", "t", 4), ("CCY", "t", 3), ("OUTSTANDING", "a", 16),
        ("DRAWN_ON", "d", 8), ("STATUS", "t", 1), ("GRADE", "t", 4),
    ],
}  # fmt: skip


def new_serial() -> str:
    return "T" + "".join(random.SystemRandom().choices(string.ascii_uppercase + string.digits, k=17))


def _field(kind: str, size: int, value: Any) -> bytes:
    if kind == "n":
        return f"{int(value or 0):0{size}d}".encode()
    if kind == "a" and value not in ("", "*", None):
        cents = int(Decimal(value) * 100)
        return f"{abs(cents):0{size - 1}d}{'-' if cents < 0 else '+'}".encode()
    if kind == "d" and value and value != "*":
        return str(value).rjust(size, "0").encode()
    data = (value or "").encode("gb18030").ljust(size)
    assert len(data) == size, f"{value!r} is wider than {size}"
    return data


def _value(name: str, kind: str, data: bytes) -> Any:
    text = data.decode("gb18030")
    if kind == "t" or not text.strip() or text.strip() == "*":
        return text.rstrip(" ")
    if kind == "n":
        assert re.fullmatch(r"[0-9]+", text), f"{name} is not digits"
        return int(text)
    if kind == "a":
        assert re.fullmatch(r"[0-9]+[+-]", text), f"{name} is not an amount"
        return f"{Decimal(int(text[-1] + text[:-1])).scaleb(-2):.2f}"
    assert re.fullmatch(r"[0-9]+", text), f"{name} is not digits"
    return "" if int(text) == 0 else text


def encode(values: dict[str, Any]) -> bytes:
    """The record without its length. A list that is None is not sent (99)."""
    out = b"".join(_field(kind, size, values.get(name)) for name, kind, size in RECORDS[values["TYPE"]])
    if values["TYPE"] != "LN10":
        return out
    for name, layout in LISTS.items():
        rows = values.get(name)
        out += b"99" if rows is None else f"{len(rows):02d}".encode()
        out += b"".join(
            _field(kind, size, row.get(field)) for row in rows or [] for field, kind, size in layout
        )
    return out


def _fields(layout: Layout, data: bytes) -> tuple[dict[str, Any], bytes]:
    values: dict[str, Any] = {}
    for name, kind, size in layout:
        assert len(data) >= size, f"{name} is missing"
        values[name], data = _value(name, kind, data[:size]), data[size:]
    return values, data


def decode(record: bytes) -> dict[str, Any]:
    values, rest = _fields(RECORDS[record[:4].decode()], record)
    if values["TYPE"] == "LN10":
        for name, layout in LISTS.items():
            count, rest = rest[:2], rest[2:]
            values[name] = None if count in (b"99", b"  ") else []
            for _ in range(0 if values[name] is None else int(count)):
                row, rest = _fields(layout, rest)
                values[name].append(row)
    assert not rest, "bytes after the record"
    return values


def frame(record: bytes) -> bytes:
    return f"{len(record) + 6:06d}".encode() + record


def customer(number: str, seq: int, **fields: Any) -> dict[str, Any]:
    """LN10 of an active person; both lists not sent."""
    values = {
        "TYPE": "LN10", "SERIAL": new_serial(), "SENT_AT": now(), "DUP": "0", "CUST_NO": number, "SEQ": seq,
        "KIND": "1", "STATUS": "1",
    }  # fmt: skip
    return values | fields


def identification(name: str, document: str, id_type: str = "10") -> dict[str, Any]:
    return {
        "TYPE": "LN30", "SERIAL": new_serial(), "SENT_AT": now(), "DUP": "0", "NAME": name,
        "ID_TYPE": id_type, "ID_NO": document,
    }  # fmt: skip


def offset(field: str, record: str = "LN10") -> int:
    names = [name for name, _, _ in RECORDS[record]]
    return sum(size for _, _, size in RECORDS[record][: names.index(field)])


def read_frame(stream: socket.socket) -> bytes:
    """One record, or b"" when the line ends before it is whole."""
    data = b""
    while len(data) < 6 or len(data) < int(data[:6]):
        chunk = stream.recv(65536)
        if not chunk:
            return b""
        data += chunk
    assert len(data) == int(data[:6]), "bytes after the frame"
    return data[6:]


class LoanCaller:
    """Loan's own requests: connect, one request, one reply, close."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask_raw(self, record: bytes | dict[str, Any], *, seconds: float = 30) -> bytes:
        data = frame(record if isinstance(record, bytes) else encode(record))
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as stream:
            stream.sendall(data)
            return read_frame(stream)

    def ask(self, record: bytes | dict[str, Any], *, seconds: float = 30) -> dict[str, Any]:
        reply = self.ask_raw(record, seconds=seconds)
        assert reply, "closed without a reply"
        return decode(reply)


class LoanListener:
    """Where the hub dials loan: each connection brings one push and takes one LN21."""

    def __init__(self, port: int, box: PushBox | None = None) -> None:
        self.box = box or PushBox()
        self.connections = self.open = self.most_open = 0
        self._counting = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                stream, _ = self._server.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(stream, self.connections), daemon=True).start()

    def _serve(self, stream: socket.socket, connection: int) -> None:
        with self._counting:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            self._answer(stream, connection)
        finally:
            with self._counting:
                self.open -= 1

    def _answer(self, stream: socket.socket, connection: int) -> None:
        with stream, contextlib.suppress(OSError):
            stream.settimeout(10)
            record = read_frame(stream)
            if not record:
                return
            values = decode(record)
            answer = self.box.arrived(values["CUST_NO"], Push(values, record, time.monotonic(), connection))
            if answer == HANG_UP:
                return
            if answer.code:
                time.sleep(answer.after)
                stream.sendall(
                    frame(encode({**reply_to(values, answer.code, answer.version), **answer.fields}))
                )
            stream.recv(1)  # the requester closes


def reply_to(push: dict[str, Any], code: str = "0000", version: int | None = None) -> dict[str, Any]:
    return {
        "TYPE": "LN21", "SERIAL": push["SERIAL"], "CODE": code, "ECIF_NO": push["ECIF_NO"],
        "VERSION": push["VERSION"] if version is None else version,
    }  # fmt: skip
