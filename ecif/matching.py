"""Who is the same customer: rule tiers and vetoes over everything two sides' source records say.

A side is a record that just arrived or a party with all its records: a record is judged against the whole
party, not against single records chained together. **Evidence** is what a side contributes that is sound: a
number with a wrong check digit, an impossible date or a placeholder proves nothing (`identity`). Values that
a system merely adopted from a push are no contribution, hence no evidence.

Tiers (conf/matching.toml): the same document and a compatible name; the same name, birth date and mobile.
Vetoes: two current documents of one kind that differ, another party kind. The same document that is vetoed
or stands under another name is a question for a steward, and a new customer until it is answered.

**Match keys** are what two sides of a link must share; the store finds candidates by them. The key of the
second tier leaves the name out, since two systems may write one name in two ways. Keys are digests: they
stand in an index, not in a report.

Scored candidates will come after the tiers, for pairs that these leave apart.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, product
from typing import Final, Literal, NamedTuple, Self, TypeAlias

import msgspec
from pydantic import BaseModel, ConfigDict, model_validator

from ecif import pinyin
from ecif.entries import golden_place
from ecif.identity import (
    canonical_document,
    compatible_names,
    expired,
    placeholder,
    plain_phone,
    same_name,
    sound,
    valid_document,
)
from ecif.model import DOCUMENT_TYPES, SourceRecord, Value

_MOST_PAIRS: Final = 16
"""Birth dates times mobiles of one party that get a key; more are noise."""
_WEIGHED: Final = 16_384
"""Identities lately weighed: most messages of a customer come within moments, and say the same."""
DOCUMENT: Final = "document"
IDENTITY: Final = frozenset(
    ("kind", "name", "born", "phone:mobile", DOCUMENT, *(f"{DOCUMENT}:{type}" for type in DOCUMENT_TYPES))
)
"""The attributes that matching looks at."""
_NAMES: Final = {"compatible": compatible_names, "same": same_name}


# ------------------------------------------------------------------------------------------- rules
class TierConf(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence: Literal["document", "born_and_mobile"]
    names: Literal["compatible", "same"]


class MatchingConf(BaseModel):
    """conf/matching.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weak_documents: tuple[str, ...] = ()
    tier: tuple[TierConf, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in self.weak_documents if name not in DOCUMENT_TYPES]
        if unknown:
            raise ValueError(f"no document type: {', '.join(unknown)}")
        if len({tier.evidence for tier in self.tier}) != len(self.tier):
            raise ValueError("two tiers with one evidence")
        return self


# ------------------------------------------------------------------------------------------- results
class Linked(msgspec.Struct, frozen=True):
    """The same customer as this party. `doubts`: parties that may be the same too, for a steward."""

    ecif_no: str
    tier: str
    doubts: tuple[tuple[str, str], ...] = ()
    """(ECIF number, reason)"""


class New(msgspec.Struct, frozen=True):
    """A customer nobody knows yet."""


class Conflict(msgspec.Struct, frozen=True):
    """A new customer for now; a steward must say whether it is this one. Answered 0002."""

    ecif_no: str
    reason: str
    """What speaks against it: "name", "kind" or "documents"."""
    doubts: tuple[tuple[str, str], ...] = ()
    """Further parties like it."""


class Same(msgspec.Struct, frozen=True):
    tier: str


class Doubt(msgspec.Struct, frozen=True):
    reason: str


class Apart(msgspec.Struct, frozen=True):
    """Nothing ties them."""


Judgement = Linked | New | Conflict
Finding = Same | Doubt | Apart


# ------------------------------------------------------------------------------------------- evidence
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


Identity: TypeAlias = tuple[tuple[str, Value], ...]
"""What one record contributes to who it is: attribute, value."""


class _Said(NamedTuple):
    """What of one record's contributions proves anything; "" for nothing."""

    name: str
    kind: str
    born: str
    mobile: str
    documents: tuple[tuple[tuple[str, str], Value], ...]
    """Canonical form, entry."""


