"""Lines of fields between separators, some of them repeats of parts (wealth.md).

The quick way decodes the whole line and splits it, or joins the whole line and encodes it. Where anything is
refused the line is gone through once more, to say what is wrong with which field and where it stands. The
type is looked at before the content. More fields than declared are a fault, and fewer than must be.

A line's end is told by its framing and not by its content: `open_ended` (see `formats.testing`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from formats.codec import FieldFacts, Fields, Path
from formats.delimited_spec import Cell, Message, Repeat, Row, Spec
from formats.delimited_text import Line, ascii_start, plain, spans, split
from formats.delimited_values import Text
from formats.delimited_writing import LineWriter, quick_line
from formats.errors import Fault, FaultKind, FormatError, Place, Refused

MOST_TYPE = 16
"""A longer first field is no type, not even an unknown one."""
MOST_ECHO = 1024
"""Bytes of a head field that are given back as received: an answer must fit a frame of its own."""


class DelimitedCodec:
    """A `formats.codec.Codec`."""

    open_ended = True

    def __init__(self, name: str, spec: Spec) -> None:
        self.name = name
        self._spec = spec
        self._separator, self._escape = spec.separator, spec.escape
        self._mark = spec.charset.encode(spec.separator)

    @property
    def types(self) -> Collection[str]:
        return self._spec.messages.keys()

    def paths(self, type: str) -> Collection[Path]:
        return list(self._spec.messages[type].paths())

    def facts(self, type: str) -> Sequence[FieldFacts]:
        return list(self._spec.messages[type].facts())

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        line = self._line(body)
        slots = [line.slot(*span) for span in self._spans(line)]
        head = dict.fromkeys(self._spec.head, b"")
        head |= {name: self._echo(body[slot]) for name, slot in zip(self._spec.head, slots, strict=False)}
        return self._type_of(line), head

    def _echo(self, data: bytes) -> bytes:
        """As received, unless it is endless or would swallow the separator behind it in the answer."""
        whole = self._line(data + self._mark).text.endswith(self._separator)
        return data if whole and len(data) <= MOST_ECHO else b""

    # Reading

    def parse(self, body: bytes) -> tuple[str, Fields]:
        try:
            return self._quick(body)
        except Refused:
            return self._thorough(body)

    def _quick(self, body: bytes) -> tuple[str, Fields]:
        texts = split(self._spec.charset.decode(body), self._separator, self._escape)
        message = self._spec.messages.get(texts[0])
        if message is None or not message.least <= len(texts) <= len(message.rows):
            raise Refused("another message")
        return texts[0], {
            row.name: self._cell(row, text) if isinstance(row, Cell) else self._entries(row, text)
            for row, text in zip(message.rows, texts, strict=False)
        }

    def _cell(self, cell: Cell, text: str) -> Any:
        return cell.value.read(plain(text, self._escape)) if text else ""

    def _entries(self, row: Repeat, text: str) -> list[Fields]:
        entries = []
        for entry in split(text, row.between, self._escape) if text else ():
            parts = split(entry, row.inside, self._escape)
            if len(parts) != len(row.parts):
                raise Refused("other parts")
            entries.append(
                {cell.name: self._cell(cell, part) for cell, part in zip(row.parts, parts, strict=True)}
            )
        return entries

    def _thorough(self, body: bytes) -> tuple[str, Fields]:
        line = self._line(body)
        type = self._type_of(line)
        message = self._spec.messages.get(type)
        if message is None:
            place = Place("#1", 0, self._first(line).stop)
            raise FormatError(self.name, FaultKind.TYPE, [Fault(place, "unknown type")], type)
        reading = _Reading(self._spec, line, body)
        reading.message(message, list(self._spans(line)))
        if reading.faults:
            raise FormatError(self.name, FaultKind.CONTENT, reading.faults, type, reading.fields)
        return type, reading.fields

    def _line(self, body: bytes) -> Line:
        return Line.of(body, self._spec.charset.name)

    def _spans(self, line: Line) -> Iterator[tuple[int, int]]:
        return spans(line.text, 0, len(line.text), self._separator, self._escape)

    def _first(self, line: Line) -> slice:
        return line.slot(*next(self._spans(line)))

    def _type_of(self, line: Line) -> str:
        start, end = next(self._spans(line))
        type = line.text[start:end]
        return type if len(type) <= MOST_TYPE and type.isascii() and type.isprintable() else ""

    # Writing

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        message = self._spec.messages.get(type)
        if message is None:
            fault = Fault(Place("#1", 0, 0), "unknown type")
            raise FormatError(self.name, FaultKind.TYPE, [fault], type)
        try:
            return quick_line(self._spec, message, type, fields)
        except Refused:
            pass
        writer = LineWriter(self._spec, message)
        body = writer.line(type, fields)
        if writer.faults:
            raise FormatError(self.name, FaultKind.CONTENT, writer.faults, type)
        return body

    # Around a message

    def place(self, body: bytes, path: Path) -> Place:
        line = self._line(body)
        message = self._spec.messages.get(self._type_of(line))
        number = message.index.get(str(path[0])) if message else None
        if message is None or number is None:
            return Place(".".join(map(str, path)), len(body), 0)
        fields = list(self._spans(line))
        row, label = message.rows[number], f"#{number + 1}"
        if number >= len(fields):
            return Place(label, len(body), 0)
        span = fields[number]
        if isinstance(row, Repeat) and len(path) > 1:
            return self._place_inside(row, label, line, span, path[1:])
        return _placed(label, line.slot(*span))

    def _place_inside(self, row: Repeat, label: str, line: Line, span: tuple[int, int], path: Path) -> Place:
        entries = list(spans(line.text, *span, row.between, self._escape))
        index = int(path[0])
        label += f"[{index + 1}]"
        names = [cell.name for cell in row.parts]
        number = names.index(str(path[1])) if len(path) > 1 and path[1] in names else None
        if number is not None:
            label += f".{number + 1}"
        if index >= len(entries):
            return _placed(label, line.slot(span[1], span[1]))
        if number is None:
            return _placed(label, line.slot(*entries[index]))
        parts = list(spans(line.text, *entries[index], row.inside, self._escape))
        end = entries[index][1]
        return _placed(label, line.slot(*parts[number]) if number < len(parts) else line.slot(end, end))

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        """Mostly the fields wanted stand in the line's ASCII beginning: then no character need be placed."""
        message = self._spec.messages.get(self._type_of(self._line(body[: MOST_TYPE + 2])))
        names = [row.name for row in message.rows] if message else self._spec.head
        wanted = [number for number, name in enumerate(names) if name in without]
        if not wanted:
            return body
        start = body[: ascii_start(body)]
        beginning = start if start.count(self._mark) > wanted[-1] else body
        line = self._line(beginning)
        slots = [line.slot(*span) for span in self._spans(line)]
        out = bytearray(body)
        for slot in (slots[number] for number in wanted if number < len(slots)):
            out[slot] = bytes(slot.stop - slot.start)
        return bytes(out)

    def fit(self, type: str, path: Path, text: str) -> str:
        row: Row | None = None
        for step in path:
            if isinstance(step, str):
                row = _named(step, row.parts if isinstance(row, Repeat) else self._rows(type))
        return row.value.fit(text) if isinstance(row, Cell) and isinstance(row.value, Text) else text

    def _rows(self, type: str) -> Sequence[Row]:
        message = self._spec.messages.get(type)
        return message.rows if message else ()


