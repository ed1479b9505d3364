"""An element of tags → the lines that parse it.

Mostly tag and length together say in one look in a table what a cell is. Where that table would be too large,
or a member is composed itself, tags are tried in the order in which they are written, once around; what then
is left goes the slow way.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from formats.iso8583.composed import Tags
from formats.iso8583.lowering.rows import rows_reader
from formats.iso8583.lowering.slowly import Member, Rest
from formats.iso8583.lowering.source import LENGTHS, MessageSource
from formats.iso8583.lowering.values import read_value
from formats.iso8583.spec import Element, is_composed
from formats.iso8583.values import Bits, Day, Digits, Rows, Text, Whole

MOST_PAIRS = 4096
"""Pairs of tag and length in a table; more of them are read tag by tag."""

Cells: TypeAlias = Mapping[str, tuple[str, int, Callable[[str], Any] | None]]
"""Tag and length as they stand in a message → field, size, and how it is read (None: a text)."""


def lowers_tags(content: Tags) -> bool:
    return content.charset == "ascii" and content.length.digits in LENGTHS


def read_tags(source: MessageSource, element: Element, content: Tags, begin: str, end: str) -> None:
    source.lines(f"cells = text[{begin}:{end}]", "p = 0")
    cells = _cells(content, element.name)
    if cells is None:
        _TagByTag(source, element, content, begin, end).write()
    else:
        _by_table(source, content, cells, begin)


# By a table


def _by_table(source: MessageSource, content: Tags, cells: Cells, begin: str) -> None:
    """A pair of tag and length that cannot be is not in the table."""
    known, decode = source.value("cells", cells), source.value("decode", _decoder(content))
    source.line("n = len(cells)")
    with source.block("while p < n:"):
        source.line(f"q = p + {content.tag_size + content.length.size}")
        source.lines(f"label, size, read = {known}[cells[p:q]]", "p = q + size", "v = cells[q:p]")
        source.refuse_if("label in out")
        source.line("if read is not None: out[label] = read(v)")
        source.line("elif v.isascii(): out[label] = v")
        source.line(f"else: out[label] = {decode}(body[{begin} + q:{begin} + p])")
    source.refuse_if("p != n")


def _cells(content: Tags, name: str) -> Cells | None:
    """None where a table will not do."""
    members = dict(content.members())
    charsets = {id(member.charset) for member in members.values() if hasattr(member, "charset")}
    if any(is_composed(member) for member in members.values()) or len(charsets) > 1:
        return None
    digits = content.length.digits
    table: dict[str, tuple[str, int, Callable[[str], Any] | None]] = {}
    for tag, member in members.items():
        sizes = [member.size] if member.size else range(min(member.most, content.length.limit) + 1)  # type: ignore[union-attr]
        read = _reader(member)
        table |= {f"{tag}{size:0{digits}d}": (f"{name}.{tag}", size, read) for size in sizes}
        if len(table) > MOST_PAIRS:
            return None
    return table


def _decoder(content: Tags) -> Callable[[bytes], str] | None:
    """Of the texts of a tagged element."""
    texts = [member for _, member in content.members() if isinstance(member, Text)]
    return texts[0].charset.decode if texts else None


def _reader(member: Any) -> Callable[[str], Any] | None:
    """From the latin-1 text of its bytes; None for a text, which has no more to it."""
    if isinstance(member, Text) and not member.size and not member.letters:
        return None
    if isinstance(member, Rows):
        return rows_reader(member)
    read = member.read

    def plain(text: str) -> Any:
        return read(text.encode("latin-1"))

    def whole(text: str) -> Any:
        return int(text) if text.isdecimal() else plain(text)

    def day(text: str) -> Any:
        return text if len(text) == 8 and text.isdecimal() and text != "00000000" else plain(text)

    return whole if isinstance(member, Whole) else day if isinstance(member, Day) else plain


# Tag by tag


class _TagByTag:
    def __init__(self, source: MessageSource, element: Element, content: Tags, begin: str, end: str) -> None:
        self._source, self._content = source, content
        self._name, self._begin, self._end = element.name, begin, end

    def write(self) -> None:
        for tag, member in self._content.by_tag.items():
            self._tag(tag, member)
        rest = self._source.value("rest", Rest(self._content, self._name).read)
        self._source.line(f"if p < len(cells): {rest}(body, {self._begin} + p, {self._end}, out)")
        self._source.line("elif p > len(cells): raise Refused(RULE)")

    def _tag(self, tag: str, member: Any) -> None:
        source, size, length = self._source, self._content.tag_size, self._content.length
        with source.block(f"if cells[p:p + {size}] == {tag!r}:"):
            source.line(f"q = p + {size + length.size}")
            source.line(f"p = q + {source.lengths(length.digits)}[cells[p + {size}:q]]")
            self._member(f"{self._name}.{tag}", member)

    def _member(self, label: str, member: Any) -> None:
        if not isinstance(member, Day | Whole | Rows | Text | Digits | Bits):
            slow = self._source.value(label, Member(member, label).read)
            self._source.line(f"{slow}(body, {self._begin} + q, {self._begin} + p, out)")
            return
        self._value(member)
        self._source.line(f"out[{label!r}] = v")

    def _value(self, member: Day | Whole | Rows | Text | Digits | Bits) -> None:
        source = self._source
        if isinstance(member, Day):
            _day(source)
        elif isinstance(member, Whole):
            _whole(source, member)
        elif isinstance(member, Rows):
            source.line(f"v = {source.value('rows', rows_reader(member))}(cells[q:p])")
        else:
            source.refuse_if(f"p - q != {member.size}" if member.size else f"p - q > {member.most}")
            read_value(source, member, "cells[q:p]", f"body[{self._begin} + q:{self._begin} + p]")


def _day(source: MessageSource) -> None:
    source.line("v = cells[q:p]")
    with source.block("if v:"):
        source.refuse_if("len(v) != 8 or not v.isdecimal()")
        source.line("if v == '00000000': v = ''")


def _whole(source: MessageSource, member: Whole) -> None:
    source.line("v = cells[q:p]")
    source.refuse_if(f"p - q > {member.most}")
    source.line("if v.isdecimal(): v = int(v)")
    source.line("elif v and v != '*': raise Refused(RULE)")
