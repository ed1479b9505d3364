"""The internet bank's side of its sheet (ebank.md): sealed TLV messages over mutual TLS.

A message is a dict: `type`, `id` (16 bytes), `flags`, and fields by the names of the examples; `documents`,
`phones`, `addresses` are lists of dicts. Codes are integers, `"*"` the clear mark (length 0); dates and
times digits; ids and nonces bytes.
"""

import contextlib
import os
import socket
import ssl
import struct
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac

from tests.sheets.core_client import now
from tests.sheets.pushes import Push, PushBox

KEY = b"\x11" * 32
LIMIT = 65535
HEAD, MAC = 19, 32

TAGS: dict[str, tuple[int, str]] = {
    "system": (0x0001, "text"), "time": (0x0003, "bcd"), "nonce": (0x0004, "bytes"),
    "code": (0x0010, "text"), "ecif": (0x0011, "text"), "version": (0x0012, "int"), "text": (0x0013, "text"),
    "number": (0x0100, "text"), "seq": (0x0102, "int"), "kind": (0x0103, "code"), "name": (0x0101, "text"),
    "born": (0x0104, "bcd"), "gender": (0x0105, "code"), "email": (0x0140, "text"),
    "employer": (0x0141, "text"), "risk": (0x0142, "code"), "nationality": (0x0143, "text"),
}  # fmt: skip
GROUPS: dict[str, tuple[int, dict[str, tuple[int, str]]]] = {
    "documents": (0x8110, {"type": (0x0111, "code"), "number": (0x0112, "text"), "expiry": (0x0113, "bcd")}),
    "phones": (0x8120, {"use": (0x0121, "code"), "number": (0x0122, "text")}),
    "addresses": (0x8130, {"use": (0x0131, "code"), "line": (0x0132, "text"), "postcode": (0x0133, "text")}),
}
ORDER = [
    "system", "time", "nonce", "code", "ecif", "version", "text", "number", "seq", "kind", "name", "born",
    "gender", "documents", "phones", "addresses", "email", "employer", "risk", "nationality",
]  # fmt: skip


def seal(data: bytes) -> bytes:
    mac = hmac.HMAC(KEY, hashes.SM3())
    mac.update(data)
    return mac.finalize()


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def _field(tag: int, kind: str, value: Any) -> bytes:
    if kind == "int":
        return tlv(tag, struct.pack(">q", value))
    if kind == "code":
        return tlv(tag, b"" if value == "*" else bytes([value]))
    if kind == "bcd":
        return tlv(tag, bytes.fromhex(value))
    return tlv(tag, value if isinstance(value, bytes) else value.encode())


def _body(values: dict[str, Any]) -> bytes:
    out = b""
    for name in ORDER:
        if name in GROUPS:
            tag, inner = GROUPS[name]
            for row in values.get(name, []):
                out += tlv(tag, b"".join(_field(*inner[key], row[key]) for key in inner if key in row))
        elif name in values:
            out += _field(*TAGS[name], values[name])
    return out


def sealed(head_and_body: bytes) -> bytes:
    return head_and_body + seal(head_and_body)


def unsealed(values: dict[str, Any]) -> bytes:
    head = bytes([values.get("format", 1), values["type"]]) + values["id"] + bytes([values.get("flags", 0)])
    return head + _body(values) + b"".join(tlv(tag, data) for tag, data in values.get("unknown", []))


def encode(values: dict[str, Any]) -> bytes:
    return sealed(unsealed(values))


def _value(kind: str, data: bytes) -> Any:
    if kind == "int":
        assert len(data) == 8
        return struct.unpack(">q", data)[0]
    if kind == "code":
        assert len(data) <= 1
        return data[0] if data else "*"
    if kind == "bcd":
        assert data.hex().isdigit()
        return data.hex()
    return data if kind == "bytes" else data.decode()


def _tlvs(data: bytes) -> list[tuple[int, bytes]]:
    out = []
    while data:
        tag, size = struct.unpack(">HH", data[:4])
        assert len(data) >= 4 + size, "a TLV longer than its group"
        out.append((tag, data[4 : 4 + size]))
        data = data[4 + size :]
    return out


_BY_TAG = {tag: (name, kind) for name, (tag, kind) in TAGS.items()}
_GROUP_BY_TAG = {
    tag: (name, {t: (n, k) for n, (t, k) in inner.items()}) for name, (tag, inner) in GROUPS.items()
}


def decode(message: bytes) -> dict[str, Any]:
    assert message[-MAC:] == seal(message[:-MAC]), "the MAC is wrong"
    assert message[0] == 1, "another version"
    values: dict[str, Any] = {"type": message[1], "id": message[2:18], "flags": message[18]}
    for tag, data in _tlvs(message[HEAD:-MAC]):
        if tag in _GROUP_BY_TAG:
            name, inner = _GROUP_BY_TAG[tag]
            row = {inner[t][0]: _value(inner[t][1], d) for t, d in _tlvs(data)}
            values.setdefault(name, []).append(row)
        elif tag in _BY_TAG:
            name, kind = _BY_TAG[tag]
            assert name not in values, f"{name} stands twice"
            values[name] = _value(kind, data)
        else:
            values.setdefault("unknown", []).append((tag, data))
    return values


def position(message: bytes, *path: tuple[int, int]) -> int:
    """Where a value begins, after tag and length: `(tag, which one, from 1)` from the top down."""
    start, end = HEAD, len(message) - MAC
    for tag, which in path:
        while True:
            found, size = struct.unpack(">HH", message[start : start + 4])
            which -= found == tag
            if not which:
                break
            start += 4 + size
            assert start < end, f"no {tag:04X}"
        start, end = start + 4, start + 4 + size
    return start


