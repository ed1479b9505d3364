"""Codes and flags: values that stand for others.

`Coded` puts a table over any scalar; what the table lacks is a fault. Where two codes mean one value the
first one is written. `Flags` are bits by name, the first name the highest bit; the value is the names of
those set, with commas between, in that order. A bit without a name must be 0.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from formats.errors import DeclarationError, Refused
from formats.numerals import CLEAR
from formats.scalars import Scalar


class Coded:
    kind = "code"

    def __init__(self, scalar: Scalar, table: Mapping[Any, str]) -> None:
        """`table`: this system's code → value."""
        self.size, self._scalar = scalar.size, scalar
        self._table: dict[Any, str] = dict(table)
        self._back: dict[str, Any] = {}
        for code, value in table.items():
            self._back.setdefault(value, code)
            try:
                sound = scalar.read(scalar.write(code)) == code
            except Refused:
                sound = False
            if not sound:
                raise DeclarationError(f"the field cannot hold the code {code!r}", key="values")

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(self._back)

    def read(self, data: bytes) -> str:
        code = self._scalar.read(data)
        value = self._table.get(code)
        if value is not None:
            return value
        if code in ("", CLEAR):
            return str(code)
        raise Refused("not in the table")

    def write(self, value: Any) -> bytes:
        if value is None or (value in ("", CLEAR) and value not in self._back):
            return self._scalar.write(value)
        if not isinstance(value, str) or value not in self._back:
            raise Refused("not in the table")
        return self._scalar.write(self._back[value])


class Flags:
    kind = "text"

    def __init__(self, size: int, names: Sequence[str]) -> None:
        """`names`: "" for a bit that must be 0."""
        given = [name for name in names if name]
        if len(names) > 8 * size or len(set(given)) != len(given) or any("," in name for name in given):
            raise DeclarationError(f"{len(names)} names for {8 * size} bits, each once", key="bits")
        self.size = size
        self._bits = {name: 1 << 8 * size - 1 - at for at, name in enumerate(names) if name}
        self._known = sum(self._bits.values())

    def read(self, data: bytes) -> str:
        bits = int.from_bytes(data)
        if bits & ~self._known:
            raise Refused("unknown flag")
        return ",".join(name for name, bit in self._bits.items() if bits & bit)

    def write(self, value: Any) -> bytes:
        if value is not None and not isinstance(value, str):
            raise Refused("not names of flags")
        bits = 0
        for name in value.split(",") if value else ():
            if name not in self._bits or bits & self._bits[name]:
                raise Refused("unknown flag")
            bits |= self._bits[name]
        return bits.to_bytes(self.size)
