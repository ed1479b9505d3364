"""[customer] of one system, resolved: field names beside the code tables they need.

Reading and writing share this value, so that what the hub writes is what it would read back. Documents,
phones and addresses have one of three forms:

| form | in the message | attribute |
|---|---|---|
| slot | one place, its type or use coded beside it (or fixed by the party's kind) | the bare family |
| listed | any number of entries, each with its type or use | `family:key` |
| fixed | a place of its own for each type or use | `family:key` |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.codes import CodeTable
from adapters.declaration.customer import (
    AddressesSection,
    CustomerSection,
    DocumentsSection,
    HoldingsSection,
    Mark,
    PhonesSection,
    RelationsSection,
    ValueField,
)
from ecif.model import FAMILIES

Tables = Mapping[str, CodeTable]

CLEAR = "*"
CLEAR_DATE = "99999999"


@dataclass(frozen=True, slots=True)
class Single:
    """A single-valued attribute and its field."""

    attribute: str
    field: str
    type: str
    table: CodeTable | None
    only: str | None
    clear: bool
    since: str | None = None
    """The date field beside it that says since when it holds."""


@dataclass(frozen=True, slots=True)
class Fixed:
    key: str
    main: str
    extra: str | None


@dataclass(frozen=True, slots=True)
class Family:
    """Documents, phones or addresses: `main` is the number or line, `extra` the expiry or postcode."""

    name: str
    main: str = ""
    extra: str | None = None
    key: str | None = None
    table: CodeTable | None = None
    list: str | None = None
    by_kind: Mapping[str, str] | None = None
    fixed: tuple[Fixed, ...] = ()
    mark: Mark | None = None
    """Documents: the field that says whether somebody has seen the original."""

    @property
    def is_slot(self) -> bool:
        return not self.list and not self.fixed

    @property
    def plain(self) -> bool:
        """Whether an entry's value is a bare text (phones) instead of a pair."""
        return self.name == "phone"

    @property
    def dated(self) -> bool:
        """Whether `extra` is a date."""
        return self.name == "document"

    def place_of(self, key: str) -> tuple[str, str | None]:
        """Fields of the entry under that key."""
        return next(((at.main, at.extra) for at in self.fixed if at.key == key), (self.main, self.extra))

    @property
    def keys(self) -> tuple[str, ...]:
        """Types or uses that this system can express, in the hub's order."""
        if self.fixed:
            known = {place.key for place in self.fixed}
        elif self.by_kind is not None:
            known = set(self.by_kind.values())
        else:
            known = set(self.table.standards) if self.table else set()
        return tuple(key for key in FAMILIES[self.name] if key in known)


@dataclass(frozen=True, slots=True)
class CustomerMap:
    number: str
    seq: str
    seq_limit: int
    singles: tuple[Single, ...]
    families: tuple[Family, ...]
    relations: RelationsSection | None
    holdings: HoldingsSection | None
    tables: Tables
    own_numbers: bool = True
    """False: a customer's number is its ECIF number."""

    def field_of(self, attribute: str, kind: str, *, second: bool = False) -> str:
        """The system's own field, `LIST.FIELD` in a list; of an entry its number or line, or the part beside
        that (`second`). The attribute itself where there is none."""
        for single in self.singles:
            if single.attribute == attribute and single.only in (None, kind):
                return single.field
        name, _, key = attribute.partition(":")
        for family in self.families:
            if family.name == name:
                main, extra = family.place_of(key)
                field = extra if second and extra else main
                return f"{family.list}.{field}" if family.list else field
        return attribute

    @property
    def kind(self) -> Single | None:
        return next((single for single in self.singles if single.attribute == "kind"), None)


def customer_map(section: CustomerSection, tables: Tables) -> CustomerMap:
    """Every table named is in `tables`: `adapters.checks` has seen to it."""
    singles = tuple(single for name, at in section.values.items() for single in _singles(name, at, tables))
    families = (_documents(section.documents, tables), _phones(section.phones, tables))
    found = (*families, _addresses(section.addresses, tables))
    return CustomerMap(
        section.number,
        section.seq,
        section.seq_limit,
        singles,
        tuple(family for family in found if family is not None),
        section.relations,
        section.holdings,
        tables,
        section.numbered_by == "system",
    )


def _singles(name: str, at: ValueField, tables: Tables) -> Iterator[Single]:
    table = tables[at.codes] if at.codes else None
    if at.organization is None:
        yield Single(name, at.field, at.type, table, at.only, at.clear, at.since)
    else:
        yield Single(name, at.field, at.type, table, "person", at.clear, at.since)
        yield Single(name, at.organization, at.type, table, "organization", at.clear, at.since)


def _documents(section: DocumentsSection | None, tables: Tables) -> Family | None:
    if section is None:
        return None
    if section.fields is not None:
        fixed = (Fixed(key, at.number, at.expiry) for key, at in section.fields.items())
        return Family("document", fixed=tuple(fixed))
    table = tables[section.codes or ""]
    number, mark = section.number or "", section.verified
    return Family("document", number, section.expiry, section.type, table, section.list, mark=mark)


def _phones(section: PhonesSection | None, tables: Tables) -> Family | None:
    if section is None:
        return None
    if section.fields is not None:
        return Family("phone", fixed=tuple(Fixed(use, at, None) for use, at in section.fields.items()))
    return Family("phone", section.number or "", None, section.use, tables[section.codes or ""], section.list)


def _addresses(section: AddressesSection | None, tables: Tables) -> Family | None:
    if section is None:
        return None
    if section.fields is not None:
        fixed = (Fixed(use, at.line, at.postcode) for use, at in section.fields.items())
        return Family("address", fixed=tuple(fixed))
    if section.by_kind is not None:
        by_kind: dict[str, str] = dict(section.by_kind.items())
        return Family("address", section.line or "", section.postcode, by_kind=by_kind)
    table = tables[section.codes or ""]
    return Family("address", section.line or "", section.postcode, section.use, table, section.list)
