"""SIGHUP: the whole conf is read and checked first; then only what differs is changed, without a gap.

    customer half     dialects, rules and matching of the new conf, between two batches
    stations          a system whose folder or code tables differ is replaced: the new station takes over the
                      open port, the old one drains; a new system starts, one that is gone drains for good
    certificates      read anew for every port; sessions stay
    HTTP process      started anew
    log level         at once

A conf with a fault, or one that names what is not there, changes nothing: the log says why. What only a
start can change is named in the log and stays as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import structlog
import trio

from adapters.dialect import SystemDialect
from ecif.store.errors import StoreError
from formats.errors import DeclarationError
from gateway.bootstrap import load_dialect
from gateway.config.faults import ConfError
from gateway.config.schema import Conf
from gateway.expiry import warn
from gateway.faults import Elsewhere, place_of
from gateway.hub import Hub
from gateway.station import Station
from gateway.surroundings import NotReady, certificate_troubles, demand
from gateway.telemetry.logs import set_level

log = structlog.get_logger("reload")

_AT_START = ("database", "intake", "limits", "delivery", "instances", "run", "history")
"""Sections of hub.toml that a running hub does not change, nor a part of them. The HTTP process reads its own
section anew."""


@dataclass(frozen=True)
class Change:
    """From the conf in force to the one on disk."""

    conf: Conf
    dialects: Mapping[str, SystemDialect]
    """Of systems that are new or differ."""
    gone: frozenset[str]
    files: Mapping[str, str]
    """Digest of each system's folder."""
    needs_start: list[str]
    """Sections of hub.toml that stay as they were."""


class Reloading:
    """Knows the conf in force. `read` reads the one on disk, `renew` hands it to the customer half; that runs
    in the writer's turn."""

    def __init__(
        self,
        conf: Conf,
        hub: Hub,
        *,
        read: Callable[[], Conf],
        renew: Callable[[Conf, list[str]], None],
    ) -> None:
        self._conf, self._hub, self._stations = conf, hub, hub.stations
        self._read_conf, self._renew = read, renew
        self._files: Mapping[str, str] = {name: files_of(conf, name) for name in conf.systems}

    @property
    def conf(self) -> Conf:
        """The one in force."""
        return self._conf

    async def reload(self) -> bool:
        """Whether the conf on disk is in force now."""
        try:
            change = await trio.to_thread.run_sync(self._read)
            made = await self._make(change)
        except (ConfError, NotReady, StoreError, OSError, Elsewhere, ExceptionGroup) as trouble:
            log.error("reload.refused", reasons=[*reasons_of(trouble)])
            return False
        await self._swap(change, made)
        warn(change.conf)
        log.info("reload.done", changed=sorted(change.dialects), gone=sorted(change.gone))
        return True

    def _read(self) -> Change:
        """In a thread: nothing is changed."""
        conf, needs_start = self._as_started(self._read_conf())
        demand(certificate_troubles(conf), code=0)
        files = {name: files_of(conf, name) for name in conf.systems}
        before = self._conf
        changed = [
            name
            for name, system in conf.systems.items()
            if (system, files[name]) != (before.systems.get(name), self._files.get(name))
            or conf.codes != before.codes
        ]
        dialects = {name: load_dialect(conf, name) for name in changed}
        return Change(conf, dialects, frozenset(before.systems) - frozenset(files), files, needs_start)

    def _as_started(self, conf: Conf) -> tuple[Conf, list[str]]:
        """With the sections that only a start changes as they were; those that differ."""
        kept = {section: getattr(self._conf.hub, section) for section in _AT_START}
        differ = [section for section, value in kept.items() if getattr(conf.hub, section) != value]
        return replace(conf, hub=conf.hub.model_copy(update=kept)), differ

    async def _make(self, change: Change) -> dict[str, Station]:
        """The new stations, and the customer half knows. New ports are open, others are with the old."""
        systems, running = change.conf.systems, self._stations.running
        made = {
            name: self._stations.make(name, systems[name], dialect)
            for name, dialect in change.dialects.items()
        }
        try:
            for name, station in made.items():
                if name not in running or not station.same_port(running[name]):
                    await station.open()
            async with self._stations.writer.turn() as turn:
                await turn.run(self._renew, change.conf, sorted(change.dialects))
        except BaseException:
            for station in made.values():
                station.close()
            raise
        return made

    async def _swap(self, change: Change, made: Mapping[str, Station]) -> None:
        """Nothing of this can be refused any more."""
        running = self._stations.running
        for name in change.gone:
            running.pop(name).drain(self._conf.hub.run.drain_seconds)
        for name, station in made.items():
            old = running.get(name)
            if old is not None:
                await old.give_way(station, self._conf.hub.run.drain_seconds)
            running[name] = station
            self._hub.start(station)
        self._renew_certificates()
        set_level(change.conf.hub.log.level)
        for section in change.needs_start:
            log.warning("reload.needs_a_start", section=section)
        self._conf, self._files = change.conf, change.files

    def _renew_certificates(self) -> None:
        for name, station in self._stations.running.items():
            try:
                station.renew_certificates()
            except OSError as trouble:  # they were sound a moment ago
                log.error("reload.certificates_kept", system=name, reason=str(trouble))


def files_of(conf: Conf, name: str) -> str:
    """A digest of a system's folder: its layouts lie beside its system.toml."""
    digest, folder = sha256(), conf.folder_of(name)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def reasons_of(trouble: BaseException) -> Iterator[str]:
    """What an operator can act on; of an unexpected fault only where it was met."""
    match trouble:
        case BaseExceptionGroup():
            for inner in trouble.exceptions:
                yield from reasons_of(inner)
        case ConfError() | NotReady() | StoreError() | OSError() | DeclarationError():
            yield from str(trouble).splitlines()
        case _:
            yield place_of(trouble)
