"""Households: people who share an address and a phone, as a suggestion for staff.

One of the two is not enough: colleagues share an office's phone, tenants a building's address. A number that
more than GENERIC people have, or a placeholder, says nothing. Nothing is stored: the suggestion is what holds
when it is asked.
"""

import unicodedata
from typing import Final

import msgspec

from ecif.identity import placeholder, placeholder_phone
from ecif.store import relating, reports
from ecif.store.store import Store

GENERIC: Final = 12
"""Holders of one phone number from which on it is nobody's own."""


class Housemate(msgspec.Struct, frozen=True):
    ecif_no: str
    name: str
    phones: tuple[str, ...]
    """Shared."""
    addresses: tuple[str, ...]
    """Shared, as the party that was asked for has them."""


def household(store: Store, ecif_no: str) -> tuple[Housemate, ...]:
    """Others who probably live with this person, in the order of their numbers; none for a company."""
    with store.reading() as connection:
        head = reports.head_of(connection, ecif_no)
        if head is None or relating.briefs(connection, [head])[head].kind != "person":
            return ()
        shared: dict[str, list[str]] = {}
        for phone in relating.phones_of(connection, head):
            for number in _holders(connection, phone):
                shared.setdefault(number, []).append(phone)
        others = shared.keys() - {head}
        addresses = relating.addresses_of(connection, {head, *others})
        briefs = relating.briefs(connection, others)
    own = {_plain(line): line for line in addresses.get(head, ()) if not placeholder(line)}
    found = []
    for number in sorted(others):
        common = [own[plain] for plain in {_plain(line) for line in addresses.get(number, ())} & own.keys()]
        if common and briefs[number].kind == "person":
            mate = Housemate(number, briefs[number].name, tuple(shared[number]), tuple(sorted(common)))
            found.append(mate)
    return tuple(found)


def _holders(connection: reports.View, phone: str) -> list[str]:
    if placeholder_phone(phone):
        return []
    found = relating.phone_holders(connection, phone, GENERIC + 1)
    return found if len(found) <= GENERIC else []


def _plain(line: str) -> str:
    text = unicodedata.normalize("NFKC", line).casefold()
    return "".join(c for c in text if c.isalnum())
