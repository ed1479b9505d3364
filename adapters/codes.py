"""Code tables of one system: its own codes ↔ the standard ones.

A table is `standard = [own, own, …]`. Every own code listed is read; the first one is written. A trailing
`?` stands for any digit. `unknown` lists codes that say nothing: they count as blank. A standard code that
the table lacks is written as the system's `other` where it has one, else it cannot be written
(interfaces/README.md, "What"). A table the system does not declare is written as the standard says.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Own: TypeAlias = str | int
"""A code as formats read it: characters, or one byte as a number."""

BLANK = ""
UNKNOWN = "unknown"
OTHER = "other"


class CodeTable:
    """One table, built once; safe to share between threads."""

    __slots__ = ("_write", "name", "read")

    def __init__(self, name: str, read: Mapping[Own, str], write: Mapping[str, Own]) -> None:
        self.name = name
        self.read: Callable[[Own], str | None] = read.get
        """The standard code, `BLANK` where the code means unknown, None where the table lacks it."""
        self._write = write

    def __repr__(self) -> str:
        return f"<CodeTable {self.name}: {len(self._write)} codes>"

    @property
    def standards(self) -> frozenset[str]:
        """Standard codes that have a code of their own here."""
        return frozenset(self._write)

    def exact(self, standard: str) -> Own | None:
        """The code of exactly this meaning."""
        return self._write.get(standard)

    def write(self, standard: str) -> Own | None:
        own = self._write.get(standard)
        return self._write.get(OTHER) if own is None else own

    def written(self, standard: str) -> str | None:
        """`standard` as a reader of this system would understand what was written for it."""
        own = self.write(standard)
        return (self.read(own) or None) if own is not None else None


def declared(name: str, table: Mapping[str, Sequence[Own]]) -> CodeTable:
    """From a system's `[codes.<name>]`. An exact code wins over a pattern, whatever their order."""
    read: dict[Own, str] = {}
    for standard, own in ((standard, own) for standard, owns in table.items() for own in owns):
        for code in _expanded(own):
            if len(_expanded(own)) == 1:
                read[code] = BLANK if standard == UNKNOWN else standard
    for standard, own in ((standard, own) for standard, owns in table.items() for own in owns):
        for code in _expanded(own):
            read.setdefault(code, BLANK if standard == UNKNOWN else standard)
    write = {standard: owns[0] for standard, owns in table.items() if owns and standard != UNKNOWN}
    return CodeTable(name, read, write)


def standard(name: str, codes: Sequence[str]) -> CodeTable:
    """A table whose own codes are the standard ones."""
    read: dict[Own, str] = {code: code for code in codes}
    write: dict[str, Own] = {code: code for code in codes}
    return CodeTable(name, read, write)


def faults(
    name: str, table: Mapping[str, Sequence[Own]], allowed: Sequence[str] | None
) -> list[tuple[str, str]]:
    """(key, rule) of all that is wrong with a declared table. `allowed`: the standard codes, if there are."""
    found = []
    seen: dict[Own, str] = {}
    for code, owns in table.items():
        key = f"{name}.{code}"
        if allowed is not None and code != UNKNOWN and code not in allowed:
            found.append((key, f"{code!r} is no standard code of {name}; there are: {', '.join(allowed)}"))
        if not owns:
            found.append((key, "lists no code"))
        elif len(_expanded(owns[0])) != 1:
            found.append((key, "the first code listed is the one written: it cannot be a pattern"))
        for own in owns:
            if seen.setdefault(own, code) != code:
                found.append((key, f"{own!r} is listed under {seen[own]!r} too"))
    return found


def _expanded(own: Own) -> tuple[Own, ...]:
    if isinstance(own, str) and own.endswith("?"):
        return tuple(f"{own[:-1]}{digit}" for digit in range(10))
    return (own,)
