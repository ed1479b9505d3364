"""A peer in a process of its own, led by JSON lines on its input, reporting by JSON lines on its output.

first line   the `Start`
then         {"step": {…}}            a Step, in order; read only while the peer has room for it
             {"do": "report"}         answered with {"event": "state", …}: its books and counts
end of input ends the process
out          {"event": "ready", "port": n} · {"event": "progress", …} four times a second
"""

import json
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import trio

from gateway.config.reader import read_conf
from gateway.peers.opening import open_system
from gateway.peers.peer import Peer, Temper
from gateway.peers.population import Step

PROGRESS_SECONDS = 0.25


@dataclass(frozen=True)
class Start:
    conf: str
    system: str
    connect: str = ""
    listen: int | None = None
    certificates: str = ""
    seed: int = 1
    in_flight: int = 32
    lines: int = 4


def main() -> None:
    trio.run(_run)


async def _run() -> None:
    lines = _lines()
    start = Start(**json.loads(await anext(lines)))
    peer = _peer(start)
    async with trio.open_nursery() as nursery:
        port = await nursery.start(peer.run)
        _say({"event": "ready", "port": port})
        nursery.start_soon(_report_progress, peer)
        async for line in lines:
            command = json.loads(line)
            if "step" in command:
                await peer.steps.submit(step_of(command["step"]))
            elif command["do"] == "report":
                _say({"event": "state"} | state_of(peer))
        nursery.cancel_scope.cancel()


def _peer(start: Start) -> Peer:
    conf = read_conf(Path(start.conf), os.environ)
    certificates = Path(start.certificates) if start.certificates else None
    opened = open_system(
        conf, start.system, connect=start.connect, listen=start.listen, certificates=certificates
    )
    return Peer(opened, Temper(seed=start.seed, lines=start.lines, in_flight=start.in_flight))


async def _report_progress(peer: Peer) -> None:
    while True:
        _say({"event": "progress", "open": peer.steps.open} | peer.tally.numbers())
        await trio.sleep(PROGRESS_SECONDS)


def state_of(peer: Peer) -> dict[str, Any]:
    """The books as they are now."""
    records = {
        number: {"page": asdict(record.page), "ecif_no": record.ecif_no, "version": record.version}
        for number, record in peer.books.records.items()
    }
    tally = peer.tally
    return {
        "records": records,
        "counts": tally.numbers(),
        "problems": tally.problems,
        "milliseconds": tally.milliseconds,
    }


def step_of(fields: dict[str, Any]) -> Step:
    """JSON has no tuples: two-part values come back as lists."""
    changes = {
        key: tuple(value) if isinstance(value, list) else value for key, value in fields["changes"].items()
    }
    return Step(**fields | {"changes": changes})


async def _lines() -> AsyncGenerator[str, None]:
    """Standard input, line by line."""
    rest = b""
    async with trio.lowlevel.FdStream(os.dup(sys.stdin.fileno())) as stream:
        while data := await stream.receive_some():
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                yield line.decode("utf-8")


def _say(event: dict[str, Any]) -> None:
    """A pipe to the parent, which always reads."""
    sys.stdout.write(json.dumps(event, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
