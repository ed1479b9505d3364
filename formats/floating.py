"""Floating point as exact decimals: COMP-1 and COMP-2 (IEEE or IBM hexadecimal), decimal floating point.

A binary fraction is read as the shortest decimal that is written back as the same bytes, so that 0.1 is 0.1
and no digit is invented. Rounding is to the nearest, half to even, in exact arithmetic; values never become
Python floats on the way, but to find the shortest text of one that is one.

Sources: Principles of Operation, "Hexadecimal-Floating-Point Numbers"; IEEE 754-2008, 3.5.2 (binary integer
significand) for FLOAT-DECIMAL.
"""

import struct
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, Literal

from formats.errors import Refused

Order = Literal["big", "little"]
_WIDE = Context(prec=400)
_FURTHEST = 6_200
"""Decimal places from the point; the widest form has 6,176."""


def decimal_of(value: Any) -> Decimal:
    """A value to be written."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise Refused("not a number")
    try:
        found = Decimal(value or 0) if not isinstance(value, str) else Decimal(value.strip() or "0")
    except ArithmeticError:
        raise Refused("not a number") from None
    if not found.is_finite():
        raise Refused("not a number")
    if abs(found.adjusted()) > _FURTHEST:  # before anything is multiplied out
        raise Refused("over the range of floating point")
    return found


class _Float:
    kind = "amount"
    size: int
    decimals = 0

    def __init__(self, size: int, order: Order) -> None:
        self.size, self._order = size, order

    def read(self, data: bytes) -> Decimal:
        bits = int.from_bytes(data, self._order)
        return self._shortest(bits) if bits << 1 & ((1 << 8 * self.size) - 1) else Decimal(0)

    def write(self, value: Any) -> bytes:
        found = decimal_of(value)
        if abs(found.adjusted()) > 400:
            raise Refused("over the range of floating point")
        return self._bits(Fraction(found.copy_abs()), int(found.is_signed())).to_bytes(self.size, self._order)

    def _shortest(self, bits: int) -> Decimal:
        sign = bits >> (8 * self.size - 1)
        value = self._value(bits)
        exact = _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
        for digits in range(1, 20):
            short = Context(prec=digits).plus(exact)
            if self._reads(short, value):
                return short.copy_negate() if sign else short
        return exact.copy_negate() if sign else exact

    def _reads(self, short: Decimal, value: Fraction) -> bool:
        try:
            return self._value(self._bits(Fraction(short), 0)) == value
        except Refused:  # rounded up over the largest
            return False

    def _value(self, bits: int) -> Fraction:
        """The magnitude."""
        raise NotImplementedError

    def _bits(self, value: Fraction, sign: int) -> int:
        raise NotImplementedError


class IbmFloat(_Float):
    """Sign, exponent of 16 with 64 added (seven bits), fraction of 6 or 14 hexadecimal digits."""

    def __init__(self, size: int, order: Order = "big") -> None:
        super().__init__(size, order)
        self._fraction = 8 * size - 8

    def _value(self, bits: int) -> Fraction:
        exponent = (bits >> self._fraction & 0x7F) - 64
        fraction = Fraction(bits & ((1 << self._fraction) - 1), 1 << self._fraction)
        return fraction * Fraction(16) ** exponent

    def _bits(self, value: Fraction, sign: int) -> int:
        if not value:
            return 0
        exponent = 0
        while value >= 1:
            value, exponent = value / 16, exponent + 1
        while value < Fraction(1, 16):
            value, exponent = value * 16, exponent - 1
        fraction = round(value * (1 << self._fraction))
        if fraction >> self._fraction:
            fraction, exponent = fraction >> 4, exponent + 1
        if not -64 <= exponent <= 63:
            raise Refused("over the range of floating point")
        return sign << (self._fraction + 7) | (exponent + 64) << self._fraction | fraction


class IeeeFloat(_Float):
    """Binary32 and binary64."""

    def __init__(self, size: int, order: Order) -> None:
        super().__init__(size, order)
        self._code = ">f" if size == 4 else ">d"
        self._exponent, self._fraction = (8, 23) if size == 4 else (11, 52)

    def _shortest(self, bits: int) -> Decimal:
        (value,) = struct.unpack(self._code, bits.to_bytes(self.size, "big"))
        if value != value or value in (float("inf"), -float("inf")):
            raise Refused("not a number")
        return Decimal(repr(value) if self.size == 8 else _short_text(value))

    def _value(self, bits: int) -> Fraction:
        (value,) = struct.unpack(self._code, bits.to_bytes(self.size, "big"))
        return abs(Fraction(value))

    def _bits(self, value: Fraction, sign: int) -> int:
        if not value:
            return 0
        bias = (1 << self._exponent - 1) - 1
        exponent = max(value.numerator.bit_length() - value.denominator.bit_length(), 1 - bias)
        if Fraction(2) ** exponent > value and exponent > 1 - bias:
            exponent -= 1
        scaled = round(value / Fraction(2) ** exponent * (1 << self._fraction))
        # a fraction that rounds up to the next power carries into the exponent by itself
        bits = (exponent + bias - 1 << self._fraction) + scaled
        if bits >> self._fraction >= (1 << self._exponent) - 1:
            raise Refused("over the range of floating point")
        return sign << self._exponent + self._fraction | bits


def _short_text(value: float) -> str:
    """Of a short number, which at most nine digits tell from all others."""
    texts = (format(value, f".{digits}g") for digits in range(1, 9))
    return next((text for text in texts if _packs(text) == value), format(value, ".9g"))


def _packs(text: str) -> float:
    try:
        (found,) = struct.unpack(">f", struct.pack(">f", float(text)))
    except OverflowError:
        return 0.0
    return float(found)


class DecimalFloat:
    """Decimal64 and decimal128, significand as a binary integer."""

    kind = "amount"
    decimals = 0

    def __init__(self, size: int, order: Order) -> None:
        self.size, self._order = size, order
        self._digits, self._bias, self._exponent = (16, 398, 10) if size == 8 else (34, 6176, 14)
        self._bits = 8 * size

    def read(self, data: bytes) -> Decimal:
        bits = int.from_bytes(data, self._order)
        top = self._bits - 1
        shift = top - self._exponent
        significand = bits & ((1 << shift) - 1)
        if bits >> top - 2 & 3 == 3:
            if bits >> top - 4 & 15 == 15:
                raise Refused("not a number")
            shift -= 2
            significand = 4 << shift | bits & ((1 << shift) - 1)
        if significand >= 10**self._digits:
            significand = 0
        exponent = (bits >> shift & ((1 << self._exponent) - 1)) - self._bias
        sign = "-" if bits >> top and significand else ""
        return Decimal(f"{sign}{significand}E{exponent}")

    def write(self, value: Any) -> bytes:
        sign, digits, exponent = Context(prec=self._digits).plus(decimal_of(value)).as_tuple()
        assert isinstance(exponent, int)
        significand, exponent = int("".join(map(str, digits))), exponent + self._bias
        if not 0 <= exponent < 3 << self._exponent - 2:
            raise Refused("over the range of floating point")
        top = self._bits - 1
        shift = top - self._exponent
        if significand >> shift:
            bits = 3 << top - 2 | exponent << shift - 2 | significand & ((1 << shift - 2) - 1)
        else:
            bits = exponent << shift | significand
        return (sign << top | bits).to_bytes(self.size, self._order)
