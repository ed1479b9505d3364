"""[customer] of a system.toml: its fields ↔ the hub's attributes, as frozen models.

A field is named as the system's sheet names it; the names are the same in every message that carries a
customer, image, push or answer.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import model_validator

from adapters.declaration.declared import Code, Count, Declared, Kind, Name, Names, Switch


class ValueField(Declared):
    """One single-valued attribute."""

    field: Name
    type: Literal["text", "date", "amount"] = "text"
    codes: Name | None = None
    only: Kind | None = None
    """Kind of party the field belongs to; for the other it is blank and ignored."""
    clear: Switch = True
    """Whether the field has a clear mark; without one a withdrawn value is left blank."""
    since: Name | None = None
    """A date field that says since when the value holds; without one it is the message's sent time."""
    organization: Name | None = None
    """Where an organization's value stands in a field of its own; `field` is a person's then."""

    @model_validator(mode="after")
    def _one_kind(self) -> "ValueField":
        if self.organization and self.only:
            raise ValueError("organization names a second field: only goes with one")
        return self


class Mark(Declared):
    """A field that says yes or no."""

    field: Name
    yes: Code
    no: Code


class DocumentFields(Declared):
    number: Name
    expiry: Name | None = None


class AddressFields(Declared):
    line: Name
    postcode: Name | None = None


class DocumentsSection(Declared):
    """One slot (`type`, `number`), a list of entries (`list` too), or a place for each type (`fields`)."""

    list: Name | None = None
    type: Name | None = None
    number: Name | None = None
    expiry: Name | None = None
    verified: Mark | None = None
    """In a list: whether somebody has seen the original."""
    codes: Name | None = None
    fields: Mapping[str, DocumentFields] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "DocumentsSection":
        coded = (self.type, self.number, self.codes)
        if self.fields is None and not all(coded):
            raise ValueError("needs type, number and codes, or fields = { <type> = { number = … } }")
        if self.fields is not None and any((*coded, self.list, self.expiry)):
            raise ValueError("fields stands alone, without list, type, number, expiry and codes")
        if self.verified is not None and self.list is None:
            raise ValueError("verified stands in the entries of a list")
        return self


class PhonesSection(Declared):
    """Fixed places (`fields = { mobile = "…" }`) or a list of entries."""

    list: Name | None = None
    use: Name | None = None
    number: Name | None = None
    codes: Name | None = None
    fields: Mapping[str, Name] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "PhonesSection":
        listed = (self.list, self.use, self.number, self.codes)
        if self.fields is None and not all(listed):
            raise ValueError("needs list, use, number and codes, or fields = { <use> = … }")
        if self.fields is not None and any(listed):
            raise ValueError("fields stands alone, without list, use, number and codes")
        return self


class AddressesSection(Declared):
    """One slot, its use coded (`use`, `codes`) or set by party kind (`by_kind`); a list; or `fields`."""

    list: Name | None = None
    use: Name | None = None
    by_kind: Mapping[Kind, str] | None = None
    line: Name | None = None
    postcode: Name | None = None
    codes: Name | None = None
    fields: Mapping[str, AddressFields] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "AddressesSection":
        others = (self.list, self.use, self.by_kind, self.line, self.postcode, self.codes)
        if self.fields is not None:
            if any(others):
                raise ValueError("fields stands alone, without list, use, by_kind, line, postcode and codes")
        elif self.by_kind is not None:
            if self.list or self.use or self.codes or not self.line:
                raise ValueError("by_kind goes with line and postcode only")
            if set(self.by_kind) != {"person", "organization"}:
                raise ValueError("by_kind needs a use for person and one for organization")
        elif not (self.use and self.codes and self.line):
            raise ValueError("needs use, line and codes, or by_kind and line, or fields")
        return self


class Coded(Declared):
    field: Name
    codes: Name


class Dated(Declared):
    field: Name
    type: Literal["date"]


class Constant(Declared):
    constant: Name


class RelationsSection(Declared):
    """A complete list of relations."""

    list: Name
    type: Coded
    name: Name
    document_type: Coded | None = None
    document_number: Name | None = None
    share: Name | None = None
    """Of a shareholder, percent: a number with decimals."""
    ecif_no: Name | None = None
    """In an answer: who is meant."""


class HoldingsSection(Declared):
    """A complete list of accounts or contracts."""

    list: Name
    kind: Coded | Constant
    number: Name
    system: Name | None = None
    """In an answer: who reports it."""
    product: Name | None = None
    ccy: Coded | None = None
    amount: Name | None = None
    opened: Dated | None = None
    status: Coded | None = None
    check: tuple[Coded, ...] = ()
    """Codes that must be in their table though the hub keeps nothing of them."""
    required: Names = ()
    """Fields that must say something in each entry."""


class CustomerSection(Declared):
    """[customer]"""

    number: Name
    numbered_by: Literal["system", "hub"] = "system"
    """hub: its customer number is the ECIF number, given by the answer to an opening."""
    seq: Name
    seq_limit: Count = 999_999_999
    values: Mapping[str, ValueField]
    documents: DocumentsSection | None = None
    phones: PhonesSection | None = None
    addresses: AddressesSection | None = None
    relations: RelationsSection | None = None
    holdings: HoldingsSection | None = None
