"""An image, attribute by attribute: a change, an echo, a repeat, or a late image of what was there before.

The rules are those of `docs/sync.md`, in its order; the theory is in `image`.
"""

from collections.abc import Mapping
from typing import TypeAlias

from ecif.entries import CLEARED, complete
from ecif.model import (
    BEFORE_ALL,
    BLANK,
    LAST,
    NEVER,
    UNKNOWN,
    Attribute,
    Dialect,
    Golden,
    May,
    Own,
    PartyChange,
    Shown,
    SourceRecord,
    Value,
)
from ecif.reconcile.desired import wanted_of

Attributes: TypeAlias = dict[str, Attribute]


class Image:
    """One image against one record: what is the same for all its attributes."""

    __slots__ = ("dialect", "eps", "first_seq", "golden", "insisted", "limit", "lo", "record", "sent_at",
                 "sent_by", "settles", "within", "written")  # fmt: skip

    def __init__(
        self,
        record: SourceRecord,
        change: PartyChange,
        golden: Golden,
        dialect: Dialect,
        *,
        limit: int,
        within: int,
    ) -> None:
        self.record, self.golden, self.dialect = record, golden, dialect
        self.limit, self.within, self.insisted = limit, within, False
        self.eps = dialect.eps
        self.sent_at, self.sent_by = change.sent_at, change.sent_at + dialect.eps
        # A resend may be stamped anew: then nothing is known of when it was written.
        self.written = BEFORE_ALL if change.duplicate else change.sent_at
        self.settles = dialect.pushes == "applied"
        self.first_seq, self.lo = change.seq, record.seq

    def read(self, values: Mapping[str, Value | None]) -> tuple[Attributes, dict[str, Value | None]]:
        """The record's attributes after these, and what the image showed, entries completed. `insisted` is
        set where one was put back, or overwritten, more than `limit` times in a row."""
        attributes, seen = dict(self.record.attributes), dict[str, Value | None]()
        for name, said in values.items():
            before = attributes.get(name, BLANK)
            value = said
            if isinstance(said, tuple) and (None in said or said[-1] == CLEARED):
                value = complete(said, before, self.sent_by)
                if value is None:
                    continue
            seen[name] = value
            if before.held == value and not before.may:
                continue  # quiet, and said again
            after = attributes[name] = self.shown(name, value, before)
            if after.insist > self.limit:
                self.insisted = True
        return attributes, seen

    def shown(self, name: str, value: Value | None, before: Attribute) -> Attribute:
        if before is BLANK and value is not None:
            return self._genuine(value, 0)
        if not before.may and before.own is not None and value is not None and value != before.own.value:
            return self._genuine(value, before.own.since)
        may = before.whole_may()
        if len(may) == 1 and may[0].value == value:  # said again, nothing in flight
            known = before.held == value and may[0].shown == LAST
            return before if known else quiet(before.own, value, may[0].since, before.insist)
        hits = self._hits(value, may)
        if hits:
            own, since = before.own, may[hits[0]].since
        else:
            since = self._since(may)
            own = None if value is None else Own(value, since, self.first_seq, self.lo)
        rest = self._rest(may[hits[0] :] if hits else may)
        insist = self._insist(name, value, before, hits)
        if not rest:
            return quiet(own, value, since, insist)
        crossed = any(entry.confirmed < NEVER and entry.value != value for entry in rest)
        shown = Shown(value, since, LAST)
        return Attribute(own, UNKNOWN if crossed else value, (shown, *rest), insist)

    def _genuine(self, value: Value, after: int) -> Attribute:
        """Where it could show nothing but what it did, since `after`: the long way would say the same."""
        return Attribute(Own(value, max(self.sent_at, after + 1), self.first_seq, self.lo), value, ())

    def _hits(self, value: Value | None, may: tuple[May, ...]) -> list[int]:
        """Entries with this value that the image can have shown. An entry ends when a later one was
        confirmed before the image was written; a push that left after it was written is no echo."""
        first, sent_by = 0, self.sent_by
        if self.settles:
            shown = self.record.shown if may[0].shown == LAST else may[0].shown
            settled, known = self.written - self.eps, shown + self.eps
            for i, entry in enumerate(may):
                if entry.confirmed < settled and entry.sent >= known:
                    first = i
        return [i for i, e in enumerate(may) if i >= first and e.value == value and e.sent <= sent_by]

    def _since(self, may: tuple[May, ...]) -> int:
        """When a genuine change holds from: after everything its author can have seen, if only by 1 µs."""
        return max(
            self.sent_at,
            *(
                entry.since + 1
                for entry in may
                if (not entry.push or entry.confirmed < NEVER) and entry.sent <= self.sent_by
            ),
        )

    def _rest(self, may: tuple[May, ...]) -> list[May]:
        """Pushes that may still land, or be seen to have landed, after this image was written."""
        settled = self.written - self.eps
        return [entry for entry in may if entry.push and entry.confirmed >= settled]

    def _insist(self, name: str, value: Value | None, before: Attribute, hits: list[int]) -> int:
        """An old value again although the wanted one was confirmed: counted, it could go on for ever."""
        previous = before.own.value if before.own else None
        if hits == [0] or (not hits and value == previous):
            confirmed = [e.value for e in before.whole_may() if e.push and e.confirmed < NEVER]
            if confirmed:
                want = wanted_of(name, self.record, self.golden, self.dialect)
                if want != value and want in confirmed:
                    return before.insist + 1
        if not hits and self._overwrites(name, value, before):
            return before.insist + 1
        return before.insist if hits else 0

    def _overwrites(self, name: str, value: Value | None, before: Attribute) -> bool:
        """Something else at once where it had been given another's value: a program, not a clerk, if it goes
        on. The value given was pushed and confirmed, or shown since then."""
        if not self.within or before.held is None:
            return False
        want, own = wanted_of(name, self.record, self.golden, self.dialect), before.own
        if want == value or want != before.held or (own is not None and own.value == want):
            return False
        given = [entry.since for entry in before.whole_may() if entry.value == want]
        return bool(given) and self.sent_at - max(given) <= self.within


def quiet(own: Own | None, value: Value | None, since: int, insist: int) -> Attribute:
    """Shown by the newest image, and nothing else can come."""
    if own is not None and own.value == value and own.since == since:
        return Attribute(own, value, (), insist)
    return Attribute(own, value, (Shown(value, since, LAST),), insist)
