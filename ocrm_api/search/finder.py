"""A search: what a searcher's words and filters lead to, in pages, within what the searcher may see.

Exact numbers are looked up in the hub's own tables: what was committed is found at once. Names, spellings,
phones and lists go through the index, which follows within a second or two; what it leads to is read from
the hub's tables and checked again there, so that it can be late but never wrong.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import msgspec

from ecif import searching
from ecif.matching import Matching
from ecif.model import DOCUMENT_TYPES, Golden, Party
from ecif.searching import Range
from ecif.store import finding, following
from ecif.store.store import Store
from ocrm_api.access.scope import Scope
from ocrm_api.search import store as rows
from ocrm_api.search.store import IndexStore, Wanted

_LISTS: Mapping[str, str] = {"branch": "b", "manager": "m"}
FACETS: Mapping[str, str] = {
    "kind": "kind", "status": "status", "branch": "branch", "manager": "manager", "risk": "risk",
    "segment": "rating",
}  # fmt: skip
"""Filter → golden attribute."""


class Criteria(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for; "" is not asked. One of the first block, or branch or manager alone.

    Several of the first block must all be so; `q` is one word that may mean any of them.
    """

    q: str = ""
    ecif_no: str = ""
    system: str = ""
    customer_no: str = ""
    document: str = ""
    document_type: str = ""
    phone: str = ""
    email: str = ""
    account: str = ""
    card: str = ""
    name: str = ""
    pinyin: str = ""

    branch: str = ""
    manager: str = ""
    risk: str = ""
    segment: str = ""
    kind: str = ""
    status: str = ""
    at: int | None = None
    """As of: by what held at that moment, microseconds."""

    def facets(self) -> dict[str, str]:
        return {name: value for name in FACETS if (value := getattr(self, name))}


class Position(msgspec.Struct, frozen=True, array_like=True):
    """The last one given: of exact ones (stage 0) its number, of a range's its key, too."""

    stage: int = 0
    key: str = ""
    number: str = ""


class Found(msgspec.Struct, frozen=True):
    party: Party
    score: float
    by: str
    """What led to it."""


class Page(msgspec.Struct, frozen=True):
    found: list[Found]
    following: Position | None
    """Where the next page begins; None: that was all."""


class NotAsked(Exception):
    """A search that has no word to search by, or words that do not go together; the text says which."""


