"""What was read or written lately, decoded: a row whose revision is still the same need not be decoded again.

Most work of a customer comes within moments: an image, the pushes it causes, their replies. Rows are always
read; only their JSON is not. What a unit of work wrote comes in after its commit.
"""

from collections.abc import Mapping
from typing import Any

from ecif.kept import Kept
from ecif.model import Key
from ecif.store.rows import Stored, StoredParty, read_party, read_record

SIZE = 8_192
"""Twice as many at most."""


class Recent:
    """One a store. Values are frozen, so units may share them."""

    def __init__(self, size: int = SIZE) -> None:
        self._records: Kept[Key, Stored] = Kept(size)
        self._parties: Kept[str, StoredParty] = Kept(size)

    def record(self, row: Any) -> Stored:
        """From the columns of `statements.RECORD_COLUMNS`."""
        kept = self._records.get((row[0], row[1]))
        if kept is not None and kept.rev == row[6] and kept.sync_rev == row[16]:
            return kept
        read = read_record(row)
        self._records.put((row[0], row[1]), read)
        return read

    def party(self, row: Any) -> StoredParty:
        """From the columns of `statements.PARTY_COLUMNS`."""
        kept = self._parties.get(row[0])
        if kept is not None and kept.rev == row[5]:
            return kept
        read = read_party(row)
        self._parties.put(row[0], read)
        return read

    def wrote(self, records: Mapping[Key, Stored], parties: Mapping[str, StoredParty]) -> None:
        """After the commit."""
        self._records.put_all(records)
        self._parties.put_all(parties)
