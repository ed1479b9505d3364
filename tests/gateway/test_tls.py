"""Who is let in over TLS, on real sockets: each refusal has its reason and its counter, none falls back to
plain."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import trio

from gateway.config.hub import Limits
from gateway.config.transport import DialTls, Listen, ListenTls
from gateway.dialling import client_context
from gateway.limits.admission import Addresses, Places
from gateway.listening import Listener, server_context
from gateway.tls import days_left
from tests.gateway.authority import Authority
from tests.gateway.tiny import Bench, frames, read_some

SECONDS = 30


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("hub")
    made.issue("tiny")
    return made


def server_tls(authority: Authority, revoked: Path | None = None) -> ListenTls:
    return ListenTls(
        certificate=authority.folder / "hub.pem",
        key=authority.folder / "hub.key",
        client_ca=authority.certificate,
        client_name="tiny",
        revoked=revoked,
    )


@asynccontextmanager
async def listening(tls: ListenTls, limits: Limits | None = None) -> AsyncIterator[tuple[Bench, Listener]]:
    bench = Bench(limits=limits)
    conf = Listen(
        address="127.0.0.1:0", style="long", connections=9, allow=("127.0.0.0/8",),
        when_full="close", tls=tls,
    )  # fmt: skip
    listener = Listener(
        bench.system(SimpleNamespace(delivery=None)), conf, bench.lines, bench.shared, total=Places(9),
        addresses=Addresses(9), tls=server_context(tls),
    )  # fmt: skip
    with trio.fail_after(SECONDS):
        try:
            async with bench.running() as sessions:
                await listener.open()
                sessions.start_soon(listener.run, sessions)
                yield bench, listener
                sessions.cancel_scope.cancel()
        finally:
            listener.close()


def client_tls(authority: Authority, certificate: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.certificate)
    if certificate is not None:
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


async def dialled(listener: Listener, context: ssl.SSLContext) -> "trio.SSLStream[trio.SocketStream]":
    stream = await trio.open_tcp_stream("127.0.0.1", listener.port)
    return trio.SSLStream(stream, context, server_hostname="localhost")


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - counters are plain numbers
        await trio.sleep(0.01)


async def reason_for(tls: ListenTls, context: ssl.SSLContext) -> str:
    """What the hub counts; nothing is said to whom it turns away."""
    async with listening(tls) as (bench, listener):
        stream = await dialled(listener, context)
        said = b""
        with contextlib.suppress(trio.BrokenResourceError, ssl.SSLError):
            await stream.send_all(frames("C M1 C1 1"))
            said = await stream.receive_some(100)
        await trio.aclose_forcefully(stream)
        assert said == b""
        assert bench.service.batches == []
        await until(lambda: bool(bench.counters.lines))
        ((_, reason),) = bench.counters.lines
        return reason


@pytest.mark.fault("T1", "who is on the revocation list is refused, others are let in")
async def test_a_revoked_certificate(authority: Authority) -> None:
    taken_back, _ = authority.issue("tiny", file="taken-back")
    tls = server_tls(authority, authority.revoke([taken_back]))
    assert await reason_for(tls, client_tls(authority, taken_back)) == "tls certificate revoked"
    async with listening(tls) as (_, listener):
        stream = await dialled(listener, client_tls(authority, authority.folder / "tiny.pem"))
        await stream.send_all(frames("C M1 C1 1"))
        assert await read_some(stream, 1) == ["A M1 0000"]
        await trio.aclose_forcefully(stream)


@pytest.mark.fault("T1", "a revocation list that is out of date lets nobody in")
async def test_an_old_revocation_list(authority: Authority) -> None:
    tls = server_tls(authority, authority.revoke([], days=-1))
    reason = await reason_for(tls, client_tls(authority, authority.folder / "tiny.pem"))
    assert reason == "tls revocation list out of date"


@pytest.mark.fault("T1", "expired, unknown, missing certificate; another name: each with its own reason")
async def test_other_refusals(authority: Authority, tmp_path: Path) -> None:
    ended, _ = authority.issue("tiny", days=-1, file="ended")
    strange, _ = Authority(tmp_path, "stranger").issue("tiny")
    other, _ = authority.issue("other")
    tls = server_tls(authority)
    for certificate, reason in (
        (ended, "tls certificate expired"),
        (strange, "tls certificate unknown"),
        (other, "tls name not allowed"),
        (None, "tls certificate missing"),
    ):
        assert await reason_for(tls, client_tls(authority, certificate)) == reason


@pytest.mark.fault("T1", "TLS below 1.2 is refused and counted")
async def test_old_tls(authority: Authority) -> None:
    context = client_tls(authority, authority.folder / "tiny.pem")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert await reason_for(server_tls(authority), context) == "tls too old"


@pytest.mark.fault("T1", "a handshake that stalls meets its deadline; plain bytes are no handshake")
async def test_no_handshake(authority: Authority) -> None:
    tls = server_tls(authority)
    async with listening(tls, Limits(handshake_seconds=0.1)) as (bench, listener):
        stream = await trio.open_tcp_stream("127.0.0.1", listener.port)
        assert await stream.receive_some(1) == b""
        await stream.aclose()
        await until(lambda: ("tiny", "tls deadline") in bench.counters.lines)
        stream = await trio.open_tcp_stream("127.0.0.1", listener.port)
        await stream.send_all(frames("C M1 C1 1"))
        with contextlib.suppress(trio.BrokenResourceError):
            await stream.receive_some(100)
        await stream.aclose()
        await until(lambda: sum(bench.counters.lines.values()) == 2)
        assert bench.service.batches == []


@pytest.mark.fault("T1", "the hub, dialling, refuses a peer whose certificate was revoked")
async def test_a_revoked_server(authority: Authority) -> None:
    taken_back, key = authority.issue("localhost", file="peer")
    tls = DialTls(ca=authority.certificate, revoked=authority.revoke([taken_back]))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(taken_back, key)
    near, far = trio.testing.memory_stream_pair()
    hub = trio.SSLStream(near, client_context(tls), server_hostname="localhost")
    peer = trio.SSLStream(far, server, server_side=True)

    async def serve() -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            await peer.do_handshake()

    with trio.fail_after(SECONDS):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            with pytest.raises(trio.BrokenResourceError) as refused:
                await hub.do_handshake()
            assert "revoked" in str(refused.value.__cause__)
            nursery.cancel_scope.cancel()


@pytest.mark.fault("T2", "a certificate replaced on disk counts for new connections, those that are up stay")
async def test_certificates_are_renewed_under_sessions(authority: Authority) -> None:
    def serial(stream: "trio.SSLStream[trio.SocketStream]") -> str:
        return str(stream.getpeercert()["serialNumber"])

    tls, context = server_tls(authority), client_tls(authority, authority.folder / "tiny.pem")
    async with listening(tls) as (_, listener):
        before = await dialled(listener, context)
        await before.send_all(frames("C M1 C1 1"))
        assert await read_some(before, 1) == ["A M1 0000"]
        authority.issue("hub")
        listener.renew_certificates()
        after = await dialled(listener, context)
        for stream, id in ((before, "M2"), (after, "M3")):
            await stream.send_all(frames(f"C {id} C1 2"))
            assert await read_some(stream, 1) == [f"A {id} 0000"]
        assert serial(before) != serial(after)
        for stream in (before, after):
            await trio.aclose_forcefully(stream)


@pytest.mark.fault("T2", "a certificate on disk that cannot be used changes nothing")
async def test_a_bad_certificate_is_not_taken_up(authority: Authority) -> None:
    good = (authority.folder / "hub.pem").read_bytes()
    async with listening(server_tls(authority)) as (_, listener):
        (authority.folder / "hub.pem").write_text("no certificate")
        try:
            with pytest.raises(ssl.SSLError):
                listener.renew_certificates()
        finally:
            (authority.folder / "hub.pem").write_bytes(good)
        stream = await dialled(listener, client_tls(authority, authority.folder / "tiny.pem"))
        await stream.send_all(frames("C M1 C1 1"))
        assert await read_some(stream, 1) == ["A M1 0000"]
        await trio.aclose_forcefully(stream)


def test_how_long_files_are_good(authority: Authority, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert days_left(authority.issue("soon", days=10.5)[0], now) == 10
    assert days_left(authority.revoke([], days=5.5), now) == 5
    assert days_left(authority.folder / "ended.pem", now + timedelta(days=400)) is not None
    assert days_left(tmp_path / "nothing.pem", now) is None
