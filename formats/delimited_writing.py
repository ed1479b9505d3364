"""One delimited line on its way to bytes: every field that cannot be written is noted."""

from collections.abc import Mapping
from typing import Any

from formats.codec import Fields
from formats.delimited_spec import Cell, Message, Repeat, Spec
from formats.delimited_text import escaped
from formats.errors import Fault, Place, Refused


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
        count = len(rows)
        while count > self._message.least and fields.get(rows[count - 1].name) is None:
            count -= 1
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
            return self._text(cell.value.write(value), marks)
        except Refused as refused:
            self._note(label, refused.rule)
            return b""

    def _text(self, text: str, marks: frozenset[str]) -> bytes:
        escape = self._spec.escape
        if not escape and any(mark in text for mark in marks):
            raise Refused("a separator inside")
        return self._spec.charset.encode(escaped(text, marks | {escape}, escape))
