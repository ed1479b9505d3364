"""A customer's data is erased: PIPL article 47, GDPR article 17. What remains tells nothing of the person.

Two steps. In one transaction the source records go, with the pins and the match keys; the golden record is
what that leaves: nothing. Then the history goes behind a checkpoint, as old history does (`ecif.pruning`):
the chain is whole, begins later, and its last event says that there was an erasure. Rows of facts and lists,
the bytes of messages, pinned values in decisions, consents and a restriction with its reason are deleted.
The ECIF number stays, and is never given again; the journal knows that there were messages, so that a
repeated one is not taken for new.

Not where the law or a contract still needs the data: an account that is not closed, a legal hold (GDPR 17(3),
PIPL 47 paragraph 2; then processing is restricted instead). A system that still knows the customer and sends
it again makes a new one: there it has to be erased first.
"""

from collections.abc import Collection

from msgspec.structs import replace

from ecif import pruning
from ecif.history import ALWAYS
from ecif.legal_hold import held
from ecif.model import Key, SourceRecord
from ecif.stewardship import Changed, NotPossible
from ecif.store import histories, privacy
from ecif.store.prunes import Old
from ecif.store.store import Store
from ecif.work import Cause, Work

CLOSED = frozenset(("closed", "", None))
CAUSE = "erasure"


def forget(work: Work, ecif_no: str, expected: int | None, cause: Cause) -> tuple[tuple[str, ...], list[Key]]:
    """The first step: (all numbers of the customer, its records that went). Raises NotPossible, Changed."""
    work.unit.load_parties([ecif_no])
    if ecif_no not in work.unit.parties:
        raise NotPossible("no such ECIF number")
    cluster = work.unit.cluster_of(ecif_no)
    records = work.unit.members(cluster)
    if expected is not None and work.head(cluster).version != expected:
        raise Changed("the customer has changed since it was read")
    _refuse(records)
    for record in records:
        work.unit.drop_record(record.key)
    for number in cluster.numbers:
        work.unit.parties[number] = replace(work.unit.parties[number], pins={})
    work.unit.matches.put(cluster.head, ())
    work.recompute(cluster, cause)
    for number in sorted(cluster.numbers):
        work.note(number, cause, erased=True)
    return tuple(sorted(cluster.numbers)), [record.key for record in records]


def _refuse(records: Collection[SourceRecord]) -> None:
    for record in records:
        for holding in record.holdings.items if record.holdings is not None else ():
            if holding.status not in CLOSED:
                raise NotPossible(f"{record.system} still has an account of this customer: restrict instead")


def clear(
    store: Store, numbers: Collection[str], keys: Collection[Key], *, actor: str, reason: str, now: int
) -> None:
    """The second step: all that the first one left behind. Done again it finds nothing."""
    with store.changing() as connection:
        privacy.erase(connection, numbers, keys, actor, reason, now)
        for number in numbers:
            last = histories.last_event(connection, number, ALWAYS)
            if last is not None:
                pruning.cut(connection, Old(number, last), now)


def refuse_held(store: Store, numbers: Collection[str]) -> None:
    with store.reading() as connection:
        if set(numbers).intersection(held(connection)):
            raise NotPossible("the customer is under legal hold: restrict instead")
