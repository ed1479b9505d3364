"""What the fields of [customer] mean and which code tables they have, path by path: for the specification.

    meanings(section)      field → "name", "document number", "holding status", …
    coded_fields(section)  field → code table

Paths are without indices, as `Codec.paths` has them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from adapters.declaration.customer import CustomerSection
from formats.codec import Path

_PARTS = {
    "documents": "document",
    "phones": "phone",
    "addresses": "address",
    "relations": "relation",
    "holdings": "holding",
}
_NO_FIELDS = ("list", "codes", "by_kind", "fields", "check")


def meanings(section: CustomerSection) -> dict[Path, str]:
    """A field that means several things is told by the first."""
    found: dict[Path, str] = {}
    for path, meaning, _ in _fields(section):
        found.setdefault(path, meaning)
    return found


def coded_fields(section: CustomerSection) -> dict[Path, str]:
    return {path: table for path, _, table in _fields(section) if table}


def _fields(section: CustomerSection) -> Iterator[tuple[Path, str, str]]:
    """Path, meaning, and the table where it has one."""
    yield (section.number,), "customer number", ""
    yield (section.seq,), "sequence of changes of this customer", ""
    for attribute, at in section.values.items():
        yield (at.field,), attribute.replace("_", " "), at.codes or ""
        if at.since:
            yield (at.since,), f"since when the {attribute.replace('_', ' ')} holds", ""
        if at.organization:
            yield (at.organization,), f"{attribute.replace('_', ' ')} of an organization", at.codes or ""
    for name, one in _PARTS.items():
        part = getattr(section, name)
        if part is not None:
            yield from _part(one, part)


def _part(one: str, part: BaseModel) -> Iterator[tuple[Path, str, str]]:
    listed = getattr(part, "list", None)
    above: Path = (listed,) if listed else ()
    table = getattr(part, "codes", None) or ""
    for key, value in part:
        if key not in _NO_FIELDS and (field := _field(value)):
            own = getattr(value, "codes", None) or (table if key in ("type", "use") else "")
            yield (*above, field), f"{one} {key.replace('_', ' ')}", own
    for checked in getattr(part, "check", None) or ():
        yield (*above, checked.field), f"{one}: checked, not kept", checked.codes
    yield from _fixed(one, getattr(part, "fields", None) or {})


def _fixed(one: str, fields: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """A place for each type or use."""
    for key, value in fields.items():
        if isinstance(value, str):
            yield (value,), f"{key} {one} number", ""
        else:
            yield from (((field,), f"{key} {one} {part}", "") for part, field in value if field)


def _field(value: Any) -> str:
    found = getattr(value, "field", value)
    return found if isinstance(found, str) else ""
