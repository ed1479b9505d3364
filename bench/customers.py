"""So many customers in a database at once: rows as the hub would have written them, put in by bulk inserts.

Every customer has a core record, two of three an ebank record, too; a name (some names are borne by
thousands, as in life), a document, a mobile number and an account. All is made from the customer's own
number, so a benchmark knows what to ask for without keeping anything.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from ecif.model import Attribute, Golden, Holding, Listed, Own, Party, Shown, SourceRecord, Survivor
from ecif.store.filling import Filled, fill
from gateway.peers.names import GIVEN_FEMALE, GIVEN_MALE, SURNAMES

FIRST = 100_000_000_001
SINCE = 1_700_000_000_000_000
PORTION = 2_000
BRANCHES = 200
_GIVEN = tuple(dict.fromkeys((*GIVEN_MALE, *GIVEN_FEMALE)))


def ecif_no(n: int) -> str:
    return str(FIRST + n)


def customer_no(n: int) -> str:
    return f"{n:010}"


def document_no(n: int) -> str:
    """A passport: nothing to be checked."""
    return f"E{n:08}"


def mobile(n: int) -> str:
    return f"139{n:08}"


def account(n: int) -> str:
    return f"6222{n:012}"


def name(n: int) -> str:
    """Few surnames, and given names of one to four characters made of few: many bear one name."""
    first, second = _GIVEN[n * 31 % len(_GIVEN)], _GIVEN[n // 7 * 17 % len(_GIVEN)]
    return SURNAMES[n * 7919 % len(SURNAMES)] + (first if n % 4 == 0 else first[:1] + second[-1:])


def build(url: str, count: int, progress: Callable[[int], None] = lambda count: None) -> None:
    """Into a database that has its tables and no row."""
    fill(url, (_customer(n) for n in range(count)), PORTION, progress)


def _customer(n: int) -> Filled:
    said: dict[str, Any] = {
        "kind": "person",
        "name": name(n),
        "document:passport": (document_no(n), None),
        "phone:mobile": mobile(n),
        "born": f"19{n % 80 + 20}0101",
        "branch": f"{n % BRANCHES:04}",
        "manager": f"m{n % 997:03}",
        "risk": f"R{n % 5 + 1}",
    }
    number = ecif_no(n)
    amount = f"{n % 100_000}.00"
    held = Holding("deposit", account(n), "savings", "CNY", amount, "20200101", "active")
    holdings = Listed((held,), SINCE)
    records = [_record("core", customer_no(n), number, said, holdings)]
    if n % 3:
        records.append(_record("ebank", f"E{n}", number, said, None))
    values = {key: Survivor(value, SINCE, "core", customer_no(n), "trust") for key, value in said.items()}
    golden = Golden(values, (), tuple(record.key for record in records), SINCE)
    return Filled(Party(number, 1, golden=golden), tuple(records))


def _record(
    system: str, number: str, party: str, said: dict[str, Any], holdings: Listed | None
) -> SourceRecord:
    attributes = {
        key: Attribute(Own(value, SINCE, 1, 0), value, (Shown(value, SINCE, SINCE),))
        for key, value in said.items()
    }
    return SourceRecord(
        system, number, party, seq=1, attributes=attributes, holdings=holdings, number_held=party
    )


def spread(count: int, asked: int) -> Iterator[int]:
    """Customers all over the number range, the same ones every time."""
    return itertools.islice((step * 2_654_435_761 % count for step in itertools.count(1)), asked)
