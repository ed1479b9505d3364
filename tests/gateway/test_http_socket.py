"""A port that is taken is told in a sentence, before anything else is opened."""

import socket
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.cli.failure import tell
from gateway.cli.options import NOT_POSSIBLE_NOW
from gateway.config.hub import Http
from gateway.config.schema import Conf
from gateway.http_process import run_api
from gateway.http_socket import listening
from gateway.http_workers import run_workers


def of(address: str) -> Conf:
    """What is looked at before the address is: nothing else."""
    http = Http.model_validate({"address": address, "workers": 2})
    return cast(Conf, SimpleNamespace(hub=SimpleNamespace(http=http)))


def test_one_s_own_port_is_listened_on() -> None:
    with listening(of("127.0.0.1:0").hub.http) as line:
        socket.create_connection(line.getsockname()).close()


@pytest.mark.parametrize("run", [run_api, run_workers])
def test_a_taken_port(run, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=address) as refused:
            run(of(address), with_parent=False)
    assert tell(refused.value) == NOT_POSSIBLE_NOW
    said = f"HTTP cannot be served at http.address {address}: Address already in use\n"
    assert capsys.readouterr().err == said
