"""Each system's station, made from its conf; those that run, and what reaches them from the commits.

The second half of the composition root (`gateway.bootstrap`): what all stations have in common is made once
here, and a reload makes single stations anew.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Protocol

import structlog

from adapters.clock import offset_seconds
from adapters.dialect import SystemDialect
from ecif.leases import Tenancy
from ecif.messages import Outgoing
from ecif.store.engine import is_shared
from gateway.backoff import Backoff
from gateway.config.hub import HubConf
from gateway.config.schema import SystemConf
from gateway.delivery import Delivers, Delivery
from gateway.dialling import Dialler, Keeper, ShortRoute, client_context
from gateway.intake.committing import TakesIn
from gateway.intake.intake import Intake
from gateway.leasing import Leasing, Unshared
from gateway.limits.admission import Addresses, Places
from gateway.limits.budget import Budget
from gateway.lines import Lines
from gateway.listening import Listener, server_context
from gateway.quiet import QuietHours
from gateway.shared import Shared, System, session_limits, turn_limits
from gateway.station import Station
from gateway.statistics import Counters
from gateway.world import World

log = structlog.get_logger("stations")

HEARD_FIRST_SECONDS = 1.0


class CustomerHalf(TakesIn, Delivers, Protocol):
    """The service, be it here or in a process of its own."""

    leaving: list[Outgoing]

    @property
    def counts(self) -> Mapping[str, int]: ...

    def take_leaving(self) -> list[Outgoing]: ...

    def take_woken(self) -> set[str]: ...

    def keep_leases(self, wanted: Collection[str]) -> Sequence[Tenancy]: ...


def silence_seconds(system: SystemConf) -> float:
    """After how long a push that nothing was heard of counts as unanswered. A connection of its own, or one
    that ends with an unanswered request, says by itself that no reply came, and the pause counts from there:
    it must be heard first."""
    delivery = system.delivery
    if delivery is None:
        return 0.0
    alone = delivery.over == "dial" and system.dial is not None and system.dial.style == "short"
    return delivery.reply_seconds + (HEARD_FIRST_SECONDS if alone or system.link else 0.0)


class Stations:
    """`running` by name. `intake_class` is for the crash test's mutant, which answers before it commits."""

    def __init__(
        self,
        conf: HubConf,
        service: CustomerHalf,
        intake_class: type[Intake] = Intake,
        world: World | None = None,
    ) -> None:
        self._conf, self._service, self._world = conf, service, world or World()
        self.running: dict[str, Station] = {}
        self._held = 0
        """How many records were held for a steward when this was last looked at."""
        self.counters, self.writer = Counters(), self._world.make_writer()
        self.leasing = self._make_leasing()
        limits = conf.limits
        self._total, self._addresses = Places(limits.connections), Addresses(limits.connections_per_address)
        budget = Budget(limits.bytes_in_flight)
        self.intake = intake_class(
            service,
            self.writer,
            conf.intake,
            counters=self.counters,
            budget=budget,
            committed=self._deliver,
            room=self._room,
            clock=self._world.clock,
            chance=self._world.chance,
        )
        self._shared = Shared(
            self.intake, limits, budget, self.counters, settled=self._settled, clock=self._world.clock
        )

    # ------------------------------------------------------------ what reaches them

    def _delivery_of(self, system: str) -> Delivery | None:
        station = self.running.get(system)
        return None if station is None else station.delivery

    def _room(self) -> dict[str, int]:
        """System → pushes that may leave with the next commit, besides those that are about to."""
        about_to = Counter(push.system for push in self._service.leaving)
        deliveries = {name: station.delivery for name, station in self.running.items()}
        return {
            name: max(0, delivery.room() - about_to[name])
            for name, delivery in deliveries.items()
            if delivery is not None
        }

    def _deliver(self) -> None:
        """After a commit: what may leave leaves, and whoever has got work beside that is woken."""
        held = self._service.counts.get("standoffs", 0)
        if held > self._held:
            log.warning("customers.held", records=held - self._held, why="systems overwrite each other")
        self._held = held
        for push in self._service.take_leaving():
            if delivery := self._delivery_of(push.system):
                delivery.send(push)
        for name in self._service.take_woken():
            if delivery := self._delivery_of(name):
                delivery.wake()

    def _settled(self, system: str, push_id: str) -> None:
        if delivery := self._delivery_of(system):
            delivery.settled(push_id)

    def _wants(self) -> list[str]:
        return [name for name, station in self.running.items() if station.wants()]

    def _lease_changed(self, system: str) -> None:
        if station := self.running.get(system):
            station.lease_changed()

    # ------------------------------------------------------------ how they are made

    def _make_leasing(self) -> Leasing | Unshared:
        if not is_shared(self._conf.database.url):
            return Unshared()
        return Leasing(
            self._service,
            self.writer,
            lease_seconds=self._conf.instances.lease_seconds,
            poll_seconds=self._conf.delivery.poll_seconds,
            wants=self._wants,
            changed=self._lease_changed,
        )

    def _holds(self, system: str) -> Callable[[], bool]:
        return partial(self.leasing.holds, system)

    def make(self, name: str, conf: SystemConf, dialect: SystemDialect) -> Station:
        """Nothing opened. OSError and ssl.SSLError name certificates that are missing."""
        system = System(name, conf, conf.framing, dialect, session_limits(conf), turn_limits(conf))
        shared = self._shared.of_one_station()
        listened, lines = Lines(_window(conf)), Lines(_window(conf))
        listener = self._listener(system, shared, listened)
        dialler = self._dialler(system, shared)
        short = self._short_route(system, shared, dialler)
        station = Station(
            system,
            shared,
            listener=listener,
            keepers=self._keepers(system, shared, dialler, lines),
            routes=[short] if short else [],
            lines=[listened, lines],
            dialler=dialler,
        )
        if conf.delivery is not None:
            route = listened if conf.delivery.over == "listen" else short or lines
            station.delivery = self._delivery(system, conf, route)
        return station

    def _delivery(self, system: System, conf: SystemConf, route: Lines | ShortRoute) -> Delivery:
        assert conf.delivery is not None
        delivery = Delivery(
            system.name,
            conf.delivery.model_copy(update={"reply_seconds": silence_seconds(conf)}),
            route,
            service=self._service,
            writer=self.writer,
            counters=self.counters,
            push_type=system.dialect.push_type,
            batches=lambda: self.intake.busy,
            quiet=QuietHours(conf.delivery.quiet, offset_seconds(conf.system.time_zone)),
            poll_seconds=self._conf.delivery.poll_seconds,
            clock=self._world.clock,
            chance=self._world.chance,
            holds=self._holds(system.name),
        )

        def up() -> None:
            delivery.wake()
            self.leasing.wake(system.name)

        route.lost, route.up = delivery.lost, up
        return delivery

    def _listener(self, system: System, shared: Shared, lines: Lines) -> Listener | None:
        conf = system.conf.listen
        if conf is None:
            return None
        tls = server_context(conf.tls) if conf.tls else None
        return Listener(
            system, conf, lines, shared, total=self._total, addresses=self._addresses, tls=tls,
            network=self._world.network,
        )  # fmt: skip

    def _dialler(self, system: System, shared: Shared) -> Dialler | None:
        conf = system.conf.dial
        if conf is None:
            return None
        tls = client_context(conf.tls) if conf.tls else None
        return Dialler(system.name, conf, shared, tls, self._world.network)

    def _short_route(self, system: System, shared: Shared, dialler: Dialler | None) -> ShortRoute | None:
        if dialler is None or dialler.conf.style != "short":
            return None
        delivery = system.conf.delivery
        seconds = delivery.reply_seconds if delivery else 0.0
        return ShortRoute(system, dialler, shared, reply_seconds=seconds, backoff=self._backoff())

    def _keepers(self, system: System, shared: Shared, dialler: Dialler | None, lines: Lines) -> list[Keeper]:
        if dialler is None or dialler.conf.style == "short":
            return []
        redial = dialler.conf.redial_seconds
        count = range(dialler.conf.connections)
        holds = self._holds(system.name)
        keepers = [Keeper(system, dialler, lines, shared, self._backoff(redial), holds) for _ in count]
        for keeper in keepers:
            keeper.rested = partial(self.leasing.wake, system.name)
        return keepers

    def _backoff(self, at_most: float = math.inf) -> Backoff:
        limits = self._conf.delivery
        cap = min(limits.backoff_cap_seconds, at_most)
        return Backoff(min(limits.backoff_first_seconds, cap), cap, chance=self._world.chance)


def _window(conf: SystemConf) -> int:
    return conf.delivery.window if conf.delivery else 1
