"""Where an examination takes place: the ways to the system that conf declares, and what was seen so far.

    long    one contact at a time, kept from case to case and had anew when it has ended
    short   a contact for each question

Either way the hub dials (`--connect` says where) or it waits to be dialled (`--listen`).
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from ecif.messages import PushReply
from gateway.certifying.contact import Contact, Heard
from gateway.certifying.customer import Customer, Letter
from gateway.clock import wall_clock
from gateway.dialling import client_context
from gateway.listening import server_context
from gateway.shared import System
from gateway.sockets import PlainStream, SocketListener, SocketStream, connect, open_listeners
from gateway.streams import Wire, WireBroken, shake_hands

QUIET_SECONDS = 1.0
"""How long silence is listened to where nothing should come."""
CLOSE_SECONDS = 10.0
"""Within which a line must be given up: that of the hub itself (`limits.frame_seconds`)."""
_WRITE_SECONDS = _HANDSHAKE_SECONDS = 10.0


class NotReached(Exception):
    """There is no line to the system; the text says why."""


@dataclass(frozen=True)
class Ways:
    """Where the system is: dialled there, or waited for here."""

    connect: tuple[str, int] | None = None
    listen: tuple[str, int] | None = None
    wait_seconds: float = 60.0


class Bench:
    """The hub's side of one examination."""

    def __init__(self, system: System, ways: Ways, customer: Customer | None = None) -> None:
        self.system, self.ways = system, ways
        self.heard = Heard()
        self.version = 2
        """Of the next push; the system may know a higher one."""
        self.server_name = ""
        self._customer = customer
        self._contact: Contact | None = None
        self._sockets: list[SocketListener] = []
        self._arrived: trio.MemoryReceiveChannel[PlainStream] | None = None

    @property
    def short(self) -> bool:
        """Whether pushes have a connection each."""
        dial = self.system.conf.dial
        return self.ways.connect is not None and dial is not None and dial.style == "short"

    @property
    def customer(self) -> Customer | None:
        """The one named, or the first that the system spoke of."""
        if self._customer is None and self.heard.customer_no:
            self._customer = Customer(self.system.dialect, self.heard.customer_no, self.heard.kind)
        return self._customer

    def named(self, customer: Customer) -> None:
        """Under whose number everything is pushed."""
        self._customer = customer

    @property
    def reply_seconds(self) -> float:
        delivery = self.system.conf.delivery
        return delivery.reply_seconds if delivery else CLOSE_SECONDS

    @property
    def ports(self) -> list[int]:
        return [socket.port for socket in self._sockets]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Bench"]:
        """With its port open, where it is to be dialled. OSError: it cannot be had."""
        send, self._arrived = trio.open_memory_channel[PlainStream](16)
        if self.ways.listen is not None:
            self._sockets = await open_listeners(*self.ways.listen, backlog=16)
        try:
            async with trio.open_nursery() as nursery:
                for socket in self._sockets:
                    nursery.start_soon(_accept, socket, send)
                yield self
                nursery.cancel_scope.cancel()
        finally:
            await self.drop()
            for socket in self._sockets:
                socket.close()
            self._close_unserved()

    def _close_unserved(self) -> None:
        assert self._arrived is not None
        while True:
            try:
                self._arrived.receive_nowait().close()
            except (trio.WouldBlock, trio.EndOfChannel):
                return

    # ------------------------------------------------------------------------------------- lines

    async def contact(self) -> Contact:
        """A line on which the system may be asked. Raises NotReached."""
        if self._contact is None or self._contact.ended or self.short:
            await self.drop()
            self._contact = await self.fresh()
            await self._begin(self._contact)
        return self._contact

    async def fresh(self) -> Contact:
        """A new line, nothing said on it yet."""
        if self.ways.connect is not None:
            stream = await self._dialled(*self.ways.connect)
        else:
            stream = await self._awaited()
        secured = await self._secured(stream)
        wire = Wire(secured, peer=stream.peer, write_seconds=_WRITE_SECONDS)
        return Contact(wire, self.system, self.heard, wall_clock)

    async def drop(self) -> None:
        if self._contact is not None:
            await self._contact.close()
        self._contact = None

    async def _dialled(self, host: str, port: int) -> PlainStream:
        dial = self.system.conf.dial
        try:
            with trio.fail_after(dial.connect_seconds if dial else CLOSE_SECONDS):
                return await connect(host, port)
        except (trio.TooSlowError, OSError) as error:
            reason = getattr(error, "strerror", None) or "no answer"
            raise NotReached(f"{host}:{port} cannot be reached: {reason}") from None

    async def _awaited(self) -> PlainStream:
        assert self._arrived is not None
        with trio.move_on_after(self.ways.wait_seconds):
            return await self._arrived.receive()
        raise NotReached(f"nobody dialled within {self.ways.wait_seconds:g} s")

    async def _secured(self, stream: PlainStream) -> SocketStream:
        context, server_name = self._tls()
        if context is None:
            return stream
        secured = stream.secured(context, server_hostname=server_name)
        try:
            await shake_hands(secured, seconds=_HANDSHAKE_SECONDS)
            listen = self.system.conf.listen
            expected = listen.tls.client_name if listen and listen.tls and server_name is None else None
            if expected and secured.common_name() != expected:
                raise NotReached(f"its certificate names another than {expected}")
        except WireBroken as broken:
            secured.close()
            raise NotReached(broken.reason) from None
        except BaseException:
            secured.close()
            raise
        return secured

    def _tls(self) -> tuple[ssl.SSLContext | None, str | None]:
        listen, dial = self.system.conf.listen, self.system.conf.dial
        if self.ways.connect is not None:
            if dial is None or dial.tls is None:
                return None, None
            return client_context(dial.tls), dial.tls.server_name or self.ways.connect[0]
        return (server_context(listen.tls) if listen and listen.tls else None), None

    async def _begin(self, contact: Contact) -> None:
        """Sign-on, whoever owes it."""
        conf = self.system.conf
        end = (conf.dial if self.ways.connect is not None else conf.listen) or conf.listen or conf.dial
        seconds = (end.sign_on_seconds if end else None) or CLOSE_SECONDS
        greeting = contact.session.greet(wall_clock())
        if greeting is not None:
            await send_bytes(contact, self.system.framing.wrap(greeting))
        if not await contact.wait(lambda: contact.session.ready, seconds):
            await contact.close()
            raise NotReached(f"no sign-on within {seconds:g} s: {contact.session.state.value}")

    # ------------------------------------------------------------------------------------- questions

    async def ask(
        self, *letters: Letter, again: bool = False, seconds: float = 0.0
    ) -> list[PushReply | None]:
        """Pushes in one send, and the reply to each; None where none came in time (`seconds`: another)."""
        bodies = [self.system.dialect.repeated(one.body) if again else one.body for one in letters]
        data = b"".join(map(self.system.framing.wrap, bodies))
        return await self.ask_bytes(data, [one.id for one in letters], seconds=seconds)

    async def ask_bytes(
        self, data: bytes, ids: list[str], *, pieces: int = 0, seconds: float = 0.0
    ) -> list[PushReply | None]:
        """`pieces`: so many bytes at a time, each in a segment of its own."""
        contact = await self.contact()
        for id in ids:
            contact.replies.pop(id, None)
        step = pieces or len(data)
        for at in range(0, len(data), step):
            await send_bytes(contact, data[at : at + step], last=at + step >= len(data))
        seconds = seconds or self.reply_seconds
        await contact.wait(lambda: all(id in contact.replies for id in ids), seconds)
        return [contact.replies.get(id) for id in ids]


async def _accept(socket: SocketListener, arrived: "trio.MemorySendChannel[PlainStream]") -> None:
    """More than anybody waits for are not let in: the system dials again."""
    while True:
        stream = await socket.accept()
        try:
            arrived.send_nowait(stream)
        except trio.WouldBlock:
            stream.close()


async def send_bytes(contact: Contact, data: bytes, *, last: bool = True) -> None:
    """A line that broke is at its end: what was asked on it gets no answer."""
    try:
        await contact.send_bytes(data, last=last)
    except WireBroken as broken:
        contact.ended = contact.ended or broken.reason
