"""How each scalar is written in generated code: an expression for its bytes, or for its part of the carrier.

As in `read_leaves`, the sound and usual value is written out, and everything else is the scalar's own affair.
A value of another kind may also end in a TypeError or AttributeError, which is the interpreter's to explain.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from formats.lowering.carrier import Carrier
from formats.lowering.read_leaves import reads_carrier
from formats.lowering.source import Source
from formats.numerals import Binary, Display, Packed, Sign
from formats.scalars import Amount, Date, Number, Scalar, Text, Time


def writes_carrier(scalar: Scalar, carrier: Carrier | None) -> bool:
    """Whether `carrier_cell` writes it; else `bytes_cell` does."""
    return reads_carrier(scalar, carrier)


def carried(write: Callable[[Any], bytes], carrier: Carrier) -> Callable[[Any], str]:
    """A scalar's own writing, as a part of the carrier."""
    page = carrier.reading
    if page is None:
        return lambda value: write(value).decode("latin-1")
    return lambda value: write(value).translate(page).decode("latin-1")


def carrier_cell(source: Source, var: str, scalar: Scalar, carrier: Carrier) -> str:
    """`str` of the scalar's size (more where the value is too long). May write lines before."""
    if isinstance(scalar, Text):
        _text_lines(source, var, scalar, carrier)
        return f"{var}.ljust({scalar.size})"
    ask = source.value(f"write_{var}", carried(scalar.write, carrier))
    blank = f'{" " * scalar.size!r} if {var} == "" else {ask}({var})'
    numerals = getattr(scalar, "numerals", None)
    assert isinstance(numerals, Display)
    if isinstance(scalar, Date):
        return _date(source, var, scalar, ask, carrier)
    if isinstance(scalar, Time):
        calendar = source.value("calendar", datetime.fromisoformat)
        sound = f'len({var}) == 14 and {var}.isdecimal() and {var}[8:10] <= "23"'
        return f'{var} if {sound} and {calendar}({var}[:8] + "T" + {var}[8:]) else {blank}'
    before, behind = _SEPARATE[numerals.sign]
    if isinstance(scalar, Amount):
        digits = exact_digits(source, var, scalar)
        signed = f"{before('+')}{digits}.zfill({numerals.digits}){behind('+')} if {digits}.isdecimal()"
        if numerals.signed:
            minus = f"{before('-')}{digits}[1:].zfill({numerals.digits}){behind('-')}"
            signed += f" else {minus} if {is_minus(digits)}"
        return f"{signed} else {blank}"
    zeros = f"{before('+')}str({var}).zfill({numerals.digits}){behind('+')}"
    return f"{zeros} if type({var}) is int and {var} >= 0 else {blank}"


_SHORTEST_ID = 6


def _text_lines(source: Source, var: str, scalar: Text, carrier: Carrier) -> None:
    """Bytes stand for themselves: every answer echoes the id of its request so. In shorter fields they are
    unusual."""
    word = "if"
    if scalar.size >= _SHORTEST_ID:
        page = "" if carrier.reading is None else f".translate({source.value('page', carrier.reading)})"
        source.line(f'if type({var}) is bytes: {var} = {var}{page}.decode("latin-1")')
        word = "elif"
    if carrier.writing is None:
        encode = source.value(f"encode_{scalar.charset.name}", scalar.charset.encode)
        source.line(f'{word} not {var}.isascii(): {var} = {encode}({var}).decode("latin-1")')


def count_cell(var: str, scalar: Scalar, carrier: Carrier | None) -> str | None:
    """Of a count that is computed; None where it is written as any number is."""
    numerals = getattr(scalar, "numerals", None)
    if type(numerals) is Display and numerals.sign is Sign.NONE and writes_carrier(scalar, carrier):
        return f"str({var}).zfill({numerals.digits})"
    return None


