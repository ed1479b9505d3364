"""What tests of the API need beside a client: a bank to lend, headers, requests that change something."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecif.aside import Outcome
from ecif.corrections import STAFF, read
from ecif.service import Service
from ecif.store.store import Store
from ocrm_api.bank import ConfFile, Dump, DumpLine, SystemFacts
from tests.ecif.bank import Bank

_KEYS = itertools.count(1)


class LentBank:
    """The small bank of the customer half's tests, as the gateway would lend a real one."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def service(self, store: Store) -> Service:
        setting = self._bank.service.setting
        return Service(store, setting.dialects, setting.rules, setting.matching, patience=setting.patience)

    def systems(self) -> Sequence[SystemFacts]:
        return [
            SystemFacts(name, name.title(), "fixed", "length", "", (), dialect.pushes != "no")
            for name, dialect in self._bank.dialects.items()
        ]

    def dump(self, system: str, body: bytes, *, clear: bool = False) -> Dump | None:
        if system not in self._bank.dialects:
            return None
        line = DumpLine(0, len(body), "BODY", body.hex(), body.decode() if clear else "***", "")
        return Dump("T", "1", len(body), [line], [])

    def replay(
        self, service: Service, ids: Sequence[int], *, actor: str, rehearse: bool = False
    ) -> Iterator[Outcome]:
        def again(system: str, raw: bytes, at: int) -> Any:
            return read(raw, at) if system == STAFF else None

        yield from service.replay(ids, again, actor=actor, now=self._bank.now, rehearse=rehearse)

    def conf(self) -> Sequence[ConfFile]:
        return [ConfFile("hub.toml", {"http": {"address": "127.0.0.1:8080"}})]


def act(tag: str = "", key: str = "") -> Mapping[str, str]:
    """Headers of a request that changes something."""
    made = {"Idempotency-Key": key or f"test-{next(_KEYS)}"}
    return {**made, "If-Match": tag} if tag else made