class Matching:
    """Compiled conf. Pure; safe to share."""

    def __init__(self, conf: MatchingConf) -> None:
        pinyin.load()
        self._weak = frozenset(conf.weak_documents)
        self._tiers: dict[str, Callable[[str, str], bool]] = {
            tier.evidence: _NAMES[tier.names] for tier in conf.tier
        }
        self._said = lru_cache(maxsize=_WEIGHED)(self._weighed)

    def match_keys(self, records: Iterable[SourceRecord]) -> tuple[str, ...]:
        """What another side must share with these records to be one customer with them; sorted."""
        said = [self._said(identity_of(record)) for record in records]
        keys = {_key("document", *document) for one in said for document, _ in one.documents}
        pairs = product(
            sorted({one.born for one in said if one.born}), sorted({one.mobile for one in said if one.mobile})
        )
        keys.update(_key("born_and_mobile", *pair) for pair in islice(pairs, _MOST_PAIRS))
        return tuple(sorted(keys))

    def document_key(self, type: str, number: str) -> str | None:
        """The match key of one document; None where it identifies nobody."""
        if type in self._weak or not valid_document(type, number):
            return None
        return _key("document", *canonical_document(type, number))

    def judge(
        self,
        record: SourceRecord,
        candidates: Mapping[str, Sequence[SourceRecord]],
        no_match: Collection[str] = (),
    ) -> Judgement:
        """`candidates`: ECIF number → all records of that party. `no_match`: numbers a steward excluded."""
        mine = self.evidence((record,))
        found = {
            number: self._compare(mine, self.evidence(records))
            for number, records in sorted(candidates.items())
            if number not in no_match
        }
        doubts = tuple((number, f.reason) for number, f in found.items() if isinstance(f, Doubt))
        for tier in self._tiers:
            for number, finding in found.items():
                if finding == Same(tier):
                    return Linked(number, tier, doubts)
        return Conflict(*doubts[0], doubts[1:]) if doubts else New()

    def same_customer(self, a: Sequence[SourceRecord], b: Sequence[SourceRecord]) -> Finding:
        """Two parties that share a match key: should they be one?"""
        return self._compare(self.evidence(a), self.evidence(b))

    def vetoes(self, a: Sequence[SourceRecord], b: Sequence[SourceRecord]) -> tuple[str, ...]:
        """What speaks against two parties being one, whatever else they have in common."""
        mine, theirs = self.evidence(a), self.evidence(b)
        found = {"kind": _other_kind(mine, theirs), "documents": _documents_clash(mine, theirs)}
        return tuple([reason for reason, forbids in found.items() if forbids])

    def _compare(self, a: Evidence, b: Evidence) -> Finding:
        if a.documents & b.documents and "document" in self._tiers:
            against = self._against_shared_document(a, b)
            return Doubt(against) if against else Same("document")
        if self._born_and_mobile(a, b) and not _other_kind(a, b) and not _documents_clash(a, b):
            return Same("born_and_mobile")
        return Apart()

    def _against_shared_document(self, a: Evidence, b: Evidence) -> str:
        if not self._names_fit("document", a, b):
            return "name"
        if _other_kind(a, b):
            return "kind"
        return "documents" if _documents_clash(a, b) else ""

    def _born_and_mobile(self, a: Evidence, b: Evidence) -> bool:
        return (
            "born_and_mobile" in self._tiers
            and bool(a.borns & b.borns)
            and bool(a.mobiles & b.mobiles)
            and self._names_fit("born_and_mobile", a, b)
        )

    def _names_fit(self, tier: str, a: Evidence, b: Evidence) -> bool:
        fits = self._tiers[tier]
        return any(fits(x, y) for x in a.names for y in b.names)

    def evidence(self, records: Sequence[SourceRecord]) -> Evidence:
        said = [self._said(identity_of(record)) for record in records]
        as_of = max((_latest(record) for record in records), default=0)
        documents = [document for one in said for document in one.documents]
        return Evidence(
            names=frozenset(one.name for one in said if one.name),
            kinds=frozenset(one.kind for one in said if one.kind),
            borns=frozenset(one.born for one in said if one.born),
            mobiles=frozenset(one.mobile for one in said if one.mobile),
            documents=frozenset(document for document, _ in documents),
            current=frozenset(document for document, value in documents if not expired(value, as_of)),
        )

    def _weighed(self, identity: Identity) -> "_Said":
        texts: dict[str, str] = {}
        documents: list[tuple[tuple[str, str], Value]] = []
        for attribute, value in identity:
            if not attribute.startswith(DOCUMENT):
                texts[attribute] = str(value)
                continue
            place, entry = golden_place(attribute, value)
            if (document := self._document(place, entry)) is not None:
                documents.append((document, entry))
        name, born, mobile = texts.get("name", ""), texts.get("born", ""), texts.get("phone:mobile", "")
        return _Said(
            name="" if placeholder(name) else name,
            kind=texts.get("kind", ""),
            born=born if sound("born", born) else "",
            mobile=plain_phone(mobile) if sound("phone:mobile", mobile) else "",
            documents=tuple(documents),
        )

    def _document(self, place: str, value: Value) -> tuple[str, str] | None:
        """Canonical form of one that identifies; None for others."""
        type, number = place.partition(":")[2], str(value[0])
        if type in self._weak or not valid_document(type, number):
            return None
        return canonical_document(type, number)


def identity_of(record: SourceRecord) -> Identity:
    """What a record contributes to who it is, sound or not; nothing where a steward withdrew it."""
    if record.withdrawn:
        return ()
    return tuple(
        [
            (name, state.own.value)
            for name, state in record.attributes.items()
            if name in IDENTITY and state.own is not None and (name != DOCUMENT or state.own.value[0])
        ]
    )


def _latest(record: SourceRecord) -> int:
    """Against this documents expire: the newest of anything it contributes."""
    return max((state.own.since for state in record.attributes.values() if state.own is not None), default=0)


def _other_kind(a: Evidence, b: Evidence) -> bool:
    return bool(a.kinds and b.kinds and not a.kinds & b.kinds)


def _documents_clash(a: Evidence, b: Evidence) -> bool:
    """Two current documents of one kind that differ, and none of that kind in common."""
    shared = {type for type, _ in a.documents & b.documents}
    kinds = {type for type, _ in a.current} & {type for type, _ in b.current}
    return bool(kinds - shared)


@lru_cache(maxsize=_WEIGHED)
def _key(tier: str, *parts: str) -> str:
    digest = blake2b("\0".join(parts).encode(), digest_size=16)
    return f"{tier}:{digest.hexdigest()}"
