"""How a system would write a value, read back: the form in which values of that system are compared.

Text goes through the field's charset and width (cut at a character, the charset's substitute for what it
lacks), codes through the system's tables. None is a value that the system has no way to express. Bounded
caches, since the same few values are asked for again and again on the way of every image.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from adapters.mapping import CLEAR, CustomerMap, Family, Single
from adapters.texts import plain_text
from ecif.model import MARK, Value
from formats.codec import Codec, Path
from formats.errors import FormatError

CACHED = 16_384
_CENT = Decimal("0.01")

Find = Callable[[Path], str]
"""The message type whose layout decides over a field: the push where it has the field, else the image."""
Write = Callable[[Value], Value | None]


class Projection:
    """Of one system. Safe to share between threads."""

    def __init__(self, codec: Codec, mapped: CustomerMap, find: Find) -> None:
        self._codec = codec
        self._find = find
        self._writers = self._writers_of(mapped)
        self.written = lru_cache(maxsize=CACHED)(self._written)
        """(attribute, value) → the value as written, or None."""

    def losses(self, attribute: str, value: Value) -> tuple[str, ...]:
        written = self.written(attribute, value)
        if written is None or written == value:
            return ()
        coded = attribute in self._coarse
        pairs = zip(_parts(value), _parts(written), strict=True)
        found = {loss for before, after in pairs for loss in _losses(before, after, coded=coded)}
        return tuple(name for name in ("cut", "substituted", "coarser") if name in found)

    def _written(self, attribute: str, value: Value) -> Value | None:
        write = self._writers.get(attribute)
        return write(value) if write else None

    def _writers_of(self, mapped: CustomerMap) -> Mapping[str, Write]:
        writers: dict[str, Write] = {one.attribute: self._single(one) for one in mapped.singles}
        self._coarse = {one.attribute for one in mapped.singles if one.table or one.type != "text"}
        for family in mapped.families:
            if family.is_slot:
                writers[family.name] = self._slot(family)
            for key in family.keys:
                writers[f"{family.name}:{key}"] = self._keyed(family, key)
                if family.mark is not None:
                    writers[f"{MARK}{key}"] = _as_it_is
        return writers

    def _single(self, single: Single) -> Write:
        table = single.table
        if table is not None:
            return lambda value: table.written(str(value))
        if single.type == "amount":
            return lambda value: self._amount(single, str(value))
        if single.type == "date":
            return lambda value: value
        return lambda value: self._text((single.field,), str(value))

    def _slot(self, family: Family) -> Write:
        def write(value: Value) -> Value | None:
            key, *entry = _parts(value)
            if family.by_kind is None:
                known = key in family.keys
            else:
                known, key = key == "" or key in family.keys, ""
            pair = self._entry(family, family.main, family.extra, tuple(entry)) if known else None
            return None if pair is None else (key, *_parts(pair))

        return write

    def _keyed(self, family: Family, key: str) -> Write:
        main, extra = family.main, family.extra
        for place in family.fixed:
            if place.key == key:
                main, extra = place.main, place.extra
        if family.plain:
            return lambda value: self._text(self._path(family, main), str(value))
        return lambda value: self._entry(family, main, extra, value)

    def _entry(self, family: Family, main: str, extra: str | None, value: Value) -> Value | None:
        text, more = _parts(value)
        written = text if text is None else self._text(self._path(family, main), text)
        if written is None and text is not None:
            return None
        if extra is None or more is None:
            return (written, None)
        if more != CLEAR and not family.dated:
            more = self._text(self._path(family, extra), more)
        return (written, more)

    def _path(self, family: Family, field: str) -> Path:
        return (family.list, field) if family.list else (field,)

    def _text(self, path: Path, text: str) -> str | None:
        return plain_text(self._codec.fit(self._find(path), path, text)) or None

    def _amount(self, single: Single, text: str) -> str | None:
        """As many digits as the field holds are only known to its layout: it is asked to write them."""
        try:
            amount = Decimal(text).quantize(_CENT, ROUND_HALF_UP)
            self._codec.build(self._find((single.field,)), {single.field: amount})
        except (FormatError, InvalidOperation):
            return None
        return f"{amount:.2f}"


def _as_it_is(value: Value) -> Value:
    return value


def _parts(value: Value) -> tuple[str | None, ...]:
    return (value,) if isinstance(value, str) else value


def _losses(before: str | None, after: str | None, *, coded: bool) -> tuple[str, ...]:
    before, after = before or "", after or ""
    if before == after:
        return ()
    if coded or (before and not after):
        return ("coarser",)
    cut = ("cut",) if len(after) < len(before.rstrip()) else ()
    substituted = ("substituted",) if after != plain_text(before)[: len(after)] else ()
    return cut + substituted
