"""Lines the hub opens itself, to systems that wait for it.

Short (`ShortRoute`): for each push connect, send, read the one reply, close; only so many at a time and so
many a second. While the system cannot be reached or does not answer nothing is taken, except one push as a
probe after each pause (`gateway.breaker`), so a system that is away for days costs one row a customer and no
work.

Long (`Keeper`): a line that is dialled again, after growing pauses, whenever it breaks; pushes go over it
as over a listened one (`gateway.lines`).

Names are resolved anew at every try; the pause has jitter, so a thousand lines do not come back together.
"""

import ssl
from collections.abc import Callable
from socket import gaierror

import structlog
import trio

from ecif.messages import Outgoing
from gateway.backoff import Backoff
from gateway.breaker import Breaker
from gateway.config.transport import Dial, DialTls
from gateway.config.values import split_address
from gateway.connections import Line
from gateway.exchanges import ask_one
from gateway.faults import place_of
from gateway.limits.admission import Places, Seat
from gateway.limits.rates import Pacer
from gateway.lines import Lines
from gateway.shared import Shared, System
from gateway.sockets import Connection, Network, ReadyStream, Sockets
from gateway.streams import Wire, WireBroken, shake_hands
from gateway.tls import refuse_revoked
from gateway.turns import new_line

log = structlog.get_logger("dialler")

STEADY_SECONDS = 30.0
"""A line that lived this long, or on which the peer said anything, was no failure to reach it."""


