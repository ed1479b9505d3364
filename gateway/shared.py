"""What connections are handed when they come up: their system, and what all of them have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog
import trio

from adapters.dialect import SystemDialect
from adapters.session import Beats
from adapters.session import Limits as SessionLimits
from adapters.turns import TurnLimits
from formats.framing import Framing
from gateway.clock import wall_clock
from gateway.config.hub import Limits
from gateway.config.schema import SystemConf
from gateway.intake.intake import Intake
from gateway.limits.budget import Budget
from gateway.limits.rates import FrameTime, Throttle
from gateway.statistics import Counters

log = structlog.get_logger("connection")


@dataclass(frozen=True, slots=True)
class System:
    """What the gateway must know of one system."""

    name: str
    conf: SystemConf
    framing: Framing
    dialect: SystemDialect
    session_limits: SessionLimits
    turns: TurnLimits | None = None
    """Where each side of a line has one request open."""


def session_limits(conf: SystemConf) -> SessionLimits:
    """What conf says about a line's times."""
    listen, beat = conf.listen, conf.heartbeat
    endpoint = listen or conf.dial
    return SessionLimits(
        sign_on_seconds=endpoint.sign_on_seconds if endpoint else None,
        silence_seconds=endpoint.silence_seconds if endpoint else None,
        beats=Beats(beat.after_seconds, beat.missed, beat.without == "traffic") if beat else None,
    )


def turn_limits(conf: SystemConf) -> TurnLimits | None:
    link = conf.link
    return None if link is None else TurnLimits(link.answer_seconds, link.naks)


@dataclass(slots=True)
class Shared:
    """What all connections of the hub have in common."""

    intake: Intake
    limits: Limits
    budget: Budget
    counters: Counters
    settled: Callable[[str, str], None] = lambda system, push_id: None
    """Told when a system's reply to a push is committed."""
    throttle: Throttle = field(default_factory=Throttle)
    clock: Callable[[], int] = wall_clock
    stopping: bool = False
    waiting: set[trio.CancelScope] = field(default_factory=set)
    """Short connections whose request has not come yet."""
    frame_time: FrameTime = field(init=False)

    def __post_init__(self) -> None:
        self.frame_time = FrameTime(self.limits.frame_seconds, self.limits.frame_bytes_per_second)

    def of_one_station(self) -> "Shared":
        """The same for a station that may stop while the others go on."""
        return replace(self, stopping=False, waiting=set())

    def stop(self) -> None:
        """No new request is begun; what was taken in goes on."""
        self.stopping = True
        for scope in self.waiting:
            scope.cancel()

    def note(self, event: str, system: str, **keys: object) -> None:
        """A log line about a connection, unless there have just been many of its kind."""
        hidden = self.throttle.admit(f"{event} {system} {keys.get('reason')}", trio.current_time())
        if hidden is not None:
            log.info(event, system=system, **keys, **({"not_logged": hidden} if hidden else {}))
