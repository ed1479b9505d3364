"""The composition root: conf in, objects out. Nothing else builds, nothing is built at import time.

`build_hub` puts the whole hub together; the loaders before it serve commands that need only a part. What
cannot work as declared is raised as DeclarationErrors, all of them at once.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Protocol

from adapters.dialect import SystemDialect, build_dialect
from ecif.matching import Matching
from ecif.messages import Outgoing
from ecif.service import Service
from ecif.setting import SECOND, Patience
from ecif.store.store import Store, open_store
from ecif.survivorship import Rules
from formats.codec import Codec
from formats.declare import load_codec
from formats.seals import load_seal
from gateway.backoff import Backoff
from gateway.config.schema import Conf, SystemConf
from gateway.delivery import Delivers, Delivery
from gateway.dialling import Dialler, Keeper, ShortRoute, client_context
from gateway.hub import Hub
from gateway.intake import Intake, TakesIn, Writer
from gateway.limits import Addresses, Budget, Places
from gateway.lines import Lines
from gateway.listening import Listener, server_context
from gateway.shared import Shared, System, session_limits, turn_limits
from gateway.statistics import Counters

HEARD_FIRST_SECONDS = 1.0


def load_codec_of(conf: Conf, name: str) -> Codec:
    """One system's message layouts."""
    system = conf.systems[name]
    seal = load_seal(system.seal) if system.seal else None
    return load_codec(system.codec, conf.folder_of(name), name, seal)


def load_codecs(conf: Conf) -> dict[str, Codec]:
    return {name: load_codec_of(conf, name) for name in conf.systems}


def load_dialects(conf: Conf) -> dict[str, SystemDialect]:
    """Every system's dialect. An ExceptionGroup of DeclarationErrors names all that cannot work."""
    return {name: load_dialect(conf, name) for name in conf.systems}


def load_dialect(conf: Conf, name: str) -> SystemDialect:
    return build_dialect(name, conf.systems[name], load_codec_of(conf, name), conf.codes.root)


def load_rules(conf: Conf) -> Rules:
    return Rules.compiled(conf.survivorship)


def load_matching(conf: Conf) -> Matching:
    return Matching(conf.matching)


def load_patience(conf: Conf) -> Patience:
    """How long pushes wait for replies and between repeats."""
    limits = conf.hub.delivery
    return Patience(
        reply={
            name: int(silence_seconds(system) * SECOND)
            for name, system in conf.systems.items()
            if system.delivery
        },
        first=int(limits.backoff_first_seconds * SECOND),
        cap=int(limits.backoff_cap_seconds * SECOND),
    )


def silence_seconds(system: SystemConf) -> float:
    """After how long a push that nothing was heard of counts as unanswered. A connection of its own, or one
    that ends with an unanswered request, says by itself that no reply came, and the pause counts from there:
    it must be heard first."""
    delivery = system.delivery
    if delivery is None:
        return 0.0
    alone = delivery.over == "dial" and system.dial is not None and system.dial.style == "short"
    return delivery.reply_seconds + (HEARD_FIRST_SECONDS if alone or system.link else 0.0)


def build_service(conf: Conf, store: Store, dialects: Mapping[str, SystemDialect]) -> Service:
    """The customer half, on a store that is open."""
    return Service(store, dialects, load_rules(conf), load_matching(conf), patience=load_patience(conf))


@contextmanager
def open_service(conf: Conf) -> Iterator[Service]:
    """The customer half on its database, for as long as this lasts. StoreError says what is missing."""
    with closing(open_store(conf.hub.database.url)) as store:
        with store.unit():  # nothing is written: a database that somebody holds is found now
            pass
        yield build_service(conf, store, load_dialects(conf))


class CustomerHalf(TakesIn, Delivers, Protocol):
    """The service, be it here or in a process of its own."""

    leaving: list[Outgoing]

    @property
    def counts(self) -> Mapping[str, int]: ...

    def take_leaving(self) -> list[Outgoing]: ...

    def take_woken(self) -> set[str]: ...


def build_hub(conf: Conf, service: CustomerHalf, *, intake_class: type[Intake] = Intake) -> Hub:
    """The hub, nothing opened. OSError and ssl.SSLError say what is missing.

    `intake_class` is for the crash test's mutant, which answers before it commits.
    """
    return _Builder(conf, service, intake_class).hub(load_dialects(conf))


