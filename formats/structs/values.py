"""construct's values ↔ the fields of a message (`formats.codec`)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import construct as c

from formats.codec import FieldFacts, Fields, Path
from formats.errors import Fault, Place, Refused
from formats.structs.shape import VALUE
from formats.structs.tracing import UNREAD, label_of

_MISSING: Mapping[str, Any] = {"text": "", "number": 0, "list": (), "group": {}}


class Values:
    """Of one record."""

    def __init__(self, facts: Sequence[FieldFacts], type_field: str) -> None:
        self._facts = {fact.path: fact for fact in facts}
        self._type_field = (type_field,)
        self._inside: dict[Path, list[FieldFacts]] = {}
        for fact in facts:
            self._inside.setdefault(fact.path[:-1], []).append(fact)

    def _is_field(self, fact: FieldFacts) -> bool:
        return fact.kind != "count" or fact.path == self._type_field

    def plain(self, value: Any, path: Path = ()) -> Fields:
        """Raises Refused where a value is nothing that a message can carry."""
        fields: Fields = {}
        for fact in self._inside.get(path, ()):
            name = str(fact.path[-1])
            if self._is_field(fact) and value.get(name) is not None and value[name] is not UNREAD:
                fields[name] = self._plain(value[name], fact)
        return fields

    def _plain(self, value: Any, fact: FieldFacts) -> Any:
        if fact.kind == "group":
            return self.plain(value, fact.path)
        if fact.kind == "list":
            entries = (one if isinstance(one, c.Container) else {VALUE: one} for one in value)
            return [self.plain(entry, fact.path) for entry in entries if entry is not UNREAD]
        return _scalar(value)

    def raw(self, fields: Mapping[str, Any], path: Path = (), at: Path = ()) -> c.Container:
        """Raises Unwritable."""
        known = {str(fact.path[-1]): fact for fact in self._inside.get(path, ()) if self._is_field(fact)}
        for name in fields:
            if name not in known:
                raise Unwritable((*at, name), "no such field")
        raw = c.Container()
        for name, fact in known.items():
            value = fields.get(name)
            if value is None or value == "":
                value = _MISSING.get(fact.kind, value)
            if fact.kind == "hex":
                raw[name] = _bytes(value or "", fact, (*at, name))
            elif fact.kind == "group":
                raw[name] = self.raw(_mapping(value, (*at, name)), fact.path, (*at, name))
            elif fact.kind == "list":
                raw[name] = self._entries(value, fact, (*at, name))
            elif value is not None:
                raw[name] = value
        return raw

    def _entries(self, value: Any, fact: FieldFacts, at: Path) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise Unwritable(at, "not a list of groups")
        entries = [self.raw(_mapping(one, (*at, i)), fact.path, (*at, i)) for i, one in enumerate(value)]
        alone = (*fact.path, VALUE) in self._facts
        return [entry.get(VALUE) for entry in entries] if alone else entries


class Unwritable(Exception):
    def __init__(self, path: Path, rule: str) -> None:
        super().__init__(rule)
        self.fault = Fault(Place(label_of(path), 0, 0), rule)


def _scalar(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, c.EnumIntegerString):
        return str(value)
    if isinstance(value, int):
        return int(value)  # unknown enum values and flags too
    if isinstance(value, str | Decimal):
        return value
    raise Refused("not a text, number or bytes")


def _mapping(value: Any, at: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Unwritable(at, "not a group")
    return value


def _bytes(value: Any, fact: FieldFacts, at: Path) -> bytes:
    if isinstance(value, bytes):
        data = value
    else:
        try:
            data = bytes.fromhex(value)
        except (TypeError, ValueError):
            raise Unwritable(at, "not hex") from None
    least = fact.width[0] if fact.width else 0
    return data or bytes(least)
