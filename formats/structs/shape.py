"""What a hand-written struct declares of its fields, found by a walk over it.

A named member is a field. What it is shows its innermost part: strings are text, integers numbers, bytes
hex, enums codes; a `Leaf` what its scalar is; structs groups; arrays lists (of entries; of values that are
no structs each stands as `value` in its entry). What construct computes by itself (Rebuild, Computed,
Const) is no field. Everything else is left as it is: kind "other", its values as construct gives them.

Source: construct's documentation, "Basics" and "Meta" (2.10).
"""

from collections.abc import Iterator
from typing import Any

import construct as c

from formats.codec import FieldFacts, Path
from formats.errors import DeclarationError
from formats.structs.leaf import Leaf

VALUE = "value"
"""The name of an entry's only value, in a list of values that are no structs."""

_COMPUTED = (c.Rebuild, c.Computed, c.Const, type(c.Tell), type(c.Index), c.Checksum)
_REPEATED = (c.Array, c.GreedyRange, c.RepeatUntil)
_KINDS: tuple[tuple[Any, str], ...] = (
    (c.StringEncoded, "text"),
    ((c.Enum, c.Mapping), "code"),
    ((c.FormatField, c.BytesInteger, c.BitsInteger), "number"),
    ((c.Bytes, type(c.GreedyBytes)), "hex"),
    (_REPEATED, "list"),
    (c.Struct, "group"),
)


def facts_of(struct: Any, above: Path = (), at: int | None = 0) -> Iterator[FieldFacts]:
    """Raises DeclarationError where a value would pass through a binary float."""
    for member in struct.subcons:
        if is_field(member):
            yield from _member(member, (*above, member.name), at)
        size = size_of(member)
        at = at + size if at is not None and size is not None else None


def is_field(member: Any) -> bool:
    return bool(member.name) and member.name[0] != "_"


def _member(member: Any, path: Path, at: int | None) -> Iterator[FieldFacts]:
    label = ".".join(map(str, path))
    inner = innermost(member)
    kind = kind_of_part(inner)
    if is_computed(member):
        yield FieldFacts(path, None, "count", label, at, _width(member), note="computed")
    elif kind == "list":
        yield FieldFacts(path, None, kind, label, at, _width(inner.subcon), _occurs(inner))
        entry = innermost(inner.subcon)
        if isinstance(entry, c.Struct):
            yield from facts_of(entry, path)
        else:
            yield from _member(c.Renamed(inner.subcon, newname=VALUE), (*path, VALUE), 0)  # type: ignore[no-untyped-call]
    elif isinstance(inner, Leaf):
        yield FieldFacts(path, inner.scalar, "", label, at)
    else:
        yield FieldFacts(path, None, kind, label, at, _width(member), values=_values(inner))
        if kind == "group":
            yield from facts_of(inner, path, at)


def is_computed(member: Any) -> bool:
    return any(isinstance(part, _COMPUTED) for part in _parts(member))


def innermost(member: Any) -> Any:
    """What the value is made by: the first part that says a kind."""
    found = member
    for found in _parts(member):
        if kind_of_part(found) != "other":
            break
    return found


def _parts(member: Any) -> Iterator[Any]:
    """From the outside inwards."""
    while True:
        yield member
        if isinstance(member, c.FocusedSeq):  # PrefixedArray and its like
            member = next(one for one in member.subcons if one.name == member.parsebuildfrom)
        elif isinstance(member, c.Subconstruct) and not isinstance(member, c.Adapter):
            member = member.subcon
        else:
            return


def kind_of_part(part: Any) -> str:
    if isinstance(part, c.FormatField) and part.fmtstr[-1] in "efd":
        raise DeclarationError("a binary float cannot carry an amount", key=part.name or "struct")
    return next((kind for types, kind in _KINDS if isinstance(part, types)), "other")


def size_of(part: Any) -> int | None:
    """Bytes, where they are always as many."""
    try:
        return int(part.sizeof())
    except Exception:  # whatever a hand-written part raises, it has no size of its own
        return None


def _width(part: Any) -> tuple[int, int | None]:
    size = size_of(part)
    return (0, None) if size is None else (size, size)


def _occurs(part: Any) -> tuple[int, int | None]:
    count = getattr(part, "count", None)
    return (count, count) if isinstance(count, int) else (0, None)


def _values(part: Any) -> tuple[str | int, ...]:
    return tuple(map(str, part.encmapping)) if isinstance(part, c.Enum) else ()
