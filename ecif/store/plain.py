"""Rows that a unit of work only reads: nothing of them is kept in memory or decided anew."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Select

from ecif.store import statements as q
from ecif.store.bulk import Bulk
from ecif.store.rows import JournalRow, read_journal


class Rows:
    def __init__(self, connection: Connection, statements: Bulk) -> None:
        self.connection, self._statements = connection, statements

    def bulk(self, statement: Select[Any], keys: Collection[Any], **bound: Any) -> Iterable[Any]:
        # Sorted, so that those of one page of an index are asked for together: half the time, where many are.
        for chunk in q.chunks(sorted(keys)):
            yield from self._statements.read(self.connection, statement, chunk, bound)

    def nonces(self, system: str, nonces: Collection[str], since: int) -> set[str]:
        return {row[0] for row in self.bulk(q.NONCES, nonces, system=system, since=since)}

    def bodies(self, ids: Collection[int]) -> dict[int, bytes]:
        return {row[0]: bytes(row[1]) for row in self.bulk(q.BODIES, ids)}

    def messages(self, ids: Collection[int]) -> dict[int, JournalRow]:
        """Journal rows by their own numbers."""
        return {row[0]: read_journal(row) for row in self.bulk(q.MESSAGES, ids)}

    def last_refused(self, system: str, customer_nos: Collection[str]) -> dict[str, int]:
        """Customer number → journal row of the last push that was refused for good."""
        found = self.bulk(q.REFUSED_PUSHES, customer_nos, system=system)
        return {row[1]: row[0] for row in sorted(found, key=lambda row: (row[2], row[3], row[0]))}

    def reviews(self, subjects: Collection[str]) -> list[Any]:
        """(subject, closed at or 0, id)."""
        return list(self.bulk(q.REVIEWS, subjects))
