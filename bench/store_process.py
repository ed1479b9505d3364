"""What the store process takes of a message: its calls, without the hub around them.

    python -m bench.store_process [CUSTOMERS [BATCH]]

The same messages as `bench.intake`, read beforehand, in batches as the hub makes them under load: every line
has one message open, and what a batch caused to be pushed is answered with the next one. Only what the store
process does is timed, from a call's bytes to its answer's, by processor time: on a machine that others use
too, run two builds in turns and compare their least.
"""

import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bench import generator
from bench.generator import Plan, frames
from ecif.messages import Outgoing
from ecif.service import Service
from ecif.store.migrate import upgrade
from ecif.store.store import open_store
from gateway import calls
from gateway.bootstrap import build_service, load_codecs, load_dialects
from gateway.clock import wall_clock
from gateway.collector import spare_collector
from gateway.config.reader import read_conf
from gateway.config.schema import Conf

LINES = {"core": 120, "ebank": 60, "loan": 20}
ROOM = {"core": 64, "ebank": 64, "loan": 16}
"""Pushes that each system takes at once."""
STAMPS = {"core": generator.core_stamp, "loan": generator.loan_stamp, "ebank": generator.ebank_stamp}
ANSWERS = {"core": generator.core_answer, "loan": generator.loan_answer, "ebank": generator.ebank_answer}


class Replay:
    """The hub's half that is not measured: reads messages, gathers batches, answers pushes."""

    def __init__(self, conf: Conf, plan: Plan) -> None:
        self.dialects = load_dialects(conf)
        work = frames(load_codecs(conf), plan)
        self._waiting = deque((system, iter(line)) for system, lines in work.items() for line in lines)
        self._pushed: list[Outgoing] = []
        self.messages = self.pushes = 0

    def calls(self, size: int) -> Iterator[bytes]:
        """One batch after the other, as bytes."""
        while self._waiting or self._pushed:
            now = wall_clock()
            batch = [self._read(push.system, ANSWERS[push.system](push.body), now) for push in self._pushed]
            self.pushes += len(batch)
            self._pushed = []
            batch += [self._read(system, STAMPS[system](body), now) for system, body in self._next(size)]
            yield calls.encoded(calls.TakeIn(batch, now, ROOM))

    def told(self, answer: bytes) -> None:
        told = calls.told(answer)
        assert all(reply.code in ("", "0000", "0001") for reply in told.replies)
        self._pushed += told.leaving

    def _next(self, size: int) -> Iterator[tuple[str, bytes]]:
        """The next message of so many lines, in turn."""
        for system, line in [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]:
            body = next(line, None)
            if body is not None:
                self._waiting.append((system, line))
                self.messages += 1
                yield system, body

    def _read(self, system: str, body: bytes | None, now: int) -> Any:
        assert body is not None
        return self.dialects[system].read(body, now)


def run(conf: Conf, customers: int, size: int, images: int = 5) -> dict[str, Any]:
    replay = Replay(conf, Plan("", "", customers, images, LINES))
    upgrade(conf.hub.database.url)
    with closing(open_store(conf.hub.database.url)) as store:
        service = build_service(conf, store, replay.dialects)
        used, batches = carried_out(service, replay, size)
    return {
        "messages": replay.messages,
        "pushes": replay.pushes,
        "batches": batches,
        "processor_ms_a_message": round(used / replay.messages * 1000, 4),
    }


def carried_out(service: Service, replay: Replay, size: int) -> tuple[float, int]:
    """Processor seconds of all calls, and how many there were."""
    used, batches = 0.0, 0
    for call in replay.calls(size):
        began = time.process_time()
        answer = calls.answered(service, call)
        used += time.process_time() - began
        replay.told(answer)
        batches += 1
    return used, batches


def main() -> None:
    customers, size = [*map(int, sys.argv[1:]), *(1500, 50)[len(sys.argv) - 1 :]]
    folder = Path(__file__).resolve().parent / "conf"
    with tempfile.TemporaryDirectory(prefix="ecif-bench-") as name:
        conf = read_conf(folder, {"ECIF_DATABASE_URL": f"sqlite:///{name}/ecif.db"})
        spare_collector()
        sys.stdout.write(json.dumps(run(conf, customers, size)) + "\n")


if __name__ == "__main__":
    main()
