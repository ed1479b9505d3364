"""Ports the systems dial: who is let in, and a loop that nothing stops.

Addresses that are not allowed and connections above the process's limits are closed without a word and
counted. When the system itself has too many, its sheet says what happens (`when_full`): the line that has
been silent longest gives way (to a newcomer who has signed on, where the system does so), or the newcomer is
told 9001 once it has asked (it comes without a seat), or it is closed.
"""

import errno
import ssl

import structlog
import trio

from gateway.accepting import accept_loop
from gateway.config.transport import Listen, ListenTls
from gateway.connections import Line
from gateway.exchanges import answer_one
from gateway.faults import place_of
from gateway.limits.admission import Addresses, Allowlist, Often, Places, Seat
from gateway.lines import Lines
from gateway.shared import Shared, System
from gateway.sockets import Connection, Network, Port, ReadyStream, Sockets
from gateway.streams import Wire, WireBroken, shake_hands
from gateway.tls import refuse_revoked
from gateway.turns import new_line

log = structlog.get_logger("listener")

BACKLOG = 1024


def server_context(tls: ListenTls) -> ssl.SSLContext:
    """Conf → context: TLS 1.2 at least, and where a client CA is given, no client without a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if tls.minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.key)
    if tls.client_ca:
        context.load_verify_locations(tls.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    refuse_revoked(context, tls.revoked)
    return context


class CannotListen(OSError):
    """A port that cannot be had; the text says which and why."""


class Listener:
    """One system's port."""

    def __init__(
        self,
        system: System,
        conf: Listen,
        lines: Lines,
        shared: Shared,
        *,
        total: Places,
        addresses: Addresses,
        tls: ssl.SSLContext | None = None,
        network: Network | None = None,
    ) -> None:
        self._network = network or Sockets()
        self._system, self._conf, self._lines, self._shared = system, conf, lines, shared
        self._total, self._addresses, self._tls = total, addresses, tls
        self._arrivals = Often(shared.limits.arrivals_per_address, seconds=1)
        self._refused = Often(shared.limits.refused_sign_ons, shared.limits.lock_out_seconds)
        delivery = system.conf.delivery
        self._pushes = delivery is not None and delivery.over == "listen"
        self._allow = Allowlist(conf.allow)
        self.places = Places(conf.connections)
        self._sockets: list[Port] = []

    def __repr__(self) -> str:
        return f"<Listener {self._system.name} {self._conf.address}>"

    @property
    def name(self) -> str:
        return self._system.name

    @property
    def port(self) -> int:
        """The bound port, where conf says 0 the one the kernel chose."""
        return self._sockets[0].port

    async def open(self) -> None:
        """Bind and listen, or CannotListen."""
        try:
            self._sockets = await self._network.listen(self._conf.host, self._conf.port, backlog=BACKLOG)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            text = f"{self.name}: cannot listen on {self._conf.address}: {reason}"
            raise CannotListen(error.errno or errno.EADDRNOTAVAIL, text) from error

    def close(self) -> None:
        for listener in self._sockets:
            listener.close()

    def renew_certificates(self) -> None:
        """OSError, ssl.SSLError: what is on disk cannot be used, the old ones stay."""
        if self._conf.tls:
            self._tls = server_context(self._conf.tls)

    def give_sockets(self) -> list[Port]:
        """They stay open and are another's."""
        given, self._sockets = self._sockets, []
        return given

    def take_sockets(self, given: list[Port]) -> None:
        """Instead of `open`."""
        self._sockets = given

    async def run(self, sessions: trio.Nursery) -> None:
        """Accept until cancelled; the connections live on in `sessions`."""
        async with trio.open_nursery() as loops:
            for socket in self._sockets:
                loops.start_soon(accept_loop, socket, self._come, sessions)

    async def _come(self, stream: Connection) -> None:
        """One connection from accept to close; nothing escapes."""
        host = stream.peer.rpartition(":")[0]
        refusal = self._refusal(host)
        if refusal:
            return self._turn_away(stream, host, refusal)
        try:
            await self._let_in(stream)
        except WireBroken as broken:
            self._shared.counters.line(self._system.name, broken.reason)
            self._shared.note("connection.refused", self._system.name, peer=host, reason=broken.reason)
        except Exception as fault:
            log.error("connection.fault", system=self._system.name, fault=place_of(fault))
        finally:
            self._total.give_back()
            self._addresses.give_back(host)
            stream.close()
        return None

    def _refusal(self, host: str) -> str:
        """Why this address is not let in; "" when it is, and then it counts in the limits."""
        if host not in self._allow:
            return "address not allowed"
        now = trio.current_time()
        if self._arrivals.note(host, now):
            return "address comes too often"
        if self._refused.too_often(host, now):
            return "locked out"
        if not self._total.take():
            return "too many connections"
        if not self._addresses.take(host):
            self._total.give_back()
            return "too many of one address"
        return ""

    def _turn_away(self, stream: Connection, host: str, reason: str) -> None:
        self._shared.counters.line(self._system.name, reason)
        self._shared.note("connection.refused", self._system.name, peer=host, reason=reason)
        stream.close()

    async def _let_in(self, stream: Connection) -> None:
        wire = Wire(
            await self._secure(stream), peer=stream.peer, write_seconds=self._shared.limits.write_seconds
        )
        seat = Seat(self.places, make_room=self._push_out if self._newest_wins else None)
        try:
            if not seat.take() and not self._make_room(seat):
                self._shared.counters.line(self._system.name, "too many connections")
                self._shared.note("connection.refused", self._system.name, peer=wire.peer, reason="full")
                return await wire.close()
            await self._serve(wire, seat)
        finally:
            seat.give_back()
        return None

    @property
    def _newest_wins(self) -> bool:
        return self._conf.when_full == "close_longest_silent" and self._system.dialect.sign_on is not None

    def _make_room(self, seat: Seat) -> bool:
        """There is no seat. Whether the connection may come in all the same."""
        if self._newest_wins:
            return True  # without a seat: it has to sign on first
        if self._conf.when_full == "close_longest_silent" and len(self._lines):
            self._push_out()
            seat.take_over()
            return True
        return self._conf.when_full == "busy"  # without a seat: told so when it asks

    def _push_out(self) -> None:
        """So that a newcomer can take over a place. Not where one is being given back that nobody took over
        yet: a system may close one line and open another at once."""
        if self._lines.leaving() > self.places.taken - self.places.limit:
            return
        longest = self._lines.longest_silent()
        if longest is not None:
            longest.end("gave way")

    async def _secure(self, stream: Connection) -> ReadyStream:
        if self._tls is None:
            return stream
        secured = stream.secured(self._tls)
        try:
            await shake_hands(secured, seconds=self._shared.limits.handshake_seconds)
            expected = self._conf.tls.client_name if self._conf.tls else None
            if expected and secured.common_name() != expected:
                raise WireBroken("tls name not allowed")
        except BaseException:
            secured.close()
            raise
        return secured

    async def _serve(self, wire: Wire, seat: Seat) -> None:
        if self._conf.style == "long":
            line = new_line(wire, self._system, self._shared, self._lines, seat, pushes=self._pushes)
            await line.run()
            self._remember(line)
        else:
            await answer_one(wire, self._system, self._conf, self._shared, seat)

    def _remember(self, line: Line) -> None:
        """Who is refused at the sign-on again and again guesses; who was let in does not."""
        if self._system.dialect.sign_on is None:
            return
        host = line.wire.peer.rpartition(":")[0]
        if line.reason == "refused":
            self._refused.note(host, trio.current_time())
        elif line.signed_on:
            self._refused.forgive(host)
