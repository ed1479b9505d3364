"""What one record says of who it is, and what of that proves anything; what a whole side says.

A number with a wrong check digit, an impossible date or a placeholder proves nothing (`ecif.identity`).
Values that a system merely adopted from a push are no contribution, hence not said at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from ecif.entries import golden_place
from ecif.identity import canonical_document, expired, placeholder, plain_phone, sound, valid_document
from ecif.model import DOCUMENT_TYPES, FAMILIES, SourceRecord, Value

DOCUMENT: Final = "document"
IDENTITY: Final = frozenset(
    ("kind", "name", "born", "phone:mobile", DOCUMENT, *(f"{DOCUMENT}:{type}" for type in DOCUMENT_TYPES))
)
"""The attributes that rules look at."""

Identity: TypeAlias = tuple[tuple[str, Value], ...]
"""What one record contributes to who it is: attribute, value."""


_NONE: Final[frozenset[str]] = frozenset()


class Said(msgspec.Struct, frozen=True, gc=False):
    """What of one record's contributions proves anything; "" for nothing."""

    name: str
    kind: str
    born: str
    mobile: str
    documents: tuple[tuple[tuple[str, str], Value], ...]
    """Canonical form, entry."""


class Weighed(Said, frozen=True, gc=False):
    """With what takes longer to work out, and is not asked of a namesake whom a document tells apart."""

    keys: tuple[str, ...]
    """Match keys by which it is found, sorted."""
    sought: tuple[str, ...]
    """Those by which it looks for others, sorted."""
    values: tuple[str, ...]
    """In the form of the match model; () where there is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one side says of who it is."""

    names: frozenset[str]
    kinds: frozenset[str]
    borns: frozenset[str]
    mobiles: frozenset[str]
    documents: frozenset[tuple[str, str]]
    """Sound ones that identify, in canonical form."""
    current: frozenset[tuple[str, str]]
    """Those that have not expired."""


def identity_of(record: SourceRecord, attributes: frozenset[str] = IDENTITY) -> Identity:
    """What a record contributes to who it is, sound or not; nothing where a steward withdrew it."""
    if record.withdrawn:
        return ()
    return tuple(
        [
            (name, state.own.value)
            for name, state in record.attributes.items()
            if name in attributes and state.own is not None and (name != DOCUMENT or state.own.value[0])
        ]
    )


def said_by(identity: Identity, weak: frozenset[str]) -> Said:
    """`weak`: types of documents that prove nothing."""
    texts: dict[str, str] = {}
    documents: list[tuple[tuple[str, str], Value]] = []
    for attribute, value in identity:
        if not attribute.startswith(DOCUMENT):
            texts[attribute] = str(value)
            continue
        place, entry = golden_place(attribute, value)
        if (document := _document(place, entry, weak)) is not None:
            documents.append((document, entry))
    name, born, mobile = texts.get("name", ""), texts.get("born", ""), texts.get("phone:mobile", "")
    return Said(
        name="" if placeholder(name) else name,
        kind=texts.get("kind", ""),
        born=born if sound("born", born) else "",
        mobile=plain_phone(mobile) if sound("phone:mobile", mobile) else "",
        documents=tuple(documents),
    )


def texts_of(identity: Identity) -> Mapping[str, str]:
    """Everything that is no placeholder as text, entries by their number or line; sound or not: a number with
    one digit wrong is like the right one."""
    texts: dict[str, str] = {}
    for attribute, value in identity:
        place, entry = golden_place(attribute, value)
        text = entry if isinstance(entry, str) else entry[0]
        if text is not None and (place.partition(":")[0] in FAMILIES or sound(place, entry)):
            texts[place] = "" if placeholder(text) else text
    return texts


def evidence_of(told: Iterable[tuple[Said, int]]) -> Evidence:
    """`told`: what each record says, and the latest of anything it contributes, against which documents
    expire."""
    told = list(told)
    if len(told) == 1:
        return _evidence_of_one(*told[0])
    as_of = max((latest for _, latest in told), default=0)
    said = [one for one, _ in told]
    documents = [document for one in said for document in one.documents]
    return Evidence(
        names=frozenset(one.name for one in said if one.name),
        kinds=frozenset(one.kind for one in said if one.kind),
        borns=frozenset(one.born for one in said if one.born),
        mobiles=frozenset(one.mobile for one in said if one.mobile),
        documents=frozenset(document for document, _ in documents),
        current=frozenset(document for document, value in documents if not expired(value, as_of)),
    )


def _evidence_of_one(said: Said, as_of: int) -> Evidence:
    """The same; most candidates have one record."""
    return Evidence(
        names=frozenset((said.name,)) if said.name else _NONE,
        kinds=frozenset((said.kind,)) if said.kind else _NONE,
        borns=frozenset((said.born,)) if said.born else _NONE,
        mobiles=frozenset((said.mobile,)) if said.mobile else _NONE,
        documents=frozenset([document for document, _ in said.documents]),
        current=frozenset([document for document, value in said.documents if not expired(value, as_of)]),
    )


def latest(record: SourceRecord) -> int:
    """Of anything it contributes."""
    found = 0
    for state in record.attributes.values():
        own = state.own
        if own is not None and own.since > found:
            found = own.since
    return found


def _document(place: str, value: Value, weak: frozenset[str]) -> tuple[str, str] | None:
    """Canonical form of one that identifies; None for others."""
    type, number = place.partition(":")[2], str(value[0])
    if type in weak or not valid_document(type, number):
        return None
    return canonical_document(type, number)
