"""A golden record as the API shows it."""

from datetime import datetime

from pydantic import BaseModel

Value = str | list[str | None]
"""A text, or the parts of a group: a document's number and expiry, an address' line and postcode."""


class GoldenValue(BaseModel):
    """A surviving value and where it comes from."""

    value: Value
    since: datetime
    system: str
    """Empty where a steward decided."""
    customer_no: str
    rule: str
    """What decided for it."""


class Related(BaseModel):
    system: str
    customer_no: str
    type: str
    name: str
    document_type: str | None = None
    document_number: str | None = None


class Member(BaseModel):
    """A customer number that belongs to this party."""

    system: str
    customer_no: str
    pending: bool
    """A push to it is due or unanswered."""
    refused: bool
    """It refused what it was pushed, for good."""
    standoff: bool
    """It keeps saying otherwise; a steward must decide."""


class PartyView(BaseModel):
    ecif_no: str
    version: int
    merged: list[str]
    """Former ECIF numbers that resolve to this one."""
    values: dict[str, GoldenValue]
    relations: list[Related]
    members: list[Member]
