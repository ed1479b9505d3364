"""Reads for a whole batch of images at once what deciding them will need.

The members of parties that hear something new, and the parties that they may turn out to be. A guess that
only saves reads: what is decided loads what it lacks.
"""

from collections.abc import Collection, Iterator, Sequence

from ecif.match_index import promising
from ecif.messages import Command, CustomerImage, First
from ecif.model import BLANK, Attribute, Key, Own, PartyChange, SourceRecord
from ecif.work import Work


def load(work: Work, batch: Sequence[Command]) -> None:
    """Members of parties that hear something new, and parties that these or new customers may be."""
    firsts, others = _firsts(work, batch)
    alike = [key for first in firsts for key in first.alike or ()]
    work.unit.load_records(alike)
    told = [(work.record(key), change) for key, change in images(others)]
    news = [_news(record, change) for record, change in told]
    work.unit.load_members(
        work.cluster_of(record)
        for (record, change), names in zip(told, news, strict=True)
        if record is not None and (names or change.relations is not None)
    )
    supposed = [
        _supposed(work, record, change, names)
        for (record, change), names in zip(told, news, strict=True)
        if not work.setting.matching.attributes.isdisjoint(names)
    ]
    matching = work.setting.matching
    sought = [matching.sought_beside(first.said, first.alike) for first in firsts]
    sought += [matching.sought_keys(one) for one in supposed]
    found_by = [first.said.keys for first in firsts] + [matching.match_keys(one) for one in supposed]
    work.unit.matches.load({key for keys in (sought, found_by) for one in keys for key in one})
    heads = {head for one in sought for head in promising(work, one)}
    work.unit.load_heads(heads)
    work.unit.load_members(work.unit.clusters[head] for head in heads if head in work.unit.clusters)
    known = [record for key in alike if (record := work.record(key)) is not None]
    work.unit.load_members(map(work.cluster_of, known))


def _firsts(work: Work, batch: Sequence[Command]) -> tuple[list[First], list[Command]]:
    """What customers that nobody knows say of who they are, as the process that read them worked it out; and
    the commands left."""
    found: list[First] = []
    others: list[Command] = []
    for command in batch:
        first = command.first if isinstance(command, CustomerImage) else None
        if first is not None:
            work.setting.matching.remember(first.record, first.said)
        if first is not None and work.record(first.record.key) is None:
            found.append(first)
        else:
            others.append(command)
    return found, others


def images(batch: Sequence[Command]) -> Iterator[tuple[Key, PartyChange]]:
    """The customer images among them, each with its record's key."""
    for command in batch:
        if isinstance(command, CustomerImage):
            yield (command.envelope.system, command.change.customer_no), command.change


def _news(record: SourceRecord | None, change: PartyChange) -> Collection[str]:
    """Attributes of which it says something that its record is not known to show already."""
    if record is None:
        return change.values.keys()
    before = record.attributes
    return [
        name
        for name, value in change.values.items()
        if value != (state := before.get(name, BLANK)).held and all(value != may.value for may in state.may)
    ]


def _supposed(
    work: Work, record: SourceRecord | None, change: PartyChange, names: Collection[str]
) -> list[SourceRecord]:
    """The records of its party if all that is new in the image were genuine."""
    before = record.attributes if record else {}
    said = {
        name: Attribute(Own(value, change.sent_at, change.seq, -1))
        for name in names
        if name in work.setting.matching.attributes
        and (value := change.values[name]) is not None
        and (not isinstance(value, tuple) or value[-2] is not None)
    }
    supposed = SourceRecord("", "", "", attributes={**before, **said})
    others = work.unit.members(work.cluster_of(record)) if record else []
    return [supposed, *(other for other in others if other is not record)]
