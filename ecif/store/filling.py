"""Whole customers put into an empty database by bulk inserts: for benchmarks of the reading side.

The rows are those the hub writes (`ecif.store.writing`), without a journal, events and match keys. A real
first load goes through `ecif load`.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import count, islice
from typing import NamedTuple

from sqlalchemy import Insert

from ecif.model import Party, SourceRecord
from ecif.store import statements as q
from ecif.store.bulk import Bulk
from ecif.store.engine import WRITING, connect_engine
from ecif.store.facts import FACT_KEYS, fact_columns, fact_of, listing
from ecif.store.rows import Row, Schedule, party_row, record_row, sync_row

_ADD = q.add_facts()


class Filled(NamedTuple):
    party: Party
    records: tuple[SourceRecord, ...]


def fill(
    url: str, customers: Iterable[Filled], portion: int, progress: Callable[[int], None] = lambda count: None
) -> None:
    """Not durable: a benchmark that is interrupted begins anew."""
    engine, bulk, numbers = connect_engine(url, durable=False), Bulk(), count(1)
    rest, done = iter(customers), 0
    with closing(engine.connect().execution_options(**{WRITING: True})) as connection:
        while batch := list(islice(rest, portion)):
            with connection.begin():
                for statement, rows in _rows(batch, numbers):
                    bulk.many(connection, statement, rows)
            done += len(batch)
            progress(done)
        with connection.begin():
            bulk.many(connection, q.ADD_COUNTER, [
                {"name": "ecif", "next_free": 100_000_000_001 + done},
                {"name": "fact", "next_free": next(numbers)},
            ])  # fmt: skip
    engine.dispose()


def _rows(batch: list[Filled], numbers: "count[int]") -> Iterable[tuple[Insert, list[Row]]]:
    fresh = {"rev": 0}
    yield q.ADD_PARTY, [party_row(one.party, one.party.ecif_no, ()) | fresh for one in batch]
    records = [(record, one.party.ecif_no) for one in batch for record in one.records]
    yield q.ADD_RECORD, [record_row(record, head) | fresh for record, head in records]
    yield q.ADD_SYNC, [sync_row(record, Schedule()) | fresh for record, _ in records]
    facts: dict[str, list[Row]] = {}
    for one in batch:
        for attribute, survivor in one.party.golden.values.items():
            fact = fact_of(attribute)
            if fact is not None:
                row: Row = {"id": next(numbers), "ecif_no": one.party.ecif_no}
                row |= dict(zip(FACT_KEYS[fact[0]], fact[1:], strict=False))
                row |= fact_columns(fact, survivor.value)
                row |= {"valid_from": survivor.since, "valid_until": None}
                facts.setdefault(fact[0], []).append(row | {"from_version": 1, "until_version": None})
    for record, _ in records:
        for key, columns in listing(record).items():
            table = str(key[0])
            owner: Row = {"system": record.system, "customer_no": record.customer_no}
            row = {"id": next(numbers), **owner, **columns, "valid_from": 0, "valid_until": None}
            facts.setdefault(table, []).append(row)
    for table, rows in facts.items():
        yield _ADD[table], rows
