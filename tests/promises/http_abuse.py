"""HTTP requests that nobody should send, made from a seed: malformed, huge, slow, hostile, abandoned."""

import random
import socket
import string
import struct
import time
from collections.abc import Callable
from typing import TypeAlias

Abuse: TypeAlias = Callable[[random.Random, socket.socket], None]
SECONDS = 4.0
PATHS = (
    "/", "/healthz", "/metrics", "/openapi.json", "/docs", "/api/v1/parties/100000000001", "/api/v1/session",
    "/api/v1/trail", "/console/", "/api/v1/search", "/api/v1/parties/100000000001/history",
)  # fmt: skip


def shoot(port: int, seed: int) -> str:
    """One abusive connection. Gives its kind; whatever the server does to it is fine."""
    rng = random.Random(seed)
    kind = rng.choice(sorted(KINDS))
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as line:
            KINDS[kind](rng, line)
            line.settimeout(0.05 if rng.random() < 0.5 else SECONDS)
            line.recv(65536)
    except OSError:
        pass  # refused, reset or never answered: its right
    return kind


def _request(
    rng: random.Random, method: str = "GET", path: str = "", headers: str = "", body: bytes = b""
) -> bytes:
    path = path or rng.choice(PATHS)
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}{headers}\r\n".encode("latin-1") + body


def _noise(rng: random.Random, line: socket.socket) -> None:
    line.sendall(rng.randbytes(rng.randint(1, 5_000)))


def _damaged(rng: random.Random, line: socket.socket) -> None:
    data = bytearray(
        _request(rng, rng.choice(("GET", "POST")), headers="Accept: */*\r\nCookie: a=b\r\n", body=b"{}")
    )
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    line.sendall(data)


def _cut(rng: random.Random, line: socket.socket) -> None:
    data = _request(
        rng, "POST", "/api/v1/session", "Content-Type: application/json\r\n", b'{"name": "x", "pass'
    )
    line.sendall(data[: rng.randrange(1, len(data))])
    line.shutdown(socket.SHUT_WR)


def _reset(rng: random.Random, line: socket.socket) -> None:
    line.sendall(_request(rng) * rng.randint(1, 20))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def _huge_headers(rng: random.Random, line: socket.socket) -> None:
    line.sendall(
        _request(rng, headers="".join(f"X-{n}: {'x' * 900}\r\n" for n in range(rng.randint(20, 400))))
    )


def _huge_line(rng: random.Random, line: socket.socket) -> None:
    line.sendall(_request(rng, path="/" + "a" * rng.randint(5_000, 500_000)))


def _huge_body(rng: random.Random, line: socket.socket) -> None:
    size = rng.randint(1_000_001, 10**12)
    line.sendall(_request(rng, "POST", headers=f"Content-Length: {size}\r\n") + b"x" * 200_000)


def _bad_length(rng: random.Random, line: socket.socket) -> None:
    length = rng.choice(("-1", "1e9", "0x10", "99999999999999999999999999", "5, 6", "+3", "٣", ""))
    line.sendall(
        _request(rng, "POST", headers=f"Content-Length: {length}\r\n".encode().decode("latin-1"), body=b"")
    )


def _bad_chunks(rng: random.Random, line: socket.socket) -> None:
    chunk = rng.choice(
        (
            b"zz\r\nx\r\n",
            b"-1\r\n",
            b"ffffffffffffffffff\r\n",
            b"5\r\nabc\r\n0\r\n\r\n",
            b"1;" + b"e" * 99_999,
        )
    )
    headers = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"
    line.sendall(_request(rng, "POST", "/api/v1/session", headers) + chunk)


def _smuggling(rng: random.Random, line: socket.socket) -> None:
    headers = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    line.sendall(_request(rng, "POST", headers=headers) + b"0\r\n\r\nGET /api/v1/trail HTTP/1.1\r\n\r\n")


def _slow_headers(rng: random.Random, line: socket.socket) -> None:
    for byte in _request(rng)[: rng.randint(3, 30)]:
        line.sendall(bytes([byte]))
        time.sleep(0.05)


