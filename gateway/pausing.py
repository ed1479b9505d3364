"""Systems that are pushed nothing for a while: somebody works on them. What they send is taken as always.

Kept in a file, so that a restart of the hub does not wake a system in the middle of its night. Workers of one
machine share it: each order goes to all of them, and one that starts meanwhile finds it there.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import structlog

from gateway.control import Order, Refused

log = structlog.get_logger("pauses")


class Pauses:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.paused: set[str] = set()
        self.read()

    def read(self) -> None:
        """As the file has it now."""
        self.paused = _read(self._path)

    def follow(self, order: Order, known: Iterable[str]) -> str:
        """The system whose pause began or ended. Raises Refused."""
        system, what = order.get("system"), order.get("do")
        if not isinstance(system, str) or system not in set(known):
            raise Refused("there is no such system")
        self.read()
        if what == "pause":
            self.paused.add(system)
        elif what == "resume":
            self.paused.discard(system)
        else:
            raise Refused("an order is to pause or to resume")
        self._write()
        log.info("pauses.changed", system=system, paused=system in self.paused)
        return system

    def _write(self) -> None:
        partial = self._path.with_suffix(".new")
        partial.write_text(json.dumps(sorted(self.paused)), "utf-8")
        os.replace(partial, self._path)


def _read(path: Path) -> set[str]:
    """Nothing is paused where the file cannot be read: who paused it sees that it is not."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return set()
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()
