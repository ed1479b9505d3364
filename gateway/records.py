"""Records of a file by a copybook, as JSON: what `ecif copybook --data` prints."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from formats.copybook.choosing import Chooser
from formats.copybook.data import RecordReader, split_counted
from formats.copybook.files import BrokenFile, Form, Records, records_in
from formats.copybook.items import Item
from formats.copybook.platform import Platform
from formats.errors import Fault

_PLAIN = 40
"""Decimal places and zeros that are still written out."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """How a data file is to be read."""

    path: Path
    form: Form
    length: int
    """Of fixed records; 0: as long as the largest."""


def read_records(
    roots: Sequence[Item], chooser: Chooser, platform: Platform, file: DataFile
) -> Iterator[str]:
    """One JSON object a record. Raises BrokenFile."""
    readers = {id(root): RecordReader(root, platform) for root in roots}
    largest = max(root.size for root in roots)
    with file.path.open("rb") as stream:
        for _, data in _records(stream, file, readers, largest):
            root = chooser.choose(data)
            if root is None:
                yield to_json(_no_record(chooser, data))
                continue
            fields, faults = readers[id(root)].read(data, exact=file.form != "fixed")
            if len(roots) > 1:
                fields = {"_record": root.name, **fields}
            yield to_json({**fields, **_errors(faults)})


def _records(stream: BinaryIO, file: DataFile, readers: dict[int, RecordReader], largest: int) -> Records:
    """Fixed records of a layout with counted tables may also stand without the rest of their tables."""
    size = file.path.stat().st_size
    (only,) = readers.values() if len(readers) == 1 else (None,)
    counted = only is not None and only.variable and file.form == "fixed" and not file.length
    if only is not None and counted and size % largest:
        found = split_counted(stream.read(), only)
        if found is None:
            raise BrokenFile(0, f"{size} bytes are neither records of {largest} nor of their counted lengths")
        return found
    return records_in(stream, file.form, file.length or largest)


def _no_record(chooser: Chooser, data: bytes) -> dict[str, Any]:
    at = chooser.place.start
    size = max(0, min(len(data), chooser.place.stop) - at)
    rule = "selects no record" if size else "ends early"
    return {"_record": None, "_errors": [{"path": chooser.field, "offset": at, "size": size, "rule": rule}]}


def _errors(faults: Sequence[Fault]) -> dict[str, Any]:
    if not faults:
        return {}
    rows = [(fault.place, fault.rule) for fault in faults]
    return {"_errors": [{"path": p.label, "offset": p.offset, "size": p.size, "rule": r} for p, r in rows]}


def to_json(value: Any) -> str:
    """Decimals as numbers, with every digit they have."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {to_json(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(to_json, value)) + "]"
        case Decimal():
            return format(value, "f") if abs(value.adjusted()) < _PLAIN else str(value)
        case str():
            return _text(value)
    return json.dumps(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
