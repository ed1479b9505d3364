"""TLV levels → the lines that build a message of one type, its seal left out.

A value that is there and usual is written out here: where its length is fixed, tag, length and value are
packed at once. Everything else ends in an error, and `formats.tlv_writing` writes the message again and
knows why.
"""

import struct
from datetime import datetime

from formats.lowering.carrier import reads_as_ascii
from formats.lowering.source import Compiled, Source
from formats.numerals import CLEAR, Bcd, Binary
from formats.scalars import CodeByte, Date, FreeText, Number, Scalar, Time
from formats.tlv_cells import FixedCells
from formats.tlv_spec import HeadField, Level, Spec, Tag


def lower_tlv_writing(spec: Spec, type: str, title: str) -> Compiled:
    """`build(fields) -> body` without the seal. Errors are not explained."""
    return _Writing(spec).compiled(type, title)


class _Writing:
    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._source = Source()
        self._cells = spec.cells
        fixed = struct.Struct(spec.cells.form).pack if isinstance(spec.cells, FixedCells) else None
        self._pack = self._source.value("cell", fixed or spec.cells.write)
        self._unhex = self._source.value("unhex", bytes.fromhex)

    def compiled(self, type: str, title: str) -> Compiled:
        source = self._source
        level = self._spec.messages[type]
        head = {field.name for field in self._spec.head if field.kind != "version"}
        with source.block("def build(fields):"):
            known = source.value("known", frozenset(level.by_name.keys() | head))
            source.line(f'if not {known}.issuperset(fields): raise Refused("no such field")')
            source.line("get = fields.get")
            cells = [self._head_cell(field, type) for field in self._spec.head]
            source.line(f"parts = [{', '.join(cells)}]")
            self._level(level, "get", "parts")
            source.line('return b"".join(parts)')
        return source.compile("build", f"build {title}")

    def _head_cell(self, field: HeadField, type: str) -> str:
        if field.kind == "version":
            return repr(self._spec.version.to_bytes(field.size))
        if field.kind == "type":
            return repr(bytes.fromhex(type.removeprefix("0x")))
        var = self._source.fresh(field.name)
        self._source.line(f"{var} = get({field.name!r})")
        if field.kind == "hex":
            echoed = f'{var}.ljust({field.size}, b"\\0") if type({var}) is bytes'
            self._source.line(f"{var} = {echoed} else {self._unhex}({var}) if {var} else bytes({field.size})")
            self._source.line(f'if len({var}) != {field.size}: raise Refused("wrong length")')
            return var
        self._source.line(f"{var} = {var} or 0")
        self._source.line(f'if type({var}) is not int or {var} & {~self._spec.flags}: raise Refused("flags")')
        return f"{var}.to_bytes({field.size})"

    def _level(self, level: Level, get: str, parts: str) -> None:
        for tag in level.tags:
            var = self._source.fresh(tag.name)
            self._source.line(f"{var} = {get}({tag.name!r})")
            if tag.members is not None:
                self._group(tag, tag.members, var, parts)
            elif tag.scalar is not None:
                self._single(tag, tag.scalar, var, parts)

    def _group(self, tag: Tag, members: Level, var: str, parts: str) -> None:
        source = self._source
        entry, inner = source.fresh(f"{tag.name}_entry"), source.fresh(f"{tag.name}_parts")
        known = source.value(f"known_{tag.name}", frozenset(members.by_name))
        with source.block(f"if {var} is not None:"):
            source.line(f'if type({var}) is not list: raise Refused("not a list")')
            with source.block(f"for {entry} in {var}:"):
                source.line(f'if not {known}.issuperset({entry}): raise Refused("no such field")')
                get = source.fresh(f"{tag.name}_get")
                source.line(f"{get} = {entry}.get")
                source.line(f"{inner} = []")
                self._level(members, get, inner)
                source.line(f'raw = b"".join({inner})')
                source.line(f"{parts} += ({self._pack}({tag.tag:#06x}, len(raw)), raw)")

    def _single(self, tag: Tag, scalar: Scalar, var: str, parts: str) -> None:
        if type(scalar) is FreeText:
            self._text(tag, scalar, var, parts)
            return
        blank = "is not None" if isinstance(scalar, Date) else 'not in ("", None)'
        cell = self._cell_of(tag, scalar, var)
        with self._source.block(f"if {var} {blank}:"):
            if cell is not None:
                self._source.line(f"{parts}.append({cell})")
                return
            self._source.line(f"raw = {self._source.value(f'write_{var}', scalar.write)}({var})")
            self._source.line(f"{parts} += ({self._pack}({tag.tag:#06x}, len(raw)), raw)")

    def _text(self, tag: Tag, scalar: FreeText, var: str, parts: str) -> None:
        source = self._source
        encode = source.value(f"encode_{scalar.charset.name}", scalar.charset.encode)
        with source.block(
            f"if {var} is not None:" if scalar.may_be_empty else f'if {var} not in ("", None):'
        ):
            if reads_as_ascii(scalar.charset):
                source.line(f"raw = {var}.encode() if {var}.isascii() else {encode}({var})")
            else:
                source.line(f"raw = {encode}({var})")
            if scalar.exactly:
                source.line(f'if len(raw) != {scalar.exactly}: raise Refused("wrong length")')
            elif scalar.most < self._cells.longest:
                source.line(f'if len(raw) > {scalar.most}: raise Refused("too long")')
            source.line(f"{parts} += ({self._pack}({tag.tag:#06x}, len(raw)), raw)")

    def _cell_of(self, tag: Tag, scalar: Scalar, var: str) -> str | None:
        """Tag, length and value of a fixed length in one expression."""
        source, numerals = self._source, getattr(scalar, "numerals", None)
        head = self._cells.write(tag.tag, scalar.size).hex()
        wrong = source.value("refuse", _refuse)
        if type(scalar) is Number and numerals == Binary(8, 19) and isinstance(self._cells, FixedCells):
            pack = source.value("cell_8", struct.Struct(self._cells.form + "q").pack)
            return f"{pack}({tag.tag:#06x}, 8, {var}) if type({var}) is int else {wrong}()"
        if type(scalar) is CodeByte:
            codes = source.value(f"codes_{var}", self._codes(tag))
            return f'{codes}[{var}] if type({var}) is int or {var} == "*" else {wrong}()'
        if type(scalar) is Date and type(numerals) is Bcd:
            made = f'"{head}" + {var} if len({var}) == 8 and {var}.isdecimal()'
            return f'{self._unhex}({made} else "{head}00000000" if {var} == "" else {wrong}())'
        if type(scalar) is Time and type(numerals) is Bcd:
            calendar = source.value("calendar", datetime.fromisoformat)
            sound = f'len({var}) == 14 and {var}.isdecimal() and {var}[8:10] < "24"'
            real = f'{calendar}({var}[:8] + "T" + {var}[8:])'
            return f'{self._unhex}("{head}" + {var}) if {sound} and {real} else {wrong}()'
        return None

    def _codes(self, tag: Tag) -> dict[object, bytes]:
        """Every value that a code byte can have."""
        empty, one = (self._cells.write(tag.tag, size) for size in (0, 1))
        return {CLEAR: empty} | {code: one + bytes([code]) for code in range(256)}


def _refuse() -> str:
    raise ValueError("not a usual value")
