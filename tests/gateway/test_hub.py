"""A whole hub in this process: the shipped systems on free ports, real sockets, real store, real TLS."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from ecif.store.migrate import upgrade
from formats.codec import Codec
from formats.framing import Framing
from gateway.bootstrap import build_hub, load_codecs, open_service
from gateway.certificates import make_certificates
from gateway.config.reader import read_conf
from gateway.config.schema import Conf, SystemConf
from gateway.hub import Hub
from gateway.listening import CannotListen

ROOT = Path(__file__).parents[2]
SECONDS = 20
"""How long anything here may take at most."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    make_certificates(folder, ["ebank", "stranger"])
    return folder


def changed(conf: SystemConf, section: str, **keys: Any) -> SystemConf:
    return conf.model_copy(update={section: getattr(conf, section).model_copy(update=keys)})


@pytest.fixture
def conf(tmp_path: Path, certificates: Path) -> Conf:
    url = f"sqlite:///{tmp_path / 'ecif.db'}"
    upgrade(url)
    shipped = read_conf(ROOT / "conf", {"ECIF_DATABASE_URL": url})
    hub = shipped.hub.model_copy(
        update={"run": shipped.hub.run.model_copy(update={"directory": tmp_path, "drain_seconds": 5.0})}
    )
    listening = {name: one for name, one in shipped.systems.items() if one.listen is not None}
    systems = {name: changed(one, "listen", address="127.0.0.1:0") for name, one in listening.items()}
    tls = systems["ebank"].listen.tls.model_copy(
        update={
            "certificate": certificates / "hub.pem",
            "key": certificates / "hub.key",
            "client_ca": certificates / "ca.pem",
        }
    )
    systems["ebank"] = changed(systems["ebank"], "listen", tls=tls)
    systems["loan"] = changed(systems["loan"], "dial", address="127.0.0.1:1")
    return replace(shipped, hub=hub, systems=systems)


@asynccontextmanager
async def running(conf: Conf) -> AsyncIterator[Hub]:
    with open_service(conf) as service, trio.fail_after(SECONDS):
        async with trio.open_nursery() as nursery:
            hub = build_hub(conf, service)
            await nursery.start(hub.run)
            yield hub
            hub.stop()


@dataclass
class Peer:
    """One connection of a system, spoken through the shipped layouts."""

    stream: trio.abc.Stream
    codec: Codec
    framing: Framing

    def __post_init__(self) -> None:
        self.reader = self.framing.reader()

    async def send(self, type: str, fields: dict[str, Any]) -> None:
        await self.stream.send_all(self.framing.wrap(self.codec.build(type, fields)))

    async def receive(self) -> tuple[str, dict[str, Any]]:
        while True:
            frame = self.reader.next_frame()
            if frame:
                return self.codec.parse(frame)
            data = await self.stream.receive_some()
            assert data, "the hub closed"
            self.reader.feed(bytes(data))

    async def ask(self, type: str, fields: dict[str, Any]) -> dict[str, Any]:
        await self.send(type, fields)
        return (await self.receive())[1]


async def dial(conf: Conf, hub: Hub, system: str, certificate: Path | None = None) -> Peer:
    stream: trio.abc.Stream = await trio.open_tcp_stream("127.0.0.1", hub.ports[system])
    if certificate is not None:
        context = ssl.create_default_context(cafile=certificate.parent / "ca.pem")
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        stream = trio.SSLStream(stream, context, server_hostname="localhost")
    return Peer(stream, load_codecs(conf)[system], conf.systems[system].framing)


def core_image(number: int, name: str, **more: Any) -> dict[str, Any]:
    fields = {"CUST-NO": f"C{number}", "CUST-SEQ": 1, "CUST-KIND": "P", "CUST-NAME": name, "ACCT": []}
    return {"MSG-ID": f"M{number}", "MSG-SENT-AT": "20260105093000", **fields, **more}


def heartbeat(id: str) -> dict[str, Any]:
    return {"MSG-ID": id, "MSG-SENT-AT": "20260105093000"}