class Finder:
    def __init__(
        self, store: Store, index: IndexStore, systems: Collection[str], matching: Matching | None
    ) -> None:
        """`matching`: knows under which keys documents are kept that did not win."""
        self._store, self._index = store, index
        self._systems, self._matching = tuple(systems), matching

    def page(self, asked: Criteria, scope: Scope, *, after: Position | None = None, limit: int = 20) -> Page:
        """Raises NotAsked."""
        words = words_of(asked)
        exact = [name for name in EXACT if getattr(asked, name)]
        if not (words or exact or asked.q):
            raise NotAsked("say what to search by")
        if asked.at is not None and len(words) + len(exact) + bool(asked.q) > 1:
            raise NotAsked("as_of goes with one word to search by")
        found: list[Found] = []
        seen: set[str] = set()
        last = after or Position()
        search = _Search(asked, scope, exact, words, limit + 1)
        for position, one in self._candidates(search, last):
            if one.party.ecif_no in seen:
                continue
            if len(found) == limit:
                return Page(found, last)
            seen.add(one.party.ecif_no)
            found.append(one)
            last = position
        return Page(found, None)

    def _candidates(self, search: "_Search", after: Position) -> Iterator[tuple[Position, Found]]:
        asked = search.asked
        if after.stage == 0 and (search.exact or asked.q):
            yield from self._exact(search, after.number)
        if search.exact:
            return
        ranges = searching.any_ranges(asked.q) if asked.q else search.words[0]
        if asked.q and _is_ecif_no(asked.q):
            ranges = []
        also = search.words if asked.q else search.words[1:]
        wanted = Wanted(asked.facets(), search.scope, asked.at, also)
        for stage, one in enumerate(ranges, 1):
            if stage >= after.stage:
                start = (after.key, after.number) if stage == after.stage else None
                yield from self._ranged(stage, one, search, wanted, start)

    # ------------------------------------------------------------ by exact numbers

    def _exact(self, search: "_Search", after: str) -> Iterator[tuple[Position, Found]]:
        with self._store.reading() as hub:
            asked = search.asked
            led = {name: self._led(hub, name, getattr(asked, name), asked) for name in search.exact}
            by_number = _in_all(led) if led else self._led_by_any(hub, asked)
            parties = following.parties(hub, sorted(by_number))
        for number in sorted(by_number):
            party = parties.get(number)
            if number > after and party is not None and search.fits(party):
                yield Position(0, "", number), Found(party, 1.0, by_number[number])

    def _led_by_any(self, hub: finding.View, asked: Criteria) -> dict[str, str]:
        """What `q` leads to as a number of any kind: number → by what."""
        names = ["ecif_no"] if _is_ecif_no(asked.q) else ["customer_no", "document", "account"]
        return {number: name for name in reversed(names) for number in self._led(hub, name, asked.q, asked)}

    def _led(self, hub: finding.View, name: str, word: str, asked: Criteria) -> list[str]:
        match name:
            case "ecif_no":
                return finding.heads(hub, [word])
            case "customer_no":
                systems = [asked.system] if asked.system else self._systems
                return finding.heads_of_customer(hub, systems, word)
            case "document":
                return self._holders(hub, word, asked)
            case _:
                return finding.heads_of_holding(hub, word, CARDS if name == "card" else (), asked.at)

    def _holders(self, hub: finding.View, number: str, asked: Criteria) -> list[str]:
        types = [asked.document_type] if asked.document_type else DOCUMENT_TYPES
        forms = {number.strip(), number.strip().upper()}
        forms |= {one.asked for one in searching.document_ranges(number, asked.document_type)}
        holders = finding.heads_of_documents(hub, sorted(forms), asked.document_type, asked.at)
        if self._matching is None or asked.at is not None:
            return holders
        keys = {key for type in types if (key := self._matching.document_key(type, number))}
        return [*holders, *finding.heads_of_match_keys(hub, sorted(keys))]

    # ------------------------------------------------------------ by words

    def _ranged(
        self, stage: int, words: Range, search: "_Search", wanted: Wanted, after: tuple[str, str] | None
    ) -> Iterator[tuple[Position, Found]]:
        while True:
            with self._index.reading() as connection:
                batch = rows.found(connection, words, wanted, after=after, limit=search.batch)
            with self._store.reading() as hub:
                parties = following.parties(hub, {number for _, number in batch})
            for key, number in batch:
                party = parties.get(number)
                if party is not None and search.fits(party):
                    found = Found(party, words.score(key), searching.KINDS[key[0]])
                    yield Position(stage, key, number), found
            if len(batch) < search.batch:
                return
            after = batch[-1]


class _Search(NamedTuple):
    """One search, taken apart."""

    asked: Criteria
    scope: Scope
    exact: list[str]
    words: list[list[Range]]
    batch: int

    def fits(self, party: Party) -> bool:
        """What the index may not know yet: scope, filters and the other words, by the record as it is."""
        golden = party.golden
        if party.merged_into or not self.scope.sees(golden):
            return False
        return self.asked.at is not None or (self._has_facets(golden) and self._has_words(golden))

    def _has_facets(self, golden: Golden) -> bool:
        values = golden.values
        wanted = self.asked.facets().items()
        return all(FACETS[n] in values and values[FACETS[n]].value == value for n, value in wanted)

    def _has_words(self, golden: Golden) -> bool:
        if not self.words:
            return True
        keys = searching.keys_of(golden)
        return all(any(one.holds(key) for one in ranges for key in keys) for ranges in self.words)


def _in_all(led: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Numbers that every word leads to, with the first of those."""
    name, *_ = led
    return dict.fromkeys(set.intersection(*map(set, led.values())), name)


def words_of(asked: Criteria) -> list[list[Range]]:
    """The ranges that each word means; a branch or manager alone is a list of its own."""
    words = [read(getattr(asked, name)) for name, read in WORDS.items() if getattr(asked, name)]
    if words or asked.q or any(getattr(asked, name) for name in EXACT):
        return words
    lists = [searching.whole_range(kind, getattr(asked, name)) for name, kind in _LISTS.items()]
    return [ranges for ranges in lists if ranges]


EXACT = ("ecif_no", "customer_no", "document", "account", "card")
WORDS: Mapping[str, Callable[[str], list[Range]]] = {
    "phone": partial(searching.whole_range, "t"),
    "email": partial(searching.whole_range, "e"),
    "name": searching.name_ranges,
    "pinyin": searching.spelling_ranges,
}
CARDS = ("card",)


def _is_ecif_no(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit() and text[0] != "0"
