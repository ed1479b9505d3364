"""Masking: what a value shows to those who may not see it as it is.

Enough stays to tell two values apart on the telephone with the customer, and no more: the last four
characters of a document, first three and last four of a phone number, the region of an address, the year of
a birth date (the habits of JR/T 0171-2020, the Chinese financial sector's standard on personal information).
Names, codes and dates of the bank's own are not masked.
"""

from collections.abc import Callable, Mapping

from ecif.model import Value

FIELDS: tuple[str, ...] = (
    "document", "verified", "phone", "address", "email", "born", "annual_income", "employer", "holding",
)  # fmt: skip
"""Attributes and families that are masked; roles list those that they may see clear."""
REGION = 6
"""Characters of an address that stay: province and city."""


def field_of(attribute: str) -> str | None:
    """The masked field that an attribute belongs to, as `phone` of `phone:mobile`."""
    family = attribute.partition(":")[0]
    return family if family in FIELDS else None


def masked_value(attribute: str, value: Value) -> Value:
    """Of an attribute that is masked; others are given back as they are."""
    mask = _MASKS.get(attribute.partition(":")[0])
    if mask is None:
        return value
    if isinstance(value, str):
        return mask(value)
    first, *rest = value
    if attribute in ("document", "address"):  # a slot: its key stands first
        return (first, *_entry(mask, rest))
    return (mask(first) if first else first, *map(_postcode if attribute[:7] == "address" else _kept, rest))


def _entry(mask: Callable[[str], str], rest: list[str | None]) -> list[str | None]:
    return [mask(rest[0]) if rest and rest[0] else None, *rest[1:]]


def last_four(text: str) -> str:
    return "*" * (len(text) - 4) + text[-4:] if len(text) > 4 else "*" * len(text)


def _phone(text: str) -> str:
    return text[:3] + "*" * (len(text) - 7) + text[-4:] if len(text) > 7 else last_four(text)


def _address(text: str) -> str:
    return text[:REGION] + "****" if len(text) > REGION else "****"


def _email(text: str) -> str:
    name, at, host = text.partition("@")
    return name[:1] + "****" + at + host


def _born(text: str) -> str:
    return text[:4] + "****"


def _hidden(_text: str) -> str:
    return "****"


def _kept(text: str | None) -> str | None:
    return text


def _postcode(text: str | None) -> str | None:
    return text[:2] + "****" if text else text


_MASKS: Mapping[str, Callable[[str], str]] = {
    "document": last_four,
    "verified": last_four,
    "phone": _phone,
    "address": _address,
    "email": _email,
    "born": _born,
    "annual_income": _hidden,
    "employer": _hidden,
    "holding": last_four,
}
