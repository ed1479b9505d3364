"""How good each system's data is: completeness, validity, agreement with the golden record, duplicates.

The dimensions are those of ISO/IEC 25012 (completeness, accuracy, consistency) as far as a hub can see them.
Counted per system and attribute, over everything, a few hundred customers at a time, so that memory does not
grow with the bank. Only counts come out, never a value.

| count | of an attribute in one system |
|---|---|
| records | customers of the kind (person, organization) that the field is for |
| filled | of those, with a value |
| faulty | of the filled, by rule: check digit wrong, date impossible, placeholder |
| compared | of the filled, those whose golden value the system could write |
| differing | of the compared, those that say something else than the golden record would there |

A system's duplicates are customer numbers beyond the first of one customer.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ecif.entries import golden_place
from ecif.identity import placeholder, possible_date, sound
from ecif.model import FAMILIES, MARK, UNKNOWN, Attribute, Dialect, Golden, SourceRecord, Value
from ecif.store import reports
from ecif.store.store import Store

TOLD_EVERY: Final = 10_000
"""Customers between two words of progress."""

CHECK_DIGIT: Final = "check digit or form"
DATE: Final = "impossible date"
PLACEHOLDER: Final = "placeholder"


class AttributeQuality(msgspec.Struct, frozen=True):
    records: int
    filled: int
    faults: dict[str, int]
    """Rule → how many break it."""
    compared: int
    differing: int

    @property
    def faulty(self) -> int:
        return sum(self.faults.values())


class SystemQuality(msgspec.Struct, frozen=True):
    records: int
    customers: int
    duplicates: int
    attributes: dict[str, AttributeQuality]


class Quality(msgspec.Struct, frozen=True):
    parties: int
    source_records: int
    systems: dict[str, SystemQuality]


def quality(
    store: Store,
    dialects: Mapping[str, Dialect],
    system: str = "",
    progress: Callable[[int], None] = lambda parties: None,
) -> Quality:
    """Of one system, or of all. `progress` hears how many customers are counted."""
    counts = {name: _System(dialect) for name, dialect in dialects.items() if system in ("", name)}
    parties = 0
    with store.reading() as connection:
        for stored_parties, stored_records in reports.all_clusters(connection):
            head = next((one.party for one in stored_parties if not one.party.merged_into), None)
            records = [one.record for one in stored_records if one.record.system in counts]
            parties += 1
            if head is not None:
                _count(counts, head.golden, records)
            if parties % TOLD_EVERY == 0:
                progress(parties)
    found = {name: counted.result() for name, counted in sorted(counts.items()) if counted.records}
    return Quality(parties, sum(one.records for one in found.values()), found)


def _count(counts: Mapping[str, "_System"], golden: Golden, records: list[SourceRecord]) -> None:
    kind = golden.kind()
    seen: Counter[str] = Counter()
    for record in records:
        counts[record.system].take(record, golden, kind)
        seen[record.system] += 1
    for name, number in seen.items():
        counts[name].customers += 1
        counts[name].duplicates += number - 1


class _Tally:
    __slots__ = ("compared", "differing", "faults", "filled")

    def __init__(self) -> None:
        self.filled = self.compared = self.differing = 0
        self.faults: Counter[str] = Counter()


class _System:
    """Counts of one system."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._kinds: Counter[str] = Counter()
        self._tallies: dict[str, _Tally] = defaultdict(_Tally)
        self.customers = self.duplicates = 0
        for attribute in dialect.carries:
            self._tallies[attribute] = _Tally()

    @property
    def records(self) -> int:
        return self._kinds.total()

    def take(self, record: SourceRecord, golden: Golden, kind: str) -> None:
        self._kinds[kind] += 1
        for attribute, state in record.attributes.items():
            value = shown(state)
            meant = self._dialect.only.get(attribute)
            if value is None or attribute.startswith(MARK) or (meant is not None and meant != kind):
                continue
            tally = self._tallies[attribute]
            tally.filled += 1
            place, entry = self._placed(attribute, value, kind)
            rule = fault(place, entry)
            if rule:
                tally.faults[rule] += 1
            self._compare(tally, attribute, value, place, golden)

    def _placed(self, attribute: str, value: Value, kind: str) -> tuple[str, Value]:
        """Under its own key, also where the layout has no code for it."""
        slot = self._dialect.slots.get(attribute)
        if slot is not None and slot.by_kind and not value[0]:
            return f"{attribute}:{slot.by_kind.get(kind, '')}", value[1:]
        return golden_place(attribute, value)

    def _compare(self, tally: _Tally, attribute: str, value: Value, place: str, golden: Golden) -> None:
        survivor = golden.values.get(place)
        if survivor is None:
            return
        wanted = survivor.value
        if attribute in FAMILIES:
            wanted = (value[0], *wanted)
        written = self._dialect.written(attribute, wanted)
        if written is not None:
            tally.compared += 1
            tally.differing += written != value

    def result(self) -> SystemQuality:
        return SystemQuality(
            records=self.records,
            customers=self.customers,
            duplicates=self.duplicates,
            attributes={name: self._attribute(name) for name in sorted(self._tallies)},
        )

    def _attribute(self, name: str) -> AttributeQuality:
        tally, kind = self._tallies[name], self._dialect.only.get(name)
        return AttributeQuality(
            records=self.records if kind is None else self._kinds[kind],
            filled=tally.filled,
            faults=dict(sorted(tally.faults.items())),
            compared=tally.compared,
            differing=tally.differing,
        )


def shown(state: Attribute) -> Value | None:
    """What the system has there, as far as it is known."""
    if state.held is not None and state.held != UNKNOWN:
        return state.held
    return state.own.value if state.own else None


def fault(attribute: str, value: Value) -> str:
    """The rule that a value breaks; "" for none."""
    if sound(attribute, value):
        return ""
    family, _, _ = attribute.partition(":")
    main = str((value[0] if isinstance(value, tuple) else value) or "")
    if family == "born":
        return PLACEHOLDER if possible_date(main) or placeholder(main) else DATE
    if placeholder(main) or family != "document":
        return PLACEHOLDER
    expiry = value[1] if isinstance(value, tuple) else None
    return DATE if expiry is not None and sound(attribute, (main, None)) else CHECK_DIGIT


def as_dict(found: Quality) -> dict[str, Any]:
    """For JSON, with the shares that the counts amount to."""
    made: dict[str, Any] = msgspec.to_builtins(found)
    for name, system in found.systems.items():
        for attribute, one in system.attributes.items():
            made["systems"][name]["attributes"][attribute] |= shares(one)
    return made


def shares(one: AttributeQuality) -> dict[str, float | None]:
    """None where there is nothing to count."""
    return {
        "completeness": _share(one.filled, one.records),
        "validity": _share(one.filled - one.faulty, one.filled),
        "agreement": _share(one.compared - one.differing, one.compared),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
