"""Entries of two parts: a document with its expiry, an address with its postcode; and slots that hold one.

An entry ends in (number or line, expiry or postcode); in a single slot the key (type or use) stands before
them. Messages may leave one part blank, which means "as before", and mark the second part with `*`, which
means "none". `complete` turns what was said into what is meant; `marked` does the reverse for a push. All of
it follows the paragraph "Lists" of the interface sheets' README.
"""

from collections.abc import Iterable
from typing import Final

from ecif.model import FAMILIES, NEVER, Attribute, May, Value

CLEARED: Final = "*"
"""Second part of an entry in a message: the system holds none any more."""


def golden_place(attribute: str, value: Value) -> tuple[str, Value]:
    """Where a contribution competes: a slot's entry under its own key, everything else as it stands."""
    if attribute not in FAMILIES:
        return attribute, value
    assert isinstance(value, tuple)
    return f"{attribute}:{value[0]}", value[1:]


def complete(value: tuple[str | None, ...], before: Attribute, sent_by: int) -> tuple[str | None, ...] | None:
    """What an entry means, given what the system may have held when it wrote it. None: it says nothing.

    `sent_by`: pushes that left later cannot have been what the blank part leaves in force.
    """
    *key, main, second = value
    if main is None and second is None:
        return None
    held = _held(before, sent_by)
    if main is None:
        main = next((entry[-2] for entry in held if list(entry[:-2]) == key), None)
        if main is None:
            return None
    elif second is None:
        second = next((entry[-1] for entry in held if entry[:-1] == value[:-1]), None)
    return (*key, main, None if second == CLEARED else second)


def _held(before: Attribute, sent_by: int) -> Iterable[tuple[str | None, ...]]:
    """Entries shown or confirmed, the newest first, then the own contribution."""
    for may in reversed(before.may):
        if isinstance(may.value, tuple) and _landed(may) and may.sent <= sent_by:
            yield may.value
    if before.own is not None and isinstance(before.own.value, tuple):
        yield before.own.value


def _landed(may: May) -> bool:
    return not may.push or may.confirmed < NEVER


def marked(value: Value, before: Attribute | None) -> Value:
    """`value` as a push must say it: a second part that golden lacks and the system holds gets the mark.

    A blank would leave it in force. With another number or line a blank already means none.
    """
    if not isinstance(value, tuple) or value[-1] is not None or before is None:
        return value
    return (*value[:-1], CLEARED) if _second_stays(value, before.held) else value


def _second_stays(value: tuple[str | None, ...], held: Value | None) -> bool:
    if isinstance(held, tuple):
        return held[:-1] == value[:-1] and held[-1] is not None
    return held is not None  # UNKNOWN: it may hold any


def meant(value: Value | None) -> Value | None:
    """What a system holds once it has applied what a push said."""
    if isinstance(value, tuple) and value[-1] == CLEARED:
        return (*value[:-1], None)
    return value
