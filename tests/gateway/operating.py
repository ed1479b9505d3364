"""The shipped conf on a database of a test's own, with messages that operators must do something about."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from adapters.dialect import SystemDialect
from ecif.messages import Reply
from ecif.service import Service
from ecif.store.migrate import upgrade
from ecif.store.store import Store, open_store
from gateway.bootstrap import build_service, load_dialects
from gateway.clock import wall_clock
from gateway.config.reader import read_conf
from gateway.config.schema import Conf

ROOT = Path(__file__).parents[2]
WHY = "ValueError at survivorship.py:88"
ZHANG_ID = "11010519491231002X"


@cache
def shipped() -> tuple[Conf, dict[str, SystemDialect]]:
    """Built once: it takes longer than most tests."""
    conf = read_conf(ROOT / "conf", {})
    return conf, load_dialects(conf)


class Operated:
    """What the hub would have done, done here."""

    def __init__(self, url: str) -> None:
        self.conf, self.dialects = shipped()
        self.store: Store = open_store(url, durable=False)
        self.service: Service = build_service(self.conf, self.store, self.dialects)

    def body(self, number: int, name: str, seq: int = 1, **more: Any) -> bytes:
        """A core image."""
        fields = {"CUST-NO": f"C{number}", "CUST-SEQ": seq, "CUST-KIND": "P", "CUST-NAME": name, "ACCT": []}
        fields |= {"MSG-ID": f"M{number}-{seq}", "MSG-SENT-AT": f"202601050930{seq:02}", **more}
        return self.dialects["core"].codec.build("CU01", fields)

    def take(self, *bodies: bytes, system: str = "core") -> list[Reply]:
        commands = [self.dialects[system].read(body, wall_clock()) for body in bodies]
        return self.service.take_in(commands, wall_clock())  # type: ignore[arg-type]

    def put_aside(self, *bodies: bytes, system: str = "core") -> None:
        for body in bodies:
            command = self.dialects[system].read(body, wall_clock())
            self.service.set_aside(command, WHY, wall_clock())  # type: ignore[arg-type]

    def answer(self, push_id: str, code: str) -> None:
        fields = {"MSG-ID": f"R{push_id}"[:16], "MSG-SENT-AT": "20260105093000", "REPLY-TO": push_id}
        self.take(self.dialects["core"].codec.build("RP01", fields | {"REPLY-CODE": code}))

    def count(self, sql: str) -> int:
        with self.store.reading() as connection:
            return int(connection.exec_driver_sql(sql).scalar_one())


@contextmanager
def operated(folder: Path) -> Iterator[Operated]:
    url = f"sqlite:///{folder / 'ecif.db'}"
    upgrade(url)
    hub = Operated(url)
    try:
        yield hub
    finally:
        hub.store.close()
