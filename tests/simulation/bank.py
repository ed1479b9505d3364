"""The shipped conf and all that is made of it and never changes: read once a process, for all runs."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from adapters.dialect import SystemDialect, build_dialect
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.config.values import split_address
from gateway.peers.comparison import Expectation
from gateway.peers.opening import Opened, open_system

from .chance import Chance

ROOT = Path(__file__).parents[2]
POLL_SECONDS = 20.0
"""How often delivery looks for another process's work: there is none here."""


@cache
def shipped() -> Conf:
    """Without TLS: that needs a kernel's sockets."""
    read = read_conf(ROOT / "conf", {})
    systems = dict(read.systems)
    for name, system in systems.items():
        if system.listen is not None and system.listen.tls is not None:
            plain = system.listen.model_copy(update={"tls": None})
            systems[name] = system.model_copy(update={"listen": plain})
    delivery = read.hub.delivery.model_copy(update={"poll_seconds": POLL_SECONDS})
    return replace(read, hub=read.hub.model_copy(update={"delivery": delivery}), systems=systems)


def conf_of(systems: Sequence[str], folder: Path) -> Conf:
    conf = shipped()
    hub = conf.hub.model_copy(update={"run": conf.hub.run.model_copy(update={"directory": folder})})
    return replace(conf, hub=hub, systems={name: conf.systems[name] for name in systems})


@cache
def opened(system: str) -> Opened:
    """Its form and codec are shared, its letters are not to be used."""
    return open_system(shipped(), system)


def dialects_of(conf: Conf, chance: Chance, part: str) -> dict[str, SystemDialect]:
    """As a process has them: their ids come from its own dice."""
    codes = conf.codes.root
    return {
        name: build_dialect(name, system, opened(name).codec, codes, chance.bytes_of(f"{part}/{name}"))
        for name, system in conf.systems.items()
    }


@cache
def expectation(system: str) -> Expectation:
    conf, parts = shipped(), opened(system)
    dialect = build_dialect(system, conf.systems[system], parts.codec, conf.codes.root)
    return Expectation(parts.form, parts.codec, dialect)


def owners(conf: Conf) -> dict[int, str]:
    """Port → the system it is for, whoever listens there."""
    places = [(name, part) for name, system in conf.systems.items() for part in (system.listen, system.dial)]
    return {split_address(part.address)[1]: name for name, part in places if part is not None}
