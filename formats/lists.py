"""The lists of a layout on their way to bytes: how many entries there are, and whether there may be.

Both ways of writing a record (`formats.interpreting` and `formats.lowering`) ask here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from formats.errors import Refused
from formats.layout import Repeat


def counted(lists: Sequence[tuple[Repeat, Any]]) -> int:
    """What the count field of these lists says when it is written."""
    numbers = [_count(repeat, entries) for repeat, entries in lists]
    if any(number != numbers[0] for number in numbers):
        raise Refused("lists of different lengths")
    return numbers[0]


def _count(repeat: Repeat, entries: Any) -> int:
    if entries is None or entries == "":
        if repeat.not_sent is not None:
            return repeat.not_sent
        entries = ()
    if not isinstance(entries, list | tuple) or any(not isinstance(entry, Mapping) for entry in entries):
        raise Refused("not a list of groups")
    least = repeat.least if repeat.count else 0
    if not least <= len(entries) <= repeat.most:
        raise Refused(repeat.rule(len(entries)))
    return len(entries)


def entries_of(repeat: Repeat, entries: Any) -> list[Any]:
    """The entries to write; those that an always full table lacks are blank."""
    found = _count(repeat, entries)
    if repeat.count:
        return list(entries or ())
    return [*(entries or ()), *({} for _ in range(repeat.most - found))]


def given_entries(repeat: Repeat, entries: Any, count: Any) -> list[Any]:
    """Where the count is a field of its own, further out: the list has just that length."""
    length = repeat.length("" if count is None else count)
    if length == -1:
        raise Refused(f"count {repeat.rule(count)}")
    if _count(repeat, entries) != (repeat.not_sent if length is None else length):
        raise Refused("not as many as counted")
    return list(entries or ())
