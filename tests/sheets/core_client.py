"""Core banking's side of its sheet (core.md and the copybooks): records in EBCDIC, frames, one line.

Fields are named as in the copybooks. Text is without padding, dates are eight digits or "", amounts decimal
text; `encode` writes canonical bytes, `decode` insists on them being well formed.
"""

import contextlib
import itertools
import random
import re
import socket
import string
import struct
import threading
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from tests.sheets.ebcdic import decode_mixed, encode_mixed
from tests.sheets.pushes import Push, PushBox

BEIJING = timezone(timedelta(hours=8))
LIMIT = 32760

# kind: x code text, m mixed text, z zoned, b binary, p packed unsigned, s packed signed with 2 decimals
Layout = list[tuple[str, str, int]]
HEADER: Layout = [
    ("MSG-TYPE", "x", 4),
    ("MSG-ID", "x", 16),
    ("MSG-SENT-AT", "z", 14),
    ("MSG-POSSDUP", "x", 1),
]
PERSONAL: Layout = [
    ("CUST-NAME", "m", 62), ("CUST-ID-TYPE", "x", 2), ("CUST-ID-NO", "x", 20), ("CUST-ID-EXPIRY", "p", 5),
    ("CUST-BIRTH-OR-FOUNDED", "z", 8), ("CUST-SEX", "x", 1), ("CUST-MOBILE", "x", 15),
    ("CUST-ADDRESS", "m", 122), ("CUST-POSTCODE", "x", 6), ("CUST-RISK", "x", 2),
]  # fmt: skip
RECORDS: dict[str, Layout] = {
    "CU01": [
        *HEADER, ("CUST-NO", "x", 12), ("CUST-SEQ", "b", 4), ("CUST-KIND", "x", 1), ("CUST-STATUS", "x", 1),
        *PERSONAL, ("CUST-BRANCH", "x", 6), ("CUST-MANAGER", "x", 8), ("ACCT-COUNT", "z", 2),
    ],
    "CN01": [*HEADER, ("OLD-CUST-NO", "x", 12), ("NEW-CUST-NO", "x", 12), ("CUST-SEQ", "b", 4)],
    "CP01": [
        *HEADER, ("ECIF-NO", "x", 12), ("ECIF-VERSION", "b", 4), ("CUST-NO", "x", 12), ("CUST-KIND", "x", 1),
        *PERSONAL,
    ],
    "RP01": [
        *HEADER, ("REPLY-TO", "x", 16), ("REPLY-CODE", "x", 4), ("REPLY-ECIF-NO", "x", 12),
        ("REPLY-VERSION", "b", 4), ("REPLY-TEXT", "m", 60),
    ],
    "HB00": HEADER, "HB01": HEADER,
}  # fmt: skip
ACCOUNT: Layout = [
    ("ACCT-NO", "x", 19), ("ACCT-PRODUCT", "x", 4), ("ACCT-CCY", "x", 3), ("ACCT-BALANCE", "s", 8),
    ("ACCT-OPENED", "z", 8), ("ACCT-STATUS", "x", 1),
]  # fmt: skip
DATES = {"CUST-ID-EXPIRY", "CUST-BIRTH-OR-FOUNDED", "ACCT-OPENED"}


def now(seconds: float = 0) -> str:
    """Beijing time, some seconds from now."""
    return (datetime.now(BEIJING) + timedelta(seconds=seconds)).strftime("%Y%m%d%H%M%S")


def new_id() -> str:
    return "T" + "".join(random.SystemRandom().choices(string.ascii_uppercase + string.digits, k=15))


def _packed(digits: str, sign: str) -> bytes:
    return bytes.fromhex(digits + sign)


def _field(kind: str, size: int, value: Any) -> bytes:
    if kind == "b":
        return struct.pack(">i", int(value or 0))
    if kind == "p":
        return _packed((value or "0").rjust(2 * size - 1, "0"), "f")
    if kind == "s":
        cents = int(Decimal(value or "0") * 100)
        return _packed(f"{abs(cents):0{2 * size - 1}d}", "d" if cents < 0 else "c")
    if kind == "z":
        return (value or "").rjust(size, "0").encode("cp037")
    data = (encode_mixed(value or "") if kind == "m" else (value or "").encode("cp037")).ljust(size, b"\x40")
    assert len(data) == size, f"{value!r} is wider than {size}"
    return data


def _value(name: str, kind: str, data: bytes) -> Any:
    if kind == "b":
        return struct.unpack(">i", data)[0]
    if kind == "s":
        digits, sign = data.hex()[:-1], data.hex()[-1]
        assert re.fullmatch(r"\d+[cd]", data.hex()), f"{name} is not signed packed decimal"
        return f"{Decimal(int(digits) * (-1 if sign == 'd' else 1)).scaleb(-2):.2f}"
    if kind == "p":
        assert re.fullmatch(r"0\d+f", data.hex()), f"{name} is not unsigned packed decimal of even digits"
        digits = data.hex()[1:-1]
        return "" if int(digits) == 0 else digits
    if kind == "z":
        digits = data.decode("cp037")
        assert re.fullmatch(r"[0-9]+", digits), f"{name} is not zoned digits"
        return "" if name in DATES and int(digits) == 0 else digits
    text = data.rstrip(b"\x40")
    return decode_mixed(text) if kind == "m" else text.decode("cp037")


def encode(values: dict[str, Any]) -> bytes:
    """The record without its length."""
    accounts = values.get("ACCT", [])
    given = {**values, "ACCT-COUNT": str(len(accounts))}
    out = b"".join(_field(kind, size, given.get(name)) for name, kind, size in RECORDS[values["MSG-TYPE"]])
    return out + b"".join(
        _field(kind, size, row.get(name)) for row in accounts for name, kind, size in ACCOUNT
    )


