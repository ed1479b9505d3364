"""Telling changes from echoes, and when to push: the rules of one source record, pure.

A system that was pushed a value shows it in its next image, though nobody there changed anything; one that
applied a push before its reply arrived shows it earlier than expected; one whose image was slow shows what
it no longer holds. So an image alone cannot say "changed". The hub keeps three answers for each attribute:

- `own`, the last genuine change: the record's contribution to the golden record;
- `held`, what is believed to be there now: the record is due while this differs from what is wanted;
- `may`, what it can show though nobody changed it: the last shown value, then every push not settled by a
  later image. An image's value found here is an echo, a repeat or a late image; any other is a change.

`held` and `may` are different questions and may differ: a push unanswered is in `may`, not in `held`. Where
an image and a confirmation crossed, `held` is UNKNOWN, which costs one idle push and no reasoning.

Comparisons are made in the form the system writes (`Dialect.written`); `eps` is its clock-skew bound. The
exact rules, why none can be left out and what no rule can tell, are in docs/sync.md; an executable model
of them runs beside this code in tests/syncmodel.

What a record should hold and whether it is due (`ecif.desired`) is offered here too: the service uses both as
one. Not here: which value wins (`survivorship`), who is who (`matching`), storing and numbering (`service`).
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from ecif.desired import desired as desired
from ecif.desired import digest as digest
from ecif.desired import in_full as in_full
from ecif.desired import is_due as is_due
from ecif.desired import pushed_losses as pushed_losses
from ecif.desired import pushed_named as pushed_named
from ecif.desired import pushed_since as pushed_since
from ecif.desired import pushed_values as pushed_values
from ecif.desired import wanted as wanted
from ecif.desired import wanted_of
from ecif.entries import CLEARED, complete, meant
from ecif.model import (
    BEFORE_ALL,
    LAST,
    NEVER,
    UNKNOWN,
    Attribute,
    Dialect,
    Flying,
    Golden,
    Holding,
    Listed,
    May,
    Own,
    PartyChange,
    Pushed,
    Relation,
    Shown,
    SourceRecord,
    Value,
)

INSISTS: Final = 3
"""How often a system may put a losing value back before a steward is asked."""
_BLANK: Final = Attribute()


# ------------------------------------------------------------------------------------ an image arrives
def is_stale(record: SourceRecord, change: PartyChange) -> bool:
    """Overtaken by a newer image: answered 0003 and only `date_late` applies."""
    return change.seq <= record.seq


def on_image(
    record: SourceRecord,
    change: PartyChange,
    golden: Golden,
    dialect: Dialect,
    limit: int = INSISTS,
    within: int = 0,
) -> SourceRecord:
    """The record after a newer image. `golden` is that of its party before the image.

    A standoff begins when more than `limit` times in a row it put an old value back, or overwrote what it had
    been given with any other less than `within` (µs) after that had begun to hold.
    """
    image = _Image(record, change, golden, dialect, within)
    attributes, seen = dict(record.attributes), dict[str, Value | None]()
    standoff = record.standoff
    for name, said in change.values.items():
        before = attributes.get(name, _BLANK)
        value = said
        if isinstance(said, tuple) and (None in said or said[-1] == CLEARED):
            value = complete(said, before, image.sent_by)
            if value is None:
                continue
        seen[name] = value
        if before.held == value and not before.may:
            continue  # quiet, and said again
        after = attributes[name] = image.shown(name, value, before)
        standoff = standoff or after.insist > limit
    for name in attributes.keys() - seen.keys():
        attributes[name] = _unsaid(attributes[name], record.shown)
    for name, since in change.since.items():
        if name in seen:
            attributes[name] = _dated(attributes[name], seen[name], since)
    flying = record.flying
    return replace(
        record,
        seq=change.seq,
        attributes=attributes,
        named={**record.named, **change.named} if change.named else record.named,
        relations=_listed(record.relations, change.relations, change.sent_at),
        holdings=_listed(record.holdings, change.holdings, change.sent_at),
        flying=replace(flying, seen={**flying.seen, **seen}) if flying else None,
        standoff=standoff,
        shown=image.written,
    )


def _unsaid(before: Attribute, shown: int) -> Attribute:
    """Of an attribute that the newest image is silent about it stays known when it was shown last."""
    may = before.whole_may()
    if may[0].shown != LAST:
        return before
    return Attribute(before.own, before.held, (_shown_at(may[0], shown), *may[1:]), before.insist)


def _shown_at(entry: May, shown: int) -> May:
    return Shown(entry.value, entry.since, shown)


def may_show(record: SourceRecord, state: Attribute) -> tuple[May, ...]:
    """What an attribute of this record can show, in full and with every moment spelt out."""
    first, *rest = state.whole_may()
    return (_shown_at(first, record.shown) if first.shown == LAST else first, *rest)


class _Image:
    """One image against one record: what is the same for all its attributes."""

    __slots__ = ("dialect", "eps", "first_seq", "golden", "lo", "record", "sent_at", "sent_by", "settles",
                 "within", "written")  # fmt: skip

    def __init__(
        self, record: SourceRecord, change: PartyChange, golden: Golden, dialect: Dialect, within: int
    ) -> None:
        self.record, self.golden, self.dialect, self.within = record, golden, dialect, within
        self.eps = dialect.eps
        self.sent_at, self.sent_by = change.sent_at, change.sent_at + dialect.eps
        # A resend may be stamped anew: then nothing is known of when it was written.
        self.written = BEFORE_ALL if change.duplicate else change.sent_at
        self.settles = dialect.pushes == "applied"
        self.first_seq, self.lo = change.seq, record.seq

    def shown(self, name: str, value: Value | None, before: Attribute) -> Attribute:
        if before is _BLANK and value is not None:
            return self._genuine(value, 0)
        if not before.may and before.own is not None and value is not None and value != before.own.value:
            return self._genuine(value, before.own.since)
        may = before.whole_may()
        if len(may) == 1 and may[0].value == value:  # said again, nothing in flight
            known = before.held == value and may[0].shown == LAST
            return before if known else _quiet(before.own, value, may[0].since, before.insist)
        hits = self._hits(value, may)
        if hits:
            own, since = before.own, may[hits[0]].since
        else:
            since = self._since(may)
            own = None if value is None else Own(value, since, self.first_seq, self.lo)
        rest = self._rest(may[hits[0] :] if hits else may)
        insist = self._insist(name, value, before, hits)
        if not rest:
            return _quiet(own, value, since, insist)
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


def _quiet(own: Own | None, value: Value | None, since: int, insist: int) -> Attribute:
    """Shown by the newest image, and nothing else can come."""
    if own is not None and own.value == value and own.since == since:
        return Attribute(own, value, (), insist)
    return Attribute(own, value, (Shown(value, since, LAST),), insist)


def _dated(after: Attribute, value: Value | None, since: int) -> Attribute:
    """The image says itself since when its own value holds: by its author's knowledge, not by its arrival."""
    own = after.own
    if own is None or own.value != value or (own.since == since and not after.may):
        return after
    shown, *rest = after.whole_may()
    own = replace(own, since=since)
    if not rest:
        return _quiet(own, after.held, since, after.insist)
    return replace(after, own=own, may=(replace(shown, since=since), *rest))


