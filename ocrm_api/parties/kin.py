"""Who owns a company in the end, and who lives with a person: within scope and masked.

Customers that the reader does not see are left out, and every chain of shareholders that leads through one;
what is told then is what is left, and says that it is not complete.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from ecif import households, ownership
from ecif.relations import Node
from ecif.store.store import Store
from ocrm_api.parties.past import hidden_of
from ocrm_api.parties.reading import NotThere, Reader, resolved


class Person(msgspec.Struct, frozen=True):
    """Or company; a customer or not."""

    ecif_no: str
    """"" for somebody who is no customer."""
    kind: str
    name: str
    document_type: str | None
    document_number: str | None


class Way(msgspec.Struct, frozen=True):
    """A chain of shareholders."""

    through: list[str]
    """Names from the company to the owner, both included."""
    percent: Decimal


class Owning(msgspec.Struct, frozen=True):
    owner: Person
    percent: Decimal
    """Of all chains together."""
    chains: list[Way]
    declared: bool
    """A system reports them as a beneficial owner, whatever the shares say."""


class Owners(msgspec.Struct, frozen=True):
    """Beneficial owners of a company."""

    ecif_no: str
    threshold: Decimal
    owners: list[Owning]
    """The largest share first."""
    open_ends: list[Owning]
    """Companies with the threshold or more whose own shareholders are not known."""
    representatives: list[Person]
    complete: bool
    """Every share is told, every chain was followed, and all of it is shown."""


class Housemate(msgspec.Struct, frozen=True):
    ecif_no: str
    name: str
    phones: list[str]
    """Shared."""
    addresses: list[str]
    """Shared."""


class Household(msgspec.Struct, frozen=True):
    """Others who probably live with this person: they share a phone number and an address."""

    ecif_no: str
    members: list[Housemate]


def owners(store: Store, ecif_no: str, reader: Reader, threshold: Decimal) -> Owners:
    resolved(store, ecif_no, reader)
    found = ownership.beneficial_owners(store, ecif_no, threshold)
    if found is None:
        raise NotThere
    named = [*found.nodes.values(), *(one.node for one in found.owners), *found.representatives]
    hidden = hidden_of(store, {node.ecif_no for node in named if node.ecif_no} - {ecif_no}, reader)
    seen = _seen(found.nodes.__getitem__, hidden, threshold, reader)
    told = Owners(
        ecif_no=ecif_no,
        threshold=threshold,
        owners=seen(found.owners),
        open_ends=seen(found.open_ends),
        representatives=[
            _person(node, reader) for node in found.representatives if node.ecif_no not in hidden
        ],
        complete=found.complete and not hidden,
    )
    reader.saw(*_shown(told))
    return told


def _seen(
    node_of: Callable[[str], Node], hidden: set[str], threshold: Decimal, reader: Reader
) -> Callable[[Sequence[ownership.Owner]], list[Owning]]:
    """Owners as they are shown: by the chains that are left."""

    def of(some: Sequence[ownership.Owner]) -> list[Owning]:
        out = []
        for one in some:
            if one.node.ecif_no in hidden:
                continue
            chains = [chain for chain in one.chains if not hidden.intersection(chain.through)]
            percent = sum((chain.percent for chain in chains), Decimal(0))
            if percent >= threshold or one.declared:
                ways = [Way([node_of(id).name for id in chain.through], chain.percent) for chain in chains]
                out.append(Owning(_person(one.node, reader), percent, ways, one.declared))
        return out

    return of


def _shown(told: Owners) -> list[str]:
    people = [*(one.owner for one in (*told.owners, *told.open_ends)), *told.representatives]
    return [one.ecif_no for one in people if one.ecif_no]


def _person(node: Node, reader: Reader) -> Person:
    kind, number = node.document or (None, None)
    masked = str(reader.masked("document", (kind, number))[1]) if number else None
    return Person(node.ecif_no, node.kind, node.name, kind, masked)


def household(store: Store, ecif_no: str, reader: Reader) -> Household:
    resolved(store, ecif_no, reader)
    found = households.household(store, ecif_no)
    hidden = hidden_of(store, [one.ecif_no for one in found], reader)
    members = [_housemate(one, reader) for one in found if one.ecif_no not in hidden]
    reader.saw(*(one.ecif_no for one in members))
    return Household(ecif_no, members)


def _housemate(one: households.Housemate, reader: Reader) -> Housemate:
    phones = [str(reader.masked("phone", phone)) for phone in one.phones]
    return Housemate(
        one.ecif_no, one.name, phones, [str(reader.masked("address", line)) for line in one.addresses]
    )
