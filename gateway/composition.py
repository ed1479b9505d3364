"""JSON to framed bytes: the way back of `ecif decode --clear --json`.

An entry is either a line as `decode` writes it (then its own type and fields count) or the fields alone.
Numbers with a fraction are decimals, so that amounts come back to the digit.
"""

import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from adapters.clock import offset_seconds, to_text
from adapters.ids import id_maker
from formats.codec import Codec
from formats.dump import MASK
from formats.errors import FormatError
from gateway.config.schema import SystemConf


class CannotCompose(Exception):
    """Input that makes no message: which entry and why, without the values."""


def read_entries(data: bytes) -> Iterator[dict[str, Any]]:
    """One JSON object, or one a line. Raises CannotCompose."""
    decoder = msgspec.json.Decoder(float_hook=Decimal)
    try:
        entries = [decoder.decode(data)]
    except msgspec.DecodeError:
        lines = enumerate(data.splitlines(), 1)
        entries = [_line(decoder, number, line) for number, line in lines if line.strip()]
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise CannotCompose(f"entry {number} is no JSON object")
        yield entry


def _line(decoder: "msgspec.json.Decoder[Any]", number: int, line: bytes) -> Any:
    try:
        return decoder.decode(line)
    except msgspec.DecodeError:
        raise CannotCompose(f"line {number} is no JSON") from None


def write_json(value: Any) -> str:
    """Decimals as numbers with all their digits."""
    return _ENCODER.encode(value).decode()


_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Composer:
    """Builds one system's frames."""

    def __init__(self, system: SystemConf, codec: Codec) -> None:
        self._system, self._codec = system, codec
        self._offset = offset_seconds(system.system.time_zone)
        self._new_id = id_maker(system.envelope.new_id, self._offset)

    def frame(self, type: str, entry: Mapping[str, Any]) -> bytes:
        """Raises CannotCompose."""
        fields: Mapping[str, Any] = entry
        if isinstance(entry.get("fields"), dict):
            type, fields = entry.get("type") or type, entry["fields"]
        if fields is not entry and not (entry.get("type") or fields or entry.get("errors")):
            return self._system.framing.wrap(b"")  # a keep-alive
        self._refuse(type, entry, fields)
        try:
            completed = self._completed(type, fields, decoded=fields is not entry)
            return self._system.framing.wrap(self._codec.build(type, completed))
        except FormatError as error:
            raise CannotCompose(str(error)) from None

    def _refuse(self, type: str, entry: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        if type not in self._codec.types:
            known = ", ".join(sorted(self._codec.types))
            raise CannotCompose(f"{self._codec.name} has no message type {type}: it has {known}")
        if fields is not entry and entry.get("errors"):
            raise CannotCompose("a message that could not be read cannot be written")
        if _masked(fields):
            raise CannotCompose("the values are masked: decode with --clear")

    def _completed(self, type: str, fields: Mapping[str, Any], *, decoded: bool) -> dict[str, Any]:
        """An absent id or sent time is made. What was decoded gets a time only where its message needs one:
        a time that may be left out stays out, so that it comes back as it was."""
        completed = dict(fields)
        id, sent_at = self._system.envelope.id, self._system.envelope.sent_at
        now = time.time_ns() // 1000
        if id not in completed and self._has(type, id):
            completed[id] = self._new_id(now)
            if self._system.envelope.new_id.time:  # the time is in it
                return completed
        absent = sent_at and sent_at not in completed and self._has(type, sent_at)
        if sent_at and absent and not (decoded and self._may_lack(type, sent_at)):
            completed[sent_at] = to_text(now, self._offset)
        return completed

    def _has(self, type: str, name: str) -> bool:
        return (name,) in self._codec.paths(type)

    def _may_lack(self, type: str, name: str) -> bool:
        message = self._system.messages.get(type)
        return name not in getattr(message, "required", ()) and getattr(message, "role", "") != "push"


def _masked(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_masked, value.values()))
    if isinstance(value, list):
        return any(map(_masked, value))
    return bool(value == MASK)
