"""The invariants of the fault matrix (docs/reliability.md), as far as systems and store can show them.

1   every answer that a system got for good stands in the journal with that code; what was accepted is there
2   a message id has one binding row, and the record's `seq` is the one of the last accepted image
3   versions pushed to one customer number never fall (`verify`, pushed)
4   every system holds the golden record as it can write it, or is shown as held for a steward
5   nothing held is left when the hub has stopped: connections, places, bytes, waiting messages
7   no name, number or phone of anybody in the log
8   every refusal is in the journal with its code
9   no push leaves when nothing was said (`scenario`)
10  the golden record recomputed is the stored one (`verify`)

And: a push counts as delivered only where that system has itself said so, under its id.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ecif.store import schema as t
from ecif.store.engine import connect_engine
from ecif.store.store import Store
from ecif.verify import verify
from gateway.bootstrap import load_matching, load_rules
from gateway.config.schema import Conf
from gateway.hub import Hub
from gateway.peers.comparison import differences
from gateway.peers.letters import POSITIVE
from gateway.peers.population import Population
from gateway.peers.process import state_of

from .bank import expectation
from .network import Network
from .peers import SimulatedPeer

BINDING = ("customer", "open", "change", "renumber")
"""Roles of messages that use up their id."""
NOT_BINDING = ("1004", "1005")


@contextmanager
def plain_store(database: Path) -> Iterator[Store]:
    """Without faults."""
    store = Store(connect_engine(f"sqlite:///{database}", durable=False), durable=False)
    try:
        yield store
    finally:
        store.close()


def examine(conf: Conf, database: Path, peers: Mapping[str, SimulatedPeer]) -> list[str]:
    found = [f"{name}: {problem}" for name, peer in peers.items() for problem in peer.tally.problems]
    with plain_store(database) as store:
        found += _differences(store, peers)
        found += _verified(store, conf)
        rows = _journal(store)
        held = _records(store)
    for name, peer in peers.items():
        found += _answers(name, peer, rows)
        found += _deliveries(name, peer, rows)
        found += _sequences(name, peer, held)
    return found


def _differences(store: Store, peers: Mapping[str, SimulatedPeer]) -> list[str]:
    books = {name: state_of(peer)["records"] for name, peer in peers.items()}
    with store.unit() as work:
        work.load_records([(name, number) for name, kept in books.items() for number in kept])
        shown = {key for key, record in work.records.items() if record.standoff or record.refused}
        work.load_parties({kept["ecif_no"] for each in books.values() for kept in each.values()} - {""})
        return [
            f"different: {text}"
            for name, kept in books.items()
            for text in differences(name, expectation(name), _without(kept, name, shown), work)
        ]


def _without(kept: Mapping[str, Any], name: str, shown: set[tuple[str, str]]) -> dict[str, Any]:
    return {number: one for number, one in kept.items() if (name, number) not in shown}


def _verified(store: Store, conf: Conf) -> list[str]:
    dialects = {name: expectation(name).dialect for name in conf.systems}
    problems = verify(store, load_rules(conf), dialects, load_matching(conf)).problems
    return [f"verify: {problem['kind']} {problem['detail']}" for problem in problems]


def _journal(store: Store) -> list[Any]:
    with store.reading() as connection:
        m = t.message.c
        asked = select(m.system, m.direction, m.message_id, m.occurrence, m.state, m.code).order_by(m.id)
        return list(connection.execute(asked))


def _records(store: Store) -> dict[tuple[str, str], int]:
    with store.reading() as connection:
        r = t.source_record.c
        rows = connection.execute(select(r.system, r.customer_no, r.seq))
        return {(row[0], row[1]): row[2] for row in rows}


def _answers(name: str, peer: SimulatedPeer, rows: Sequence[Any]) -> Iterator[str]:
    binding = (row for row in rows if (row.system, row.direction, row.occurrence) == (name, "in", 0))
    stored = {row.message_id: row.code for row in binding}
    for letter, answer in peer.answers.values():
        role = peer.roles[letter.type]
        if role not in BINDING or answer.code in NOT_BINDING:
            continue
        if letter.id not in stored:
            what = "accepted" if answer.code in POSITIVE else "refused"
            yield f"lost: {name} {letter.id} was {what} with {answer.code} and is not in the journal"
        elif stored[letter.id] != answer.code:
            yield f"answer: {name} {letter.id} got {answer.code}, the journal says {stored[letter.id]}"


def _deliveries(name: str, peer: SimulatedPeer, rows: Sequence[Any]) -> Iterator[str]:
    for row in rows:
        if (row.system, row.direction) != (name, "out"):
            continue
        if row.state == "confirmed" and row.message_id not in peer.confirmed:
            yield f"delivered: {name} never confirmed {row.message_id}"
        if row.state == "sent":
            yield f"delivered: nobody waits for {name}'s answer to {row.message_id} any more"


def _sequences(name: str, peer: SimulatedPeer, held: Mapping[tuple[str, str], int]) -> Iterator[str]:
    if peer.by_hub:
        return
    for number, record in peer.books.records.items():
        if record.sent is not None and held.get((name, number)) != record.seq:
            yield f"seq: {name} {number} has said {record.seq}, the hub has {held.get((name, number))}"


def what_is_left(hub: Hub, network: Network) -> list[str]:
    """Of a hub that has stopped."""
    told = hub.statistics()
    left = {name: count for name, count in told["sessions"].items() if count}
    left |= {key: told["intake"][key] for key in ("queued", "bytes_in_flight") if told["intake"][key]}
    for name, station in hub.stations.running.items():
        if station.listener is not None and station.listener.places.taken:
            left[f"{name} places"] = station.listener.places.taken
    ends = network.open_ends()
    return [f"left over: {left} {ends}"] if left or ends else []


def canaries(logs: Sequence[Mapping[str, Any]], population: Population) -> list[str]:
    """What must not be in any log line."""
    secrets: set[str] = set()
    for customer in population.customers:
        for key, value in customer.facts.items():
            if key == "name" or key.startswith(("document:", "phone:")):
                secrets.add(str(value if isinstance(value, str) else value[0]))
    text = "\n".join(map(repr, logs))
    found = sorted(secret for secret in secrets if len(secret) > 3 and secret in text)
    return [f"in the log: {len(secret)} characters of a customer's" for secret in found]