_Mark = Callable[[str], str]
_NOWHERE: _Mark = lambda mark: ""  # noqa: E731
_SEPARATE: Mapping[Sign, tuple[_Mark, _Mark]] = {
    Sign.NONE: (_NOWHERE, _NOWHERE),
    Sign.LEADING: (lambda mark: f'"{mark}" + ', _NOWHERE),
    Sign.TRAILING: (_NOWHERE, lambda mark: f' + "{mark}"'),
}
"""A separate sign, before and behind the digits."""


def is_minus(digits: str) -> str:
    """Seldom zero, then the scalar knows."""
    return f'{digits}[:1] == "-" and {digits}[1:].isdecimal() and {digits}.strip("-0")'


def _date(source: Source, var: str, scalar: Date, ask: str, carrier: Carrier) -> str:
    blank = carried(scalar.write, carrier)("")
    sound = f"len({var}) == 8 and {var}.isdecimal()"
    if blank != "00000000":
        sound += f' and {var} != "00000000"'
    return f'{var} if {sound} else {blank!r} if {var} == "" else {ask}({var})'


def exact_digits(source: Source, var: str, scalar: Amount) -> str:
    """The variable for the digits of a Decimal with just these decimals, "-" before them; else ""."""
    digits = source.fresh(f"{var}_digits")
    decimal, places = source.value("Decimal", Decimal), scalar.decimals
    if not places:
        source.line(f'{digits} = str({var}) if type({var}) is {decimal} else ""')
        return digits
    source.line(f"{digits} = str({var})")
    sound = f'type({var}) is {decimal} and {digits}[{-places - 1}:{-places}] == "."'
    source.line(f'{digits} = {digits}[:{-places - 1}] + {digits}[{-places}:] if {sound} else ""')
    return digits


def bytes_cell(source: Source, var: str, scalar: Scalar) -> str:
    """`bytes` of the scalar's size (more where a text is too long)."""
    ask = f"{source.value(f'write_{var}', scalar.write)}({var})"
    numerals = getattr(scalar, "numerals", None)
    if type(scalar) is Text:
        encode = source.value(f"encode_{scalar.charset.name}", scalar.charset.encode)
        padded = f"{encode}({var}).ljust({scalar.size}, {scalar.charset.blank!r})"
        return f"{padded} if type({var}) is str else {ask}"
    if type(numerals) is Packed and type(scalar) in (Number, Amount, Date):
        return _packed(source, var, scalar, numerals, ask)
    if type(numerals) is Binary and type(scalar) is Number:
        return f"{_binary(var, numerals)} else {ask}"
    return ask


def _binary(var: str, numerals: Binary) -> str:
    most = min(10**numerals.digits, 1 << 8 * numerals.size - numerals.signed) - 1
    least = -most if numerals.signed else 0
    signed = ", signed=True" if numerals.signed else ""
    made = f'{var}.to_bytes({numerals.size}, "{numerals.order}"{signed})'
    return f"{made} if type({var}) is int and {least} <= {var} <= {most}"


def _packed(source: Source, var: str, scalar: Scalar, numerals: Packed, ask: str) -> str:
    pad = "0" * (1 - numerals.digits % 2)
    sign = "c" if numerals.signed else "f"
    unhex = source.value("unhex", bytes.fromhex)
    if isinstance(scalar, Date):
        blank = scalar.write("")
        made = f'{unhex}("{pad}" + {var} + "{sign}") if len({var}) == 8 and {var}.isdecimal()'
        return f'{made} else {blank!r} if {var} == "" else {ask}'
    if not isinstance(scalar, Amount):
        text, sound = f"str({var})", f"type({var}) is int and 0 <= {var} <= {10**numerals.digits - 1}"
    else:
        text = exact_digits(source, var, scalar)
        sound = f"{text}.isdecimal() and len({text}) <= {numerals.digits}"
    width = numerals.digits + len(pad)
    made = f'{unhex}({text}.zfill({width}) + "{sign}") if {sound}'
    if isinstance(scalar, Amount) and numerals.signed:
        minus = f"{is_minus(text)} and len({text}) <= {numerals.digits + 1}"
        made += f' else {unhex}({text}[1:].zfill({width}) + "d") if {minus}'
    return f"{made} else {ask}"
