"""The quality report as the API shows it: counts and shares, never a customer's value (docs/quality.md)."""

from datetime import datetime

import msgspec

from ocrm_api.progress import Told


class AttributeFigures(msgspec.Struct, frozen=True):
    records: int
    """Customers of the kind that the field is for."""
    filled: int
    faults: dict[str, int]
    """Rule → how many of the filled break it."""
    compared: int
    differing: int
    completeness: float | None
    """filled / records; null where there is nothing to divide by, as in the other shares."""
    validity: float | None
    """Of the filled, those without a known fault."""
    agreement: float | None
    """Of the compared, those that say what the golden record would there."""


class SystemFigures(msgspec.Struct, frozen=True):
    records: int
    customers: int
    duplicates: int
    """Customer numbers beyond the first of one customer."""
    attributes: dict[str, AttributeFigures]


class Figures(msgspec.Struct, frozen=True):
    parties: int
    source_records: int
    systems: dict[str, SystemFigures]


class QualityAnswer(Told, frozen=True):
    """The last report, and whether another one is being counted."""

    counted: int
    """Customers looked at so far."""
    began_at: datetime | None
    ended_at: datetime | None
    """Of the report below."""
    figures: Figures | None
