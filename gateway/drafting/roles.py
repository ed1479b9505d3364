"""Which field is what? Guessed by names, and where no name speaks, by what is left.

A guess that a name supports and one that nothing supports are told apart, since somebody must look at the
second: `Guess.sure`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from formats.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class DraftField:
    """A field outside of lists."""

    name: str
    kind: Literal["text", "number", "time", "date"]
    size: int
    in_head: bool = False
    """Stands where every record has it: before all that varies."""
    values: Sequence[str] = ()
    """That it can have, as far as known."""


@dataclass(frozen=True, slots=True)
class Guess:
    field: DraftField
    sure: bool


@dataclass(slots=True)
class Roles:
    type: Guess
    id: Guess
    sent_at: Guess
    number: Guess
    seq: Guess
    kind: Guess
    others: dict[str, Guess] = field(default_factory=dict)
    """Attributes that a name speaks for."""


_NAMES = {
    "type": r"(MSG|MESSAGE|REC|RECORD|TRAN|TX)[-_]?(TYPE|TYP|CODE|CD)|^TYPE$|^MT$",
    "id": r"(MSG|MESSAGE|REQ|REQUEST|TRAN)[-_]?(ID|REF|NO)$|^(REF|SERIAL|UUID)|REFERENCE",
    "sent_at": r"SENT|STAMP|TIME$|DATETIME",
    "number": r"(CUST|CUSTOMER|CLIENT|PARTY)[-_]?(NO|NUM|NUMBER|NBR|ID)$|CIF",
    "seq": r"SEQ|(^|[-_])CHG|CHANGE|VERSION",
    "kind": r"(CUST|PARTY|CLIENT)[-_]?(KIND|TYPE|TYP)$|^KIND$|PERSON|^PTY",
}
_ATTRIBUTES = {
    "name": (r"(CUST|CUSTOMER|CLIENT|PARTY|FULL)[-_]?NAME$|^NAME$|^NAM$", "text"),
    "born": (r"BIRTH|^DOB$|BORN|FOUNDED", "date"),
    "email": (r"E-?MAIL", "text"),
    "branch": (r"BRANCH", "text"),
    "employer": (r"EMPLOYER", "text"),
}


def guess_roles(fields: Sequence[DraftField]) -> Roles:
    """Raises DeclarationError where there is too little to go by."""
    texts = [one for one in fields if one.kind == "text"]
    head = [one for one in texts if one.in_head]
    if len(head) < 2:
        raise DeclarationError("needs two text fields at the beginning of each record: its type and its id")
    type = _named("type", head) or Guess(min(head[:4], key=lambda one: one.size), False)
    rest = [one for one in head if one.name != type.field.name]
    id = _named("id", rest) or Guess(max(rest[:4], key=lambda one: one.size), False)
    later = [one for one in texts if one.name not in (type.field.name, id.field.name)] or rest
    found = Roles(
        type=type,
        id=id,
        sent_at=_named("sent_at", [one for one in fields if one.kind == "time"])
        or _first(fields, "time", id),
        number=_named("number", later) or Guess(later[0], False),
        seq=_named("seq", [one for one in fields if one.kind == "number"]) or _first(fields, "number", id),
        kind=_named("kind", later) or Guess(min(later, key=lambda one: one.size), False),
    )
    for attribute, (pattern, kind) in _ATTRIBUTES.items():
        fitting = [one for one in fields if one.kind == kind and re.search(pattern, one.name, re.IGNORECASE)]
        if fitting:
            found.others[attribute] = Guess(fitting[0], True)
    return found


def _named(role: str, fields: Sequence[DraftField]) -> Guess | None:
    for one in fields:
        if re.search(_NAMES[role], one.name, re.IGNORECASE):
            return Guess(one, True)
    return None


def _first(fields: Sequence[DraftField], kind: str, otherwise: Guess) -> Guess:
    return next((Guess(one, False) for one in fields if one.kind == kind), Guess(otherwise.field, False))
