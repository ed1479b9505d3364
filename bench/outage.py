"""`python -m bench.outage [CUSTOMERS] [PUSHES A SECOND]`: a system is away for days while everybody changes.

Customers known to core are filled in, two of three known to ebank too. Then ebank is away, and core changes
every customer `ROUNDS` times: through the service, batch by batch, as the hub does. What waits for ebank must
be as many rows as customers it knows, however often they changed, and neither it nor memory may grow with the
changes. Then ebank is back, at a rate that conf allows it (`delivery.per_second`), through the hub's own
delivery and intake: one push a customer, the newest version, at that rate and not faster.

What is not here is sockets: the far side is a route that reads each push with ebank's codec and answers.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import trio

from bench import customers
from ecif import views
from ecif.messages import Command, Envelope, Outgoing, PushReply, Reply
from ecif.service import Service
from ecif.store.migrate import upgrade
from ecif.store.store import Store, open_store
from gateway.bootstrap import build_service, load_dialects
from gateway.clock import wall_clock
from gateway.config.hub import Intake as IntakeConf
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.delivery import Delivery
from gateway.intake.intake import Intake
from gateway.intake.writer import Writer
from gateway.limits.budget import Budget
from gateway.statistics import Counters
from gateway.telemetry.vitals import resident_bytes

AWAY = "ebank"
ROUNDS = 3
BATCH = 256
STALLED_SECONDS = 120.0

Report = dict[str, Any]


def run(
    conf: Path, count: int, per_second: int, progress: Callable[[str], None] = lambda text: None
) -> Report:
    tree = read_conf(conf, {})
    with tempfile.TemporaryDirectory(prefix="ecif-bench-") as folder:
        url = f"sqlite:///{folder}/ecif.db"
        upgrade(url)
        customers.build(url, count)
        with closing(open_store(url)) as store:
            dialects = load_dialects(tree)
            bank = Bank(tree, store, build_service(tree, store, dialects), dialects)
            away = [round_of_changes(bank, count, number, progress) for number in range(ROUNDS)]
            progress(f"{AWAY} is back")
            back = Back(bank, per_second)
            seconds = trio.run(back.drain, away[-1]["pending"])
            return report(count, per_second, away, back, seconds, store)


@dataclass
class Bank:
    conf: Conf
    store: Store
    service: Service
    dialects: Any


def report(
    count: int, per_second: int, away: list[Report], back: "Back", seconds: float, store: Store
) -> Report:
    known = sum(1 for n in range(count) if n % 3)
    return {
        "customers": count,
        "known_to_the_one_away": known,
        "changes": count * ROUNDS,
        "rounds": away,
        "pending_at_most": max(one["pending"] for one in away),
        "pushed": len(back.versions),
        "pushed_twice": back.twice,
        "versions_that_fell": back.fell,
        "not_the_newest": sum(1 for number, it in back.versions.items() if it != back.newest[number]),
        "pending_at_last": views.backlog(store, [AWAY])[AWAY].pending,
        "drained_in_seconds": round(seconds, 1),
        "drained_per_second": round(len(back.versions) / seconds, 1),
        "allowed_per_second": per_second,
        "resident_megabytes_at_last": resident_bytes() >> 20,
    }


# ---------------------------------------------------------------- away


def round_of_changes(bank: Bank, count: int, number: int, progress: Callable[[str], None]) -> Report:
    """Every customer gets another mobile number. Nobody takes what that makes due."""
    began = time.process_time()
    for start in range(0, count, BATCH):
        batch = [image(bank, n, number) for n in range(start, min(start + BATCH, count))]
        replies = bank.service.take_in(batch, wall_clock())
        refused = {reply.code for reply in replies} - {"0000"}
        if refused:
            raise RuntimeError(f"a change was answered {sorted(refused)}")
        bank.service.take_woken()
    pending = views.backlog(bank.store, [AWAY])[AWAY].pending
    progress(f"round {number + 1} of {ROUNDS}: {pending} pending")
    return {
        "pending": pending,
        "resident_megabytes": resident_bytes() >> 20,
        "processor_seconds": round(time.process_time() - began, 1),
    }


def image(bank: Bank, n: int, number: int) -> Command:
    fields = {
        "MSG-ID": f"C{n:09d}{number:06d}", "MSG-SENT-AT": f"20260105{9 + number:02d}3000",
        "CUST-NO": customers.customer_no(n), "CUST-SEQ": number + 2, "CUST-KIND": "P",
        "CUST-NAME": customers.name(n), "CUST-MOBILE": f"13{number}{n:08d}", "ACCT": [],
    }  # fmt: skip
    dialect = bank.dialects["core"]
    command: Command = dialect.read(dialect.codec.build("CU01", fields), wall_clock())
    return command


# ---------------------------------------------------------------- back


@dataclass
class Back:
    """The system that was away: takes every push and confirms it, and looks at the versions it is given."""

    bank: Bank
    per_second: int
    versions: dict[str, int] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    twice: int = 0
    fell: int = 0

    async def drain(self, pending: int) -> float:
        """Seconds until nothing is pending."""
        self.newest = dict(_newest(self.bank.store))
        writer, counters = Writer(), Counters()
        intake = Intake(self.bank.service, writer, IntakeConf(), counters=counters, budget=Budget(64_000_000))
        conf = self.bank.conf.systems[AWAY].delivery
        assert conf is not None
        paced = conf.model_copy(update={"per_second": self.per_second})
        self._answers, answers = trio.open_memory_channel[Outgoing](100_000)
        delivery = Delivery(
            AWAY, paced, self, service=self.bank.service, writer=writer, counters=counters,
            push_type=self.bank.dialects[AWAY].push_type,
        )  # fmt: skip
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(intake.run)
            nursery.start_soon(delivery.run)
            nursery.start_soon(self._answer, answers, intake, delivery)
            await self._until(pending)
            took = trio.current_time() - began
            nursery.cancel_scope.cancel()
        return took

    async def _until(self, pending: int) -> None:
        """Until nothing is pending, or nothing moves any more."""
        moved, before = trio.current_time(), -1
        while trio.current_time() < moved + STALLED_SECONDS:
            await trio.sleep(0.05)  # the store is another's: it has to be asked
            if len(self.versions) != before:
                moved, before = trio.current_time(), len(self.versions)
            elif before >= pending and not views.backlog(self.bank.store, [AWAY])[AWAY].pending:
                return

    async def _answer(
        self, pushes: trio.MemoryReceiveChannel[Outgoing], intake: Intake, delivery: Delivery
    ) -> None:
        async for push in pushes:
            self._note(push)
            now = wall_clock()
            envelope = Envelope(AWAY, "0x31", f"A{push.push_id}", b"", now, False, push.push_id, b"", now)
            answer = PushReply(envelope, push.push_id, "0000")
            await intake.submit(answer, partial(self._settled, delivery, push.push_id))

    def _settled(self, delivery: Delivery, push_id: str, _reply: Reply) -> None:
        delivery.settled(push_id)

    def _note(self, push: Outgoing) -> None:
        _, fields = self.bank.dialects[AWAY].codec.parse(push.body)
        version, before = int(fields["version"]), self.versions.get(push.customer_no)
        self.twice += before is not None
        self.fell += before is not None and version < before
        self.versions[push.customer_no] = version

    # a route, as delivery knows it

    def capacity(self) -> int:
        return 100_000

    def send(self, push: Outgoing) -> bool:
        self._answers.send_nowait(push)
        return True

    def closed(self, push_id: str) -> None: ...


def _newest(store: Store) -> Iterator[tuple[str, int]]:
    """Customer number at the one that was away → version of the golden record."""
    with store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT r.customer_no, p.version FROM source_record r JOIN party p ON p.ecif_no = r.party"
            " WHERE r.system = 'ebank'"
        )
        yield from ((number, version) for number, version in rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.outage", description=__doc__)
    parser.add_argument("customers", type=int, nargs="?", default=2_000)
    parser.add_argument("per_second", type=int, nargs="?", default=200)
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    asked = parser.parse_args()
    told = run(asked.conf, asked.customers, asked.per_second, partial(print, file=sys.stderr))
    json.dump(told, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
