"""Who is the same customer: tiers and vetoes over everything two sides' source records say, then a score.

A side is a record that just arrived or a party with all its records: a record is judged against the whole
party, not against single records chained together. What proves anything at all, `ecif.evidence` knows.

Tiers (conf/matching.toml): the same document and a compatible name; the same name, birth date and mobile.
Vetoes: two current documents of one kind that differ, another party kind. The same document that is vetoed
or stands under another name is a question for a steward, and a new customer until it is answered. Pairs that
tiers and vetoes leave apart are scored (`ecif.scoring`), where conf names a match model.

**Match keys** are what two sides of a link must share: one is found by a key that the other looks for. Mostly
those are the same; of a block that asks for an attribute which one of two lacks they are not. The key of the
second tier leaves the name out, since two systems may write one name in two ways. A key that too many parties
share tells nobody apart: it is a **stop key** and finds nobody. Keys are digests: they stand in an index, not
in a report (`ecif.match_key`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice, product
from typing import Final

import msgspec

from ecif import pinyin
from ecif.evidence import (
    DOCUMENT,
    IDENTITY,
    Evidence,
    Identity,
    Said,
    Weighed,
    evidence_of,
    identity_of,
    latest,
    said_by,
    texts_of,
)
from ecif.identity import canonical_document, compatible_names, same_name, valid_document
from ecif.kept import Kept
from ecif.linkage.declaration import MatchModel
from ecif.linkage.explanation import Explanation
from ecif.linkage.keys import BETWEEN
from ecif.match_key import kind, match_key
from ecif.matching_conf import MatchingConf
from ecif.model import Key, SourceRecord
from ecif.scoring import Likeness, Scorer

_MOST_PAIRS: Final = 16
"""Birth dates times mobiles of one party that get a key; more are noise."""
WEIGHED: Final = 4_096
"""Identities lately weighed, twice as many at most: most messages of a customer come within moments, and say
the same. Each is some 1.5 kB."""
_NAMES: Final = {"compatible": compatible_names, "same": same_name}
SCORE: Final = "score"
_OF_DOCUMENTS: Final = kind(DOCUMENT)
_OF_BORN_AND_MOBILE: Final = kind("born_and_mobile")


# ------------------------------------------------------------------------------------------- results
class Question(msgspec.Struct, frozen=True):
    """A party that may be the same customer, for a steward."""

    ecif_no: str
    reason: str
    """What speaks against it: "name", "kind" or "documents"; "score": what speaks for it is not enough."""
    likeness: Likeness | None = None
    """Of a score."""


class Linked(msgspec.Struct, frozen=True):
    """The same customer as this party; `doubts` may be the same too."""

    ecif_no: str
    tier: str
    doubts: tuple[Question, ...] = ()


class New(msgspec.Struct, frozen=True):
    """A customer nobody knows yet."""


class Conflict(msgspec.Struct, frozen=True):
    """A new customer for now; a steward must say whether it is one of these. Answered 0002."""

    doubts: tuple[Question, ...]


class Same(msgspec.Struct, frozen=True):
    tier: str


class Doubt(msgspec.Struct, frozen=True):
    reason: str


class Apart(msgspec.Struct, frozen=True):
    """Nothing ties them."""


Judgement = Linked | New | Conflict
Finding = Same | Doubt | Apart


class Matching:
    """Compiled conf. Pure; safe to share."""

    def __init__(
        self, conf: MatchingConf, model: MatchModel | None = None, *, weighed: int = WEIGHED
    ) -> None:
        """`model`: the one that `conf.score` names. `weighed`: how many identities are kept at least."""
        pinyin.load()
        self._weak = frozenset(conf.weak_documents)
        self._largest = conf.largest
        self._tiers: dict[str, Callable[[str, str], bool]] = {
            tier.evidence: _NAMES[tier.names] for tier in conf.tier
        }
        self._scorer = Scorer(conf.score, model) if conf.score is not None and model is not None else None
        self.attributes = IDENTITY | (self._scorer.attributes if self._scorer else frozenset())
        """What who it is depends on."""
        self._said: Kept[Identity, Said] = Kept(weighed)

    # ------------------------------------------------------------ one side

    def identity_of(self, record: SourceRecord) -> Identity:
        """All of a record that matching looks at: while this stays, it need not be looked at again."""
        return identity_of(record, self.attributes)

    def said(self, record: SourceRecord) -> Said:
        identity = self.identity_of(record)
        said = self._said.get(identity)
        if said is None:
            said = said_by(identity, self._weak)
            self._said.put(identity, said)
        return said

    def weighed(self, record: SourceRecord) -> Weighed:
        identity = self.identity_of(record)
        said = self._said.get(identity)
        if not isinstance(said, Weighed):
            said = self._weigh(identity, said or said_by(identity, self._weak))
            self._said.put(identity, said)
        return said

    def remember(self, record: SourceRecord, said: Weighed) -> None:
        """What another process worked out."""
        self._said.put(self.identity_of(record), said)

    def match_keys(self, records: Iterable[SourceRecord]) -> tuple[str, ...]:
        """By which these records are found by others that may be one customer with them; sorted."""
        said = [self.weighed(record) for record in records]
        return said[0].keys if len(said) == 1 else _together(said, [one.keys for one in said])

    def sought_keys(self, records: Iterable[SourceRecord]) -> tuple[str, ...]:
        """By which these records look for such others: those have one of them among theirs; sorted."""
        said = [self.weighed(record) for record in records]
        return said[0].sought if len(said) == 1 else _together(said, [one.sought for one in said])

    def document_key(self, type: str, number: str) -> str | None:
        """The match key of one document; None where it identifies nobody."""
        if type in self._weak or not valid_document(type, number):
            return None
        return _document_key(*canonical_document(type, number))

    def sought_beside(self, said: Weighed, alike: Collection[Key] | None) -> Sequence[str]:
        """Match keys by which a record looks for others. Where those are known that the score may tie it to,
        only what the rules above the score go by."""
        scorer = self._scorer
        if alike is None or scorer is None:
            return said.sought
        return [key for key in said.sought if scorer.largest(key) is None]

    def largest(self, key: str) -> int:
        """How many parties may share it before it is a stop key."""
        return (self._scorer and self._scorer.largest(key)) or self._largest

    def promising(self, sharing: Mapping[str, Collection[str]]) -> set[str]:
        """Of the parties that share keys (key → parties) those worth reading."""
        if self._scorer is None:
            return {head for heads in sharing.values() for head in heads}
        return self._scorer.promising(sharing)

    def evidence(self, records: Sequence[SourceRecord]) -> Evidence:
        return evidence_of((self.said(record), latest(record)) for record in records)

    # ------------------------------------------------------------ two sides

    def judge(
        self,
        side: Sequence[SourceRecord],
        candidates: Mapping[str, Sequence[SourceRecord]],
        no_match: Collection[str] = (),
        strangers: Collection[frozenset[str]] = (),
    ) -> Judgement:
        """`candidates`: ECIF number → all records of that party. `no_match`: numbers a steward excluded;
        `strangers`: candidates that a steward declared different from each other."""
        mine = self.evidence(side)
        others = {n: self.evidence(candidates[n]) for n in sorted(candidates) if n not in no_match}
        found = {number: self._compare(mine, theirs) for number, theirs in others.items()}
        doubts = [Question(n, one.reason) for n, one in found.items() if isinstance(one, Doubt)]
        for tier in self._tiers:
            for number, finding in found.items():
                if finding == Same(tier):
                    return Linked(number, tier, tuple(doubts))
        undecided = [n for n, one in found.items() if one == Apart() and not _vetoed(mine, others[n])]
        link, unsure = self._scored(side, {n: candidates[n] for n in undecided}, strangers)
        doubts += unsure
        if link:
            return Linked(link, SCORE, tuple(doubts))
        return Conflict(tuple(doubts)) if doubts else New()

    def _scored(
        self,
        side: Sequence[SourceRecord],
        candidates: Mapping[str, Sequence[SourceRecord]],
        strangers: Collection[frozenset[str]],
    ) -> tuple[str, list[Question]]:
        scorer = self._scorer
        if scorer is None or not candidates:
            return "", []
        own = {self.weighed(record).values for record in side}
        theirs = {n: {self.weighed(record).values for record in records} for n, records in candidates.items()}
        likely = {number: scorer.likeness(own, values) for number, values in theirs.items()}

        def apart(a: str, b: str) -> bool:
            if frozenset((a, b)) in strangers:
                return True
            finding = self.same_customer(candidates[a], candidates[b])
            return not isinstance(finding, Same) and scorer.apart(scorer.likeness(theirs[a], theirs[b]))

        verdict = scorer.verdict(likely, apart)
        return verdict.link, [Question(number, SCORE, likely[number]) for number in verdict.doubts]

    def same_customer(self, a: Sequence[SourceRecord], b: Sequence[SourceRecord]) -> Finding:
        """What rules say of two parties that share a match key."""
        return self._compare(self.evidence(a), self.evidence(b))

    def vetoes(self, a: Sequence[SourceRecord], b: Sequence[SourceRecord]) -> tuple[str, ...]:
        """What speaks against two parties being one, whatever else they have in common."""
        mine, theirs = self.evidence(a), self.evidence(b)
        found = {"kind": _other_kind(mine, theirs), "documents": _documents_clash(mine, theirs)}
        return tuple([reason for reason, forbids in found.items() if forbids])

    def likeliest(self, a: Sequence[SourceRecord], b: Sequence[SourceRecord]) -> Explanation | None:
        """The two records of both sides that are most alike by the model; None without one."""
        if self._scorer is None or not a or not b:
            return None
        mine, theirs = ([self.weighed(record).values for record in side] for side in (a, b))
        return self._scorer.likeliest(mine, theirs)

    def _compare(self, a: Evidence, b: Evidence) -> Finding:
        if a.documents & b.documents and DOCUMENT in self._tiers:
            against = self._against_shared_document(a, b)
            return Doubt(against) if against else Same(DOCUMENT)
        if self._born_and_mobile(a, b) and not _vetoed(a, b):
            return Same("born_and_mobile")
        return Apart()

    def _against_shared_document(self, a: Evidence, b: Evidence) -> str:
        if not self._names_fit(DOCUMENT, a, b):
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

    def _weigh(self, identity: Identity, said: Said) -> Weighed:
        keys = {_document_key(*document) for document, _ in said.documents}
        if said.born and said.mobile:
            keys.add(_born_and_mobile_key(said.born, said.mobile))
        found_by, sought = keys, keys
        values: tuple[str, ...] = ()
        if self._scorer is not None:
            values = self._scorer.values(texts_of(identity))
            found_by, sought = (keys | more for more in self._scorer.keys(values))
        return Weighed(
            said.name, said.kind, said.born, said.mobile, said.documents,
            tuple(sorted(found_by)), tuple(sorted(sought)), values,
        )  # fmt: skip


def _vetoed(a: Evidence, b: Evidence) -> bool:
    return _other_kind(a, b) or _documents_clash(a, b)


def _other_kind(a: Evidence, b: Evidence) -> bool:
    return bool(a.kinds and b.kinds and not a.kinds & b.kinds)


def _documents_clash(a: Evidence, b: Evidence) -> bool:
    """Two current documents of one kind that differ, and none of that kind in common."""
    shared = {type for type, _ in a.documents & b.documents}
    kinds = {type for type, _ in a.current} & {type for type, _ in b.current}
    return bool(kinds - shared)


def _together(said: Sequence[Weighed], keys: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Keys of several records, those of birth date and mobile across them included."""
    found = {key for one in keys for key in one}
    borns = {one.born for one in said if one.born}
    mobiles = {one.mobile for one in said if one.mobile}
    pairs = product(sorted(borns), sorted(mobiles))
    found.update(_born_and_mobile_key(*pair) for pair in islice(pairs, _MOST_PAIRS))
    return tuple(sorted(found))


def _document_key(type: str, number: str) -> str:
    return match_key(_OF_DOCUMENTS, f"{number}{BETWEEN}{type}")


def _born_and_mobile_key(born: str, mobile: str) -> str:
    return match_key(_OF_BORN_AND_MOBILE, f"{mobile}{BETWEEN}{born}")
