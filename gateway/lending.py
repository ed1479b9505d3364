"""The bank's systems as the HTTP process is lent them (`ocrm_api.bank.Bank`), read from conf."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from adapters.dialect import SystemDialect
from ecif.aside import Outcome
from ecif.service import Service
from ecif.store.store import Store
from formats.codec import Codec
from formats.dump import Line
from gateway.bootstrap import build_service, load_codec_of, load_dialects
from gateway.config.display import files_of
from gateway.config.schema import Conf, SystemConf
from gateway.disclosure import Disclosure
from gateway.frames import take_message
from gateway.pace import Pace
from gateway.replaying import Replayer
from ocrm_api.bank import ConfFile, Dump, DumpLine, SystemFacts

_REPLAYS_A_SECOND = 200


class ConfBank:
    """Safe to share between threads; what it builds is built once."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf
        self._codecs: dict[str, Codec] = {}
        self._lock = threading.Lock()

    @cached_property
    def _dialects(self) -> Mapping[str, SystemDialect]:
        return load_dialects(self._conf)

    def service(self, store: Store) -> Service:
        with self._lock:
            return build_service(self._conf, store, self._dialects)

    def systems(self) -> Sequence[SystemFacts]:
        return [_facts(name, system) for name, system in self._conf.systems.items()]

    def dump(self, system: str, body: bytes, *, clear: bool = False) -> Dump | None:
        if system not in self._conf.systems:
            return None
        codec, disclosure = self._codec(system), Disclosure(self._conf.systems[system], clear=clear)
        taken = take_message(body, codec)
        head = disclosure.as_json(system, taken)
        lines = [_line(line) for line in disclosure.dump(taken, codec)]
        faults = [_line(line) for line in disclosure.findings(taken, codec)]
        return Dump(taken.type, str(head["id"]), taken.size, lines, faults)

    def replay(
        self, service: Service, ids: Sequence[int], *, actor: str, rehearse: bool = False
    ) -> Iterator[Outcome]:
        with self._lock:
            dialects = self._dialects
        pace = Pace(_REPLAYS_A_SECOND)
        return Replayer(service, dialects, actor=actor, pace=pace, rehearse=rehearse).replay(ids)

    def conf(self) -> Sequence[ConfFile]:
        return [ConfFile(name, sections) for name, sections in files_of(self._conf.folder)]

    def _codec(self, system: str) -> Codec:
        with self._lock:
            if system not in self._codecs:
                self._codecs[system] = load_codec_of(self._conf, system)
            return self._codecs[system]


def _line(line: Line) -> DumpLine:
    value = "" if line.value is None else str(line.value)
    return DumpLine(line.offset, line.size, line.label, line.hex, value, line.rule)


def _facts(name: str, system: SystemConf) -> SystemFacts:
    return SystemFacts(
        name=name,
        title=system.system.title,
        format=_kind(system.codec, "family"),
        framing=_kind(system.framing, "kind"),
        lines=_lines(system),
        secured=tuple(_secured(system)),
        takes_pushes=system.delivery is not None,
    )


def _kind(section: Any, key: str) -> str:
    return str(getattr(section, key, ""))


def _lines(system: SystemConf) -> str:
    ways = []
    if system.listen:
        ways.append(f"← {system.listen.host}:{system.listen.port}")
    if system.dial:
        ways.append(f"→ {system.dial.address}")
    return "  ".join(ways)


def _secured(system: SystemConf) -> Iterator[str]:
    if (system.listen and system.listen.tls) or (system.dial and system.dial.tls):
        yield "TLS"
    if system.seal:
        yield _kind(system.seal, "kind")
