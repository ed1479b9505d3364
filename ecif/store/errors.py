"""Why the store cannot be used now, in one line an operator can act on. No text holds a customer's value."""

from collections.abc import Collection, Sequence


class StoreError(Exception):
    """The store cannot be used; the text says why and what to do."""


class StoreUnreachable(StoreError):
    """The database cannot be opened or the connection is gone."""


class CommitUnknown(StoreUnreachable):
    """The connection was lost while a commit was under way: it may have been made. Ask a fresh connection."""

    def __init__(self, text: str, proof: "tuple[object, ...]" = ()) -> None:
        super().__init__(text)
        self.proof = proof
        """A row that is there if it was made: see `Store.landed`."""


class StoreUnsafe(StoreError):
    """The database would acknowledge what a power loss can take away."""


class SchemaMissing(StoreError):
    """There is a database but the hub's tables are not in it."""


class SchemaOlder(StoreError):
    """The tables are those of an older release: upgrade them first."""


class SchemaNewer(StoreError):
    """The tables are those of a newer release: this program must not write to them."""


class StoreLocked(StoreError):
    """Another writer holds the database longer than the busy timeout: the same batch may be tried again."""


class ReaderEnded(StoreError):
    """A read went on too long while the write-ahead log grew: it was ended, for the sake of who writes."""


class StoreFull(StoreError):
    """There is no room left; what was not answered is not stored."""


class StoreFailed(StoreError):
    """The database failed in another way: lost connection during a transaction, a statement it refused."""


class StoreBroken(StoreError):
    """Disk or file fail: I/O error, failed sync, corruption, read-only. Nobody knows what a failed sync has
    kept, so nothing may be promised until the database was opened anew."""


class Crossed(StoreError):
    """Another process changed a row that this batch had read: the batch goes round once more."""


class LeaseLost(Crossed):
    """Delivery to these systems is another hub's by now: the batch is decided anew, without them."""

    def __init__(self, systems: Collection[str]) -> None:
        super().__init__("another hub delivers to these systems by now")
        self.systems = frozenset(systems)


class Collided(Crossed):
    """A unique row exists already: written by another process meanwhile, or twice by the same batch."""


class DueUnreadable(Exception):
    """Of the records that are due these cannot be read. No StoreError: the store can be used."""

    def __init__(self, keys: "Sequence[tuple[str, str]]") -> None:
        super().__init__("rows that are due cannot be read")
        self.keys = keys
