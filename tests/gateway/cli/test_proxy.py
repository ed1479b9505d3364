"""`ecif proxy` as a program of its own: what it says, what it is told, how it ends."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.sheets.hub_process import ROOT, environment

COMMAND = (sys.executable, "-m", "gateway.cli.main", "proxy")


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield listener


def test_orders_and_the_end(server: socket.socket) -> None:
    connect = f"127.0.0.1:{server.getsockname()[1]}"
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        [*COMMAND, "--connect", connect, "--to-server", "slice=1"],
        cwd=ROOT,
        env=environment(),
        text=True,
        **pipes,  # type: ignore[call-overload]
    ) as program:
        port = int(program.stderr.readline().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            passed_on, _ = server.accept()
            with passed_on:
                client.sendall(b"ab")
                assert passed_on.recv(1) == b"a"
                program.stdin.write("dance\nreset\n")
                program.stdin.flush()
                assert "'dance' is no order" in program.stderr.readline()
                assert program.stderr.readline() == "done, 1 open\n"
                with pytest.raises(ConnectionResetError):
                    client.recv(10)
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--connect", "nowhere"], "must be HOST:PORT"),
        (["--connect", "127.0.0.1:1", "--to-client", "colour=red"], "'colour=red' is no setting"),
        (["--connect", "127.0.0.1:1", "--life", "long"], "expected a time"),
    ],
)
def test_wrong_usage(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    from gateway.cli.main import main

    with pytest.raises(SystemExit) as ended:
        main(["proxy", *arguments])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err
