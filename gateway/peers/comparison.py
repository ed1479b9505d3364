"""Did it come out right? Each system's own books against the golden records, and who was put with whom.

The golden record "as that system can write it" is taken literally: it is written as a push of that system, to
the bytes, and read back into the system's own fields; the books must say the same in every one of them.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ecif.cluster import resolve
from ecif.model import Dialect, Golden, Push, SourceRecord, Value
from ecif.reconcile.desired import wanted
from ecif.store.unit import UnitOfWork
from formats.codec import Codec, Fields
from gateway.peers.forms import Form
from gateway.peers.page import Page
from gateway.peers.population import Record


@dataclass(frozen=True)
class Expectation:
    """What one system needs to be compared."""

    form: Form
    codec: Codec
    dialect: Dialect

    def written(self, record: SourceRecord, golden: Golden, ecif_no: str) -> tuple[str, Fields]:
        """Push type and fields of the whole golden record."""
        values: dict[str, Value | None] = {
            name: value for name, value in wanted(record, golden, self.dialect).items() if value is not None
        }
        push = Push(
            id=self.dialect.new_id(0),
            sent_at=0,
            ecif_no=ecif_no,
            version=1,
            customer_no=record.customer_no,
            kind=golden.kind(),
            values=values,
        )
        return self.codec.parse(self.dialect.push_bytes(push))


def differences(
    system: str, expectation: Expectation, books: Mapping[str, Any], work: UnitOfWork
) -> list[str]:
    """One text a record that differs: number and field names, no values."""
    found = []
    if not expectation.dialect.push_type:  # it takes none, so its books may lag: but it asks by its numbers
        unknown = (number for number, kept in books.items() if kept["ecif_no"] not in work.parties)
        return [f"{system} {number}: its ECIF number leads nowhere" for number in unknown if number]
    for number, kept in books.items():
        record = work.records.get((system, number))
        if record is None:
            found.append(f"{system} {number}: the hub does not know it")
            continue
        head = resolve(record.party, work.parties)
        type, fields = expectation.written(record, work.parties[head].golden, head)
        names = [path[0] for path in expectation.codec.paths(type) if len(path) == 1]
        mine = [str(name) for name in names if expectation.form.owns(str(name))]
        wrong = expectation.form.differences(Page(**kept["page"]), fields, mine)
        if kept["ecif_no"] != head:
            wrong.append("ECIF number")
        if wrong:
            found.append(f"{system} {number}: {', '.join(wrong)}")
    return found


@dataclass(frozen=True)
class Pairs:
    """Pairs of records of one true customer, and pairs the hub made one party."""

    precision: float
    recall: float


def pairs(truth: Mapping[Record, int], found: Mapping[Record, str], among: Collection[Record]) -> Pairs:
    """Over all pairs of records in `among`. 1.0 where there is nothing to be right about."""
    both = Counter((truth[key], found.get(key, "")) for key in among)
    true = _pairs_of(truth[key] for key in among)
    made = _pairs_of(found[key] for key in among if key in found)
    right = sum(n * (n - 1) // 2 for (_, party), n in both.items() if party)
    return Pairs(right / made if made else 1.0, right / true if true else 1.0)


def _pairs_of(groups: Any) -> int:
    sizes: dict[Any, int] = defaultdict(int)
    for group in groups:
        sizes[group] += 1
    return sum(n * (n - 1) // 2 for n in sizes.values())
