"""A load whose pairs a bulk engine finds: the files are read twice.

First all that new records and those of the store say of who they are goes to the engine. Then they are taken
in like in any load, but a new record looks at the parties of those it is like, and by match keys only for
what the rules above the score go by. A party that learned something by it, or may be another, looks for its
like by match keys as ever: it says more than any of its records.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from ecif.linkage.comparing import Values
from ecif.matching import Matching
from ecif.messages import CustomerImage
from ecif.model import Key
from ecif.store import reports
from ecif.store.store import Store
from gateway.loading.batches import Batch, Waiting
from gateway.loading.reading import Loadable


def said_in_store(store: Store, matching: Matching) -> dict[Key, Values]:
    """Record → what it says, in the match model's form."""
    with store.reading() as connection:
        return {
            one.record.key: matching.weighed(one.record).values
            for _, records in reports.all_clusters(connection)
            for one in records
        }


def said_in_files(batches: Iterable[Batch], progress: Callable[[int], None]) -> dict[Key, Values]:
    """The same of those that stand in files; `progress` hears how many there are."""
    found: dict[Key, Values] = {}
    for batch in batches:
        for one in batch.waiting:
            if isinstance(one.command, CustomerImage) and one.command.first is not None:
                first = one.command.first
                found.setdefault(first.record.key, first.said.values)
        progress(len(found))
    return found


def told(batches: Iterable[Batch], alike: Mapping[Key, tuple[Key, ...]]) -> Iterator[Batch]:
    """The same batches; each new record knows whom it is like."""
    for batch in batches:
        yield batch._replace(waiting=[Waiting(at, _told(command, alike)) for at, command in batch.waiting])


def _told(command: Loadable, alike: Mapping[Key, tuple[Key, ...]]) -> Loadable:
    if not isinstance(command, CustomerImage) or command.first is None:
        return command
    first = command.first
    return replace(command, first=replace(first, alike=alike.get(first.record.key, ())))
