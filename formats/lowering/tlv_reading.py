"""TLV levels → the lines that parse a message of one type.

Senders write tags in some order of their own, mostly that of the sheet: so the code goes through the
declared tags once, straight on, each asking whether the next TLV is its own, and begins again while TLVs
are left. A tag that nobody owned in one turn is unknown. Anything that is wrong ends in a ValueError or
struct.error; what it is, `formats.tlv` finds out by reading again.
"""

import struct
from datetime import datetime
from decimal import Decimal

from formats.codec import UNKNOWN
from formats.lowering.carrier import reads_as_ascii
from formats.lowering.source import Compiled, Source
from formats.numerals import Bcd, Binary
from formats.scalars import Amount, CodeByte, Date, FreeText, Hex, Number, Scalar, Time
from formats.tlv_cells import FixedCells
from formats.tlv_spec import HeadField, Level, Spec, Tag

NOTHING = (-1, 0)
"""Stands for the next TLV at the end of a level: no tag's number."""


def lower_tlv_reading(spec: Spec, type: str, seal_size: int, title: str) -> Compiled:
    """`parse(body) -> fields`, for a body whose seal holds and whose head says this type."""
    return _Reading(spec, seal_size).compiled(type, title)


class _Reading:
    def __init__(self, spec: Spec, seal_size: int) -> None:
        self._spec, self._seal_size = spec, seal_size
        self._source = Source()
        cells = spec.cells
        fixed = struct.Struct(cells.form) if isinstance(cells, FixedCells) else None
        self._cell = self._source.value("cell", cells.read if fixed is None else fixed.unpack_from)
        self._targets = "number, length" if fixed else "number, length, start"
        self._head_size = fixed.size if fixed else 0

    def compiled(self, type: str, title: str) -> Compiled:
        source = self._source
        with source.block("def parse(body):"):
            source.line(f"end = len(body) - {self._seal_size}")
            source.line(f'if end < {self._spec.head_size}: raise Refused("ends early")')
            for field in self._spec.head:
                self._check_head(field)
            parts = [part for field in self._spec.head if (part := _head_part(field, type))]
            source.line(f"out = {{{', '.join(parts)}}}")
            source.line(f"at = {self._spec.head_size}")
            self._level(self._spec.messages[type], "out", "end")
            source.line("return out")
        return source.compile("parse", f"parse {title}")

    def _check_head(self, field: HeadField) -> None:
        data = f"body[{field.at}:{field.at + field.size}]"
        if field.kind == "version":
            version = self._spec.version.to_bytes(field.size)
            self._source.line(f'if {data} != {version!r}: raise Refused("unknown version")')
        elif field.kind == "flags":
            self._source.line(f"flags = int.from_bytes({data})")
            self._source.line(f'if flags & {~self._spec.flags}: raise Refused("unknown flags")')

    def _level(self, level: Level, out: str, end: str) -> None:
        source = self._source
        turn, before = source.fresh("again"), source.fresh("before")
        source.line(f"{turn} = False")
        with source.block(f"while at < {end}:"):
            source.line(f"{before} = at")
            source.line(f"{self._targets} = {self._cell}(body, at)")
            for tag in level.tags:
                if tag.members is None:
                    self._single(tag, out, end, turn)
                else:
                    self._group(tag, tag.members, out, end)
            with source.block(f"if at == {before}:"):
                self._step(end)
                label = source.value("label", self._spec.cells.label)
                kept = f'{out}.setdefault("{UNKNOWN}", [])'
                source.line(f"{kept}.append([{label}(number).lower(), body[start:at].hex()])")
            source.line(f"{turn} = True")

    def _step(self, end: str) -> None:
        """Past the TLV whose number and length were read; its value is from `start` to `at`."""
        if self._head_size:
            self._source.line(f"start = at + {self._head_size}")
        self._source.line("at = start + length")
        self._source.line(f'if at > {end}: raise Refused("ends early")')

    def _next(self, end: str) -> None:
        nothing = self._source.value("nothing", NOTHING if self._head_size else (*NOTHING, 0))
        self._source.line(f"{self._targets} = {self._cell}(body, at) if at < {end} else {nothing}")

    def _single(self, tag: Tag, out: str, end: str, turn: str) -> None:
        source = self._source
        assert tag.scalar is not None
        with source.block(f"if number == {tag.tag:#06x}:"):
            source.line(f'if {turn} and {tag.name!r} in {out}: raise Refused("given twice")')
            self._step(end)
            longest = self._spec.cells.longest
            read_value(source, f"{out}[{tag.name!r}]", tag.name, tag.scalar, longest)
            self._next(end)

    def _group(self, tag: Tag, members: Level, out: str, end: str) -> None:
        source = self._source
        entry, inner = source.fresh(f"{tag.name}_entry"), source.fresh(f"{tag.name}_end")
        with source.block(f"while number == {tag.tag:#06x}:"):
            self._step(end)
            source.line(f"{inner} = at")
            source.line("at = start")
            source.line(f"{entry} = {{}}")
            self._level(members, entry, inner)
            source.line(f"{out}.setdefault({tag.name!r}, []).append({entry})")
            self._next(end)


