"""A worker's conf, and its ports; its life is in tests/instances."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.sockets import SharedSockets, Sockets
from gateway.surroundings import NotReady
from gateway.worker import conf_of
from gateway.workers import run_workers

ROOT = Path(__file__).parents[2]
POSTGRESQL = "postgresql+psycopg://nobody@127.0.0.1:1/none"


def conf_on(url: str) -> Conf:
    return read_conf(ROOT / "conf", {"ECIF_DATABASE_URL": url})


def test_what_is_a_workers_own_and_what_is_shared() -> None:
    conf = conf_on(POSTGRESQL)
    one, two = conf_of(conf, 1), conf_of(conf, 2)
    assert {one.hub.run.socket, two.hub.run.socket, conf.hub.run.socket} == {
        Path("var/worker-1/hub.sock"), Path("var/worker-2/hub.sock"), Path("var/hub.sock"),
    }  # fmt: skip
    assert one.hub.run.control == Path("var/worker-1/control.sock")
    for shared in ("numbers", "pauses", "anchors", "drain_seconds"):
        assert getattr(one.hub.run, shared) == getattr(conf.hub.run, shared)
    assert not one.hub.http.start
    assert (one.hub.holder, two.hub.holder) == (f"1@{conf.hub.holder}", f"2@{conf.hub.holder}")
    assert conf_of(conf, 1) == one, "a reload finds nothing that differs"


def test_sqlite_is_one_hubs() -> None:
    with pytest.raises(NotReady, match="SQLite is one hub's") as refused:
        run_workers(conf_on("sqlite:///nowhere.db"), 2)
    assert refused.value.code == 2


async def test_several_listen_on_one_port() -> None:
    network = SharedSockets()
    (first,) = await network.listen("127.0.0.1", 0, backlog=10)
    with closed(first):
        (second,) = await network.listen("127.0.0.1", first.port, backlog=10)
        with closed(second):
            with pytest.raises(OSError, match="in use"):
                await Sockets().listen("127.0.0.1", first.port, backlog=10)
            got = {first: 0, second: 0}

            async def accept(port: object) -> None:
                while True:
                    (await port.accept()).close()  # type: ignore[attr-defined]
                    got[port] += 1  # type: ignore[index]

            async with trio.open_nursery() as accepting:
                for port in got:
                    accepting.start_soon(accept, port)
                while min(got.values()) == 0:
                    await (await trio.open_tcp_stream("127.0.0.1", first.port)).aclose()
                accepting.cancel_scope.cancel()


@contextmanager
def closed(port: object) -> Iterator[None]:
    try:
        yield
    finally:
        port.close()  # type: ignore[attr-defined]
