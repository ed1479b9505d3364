"""Blocking keys: what two records must share to be compared at all.

Most keys are one text of a record. Functions that take words or letter sequences out of a value, and
attributes with several values, give a key for each; a part that is missing gives none: a blank is no reason
to compare.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Final, TypeAlias

from ecif.linkage.comparing import MANY, Values
from ecif.linkage.declaration import MatchModel, key_part
from ecif.linkage.levels import latin, metaphone, soundex, words

Key: TypeAlias = tuple[int, str]
"""Number of the block, text."""
Shape: TypeAlias = Callable[[str], str]
BETWEEN: Final = "\0"
"""Parts of a key's text."""


class Keys:
    """The keys of records by one model. Pure but for the words that `learn` counts."""

    def __init__(self, declared: MatchModel, places: Mapping[str, int]) -> None:
        several = {name for name, one in declared.attribute.items() if one.several}
        self._rare = {
            part: _RareWords(places[part[0]], part[1])
            for block in declared.block
            for text in block.on
            if (found := key_part(text))[0] == "rare" and (part := found[1:])
        }
        self._known: dict[str, Any] = {}
        self._spreading: set[int] = set()
        lines = []
        for number, block in enumerate(declared.block):
            parts = [key_part(text) for text in block.on]
            if any(function in _SPREAD or name in several for function, name, _ in parts):
                self._spreading.add(number)
                lines += self._many(number, [self._spread(*part, places) for part in parts])
            else:
                lines += self._one(number, parts, places)
        self.source = "\n".join(["def keys(v):", "    found = []", *lines, "    return found"])
        exec(compile(self.source, "<match model>", "exec"), self._known)
        self.of: Callable[[Values], list[Key]] = self._known["keys"]

    def spreads(self, block: int) -> bool:
        return block in self._spreading

    def learn(self, values: Values) -> None:
        for one in self._rare.values():
            one.learn(values)

    def _one(
        self, number: int, parts: Sequence[tuple[str, str, int]], places: Mapping[str, int]
    ) -> list[str]:
        """Lines for a block that gives one key or none."""
        names = []
        for at, (function, name, size) in enumerate(parts):
            part = f"v[{places[name]}]"
            if function in ("first", "last"):
                part += f"[:{size}]" if function == "first" else f"[-{size}:]"
            elif function:
                self._known[f"shape{number}_{at}"] = _SHAPES[function]
                part = f"({part} and shape{number}_{at}({part}))"
            names.append(part)
        if len(names) == 1:
            return [f"    x = {names[0]}", f"    if x: found.append(({number}, x))"]
        lines, indent = [], "    "
        for at, part in enumerate(names):
            lines += [f"{indent}x{at} = {part}", f"{indent}if x{at}:"]
            indent += "    "
        text = BETWEEN.join(f"{{x{at}}}" for at in range(len(names)))
        return [*lines, f"{indent}found.append(({number}, f{text!r}))"]

    def _many(self, number: int, spreads: Sequence[Callable[[Values], Iterable[str]]]) -> list[str]:
        """A line for a block that gives any number of keys."""

        def of(values: Values) -> list[Key]:
            combined = product(*[dict.fromkeys(spread(values)) for spread in spreads])
            return [(number, BETWEEN.join(texts)) for texts in combined]

        self._known[f"many{number}"] = of
        return [f"    found += many{number}(v)"]

    def _spread(
        self, function: str, name: str, size: int, places: Mapping[str, int]
    ) -> Callable[[Values], Iterable[str]]:
        """All texts that one part gives."""
        if function == "rare":
            return self._rare[name, size].of
        at = places[name]
        if function in _SPREAD:
            spread = _SPREAD[function](size)
            return lambda values: [text for one in values[at].split(MANY) for text in spread(one)]
        shape = _shape(function, size)
        if shape is None:
            return lambda values: filter(None, values[at].split(MANY))
        return lambda values: filter(None, [shape(one) for one in values[at].split(MANY) if one])


class _RareWords:
    """The rarest words of a value that some other record has too."""

    def __init__(self, place: int, size: int) -> None:
        self._place, self._size = place, size
        self._seen: Counter[str] = Counter()

    def learn(self, values: Values) -> None:
        self._seen.update(set(words(values[self._place])))

    def of(self, values: Values) -> Sequence[str]:
        found = dict.fromkeys(words(values[self._place]))
        if not self._seen:
            return list(found)
        shared = [word for word in found if self._seen[word] > 1]
        return sorted(shared, key=lambda word: (self._seen[word], word))[: self._size]


def _shape(function: str, size: int) -> Shape | None:
    if function == "first":
        return lambda text: text[:size]
    if function == "last":
        return lambda text: text[-size:]
    return _SHAPES[function] if function else None


def _initials(text: str) -> str:
    return "".join(word[0] for word in text.split())


def _grams(size: int) -> Callable[[str], Iterable[str]]:
    def of(text: str) -> Iterable[str]:
        plain = "".join(text.split())
        return (plain[at : at + size] for at in range(max(len(plain) - size + 1, min(len(plain), 1))))

    return of


_SHAPES: Final[Mapping[str, Shape]] = {
    "year": lambda text: text[:4],
    "pinyin": latin,
    "soundex": soundex,
    "metaphone": metaphone,
    "sorted": lambda text: " ".join(sorted(text.split())),
    "digits": lambda text: "".join(filter(str.isdigit, text)),
    "initials": _initials,
}
_SPREAD: Final[Mapping[str, Callable[[int], Callable[[str], Iterable[str]]]]] = {
    "words": lambda _: words,
    "grams": _grams,
    "rare": lambda _: words,
}