def _listed(
    before: Listed | None, items: tuple[Relation, ...] | tuple[Holding, ...] | None, sent_at: int
) -> Listed | None:
    """Complete lists: what is missing has ended. Not sent, or the same: as before."""
    if items is None or (before is not None and before.items == items):
        return before
    return Listed(items, sent_at)


def date_late(record: SourceRecord, change: PartyChange) -> SourceRecord:
    """An overtaken image overwrites nothing; it only tells better since when the own value holds."""
    attributes = dict(record.attributes)
    for name, said in change.values.items():
        before = attributes.get(name, _BLANK)
        own = before.own
        if own is None or said is None or not own.lo < change.seq < own.seq:
            continue
        value = meant(said)
        if value == own.value:
            since = own.since if name in change.since else min(own.since, change.sent_at)
            own = Own(own.value, since, change.seq, own.lo)
        elif not _partial(said, own.value):
            own = Own(own.value, own.since, own.seq, change.seq)
        attributes[name] = _redated(before, own)
    return replace(record, attributes=attributes)


def _redated(before: Attribute, own: Own) -> Attribute:
    """Another since of the own value is not one of what it can show."""
    assert before.own is not None
    may = before.may if own.since == before.own.since else before.whole_may()
    return Attribute(own, before.held, may, before.insist)