class _Builder:
    """Keeps what the parts share while they are put together."""

    def __init__(self, conf: Conf, service: CustomerHalf, intake_class: type[Intake]) -> None:
        self._conf, self._service = conf, service
        limits = conf.hub.limits
        self._counters, self._writer = Counters(), Writer()
        self._total, self._addresses = Places(limits.connections), Addresses(limits.connections_per_address)
        self._deliveries: dict[str, Delivery] = {}
        budget = Budget(limits.bytes_in_flight)
        intake = intake_class(
            service,
            self._writer,
            conf.hub.intake,
            counters=self._counters,
            budget=budget,
            committed=self._deliver,
            room=self._room,
        )
        self._shared = Shared(intake, limits, budget, self._counters, settled=self._settled)
        self._listeners: list[Listener] = []
        self._keepers: list[Keeper] = []
        self._short_routes: list[ShortRoute] = []
        self._lines: list[Lines] = []

    def hub(self, dialects: Mapping[str, SystemDialect]) -> Hub:
        for name, conf in self._conf.systems.items():
            limits, turns = session_limits(conf), turn_limits(conf)
            self._add(System(name, conf, conf.framing, dialects[name], limits, turns))
        return Hub(
            run=self._conf.hub.run,
            shared=self._shared,
            listeners=self._listeners,
            keepers=self._keepers,
            routes=self._short_routes,
            lines=self._lines,
            deliveries=self._deliveries,
            met=self._service.counts,
        )

    def _room(self) -> dict[str, int]:
        """System → pushes that may leave with the next commit; none while those of the last one are here."""
        if self._service.leaving:
            return {}
        return {name: delivery.room() for name, delivery in self._deliveries.items()}

    def _deliver(self) -> None:
        """After a commit: what it caused leaves, and whoever has got work beside that is woken."""
        for push in self._service.take_leaving():
            self._deliveries[push.system].send(push)
        for name in self._service.take_woken():
            if name in self._deliveries:
                self._deliveries[name].wake()

    def _settled(self, system: str, push_id: str) -> None:
        if system in self._deliveries:
            self._deliveries[system].settled(push_id)

    def _add(self, system: System) -> None:
        routes = {"listen": self._listen(system), "dial": self._dial(system)}
        delivery = system.conf.delivery
        route = routes[delivery.over] if delivery else None
        if delivery is None or route is None:
            return
        self._deliveries[system.name] = Delivery(
            system.name,
            delivery.model_copy(update={"reply_seconds": silence_seconds(system.conf)}),
            route,
            service=self._service,
            writer=self._writer,
            counters=self._counters,
            push_type=system.dialect.push_type,
            poll_seconds=self._conf.hub.delivery.poll_seconds,
        )
        route.lost = self._deliveries[system.name].lost
        route.up = self._deliveries[system.name].wake

    def _listen(self, system: System) -> Lines | None:
        conf = system.conf.listen
        if conf is None:
            return None
        lines = self._new_lines(system.conf)
        tls = server_context(conf.tls) if conf.tls else None
        self._listeners.append(
            Listener(system, conf, lines, self._shared, total=self._total, addresses=self._addresses, tls=tls)
        )
        return lines

    def _dial(self, system: System) -> Lines | ShortRoute | None:
        conf = system.conf.dial
        if conf is None:
            return None
        dialler = Dialler(system.name, conf, self._shared, client_context(conf.tls) if conf.tls else None)
        if conf.style == "short":
            return self._short_route(system, dialler)
        lines = self._new_lines(system.conf)
        self._keepers += [
            Keeper(system, dialler, lines, self._shared, self._backoff(conf.redial_seconds))
            for _ in range(conf.connections)
        ]
        return lines

    def _short_route(self, system: System, dialler: Dialler) -> ShortRoute:
        delivery = system.conf.delivery
        seconds = delivery.reply_seconds if delivery else 0.0
        route = ShortRoute(system, dialler, self._shared, reply_seconds=seconds, backoff=self._backoff())
        self._short_routes.append(route)
        return route

    def _new_lines(self, conf: SystemConf) -> Lines:
        self._lines.append(Lines(conf.delivery.window if conf.delivery else 1))
        return self._lines[-1]

    def _backoff(self, at_most: float = math.inf) -> Backoff:
        limits = self._conf.hub.delivery
        cap = min(limits.backoff_cap_seconds, at_most)
        return Backoff(min(limits.backoff_first_seconds, cap), cap)
