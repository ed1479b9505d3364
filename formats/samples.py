"""Messages of any layout that nobody wrote: examples for the specification, heaps of them for tests.

    example(codec, type, values)       every field filled, lists with two entries
    wild_messages(codec, seed)         valid messages without end, each type in turn

Works on every codec through what it declares of its fields (`Codec.facts`). Where a codec refuses a draft,
the labels of its faults say which fields need another value: those get their next one, and the draft is tried
again. What comes out was built, parsed and built again to the same bytes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import Any, Protocol

from formats.codec import Codec, FieldFacts, Fields, Path
from formats.errors import FormatError
from formats.sample_values import ABSENT, kind_of, plain_values, wild_value

_ROUNDS = 100
_INDEX = re.compile(r"[(\[][0-9]+[)\]]", re.ASCII)
_PATIENCE = 6
_COMPUTED = ("count", "type")


class NoSample(Exception):
    """No draft of this type was a message: what the codec said of the last one."""


def example(codec: Codec, type: str, values: Mapping[Path, Sequence[Any]] | None = None) -> bytes:
    """`values`: better ones for some fields, best first."""
    return _Draft(codec, type, _Plain(values or {})).message()


def wild_messages(codec: Codec, seed: int) -> Iterator[bytes]:
    random = Random(seed)
    types = sorted(codec.types)
    while True:
        for type in types:
            yield _Draft(codec, type, _Wild(random)).message()


class _Chooser(Protocol):
    def entries(self, fact: FieldFacts, attempt: int) -> int: ...

    def value(self, fact: FieldFacts, attempt: int) -> Any: ...


class _Plain:
    def __init__(self, values: Mapping[Path, Sequence[Any]]) -> None:
        self._values = values

    def entries(self, fact: FieldFacts, attempt: int) -> int:
        assert fact.occurs is not None
        least, most = fact.occurs
        return max(least, min(2 if most is None else most, 2 - attempt // _PATIENCE))

    def value(self, fact: FieldFacts, attempt: int) -> Any:
        return next(islice(self._candidates(fact), attempt, None), ABSENT)

    def _candidates(self, fact: FieldFacts) -> Iterator[Any]:
        yield from self._values.get(fact.path, ())
        yield from plain_values(fact)


class _Wild:
    """After some attempts it falls back on the plain values."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._plain = _Plain({})
        self._blank = random.choice((0.05, 0.3, 0.8))

    def entries(self, fact: FieldFacts, attempt: int) -> int:
        assert fact.occurs is not None
        least, most = fact.occurs
        most = max(least, min(8 if most is None else most, 8))
        return self._random.randint(least, most) if attempt < _PATIENCE else least

    def value(self, fact: FieldFacts, attempt: int) -> Any:
        if attempt >= _PATIENCE:
            return self._plain.value(fact, attempt - _PATIENCE)
        if attempt == 0 and self._random.random() < self._blank:
            return ABSENT
        return wild_value(fact, self._random)


class _Draft:
    """Keeps what was chosen for each field, so that only what was refused is chosen anew."""

    def __init__(self, codec: Codec, type: str, chooser: _Chooser) -> None:
        self._codec, self._type, self._chooser = codec, type, chooser
        self._inside: dict[Path, list[FieldFacts]] = {}
        self._labels: dict[str, Path] = {}
        for fact in codec.facts(type):
            self._inside.setdefault(fact.path[:-1], []).append(fact)
            self._labels[_INDEX.sub("", fact.label)] = fact.path
        self._attempts: dict[Path, int] = {}
        self._chosen: dict[Path, Any] = {}

    def message(self) -> bytes:
        """Raises NoSample."""
        for _ in range(_ROUNDS):
            try:
                body = self._codec.build(self._type, self._level((), ()))
                type, fields = self._codec.parse(body)
                return self._codec.build(type, fields)
            except FormatError as error:
                refusal = error
                self._learn(error)
        raise NoSample(str(refusal)) from None

    def _level(self, path: Path, at: Path) -> Fields:
        fields: Fields = {}
        for fact in self._inside.get(path, ()):
            value = self._value(fact, (*at, fact.path[-1]))
            if value is not ABSENT:
                fields[str(fact.path[-1])] = value
        return fields

    def _value(self, fact: FieldFacts, at: Path) -> Any:
        kind = kind_of(fact)
        if kind in _COMPUTED:
            return ABSENT
        if kind == "group":  # one that was refused as a whole is a view that another field did not select
            return ABSENT if self._attempts.get(fact.path, 0) % 2 else self._level(fact.path, at)
        if at not in self._chosen:
            attempt = self._attempts.get(fact.path, 0)
            choose = self._chooser.entries if kind == "list" else self._chooser.value
            self._chosen[at] = choose(fact, attempt)
        if kind == "list":
            return [self._level(fact.path, (*at, i)) for i in range(self._chosen[at])]
        return self._chosen[at]

    def _learn(self, error: FormatError) -> None:
        """The fields at fault get another value; where none of them is known, the last ones are left out."""
        paths = {path for fault in error.faults if (path := self._path_of(fault.place.label)) is not None}
        for path in self._with_inner(paths) or {_plain_path(at) for at in self._chosen}:
            self._attempts[path] = self._attempts.get(path, 0) + 1
            for at in [at for at in self._chosen if _plain_path(at) == path]:
                del self._chosen[at]

    def _with_inner(self, paths: set[Path]) -> set[Path]:
        """A fault of a list may be one of what its entries hold."""
        inner = {fact.path for path in paths for fact in self._inside.get(path, ())}
        return paths | inner

    def _path_of(self, label: str) -> Path | None:
        """Of the field, else of what holds it."""
        label = _INDEX.sub("", label)
        while label not in self._labels and re.search(r"[./]", label):
            label = re.split(r"[./](?=[^./]*$)", label)[0]
        return self._labels.get(label)


def _plain_path(at: Path) -> Path:
    return tuple(step for step in at if isinstance(step, str))