def _slow_body(rng: random.Random, line: socket.socket) -> None:
    line.sendall(
        _request(rng, "POST", "/api/v1/session", "Content-Length: 500\r\nContent-Type: application/json\r\n")
    )
    for _ in range(rng.randint(3, 30)):
        line.sendall(b" ")
        time.sleep(0.05)


def _pipelined(rng: random.Random, line: socket.socket) -> None:
    line.sendall(_request(rng, path="/openapi.json") * rng.randint(20, 100))  # and does not read


def _upgrade(rng: random.Random, line: socket.socket) -> None:
    headers = rng.choice((
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
    ))  # fmt: skip
    line.sendall(_request(rng, headers=headers) + rng.randbytes(200))


def _http2(rng: random.Random, line: socket.socket) -> None:
    line.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + rng.randbytes(300))


def _deep_json(rng: random.Random, line: socket.socket) -> None:
    body = b'{"name":' + b"[" * 100_000
    line.sendall(_request(rng, "POST", "/api/v1/session", "Content-Type: application/json\r\n", body))


def _odd_json(rng: random.Random, line: socket.socket) -> None:
    body = rng.choice((
        b'{"name": NaN, "password": 1e999}', b'{"name": "\\ud800", "password": "\\u0000"}', b"\xff\xfe{}",
        b'{"name": "a", "password": "' + b"p" * 300 + b'"}', b"[]", b"null", b'"x"', b"9" * 5_000,
    ))  # fmt: skip
    line.sendall(_request(rng, "POST", "/api/v1/session", "Content-Type: application/json\r\n", body))


def _bad_form(rng: random.Random, line: socket.socket) -> None:
    body = b"--x\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n" + rng.randbytes(500)
    headers = "Content-Type: multipart/form-data; boundary=x\r\nCookie: ecif_session=a.b\r\n"
    line.sendall(_request(rng, rng.choice(("POST", "PUT", "DELETE")), headers=headers, body=body))


def _many_fields(rng: random.Random, line: socket.socket) -> None:
    body = "&".join(f"f{n}=1" for n in range(50_000)).encode()
    line.sendall(
        _request(rng, "POST", headers="Content-Type: application/x-www-form-urlencoded\r\n", body=body)
    )


def _odd_path(rng: random.Random, line: socket.socket) -> None:
    path = rng.choice((
        "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//evil.example/", "/%00", "/api/v1/parties/%F0%28",
        "http://evil.example/", "*", "/console/static/../../../conf/hub.toml",
        "/api/v1/parties/'%20OR%201=1--",
        "/api/v1/trail?since=9999-12-31T23:59:59-23:59", "/api/v1/trail?cursor=1.2.99999999999999999",
    ))  # fmt: skip
    line.sendall(_request(rng, path=path))


def _odd_credentials(rng: random.Random, line: socket.socket) -> None:
    value = "".join(rng.choices(string.printable.strip(), k=rng.randint(1, 3_000)))
    name = rng.choice(("Authorization: Bearer ", "Authorization: Basic ", "Cookie: ecif_session="))
    line.sendall(
        _request(rng, rng.choice(("GET", "POST")), headers=f"{name}{value}\r\nX-Reason: {value[:99]}\r\n")
    )


def _odd_method(rng: random.Random, line: socket.socket) -> None:
    line.sendall(_request(rng, rng.choice(("TRACE", "CONNECT", "OPTIONS", "PATCH", "get", "X" * 500))))


KINDS: dict[str, Abuse] = {
    abuse.__name__.strip("_"): abuse
    for abuse in (
        _noise, _damaged, _cut, _reset, _huge_headers, _huge_line, _huge_body, _bad_length, _bad_chunks,
        _smuggling, _slow_headers, _slow_body, _pipelined, _upgrade, _http2, _deep_json, _odd_json, _bad_form,
        _many_fields, _odd_path, _odd_credentials, _odd_method,
    )
}  # fmt: skip