def _partial(said: Value, own: Value) -> bool:
    """A blank part leaves open whether an old image meant the own value."""
    if not isinstance(said, tuple) or not isinstance(own, tuple):
        return False
    return said[-2] is None or (said[-1] is None and said[:-1] == own[:-1])


def on_answered(record: SourceRecord, ecif_no: str) -> SourceRecord:
    """The reply to the record's own message tells its system the ECIF number."""
    return record if record.number_held == ecif_no else replace(record, number_held=ecif_no)


# ------------------------------------------------------------------------------------ a push and its answer
def on_sent(record: SourceRecord, flying: Flying, since: Mapping[str, int], dialect: Dialect) -> SourceRecord:
    """Committed before the first byte leaves, once per push, not per copy. `since` from `pushed_since`."""
    attributes = dict(record.attributes)
    values = {name: meant(value) for name, value in flying.values.items()}
    for name, value in values.items():
        before = attributes.get(name, _BLANK)
        entry = Pushed(value, since.get(name, 0), flying.id, flying.sent)
        attributes[name] = Attribute(before.own, before.held, (*before.whole_may(), entry), before.insist)
    return replace(record, attributes=attributes, flying=replace(flying, values=values))


def on_repeat(record: SourceRecord) -> SourceRecord:
    """One more copy of the push in flight leaves."""
    flying = record.flying
    return record if flying is None else replace(record, flying=replace(flying, copies=flying.copies + 1))


def on_confirm(record: SourceRecord, push_id: str, now: int, dialect: Dialect) -> SourceRecord:
    """The system's own positive answer. Late answers of settled pushes change nothing."""
    flying = record.flying
    if flying is None or flying.id != push_id:
        return record
    attributes = dict(record.attributes)
    for name, value in flying.values.items():
        before = attributes.get(name, _BLANK)
        # An image showed another value meanwhile: before it was applied, or after? Push again.
        held = value if flying.seen.get(name, value) == value else UNKNOWN
        may = tuple([_confirmed(e, now) if e.push == push_id else e for e in before.may])
        attributes[name] = Attribute(before.own, held, may, before.insist)
    return replace(record, attributes=attributes, flying=None, refused="", number_held=flying.ecif_no)


def _confirmed(entry: May, now: int) -> May:
    return Pushed(entry.value, entry.since, entry.push, entry.sent, now)


def on_refuse(record: SourceRecord, push_id: str, wanted_digest: str, dialect: Dialect) -> SourceRecord:
    """A final refusal. `wanted_digest` is `digest` of what is wanted now."""
    flying = record.flying
    if flying is None or flying.id != push_id:
        return record
    # Refused only when repeated: the first copy may have been applied.
    attributes = _doubted(record, flying) if flying.copies > 1 else record.attributes
    return replace(record, attributes=attributes, flying=None, refused=wanted_digest)


def on_newer(record: SourceRecord, push_id: str, dialect: Dialect) -> SourceRecord:
    """0003: it holds a newer version than the hub ever made (the hub was restored), so what it holds is
    not known. The caller raises the party's version above it; the record is due again."""
    flying = record.flying
    if flying is None or flying.id != push_id:
        return record
    attributes = dict(record.attributes)
    for name in flying.values:
        before = attributes.get(name, _BLANK)
        attributes[name] = Attribute(before.own, UNKNOWN, before.may, before.insist)
    return replace(record, attributes=attributes, flying=None, refused="")


def _doubted(record: SourceRecord, flying: Flying) -> dict[str, Attribute]:
    attributes = dict(record.attributes)
    for name, value in flying.values.items():
        before = attributes.get(name, _BLANK)
        if before.held != value:
            attributes[name] = Attribute(before.own, UNKNOWN, before.may, before.insist)
    return attributes


def released(record: SourceRecord) -> SourceRecord:
    """A steward pinned a value or dismissed the question: the standoff ends, the counting starts anew."""
    attributes = {
        name: Attribute(a.own, a.held, a.may, 0) if a.insist else a for name, a in record.attributes.items()
    }
    return replace(record, attributes=attributes, standoff=False)
