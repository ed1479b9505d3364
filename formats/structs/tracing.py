"""A hand-written struct made to tell where its fields stand and what is wrong with which of them.

construct itself stops at the first error, without an offset, and some of its texts print the bytes. So the
members of structs and the entries of arrays are wrapped: each notes its place; one of fixed size that cannot
be read notes a fault and the next ones are read all the same. Parts that try alternatives (GreedyRange,
Select, Optional, Switch …) stay as they are, since there an error is no fault; they have one place each.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import construct as c

from formats.codec import Path
from formats.errors import Fault, Place, Refused
from formats.structs.guarding import Guard, Idle
from formats.structs.shape import innermost, is_field, size_of

UNREAD = object()
"""Stands for a value with a fault."""

_RULES: tuple[tuple[type[Exception], str], ...] = (
    (Refused, ""),
    (c.StreamError, "ends early"),
    (c.TerminatedError, "bytes follow"),
    (c.ConstError, "not the constant"),
    (c.MappingError, "not in the table"),
    (c.StringError, "not readable text"),
    (UnicodeError, "not readable text"),
    (c.RangeError, "bad count"),
    (c.FormatFieldError, "not a number that fits"),
    (c.IntegerError, "not a number that fits"),
    (c.ChecksumError, "wrong"),
    (c.ValidationError, "not allowed"),
    (c.CheckError, "not allowed"),
    (c.PaddingError, "too long"),
)


@dataclass(slots=True)
class Trace:
    at: Path = ()
    places: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def note(self, at: int, size: int, error: Exception) -> None:
        self.faults.append(Fault(Place(label_of(self.at) or "record", at, size), rule_of(error)))


def rule_of(error: Exception) -> str:
    """Of the error's kind alone: its text may hold the value."""
    if isinstance(error, Refused):
        return error.rule
    return next((rule for kind, rule in _RULES if isinstance(error, kind)), "not readable")


def label_of(path: Path) -> str:
    label = ""
    for step in path:
        label += f"({step + 1})" if isinstance(step, int) else f".{step}" if label else step
    return label


class _Reported(Exception):
    """The fault behind it is noted already."""


def _read(part: Any, stream: BytesIO, context: Any, path: str) -> Any:
    return part._parsereport(stream, context, path)


def _write(part: Any, obj: Any, stream: BytesIO, context: Any, path: str) -> Any:
    return part._build(obj, stream, context, path)


class Member(c.Subconstruct):
    """A named member of a struct."""

    def __init__(self, subcon: Any, name: str) -> None:
        super().__init__(subcon)  # type: ignore[no-untyped-call]
        self._step = name
        self._size = size_of(subcon)
        self._text = innermost(subcon) if isinstance(innermost(subcon), c.StringEncoded) else None

    def _parse(self, stream: BytesIO, context: Any, path: str) -> Any:
        trace: Trace = context._params.trace
        above, trace.at = trace.at, (*trace.at, self._step)
        at = stream.tell()
        try:
            value = _read(self.subcon, stream, context, path)
        except _Reported:
            raise
        except Exception as error:
            return self._unread(trace, stream, at, error)
        else:
            trace.places[trace.at] = Place(label_of(trace.at), at, stream.tell() - at)
            return value
        finally:
            trace.at = above

    def _unread(self, trace: Trace, stream: BytesIO, at: int, error: Exception) -> Any:
        left = len(stream.getbuffer()) - at
        size = min(left if self._size is None else self._size, left)
        trace.places[trace.at] = Place(label_of(trace.at), at, size)
        trace.note(at, size, error)
        if self._size is None or size < self._size:
            raise _Reported from None
        stream.seek(at + size)
        return UNREAD

    def _build(self, obj: Any, stream: BytesIO, context: Any, path: str) -> Any:
        trace: Trace = context._params.trace
        above, trace.at = trace.at, (*trace.at, self._step)
        at = stream.tell()
        try:
            if self._text is not None and isinstance(obj, bytes):
                _write(self._text.subcon, obj, stream, context, path)
                return obj
            return _write(self.subcon, obj, stream, context, path)
        except _Reported:
            raise
        except Exception as error:
            trace.note(at, self._size or 0, error)
            raise _Reported from None
        finally:
            trace.at = above


class Entry(c.Subconstruct):
    """The entries of an array."""

    def _parse(self, stream: BytesIO, context: Any, path: str) -> Any:
        trace: Trace = context._params.trace
        above, trace.at = trace.at, (*trace.at, context._index)
        at = stream.tell()
        value = _read(self.subcon, stream, context, path)
        trace.places[trace.at] = Place(label_of(trace.at), at, stream.tell() - at)
        trace.at = above
        return value

    def _build(self, obj: Any, stream: BytesIO, context: Any, path: str) -> Any:
        trace: Trace = context._params.trace
        above, trace.at = trace.at, (*trace.at, context._index)
        built = _write(self.subcon, obj, stream, context, path)
        trace.at = above
        return built


def traced(part: Any) -> Any:
    """A copy of it with members and entries wrapped."""
    if isinstance(part, c.Struct):
        return c.Struct(*map(_traced_member, part.subcons))  # type: ignore[no-untyped-call]
    if isinstance(part, c.Array):
        return _with(part, Entry(traced(part.subcon)))  # type: ignore[no-untyped-call]
    if isinstance(part, c.Renamed | c.Default | Guard):
        return _with(part, traced(part.subcon))
    return part


def _traced_member(member: Any) -> Any:
    if not is_field(member):
        return member
    inner = member.subcon if isinstance(member, c.Renamed) else member
    return _with_name(Member(traced(inner), member.name), member)


def _with_name(wrapped: Any, member: Any) -> Any:
    return c.Renamed(wrapped, newname=member.name)  # type: ignore[no-untyped-call]


def _with(part: Any, subcon: Any) -> Any:
    found = copy.copy(part)
    found.subcon = subcon
    return found


class Traced:
    """One record, read and written with a trace of it."""

    def __init__(self, struct: Any) -> None:
        self._struct = traced(struct)

    def parse(self, body: bytes) -> tuple[Any, Trace]:
        """What could be read (UNREAD where it could not), and the trace."""
        trace = Trace()
        stream = BytesIO(body)
        try:
            value = self._struct.parse_stream(stream, trace=trace, idle=Idle())
        except _Reported:
            return None, trace
        except Exception as error:
            trace.note(min(stream.tell(), len(body)), 0, error)
            return None, trace
        left = len(body) - stream.tell()
        if left and not trace.faults:
            trace.faults.append(Fault(Place("record", len(body) - left, left), "bytes follow"))
        return value, trace

    def build(self, value: Mapping[str, Any]) -> tuple[bytes, Trace]:
        trace = Trace()
        stream = BytesIO()
        try:
            self._struct.build_stream(value, stream, trace=trace)
        except _Reported:
            pass
        except Exception as error:
            trace.note(stream.tell(), 0, error)
        return stream.getvalue(), trace