def _head_part(field: HeadField, type: str) -> str:
    if field.kind == "type":
        return f"{field.name!r}: {type!r}"
    if field.kind == "flags":
        return f"{field.name!r}: flags"
    return f"{field.name!r}: body[{field.at}:{field.at + field.size}].hex()" if field.kind == "hex" else ""


def read_value(source: Source, target: str, name: str, scalar: Scalar, longest: int) -> None:
    """The lines that read `body[start:at]`, `length` bytes, into the target."""
    if scalar.size:
        source.line(f'if length != {scalar.size}: raise Refused("wrong length")')
    numerals = getattr(scalar, "numerals", None)
    if type(scalar) is FreeText:
        _read_text(source, target, scalar, longest)
    elif type(scalar) is CodeByte:
        source.line('if length > 1: raise Refused("wrong length")')
        source.line(f'{target} = body[start] if length else "*"')
    elif type(scalar) is Hex:
        source.line(f"{target} = body[start:at].hex()")
    elif type(numerals) is Bcd and type(scalar) in (Date, Time):
        _read_bcd(source, target, name, scalar)
    elif (
        type(numerals) is Binary
        and numerals.size == 8
        and numerals.digits >= 19
        and numerals.signed
        and type(scalar) in (Number, Amount)
    ):
        number = f'int.from_bytes(body[start:at], "{numerals.order}", signed=True)'
        if type(scalar) is Amount:
            exact = source.value("Decimal", Decimal)
            number = (
                f'{exact}(str({number}) + "e-{scalar.decimals}")' if scalar.decimals else f"{exact}({number})"
            )
        source.line(f"{target} = {number}")
    else:
        source.line(f"{target} = {source.value(f'read_{name}', scalar.read)}(body[start:at])")


def _read_text(source: Source, target: str, scalar: FreeText, longest: int) -> None:
    if scalar.exactly:
        source.line(f'if length != {scalar.exactly}: raise Refused("wrong length")')
    elif scalar.most < longest:
        source.line(f'if length > {scalar.most}: raise Refused("too long")')
    decode = source.value(f"decode_{scalar.charset.name}", scalar.charset.decode)
    source.line("raw = body[start:at]")
    if reads_as_ascii(scalar.charset):
        source.line(f"{target} = raw.decode() if raw.isascii() else {decode}(raw)")
    else:
        source.line(f"{target} = {decode}(raw)")


def _read_bcd(source: Source, target: str, name: str, scalar: Scalar) -> None:
    ask = source.value(f"read_{name}", scalar.read)
    source.line("digits = body[start:at].hex()")
    if isinstance(scalar, Date):
        source.line('if not digits.isdecimal(): raise Refused("not a digit")')
        source.line(f'{target} = "" if digits == "00000000" else digits')
        return
    calendar = source.value("calendar", datetime.fromisoformat)
    with source.block('if digits.isdecimal() and digits[8:10] < "24":'):
        source.line(f'{calendar}(digits[:8] + "T" + digits[8:])')
        source.line(f"{target} = digits")
    source.line(f"else: {target} = {ask}(body[start:at])")
