"""One delimited line on its way to bytes: at once, or with every field noted that cannot be written."""

from collections.abc import Mapping
from typing import Any

from formats.codec import Fields
from formats.delimited_spec import Cell, Message, Repeat, Spec
from formats.delimited_text import escaped
from formats.errors import Fault, Place, Refused


def quick_line(spec: Spec, message: Message, type: str, fields: Mapping[str, Any]) -> bytes:
    """The whole line as one text. Refused: nobody says why, or a value is given as bytes."""
    if not fields.keys() <= message.index.keys():
        raise Refused("no such field")
    texts = [type]
    marks = frozenset(spec.separator)
    for row in message.rows[1 : _count(message, fields)]:
        value = fields.get(row.name)
        if value is None or value == "":
            texts.append("")
        elif isinstance(row, Cell):
            texts.append(_hidden(row.value.write(value), marks, spec.escape))
        else:
            texts.append(_quick_entries(spec, row, value))
    return spec.charset.encode(spec.separator.join(texts))


def _quick_entries(spec: Spec, row: Repeat, entries: Any) -> str:
    marks = frozenset((spec.separator, row.between, row.inside))
    texts = []
    for entry in entries if isinstance(entries, list | tuple) else (None,):
        if not isinstance(entry, Mapping) or not entry.keys() <= row.names:
            raise Refused("not a group")
        values = ((part, entry.get(part.name)) for part in row.parts)
        written = ("" if value is None or value == "" else part.value.write(value) for part, value in values)
        texts.append(row.inside.join(_hidden(text, marks, spec.escape) for text in written))
    return row.between.join(texts)


def _count(message: Message, fields: Mapping[str, Any]) -> int:
    """So many fields are written: those that may be left out and are absent are, from the end."""
    count = len(message.rows)
    while count > message.least and fields.get(message.rows[count - 1].name) is None:
        count -= 1
    return count


def _hidden(text: str, marks: frozenset[str], escape: str) -> str:
    """With what would be taken for a mark escaped; Refused where nothing can hide it."""
    if escape:
        return escaped(text, marks | {escape}, escape)
    if any(mark in text for mark in marks):
        raise Refused("a separator inside")
    return text


class LineWriter:
    def __init__(self, spec: Spec, message: Message) -> None:
        self.faults: list[Fault] = []
        self._spec, self._message = spec, message
        self._at = 0

    def line(self, type: str, fields: Mapping[str, Any]) -> bytes:
        rows = self._message.rows
        for name in fields:
            if name not in self._message.index:
                self._note(name, "no such field")
        count = _count(self._message, fields)
        parts: list[bytes] = []
        mark = self._spec.charset.encode(self._spec.separator)
        for number, row in enumerate(rows[:count], 1):
            value = type if number == 1 else fields.get(row.name)
            parts.append(self._row(row, f"#{number}", value))
            self._at += len(parts[-1]) + len(mark)
        return mark.join(parts)

    def _note(self, label: str, rule: str) -> None:
        self.faults.append(Fault(Place(label, self._at, 0), rule))

    def _row(self, row: Cell | Repeat, label: str, value: Any) -> bytes:
        if isinstance(row, Cell):
            return self._cell(row, label, value, frozenset(self._spec.separator))
        if value is not None and not isinstance(value, list | tuple):
            self._note(label, "not a list")
            return b""
        entries = [self._entry(row, f"{label}[{i}]", entry) for i, entry in enumerate(value or (), 1)]
        return self._spec.charset.encode(row.between).join(entries)

    def _entry(self, row: Repeat, label: str, entry: Any) -> bytes:
        if not isinstance(entry, Mapping):
            self._note(label, "not a group")
            return b""
        fields: Fields = dict(entry)
        marks = frozenset((self._spec.separator, row.between, row.inside))
        parts = [
            self._cell(cell, f"{label}.{place}", fields.pop(cell.name, None), marks)
            for place, cell in enumerate(row.parts, 1)
        ]
        for name in fields:
            self._note(f"{label}.{name}", "no such field")
        return self._spec.charset.encode(row.inside).join(parts)

    def _cell(self, cell: Cell, label: str, value: Any, marks: frozenset[str]) -> bytes:
        if value is None or value == "":
            return b""
        if isinstance(value, bytes):
            return value
        try:
            return self._spec.charset.encode(_hidden(cell.value.write(value), marks, self._spec.escape))
        except Refused as refused:
            self._note(label, refused.rule)
            return b""