def _placed(label: str, slot: slice) -> Place:
    return Place(label, slot.start, slot.stop - slot.start)


def _named(name: str, rows: Sequence[Row]) -> Row | None:
    return next((row for row in rows if row.name == name), None)


class _Reading:
    """One line read for its faults: each is noted, none hides the others."""

    def __init__(self, spec: Spec, line: Line, body: bytes) -> None:
        self.fields: Fields = {}
        self.faults: list[Fault] = []
        self._spec, self._line, self._body = spec, line, body

    def _note(self, label: str, slot: slice, rule: str) -> None:
        self.faults.append(Fault(_placed(label, slot), rule))

    def message(self, message: Message, fields: Sequence[tuple[int, int]]) -> None:
        most, end = len(message.rows), len(self._line.text)
        for number, (row, span) in enumerate(zip(message.rows, fields, strict=False), 1):
            if isinstance(row, Cell):
                self._cell(row, f"#{number}", span, self.fields)
            else:
                self._repeat(row, f"#{number}", span)
        if len(fields) < message.least:
            self._note(f"#{len(fields) + 1}", self._line.slot(end, end), "missing")
        elif len(fields) > most:
            self._note(f"#{most + 1}", self._line.slot(fields[most][0], end), f"over {most} fields")

    def _cell(self, cell: Cell, label: str, span: tuple[int, int], out: Fields) -> None:
        slot = self._line.slot(*span)
        try:
            text = plain(self._spec.charset.decode(self._body[slot]), self._spec.escape)
            out[cell.name] = cell.value.read(text) if text else ""
        except Refused as refused:
            self._note(label, slot, refused.rule)

    def _repeat(self, row: Repeat, label: str, span: tuple[int, int]) -> None:
        entries = self.fields[row.name] = []
        if span[0] == span[1]:
            return
        escape = self._spec.escape
        for count, entry in enumerate(spans(self._line.text, *span, row.between, escape), 1):
            parts = list(spans(self._line.text, *entry, row.inside, escape))
            if len(parts) != len(row.parts):
                self._note(f"{label}[{count}]", self._line.slot(*entry), f"not {len(row.parts)} parts")
                continue
            out: Fields = {}
            for place, (cell, part) in enumerate(zip(row.parts, parts, strict=True), 1):
                self._cell(cell, f"{label}[{count}].{place}", part, out)
            entries.append(out)
