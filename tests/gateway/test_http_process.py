"""`ecif api` in a process of its own, over TLS by conf."""

import http.client
import json
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.certificates import make_certificates
from gateway.peers.ports import free_ports
from tests.sheets.hub_process import ECIF, ROOT, environment, set_value

PASSWORD = "four words nobody guesses"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of a running process that speaks TLS, with an account li."""
    (found,) = free_ports(1)
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    make_certificates(tmp_path / "var/certs", [])
    hub = tmp_path / "conf/hub.toml"
    set_value(hub, "http.address", f'"127.0.0.1:{found}"')
    text = hub.read_text("utf-8")
    for line in ("[http.tls]", 'certificate = "var/certs/hub.pem"', 'key = "var/certs/hub.key"'):
        assert f"# {line}" in text
        text = text.replace(f"# {line}", line)
    hub.write_text(text, "utf-8")
    add = [*ECIF, "staff", "add", "li", "--role", "viewer", "--password-stdin"]
    subprocess.run(add, cwd=tmp_path, env=environment(), input=PASSWORD.encode(), check=True, timeout=120)
    process = subprocess.Popen([*ECIF, "api"], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL)
    try:
        yield found
    finally:
        process.terminate()
        process.wait(30)


def asked(port: int, folder: Path) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(folder / "var/certs/ca.pem"))
    until = time.monotonic() + 120
    while True:
        line = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
        try:
            line.connect()
            return line
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_tls_by_conf(port: int, tmp_path: Path) -> None:
    line = asked(port, tmp_path)
    line.request("GET", "/healthz")
    answer = line.getresponse()
    assert (answer.status, answer.read()) == (200, b'{"status":"ok"}')
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "server" not in answer.headers
    body = json.dumps({"name": "li", "password": PASSWORD})
    line.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    answer.read()
    assert answer.status == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    line.request("GET", "/docs", headers={"Host": "evil.example"})
    assert line.getresponse().status == 421
    line.close()
    plain = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    plain.request("GET", "/healthz")
    with pytest.raises((http.client.HTTPException, OSError)):
        plain.getresponse()
    plain.close()