def client_context(tls: DialTls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if tls.minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(tls.ca)
    if tls.certificate and tls.key:
        context.load_cert_chain(tls.certificate, tls.key)
    refuse_revoked(context, tls.revoked)
    return context


class Dialler:
    """Opens connections to one system."""

    def __init__(
        self,
        system: str,
        conf: Dial,
        shared: Shared,
        tls: ssl.SSLContext | None = None,
        network: Network | None = None,
    ) -> None:
        self.system, self.conf, self._shared, self._tls = system, conf, shared, tls
        self._network = network or Sockets()
        self._addresses = [address for address in (conf.address, conf.other_address) if address]

    def renew_certificates(self) -> None:
        """OSError, ssl.SSLError: what is on disk cannot be used, the old ones stay."""
        if self.conf.tls:
            self._tls = client_context(self.conf.tls)

    async def dial(self) -> Wire:
        """An open connection, TLS done. WireBroken says why not; the next try goes to the other address."""
        address = self._addresses[0]
        try:
            return await self._dial(address)
        except WireBroken:
            self._addresses.append(self._addresses.pop(0))
            raise

    async def _dial(self, address: str) -> Wire:
        host, port = split_address(address)
        try:
            with trio.fail_after(self.conf.connect_seconds):
                stream = await self._network.connect(host, port)
        except trio.TooSlowError:
            raise WireBroken("connect deadline") from None
        except (gaierror, UnicodeError) as error:  # the latter: no name is written like this
            raise WireBroken("name not resolved") from error
        except OSError as error:
            raise WireBroken("not reachable") from error
        secured = await self._secure(stream, host)
        return Wire(secured, peer=address, write_seconds=self._shared.limits.write_seconds)

    async def _secure(self, stream: Connection, host: str) -> ReadyStream:
        if self._tls is None:
            return stream
        name = (self.conf.tls and self.conf.tls.server_name) or host
        secured = stream.secured(self._tls, server_hostname=name)
        try:
            await shake_hands(secured, seconds=self._shared.limits.handshake_seconds)
        except BaseException:
            secured.close()
            raise
        return secured


class ShortRoute:
    """A route for pushes that dials for each. Its exchanges run in the nursery of `run`."""

    def __init__(
        self, system: System, dialler: Dialler, shared: Shared, *, reply_seconds: float, backoff: Backoff
    ) -> None:
        self._system, self._dialler, self._shared = system, dialler, shared
        self._reply_seconds, self._breaker = reply_seconds, Breaker(backoff)
        self._places = Places(dialler.conf.connections)
        self._pacer = Pacer(dialler.conf.requests_per_second)
        self._tasks: trio.Nursery | None = None
        self._stop = trio.Event()
        self.lost: Callable[[list[str]], None] = lambda push_ids: None
        """Told of a push that got no reply on its connection."""
        self.up: Callable[[], None] = lambda: None
        """Told when another exchange may begin."""

    async def run(self) -> None:
        """Carries exchanges until told to stop, then waits for those that are open."""
        async with trio.open_nursery() as self._tasks:
            self.up()
            await self._stop.wait()
        self._tasks = None

    def stop(self) -> None:
        self._stop.set()

    def capacity(self) -> int:
        if self._tasks is None or self._stop.is_set():
            return 0
        return self._breaker.allowed(self._places.limit, self._places.taken, trio.current_time())

    def send(self, push: Outgoing) -> bool:
        if self._tasks is None or not self.capacity() or not self._places.take():
            return False
        self._tasks.start_soon(self._exchange, push)
        return True

    def closed(self, push_id: str) -> None:
        """Nothing is kept a push: its connection is its memory."""

    async def _exchange(self, push: Outgoing) -> None:
        """One push from connect to reply; nothing escapes."""
        confirmed = False
        try:
            await self._pacer.wait_turn()
            confirmed = await self._ask(push)
        except WireBroken as broken:
            self._shared.counters.line(self._system.name, broken.reason)
            self._shared.note(
                "push.not_delivered", self._system.name, push=push.push_id, reason=broken.reason
            )
        except Exception as fault:
            log.error("push.fault", system=self._system.name, push=push.push_id, fault=place_of(fault))
        finally:
            self._places.give_back()
            if not confirmed:
                self.lost([push.push_id])
            self.up()

    async def _ask(self, push: Outgoing) -> bool:
        begun = trio.current_time()
        try:
            wire = await self._dialler.dial()
        except WireBroken:
            self._breaker.unreached(begun, trio.current_time())
            raise
        try:
            confirmed = await ask_one(wire, push, self._system, self._shared, self._reply_seconds)
        except WireBroken:
            self._breaker.unanswered(begun, trio.current_time())
            raise
        self._breaker.answered()
        return confirmed

    def statistics(self) -> dict[str, float]:
        return {"open_exchanges": self._places.taken, "dial_failures": self._breaker.failures}


class Keeper:
    """Keeps one long line up until told to stop, where it is this hub's to have."""

    def __init__(
        self,
        system: System,
        dialler: Dialler,
        lines: Lines,
        shared: Shared,
        backoff: Backoff,
        holds: Callable[[], bool] = lambda: True,
    ) -> None:
        self._system, self._dialler, self._lines, self._shared = system, dialler, lines, shared
        self._backoff, self._holds = backoff, holds
        self._stop, self._changed = trio.Event(), trio.Event()
        self._line: Line | None = None
        self._resting = False
        """The last try was no good, and it is too early for the next."""
        self.rested: Callable[[], None] = lambda: None
        """Told when it would dial again."""
        self._worked = False
        """Whether the system said anything on the last line: then its end was no failure to connect."""

    def stop(self) -> None:
        """Do not dial again; the line itself is finished by the hub."""
        self._stop.set()
        self._changed.set()

    def wants(self) -> bool:
        """Whether it has a line or would dial for one."""
        return not self._resting and not self._stop.is_set()

    def lease_changed(self) -> None:
        """Gained: dial. Lost: the line gives way to that of the hub that has the system now."""
        self._changed.set()
        if self._line is not None and not self._holds():
            self._line.finish("another hub's")

    async def _wait_allowed(self) -> None:
        while not self._holds() and not self._stop.is_set():
            self._changed = trio.Event()
            await self._changed.wait()

    async def run(self) -> None:
        while not self._stop.is_set():
            await self._wait_allowed()
            if self._stop.is_set():
                return
            began = trio.current_time()
            reason = await self._one_life()
            if self._worked or trio.current_time() - began >= STEADY_SECONDS:
                self._backoff.succeeded()
            self._shared.counters.line(self._system.name, reason)
            self._shared.note("line.down", self._system.name, peer=self._dialler.conf.address, reason=reason)
            self._resting = True
            with trio.move_on_after(self._backoff.failed()):
                await self._stop.wait()
            self._resting = False
            self.rested()

    async def _one_life(self) -> str:
        """Dial, keep the line until it ends; why it ended."""
        self._worked = False
        try:
            wire = await self._dialler.dial()
        except WireBroken as broken:
            return broken.reason
        line = new_line(wire, self._system, self._shared, self._lines, Seat(Places(1)), pushes=True)
        begun = line.last_heard
        self._line = line
        await line.run()
        self._line = None
        self._worked = line.last_heard > begun
        return line.reason
