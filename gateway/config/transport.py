"""Where a system's bytes come from and go to: the sections [listen], [dial], [delivery] and [heartbeat]."""

from pathlib import Path
from typing import Literal

from pydantic import model_validator

from gateway.config.values import (
    Address,
    AllowedNetwork,
    Count,
    Seconds,
    Section,
    Switch,
    Text,
    split_address,
)
from gateway.quiet import Span


class ListenTls(Section):
    """The hub's side of TLS on a listener. With `client_ca` the peer must show a certificate."""

    certificate: Path
    """The hub's certificate chain, PEM; relative paths start at the working directory."""
    key: Path
    client_ca: Path | None = None
    """Who may sign client certificates; without it clients need none."""
    client_name: Text | None = None
    """The common name a client's certificate must carry."""
    revoked: Path | None = None
    """The client CA's revocation list, PEM: read with the certificates, refused when it is out of date."""
    minimum: Literal["1.2", "1.3"] = "1.2"

    @model_validator(mode="after")
    def _name_needs_ca(self) -> "ListenTls":
        if self.client_name and self.client_ca is None:
            raise ValueError("client_name needs client_ca: without it no certificate is asked for")
        if self.revoked and self.client_ca is None:
            raise ValueError("revoked needs client_ca: without it no certificate is asked for")
        return self


class DialTls(Section):
    """The hub as TLS client."""

    ca: Path
    """Who signs the peer's certificate."""
    revoked: Path | None = None
    """That CA's revocation list, PEM: read with the certificates, refused when it is out of date."""
    certificate: Path | None = None
    key: Path | None = None
    server_name: Text | None = None
    """The name to expect in the peer's certificate; otherwise the dialled host."""
    minimum: Literal["1.2", "1.3"] = "1.2"

    @model_validator(mode="after")
    def _both_or_none(self) -> "DialTls":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: give both or none")
        return self


class _Endpoint(Section):
    address: Address
    """HOST:PORT; port 0 takes any free one (tests)."""
    style: Literal["long", "short"]
    """long: many messages a connection; short: connect, one request, one reply, close."""
    connections: Count
    """The most this system may have (or the hub may open) at a time."""
    silence_seconds: Seconds | None = None
    """A line without any frame for this long is closed."""
    sign_on_seconds: Seconds | None = None
    """How long a new connection may take to sign on, or to answer the hub's greeting."""

    @property
    def host(self) -> str:
        return split_address(self.address)[0]

    @property
    def port(self) -> int:
        return split_address(self.address)[1]


class Listen(_Endpoint):
    """The system dials the hub."""

    allow: tuple[AllowedNetwork, ...]
    """Who may connect; anybody else is closed without a word and counted."""
    when_full: Literal["close_longest_silent", "busy", "close"]
    """What happens to one connection too many: see the system's sheet."""
    linger_seconds: Seconds = 1
    """Style short: how long the requester may take to close after the reply."""
    tls: ListenTls | None = None


class Dial(_Endpoint):
    """The hub dials the system."""

    other_address: Address | None = None
    """Where else it may be: tried in turn with the first whenever a connection cannot be had."""

    requests_per_second: Count | None = None
    connect_seconds: Seconds = 5
    redial_seconds: Seconds = 10
    """Style long: the longest pause before a lost line is dialled again; the first ones are shorter."""
    tls: DialTls | None = None


class Delivery(Section):
    """How pushes reach the system."""

    over: Literal["listen", "dial"]
    """On lines the system opened, or on the hub's own."""
    window: Count
    """Unanswered pushes to this system."""
    reply_seconds: Seconds
    """After this the push counts as unanswered and is repeated."""
    per_second: Count | None = None
    """Pushes to this system at most, also when many wait after an outage; left out: as fast as it answers."""
    quiet: tuple[Span, ...] = ()
    """Hours of the system's own day in which nothing is pushed to it, as in 23:30-01:00."""
    shadow: Switch = False
    """Pushes are made and shown in the journal, and not sent; what stands leaves when this is false again."""


class Link(Section):
    """Lines on which each side has one unanswered request, its line tests included, and damaged frames are
    said and repeated."""

    answer_seconds: Seconds
    """An unanswered request ends the line; it is dialled again and the request repeated."""
    naks: Count = 3
    """So many for one frame end the line."""


class Heartbeat(Section):
    """The hub's own heartbeats."""

    type: Text
    """The message type, as in [messages]."""
    after_seconds: Seconds
    """How long the hub has sent nothing when it sends one."""
    without: Literal["sending", "traffic"] = "sending"
    """traffic: the peer must have sent nothing either."""
    missed: Count
    """Unanswered heartbeats after which the line is closed."""