def sign_on() -> dict[str, Any]:
    now = f"{datetime.now(timezone(timedelta(hours=8))):%Y%m%d%H%M%S}"
    return {"id": "01" * 16, "flags": 0, "system": "ebank", "time": now, "nonce": "aa" * 16}


@asynccontextmanager
async def loan_side(conf: Conf) -> AsyncIterator[tuple[Conf, trio.MemoryReceiveChannel[dict[str, Any]]]]:
    """Credit management's own port, where the hub dials: one push, one reply."""
    codec, framing = load_codecs(conf)["loan"], conf.systems["loan"].framing
    heard, pushes = trio.open_memory_channel[dict[str, Any]](100)

    async def one(stream: trio.SocketStream) -> None:
        async with stream:
            peer = Peer(stream, codec, framing)
            push = (await peer.receive())[1]
            heard.send_nowait(push)
            await peer.send("LN21", {"SERIAL": push["SERIAL"], "CODE": "0000", "VERSION": 0})
            assert await stream.receive_some() == b""  # the requester closes

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, one, 0, host="127.0.0.1"))
        address = f"127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        loan = changed(conf.systems["loan"], "dial", address=address)
        yield replace(conf, systems={**conf.systems, "loan": loan}), pushes
        nursery.cancel_scope.cancel()


async def test_a_change_in_core_reaches_loan_and_ebank(conf: Conf, certificates: Path) -> None:
    document = "11010519491231002X"
    async with loan_side(conf) as (reachable, loan_pushes), running(reachable) as hub:
        ebank = await dial(conf, hub, "ebank", certificates / "ebank.pem")
        assert (await ebank.ask("0x10", sign_on()))["code"] == "0000"
        image = {"id": "02" * 16, "flags": 0, "time": "20260101000000", "number": "E1", "seq": 1, "kind": 1}
        image |= {"name": "张三", "documents": [{"type": 1, "number": document}]}
        assert (await ebank.ask("0x20", image))["code"] == "0000"
        loan = await dial(conf, hub, "loan")
        image = {"SERIAL": "L1", "SENT_AT": "20260102000000", "DUP": "0", "CUST_NO": "N1", "SEQ": 1}
        image |= {"KIND": "1", "NAME": "张三", "ID_TYPE": "10", "ID_NO": document}
        first = await loan.ask("LN10", image)
        assert first["CODE"] in ("0000", "0001")
        await loan.stream.aclose()
        core = await dial(conf, hub, "core")
        more = {"CUST-ID-TYPE": "01", "CUST-ID-NO": document, "CUST-MOBILE": "13812345678"}
        reply = await core.ask("CU01", core_image(1, "张三", **more))
        assert reply["REPLY-CODE"] == "0000"
        assert reply["REPLY-ECIF-NO"] == first["ECIF_NO"]
        push: dict[str, Any] = {}
        while not push.get("phones"):
            push = (await ebank.receive())[1]
            await ebank.send("0x31", {"id": push["id"], "flags": 0, "code": "0000"})
        assert push["phones"] == [{"use": 1, "number": "13812345678"}]
        async for loan_push in loan_pushes:
            if loan_push["MOBILE"] == "13812345678":
                break
        await core.stream.aclose()
        await ebank.stream.aclose()


async def test_many_messages_are_answered_on_one_line(conf: Conf) -> None:
    async with running(conf) as hub:
        core = await dial(conf, hub, "core")
        for number in range(200):
            await core.send("CU01", core_image(number, f"A{number}"))
        codes = {(await core.receive())[1]["REPLY-CODE"] for _ in range(200)}
        assert codes == {"0000"}
        assert hub.statistics()["ack_seconds"]["count"] == 200
        await core.stream.aclose()


