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

An image as a whole is here, each attribute of it in `attribute`, an image that was overtaken in `late`, a
push and its answer in `push`, what a record should hold and whether it is due in `desired`. Not here: which
value wins (`survivorship`), who is who (`matching`), storing and numbering (`service`).
"""

from typing import Final

from msgspec.structs import replace

from ecif.model import (
    LAST,
    Attribute,
    Dialect,
    Golden,
    Holding,
    Listed,
    May,
    PartyChange,
    Relation,
    Shown,
    SourceRecord,
    Value,
)
from ecif.reconcile.attribute import Image, quiet

INSISTS: Final = 3
"""How often a system may put a losing value back before a steward is asked."""


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
    image = Image(record, change, golden, dialect, limit=limit, within=within)
    attributes, seen = image.read(change.values)
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
        standoff=record.standoff or image.insisted,
        shown=image.written,
    )


def _unsaid(before: Attribute, shown: int) -> Attribute:
    """Of an attribute that the newest image is silent about it stays known when it was shown last."""
    may = before.whole_may()
    if may[0].shown != LAST:
        return before
    return Attribute(before.own, before.held, (shown_at(may[0], shown), *may[1:]), before.insist)


def shown_at(entry: May, shown: int) -> May:
    return Shown(entry.value, entry.since, shown)


def may_show(record: SourceRecord, state: Attribute) -> tuple[May, ...]:
    """What an attribute of this record can show, in full and with every moment spelt out."""
    first, *rest = state.whole_may()
    return (shown_at(first, record.shown) if first.shown == LAST else first, *rest)


def _dated(after: Attribute, value: Value | None, since: int) -> Attribute:
    """The image says itself since when its own value holds: by its author's knowledge, not by its arrival."""
    own = after.own
    if own is None or own.value != value or (own.since == since and not after.may):
        return after
    shown, *rest = after.whole_may()
    own = replace(own, since=since)
    if not rest:
        return quiet(own, after.held, since, after.insist)
    return replace(after, own=own, may=(replace(shown, since=since), *rest))


def _listed(
    before: Listed | None, items: tuple[Relation, ...] | tuple[Holding, ...] | None, sent_at: int
) -> Listed | None:
    """Complete lists: what is missing has ended. Not sent, or the same: as before."""
    if items is None or (before is not None and before.items == items):
        return before
    return Listed(items, sent_at)