def _fields(layout: Layout, data: bytes) -> tuple[dict[str, Any], bytes]:
    values: dict[str, Any] = {}
    for name, kind, size in layout:
        assert len(data) >= size, f"{name} is missing"
        values[name], data = _value(name, kind, data[:size]), data[size:]
    return values, data


def decode(record: bytes) -> dict[str, Any]:
    if not record:
        return {"MSG-TYPE": ""}
    values, rest = _fields(RECORDS[record[:4].decode("cp037")], record)
    if "ACCT-COUNT" in values:
        values["ACCT"] = []
        for _ in range(int(values.pop("ACCT-COUNT"))):
            row, rest = _fields(ACCOUNT, rest)
            values["ACCT"].append(row)
    assert not rest, "bytes after the record"
    return values


def frame(record: bytes) -> bytes:
    return struct.pack(">I", len(record)) + record


def customer(number: str, seq: int, **fields: Any) -> dict[str, Any]:
    """CU01 of an active person with nothing but what is required; keywords use _ for -."""
    values = {
        "MSG-TYPE": "CU01", "MSG-ID": new_id(), "MSG-SENT-AT": now(), "CUST-NO": number, "CUST-SEQ": seq,
        "CUST-KIND": "P", "CUST-STATUS": "A",
    }  # fmt: skip
    return values | {key.replace("_", "-"): value for key, value in fields.items()}


def offset(field: str) -> int:
    """Where a field of CU01 begins; ACCT fields: of the first account."""
    layout = RECORDS["CU01"] + ACCOUNT
    sizes = itertools.accumulate((size for _, _, size in layout), initial=0)
    return dict(zip((name for name, _, _ in layout), sizes, strict=False))[field]


def patched(record: bytes, at: int, data: bytes) -> bytes:
    return record[:at] + data + record[at + len(data) :]


class CoreLine:
    """One connection of core: asks, answers pushes as its box says, beats (the sheet: after 30 s)."""

    def __init__(self, port: int, box: PushBox | None = None, *, beat_seconds: float = 30) -> None:
        self.box = box or PushBox()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(None)
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self.frames: list[bytes] = []
        self.closed = False
        self._ended = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._beat, args=(beat_seconds,), daemon=True).start()

    def _beat(self, seconds: float) -> None:
        while not self._ended.wait(seconds):
            with contextlib.suppress(OSError):
                self.send({"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()})

    def send_bytes(self, data: bytes) -> None:
        with self._writing:
            self._socket.sendall(data)

    def send(self, record: bytes | dict[str, Any]) -> None:
        self.send_bytes(frame(record if isinstance(record, bytes) else encode(record)))

    def wait_reply(self, message_id: str, *, seconds: float = 30, count: int = 1) -> bytes:
        """The `count`-th reply to this id: RP01 by REPLY-TO, HB01 by its own id."""
        wanted = message_id.ljust(16)[:16].encode("cp037")

        def replies() -> list[bytes]:
            return [
                f
                for f in self.frames
                if f[:4] != _CP01 and (f[35:51] if f[:4] == _RP01 else f[4:20]) == wanted
            ]

        with self._changed:
            self._changed.wait_for(lambda: len(replies()) >= count or self.closed, seconds)
            assert len(replies()) >= count, f"no reply to {message_id!r}" + " (closed)" * self.closed
            return replies()[count - 1]

    def ask(self, record: bytes | dict[str, Any], *, seconds: float = 30) -> dict[str, Any]:
        return decode(self.ask_raw(record, seconds=seconds))

    def ask_raw(self, record: bytes | dict[str, Any], *, seconds: float = 30) -> bytes:
        data = record if isinstance(record, bytes) else encode(record)
        message_id = data[4:20].decode("cp037").rstrip()
        wanted = message_id.ljust(16)[:16].encode("cp037")
        with self._changed:
            got = sum(1 for f in self.frames if f[:4] == _RP01 and f[35:51] == wanted)
        self.send(data)
        return self.wait_reply(message_id, seconds=seconds, count=got + 1)

    def wait_closed(self, seconds: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed, seconds), "the line is still open"

    def end_writing(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def __enter__(self) -> "CoreLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        data = b""
        with contextlib.suppress(OSError):
            while chunk := self._socket.recv(65536):
                data += chunk
                while len(data) >= 4 and len(data) >= 4 + (size := struct.unpack(">I", data[:4])[0]):
                    self._arrived(data[4 : 4 + size])
                    data = data[4 + size :]
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _arrived(self, record: bytes) -> None:
        with self._changed:
            self.frames.append(record)
            self._changed.notify_all()
        if record[:4] == _CP01:
            values = decode(record)
            answer = self.box.arrived(values["CUST-NO"], Push(values, record, time.monotonic(), id(self)))
            if answer.code:
                time.sleep(answer.after)
                with contextlib.suppress(OSError):
                    self.send({**reply_to(values, answer.code, answer.version), **answer.fields})


_CP01, _RP01 = "CP01".encode("cp037"), "RP01".encode("cp037")


def reply_to(push: dict[str, Any], code: str = "0000", version: int | None = None) -> dict[str, Any]:
    return {
        "MSG-TYPE": "RP01", "MSG-ID": new_id(), "MSG-SENT-AT": now(), "REPLY-TO": push["MSG-ID"],
        "REPLY-CODE": code, "REPLY-ECIF-NO": push["ECIF-NO"],
        "REPLY-VERSION": push["ECIF-VERSION"] if version is None else version,
    }  # fmt: skip