async def test_the_fifth_line_of_core_closes_the_one_silent_longest(conf: Conf) -> None:
    async with running(conf) as hub:
        peers = [await dial(conf, hub, "core") for _ in range(4)]
        for peer in (peers[0], peers[1], peers[2], peers[3], peers[0]):
            await peer.ask("HB00", heartbeat("H"))
        fifth = await dial(conf, hub, "core")
        await fifth.ask("HB00", heartbeat("H5"))
        assert await peers[1].stream.receive_some() == b""
        for peer in (peers[0], peers[2], peers[3]):
            await peer.ask("HB00", heartbeat("alive"))
        for peer in (*peers, fifth):
            await peer.stream.aclose()


async def test_a_line_that_its_system_is_closing_makes_room_and_no_other(conf: Conf) -> None:
    """Core closes a line whose last requests are not yet answered, and opens another at once."""
    async with running(conf) as hub:
        peers = [await dial(conf, hub, "core") for _ in range(4)]
        for number in range(20):
            leaving = peers.pop(0)
            for peer in peers:
                await peer.ask("HB00", heartbeat("H"))
            await leaving.send("CU01", core_image(number, f"A{number}"))
            assert isinstance(leaving.stream, trio.SocketStream)
            await leaving.stream.send_eof()
            peers.append(await dial(conf, hub, "core"))
            for peer in peers:
                await peer.ask("HB00", heartbeat("alive"))
            await leaving.stream.aclose()
        for peer in peers:
            await peer.stream.aclose()


async def test_a_stranger_is_closed_without_a_word(conf: Conf) -> None:
    core = changed(conf.systems["core"], "listen", allow=())
    conf = replace(conf, systems={**conf.systems, "core": core})
    async with running(conf) as hub:
        peer = await dial(conf, hub, "core")
        assert await peer.stream.receive_some() == b""
        assert hub.counters.lines["core", "address not allowed"] == 1
        await peer.stream.aclose()


async def test_tls_wants_the_right_certificate(conf: Conf, certificates: Path) -> None:
    async with running(conf) as hub:
        stranger = await dial(conf, hub, "ebank", certificates / "stranger.pem")
        with pytest.raises((trio.BrokenResourceError, AssertionError)):
            await stranger.ask("0x10", sign_on())
        plain = await dial(conf, hub, "ebank")
        await plain.stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises((trio.BrokenResourceError, AssertionError)):
            await plain.receive()
        for peer in (stranger, plain):
            await trio.aclose_forcefully(peer.stream)
        assert hub.counters.lines["ebank", "tls name not allowed"] == 1
        assert hub.counters.lines["ebank", "tls expected"] == 1


async def test_stopping_under_load_answers_what_it_took(conf: Conf) -> None:
    async with running(conf) as hub:
        core = await dial(conf, hub, "core")
        for number in range(50):
            await core.send("CU01", core_image(number, f"A{number}"))
        await core.receive()
        hub.stop()
        answered = 1
        with suppress(AssertionError):
            while await core.receive():
                answered += 1
        assert answered == hub.counters.ack_seconds.statistics()["count"]
        await core.stream.aclose()


async def test_the_statistics_socket_tells_that_it_is_ready(conf: Conf, tmp_path: Path) -> None:
    async with running(conf):
        stream = await trio.open_unix_socket(tmp_path / "hub.sock")
        async with stream:
            told = json.loads(b"".join([chunk async for chunk in stream]))
    assert told["ready"]
    assert set(told["listening"]) == {"core", "loan", "ebank", "teller"}


async def test_a_port_in_use_is_named_and_nothing_is_begun(conf: Conf, tmp_path: Path) -> None:
    async with running(conf) as hub:
        taken = changed(conf.systems["loan"], "listen", address=f"127.0.0.1:{hub.ports['core']}")
        run = conf.hub.run.model_copy(update={"directory": tmp_path / "other"})
        (tmp_path / "other").mkdir()
        second = replace(
            conf, systems={**conf.systems, "loan": taken}, hub=conf.hub.model_copy(update={"run": run})
        )
        with open_service(second) as service, pytest.raises(CannotListen, match="loan: cannot listen on"):
            await build_hub(second, service).run()