def frame(message: bytes) -> bytes:
    return struct.pack(">I", len(message)) + message


def new_id() -> bytes:
    return uuid.uuid4().bytes


def sign_on(*, time_offset: float = 0, nonce: bytes | None = None) -> dict[str, Any]:
    return {
        "type": 0x10, "id": new_id(), "system": "ebank", "time": now(time_offset),
        "nonce": nonce or os.urandom(16),
    }  # fmt: skip


def customer(number: str, seq: int, **fields: Any) -> dict[str, Any]:
    return {"type": 0x20, "id": new_id(), "time": now(), "number": number, "seq": seq, "kind": 1} | fields


def document(type_code: int, number: str, expiry: str | None = None) -> dict[str, Any]:
    return {"type": type_code, "number": number} | ({} if expiry is None else {"expiry": expiry})


def identification(name: str, number: str, type_code: int = 1) -> dict[str, Any]:
    return {"type": 0x22, "id": new_id(), "name": name, "documents": [document(type_code, number)]}


def query(**by: str) -> dict[str, Any]:
    return {"type": 0x24, "id": new_id()} | by


def tls_context(certificates: Path, client: str | None = "ebank") -> ssl.SSLContext:
    """As ebank's team would set it up: checks the chain only, not the host name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(certificates / "ca.pem")
    if client:
        context.load_cert_chain(certificates / f"{client}.pem", certificates / f"{client}.key")
    return context


class EbankLine:
    """One connection of ebank. `signed=False` leaves the sign-on to the test."""

    def __init__(
        self, port: int, context: ssl.SSLContext, box: PushBox | None = None, *, signed: bool = True
    ) -> None:
        self.box = box or PushBox()
        raw = socket.create_connection(("127.0.0.1", port), timeout=30)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(raw)
        self._socket.settimeout(0.02)  # OpenSSL connections are not read and written at once: take turns
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self.messages: list[bytes] = []
        self.closed = False
        self.answers_heartbeats = True
        threading.Thread(target=self._read, daemon=True).start()
        if signed:
            self._sign_on()

    def _sign_on(self) -> None:
        try:
            reply = self.ask(sign_on())
            assert reply["code"] == "0000", reply
        except BaseException:  # nobody gets a line to close
            self.close()
            raise

    def send_bytes(self, data: bytes) -> None:
        with self._turn:
            self._socket.settimeout(30)
            self._socket.sendall(data)
            self._socket.settimeout(0.02)

    def send(self, message: bytes | dict[str, Any]) -> None:
        self.send_bytes(frame(message if isinstance(message, bytes) else encode(message)))

    def ask_raw(self, message: bytes | dict[str, Any], *, seconds: float = 30) -> bytes:
        data = message if isinstance(message, bytes) else encode(message)
        with self._changed:
            got = len(self._replies(data[2:18]))
        self.send(data)
        return self.wait_reply(data[2:18], seconds=seconds, count=got + 1)

    def ask(self, message: bytes | dict[str, Any], *, seconds: float = 30) -> dict[str, Any]:
        return decode(self.ask_raw(message, seconds=seconds))

    def wait_reply(self, message_id: bytes, *, seconds: float = 30, count: int = 1) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: len(self._replies(message_id)) >= count or self.closed, seconds)
            replies = self._replies(message_id)
            assert len(replies) >= count, f"no reply to {message_id.hex()}" + " (closed)" * self.closed
            return replies[count - 1]

    def _replies(self, message_id: bytes) -> list[bytes]:
        return [message for message in self.messages if message[2:18] == message_id]

    def wait_closed(self, seconds: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed, seconds), "the line is still open"

    def wait_type(self, message_type: int, *, seconds: float, count: int = 1) -> None:
        def there() -> bool:
            return sum(1 for message in self.messages if message[1] == message_type) >= count

        with self._changed:
            assert self._changed.wait_for(there, seconds), f"no 0x{message_type:02X} within {seconds} s"

    def close(self) -> None:
        with self._turn:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def __enter__(self) -> "EbankLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_some(self) -> bytes | None:
        """None while nothing has come; b"" at the end."""
        with self._turn:
            try:
                return self._socket.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                return None
            except (OSError, ValueError):
                return b""

    def _read(self) -> None:
        data = b""
        while (chunk := self._read_some()) != b"":
            if chunk is None:
                time.sleep(0.001)  # lets a writer have its turn
                continue
            data += chunk
            while len(data) >= 4 and len(data) >= 4 + (size := struct.unpack(">I", data[:4])[0]):
                self._arrived(data[4 : 4 + size])
                data = data[4 + size :]
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _arrived(self, message: bytes) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()
        if message[1] == 0x7E and self.answers_heartbeats:
            self.send(sealed(b"\x01\x7f" + message[2:18] + b"\x00"))
        if message[1] == 0x30:
            values = decode(message)
            answer = self.box.arrived(
                values.get("number", ""), Push(values, message, time.monotonic(), id(self))
            )
            if answer.code:
                time.sleep(answer.after)
                with contextlib.suppress(OSError):
                    self.send({**reply_to(values, answer.code, answer.version), **answer.fields})


def reply_to(push: dict[str, Any], code: str = "0000", version: int | None = None) -> dict[str, Any]:
    return {
        "type": 0x31, "id": push["id"], "code": code, "ecif": push["ecif"],
        "version": push["version"] if version is None else version,
    }  # fmt: skip
