"""How each scalar is written in generated code: an expression for its bytes, or for its part of the carrier.

As in `read_leaves`, the sound and usual value is written out, and everything else is the scalar's own affair.
A value of another kind may also end in a TypeError or AttributeError, which is the interpreter's to explain.
"""

from collections.abc import Callable
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
        if carrier.writing is None:
            wide = source.value(f"wide_{scalar.charset.name}", _wide(scalar))
            source.line(f"if not {var}.isascii(): {var} = {wide}({var})")
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
    if isinstance(scalar, Amount):
        digits = source.value(f"digits_{scalar.decimals}", exact_digits(scalar.decimals))
        text = source.fresh(f"{var}_digits")
        source.line(f"{text} = {digits}({var})")
        plus = f'{text}.zfill({numerals.digits}) + "+"'
        if numerals.sign is Sign.LEADING:
            plus = f'"+" + {text}.zfill({numerals.digits})'
        elif numerals.sign is Sign.NONE:
            plus = f"{text}.zfill({numerals.digits})"
        return f"{plus} if {text}.isdecimal() else {blank}"
    zeros = f"str({var}).zfill({numerals.digits})"
    if numerals.sign is not Sign.NONE:
        zeros = f'"+" + {zeros}' if numerals.sign is Sign.LEADING else f'{zeros} + "+"'
    return f"{zeros} if type({var}) is int and {var} >= 0 else {blank}"


def _date(source: Source, var: str, scalar: Date, ask: str, carrier: Carrier) -> str:
    blank = carried(scalar.write, carrier)("")
    sound = f"len({var}) == 8 and {var}.isdecimal()"
    if blank != "00000000":
        sound += f' and {var} != "00000000"'
    return f'{var} if {sound} else {blank!r} if {var} == "" else {ask}({var})'


def _wide(scalar: Text) -> Callable[[str], str]:
    encode = scalar.charset.encode
    return lambda text: encode(text).decode("latin-1")


def exact_digits(decimals: int) -> Callable[[Any], str]:
    """A Decimal with just these decimals as digits, "-" before them where it is negative; else ""."""
    if not decimals:
        return lambda value: str(value) if type(value) is Decimal else ""

    def digits(value: Any) -> str:
        if type(value) is not Decimal:
            return ""
        text = str(value)
        return text[: -decimals - 1] + text[-decimals:] if text[-decimals - 1 : -decimals] == "." else ""

    return digits


def bytes_cell(source: Source, var: str, scalar: Scalar) -> str:
    """`bytes` of the scalar's size."""
    ask = f"{source.value(f'write_{var}', scalar.write)}({var})"
    numerals = getattr(scalar, "numerals", None)
    if type(numerals) is Packed and type(scalar) in (Number, Amount, Date):
        return _packed(source, var, scalar, numerals, ask)
    if type(numerals) is Binary and type(scalar) is Number:
        most = 10**numerals.digits - 1
        bits = 8 * numerals.size - numerals.signed
        most = min(most, (1 << bits) - 1)
        least = -most if numerals.signed else 0
        signed = ", signed=True" if numerals.signed else ""
        made = f'{var}.to_bytes({numerals.size}, "{numerals.order}"{signed})'
        return f"{made} if type({var}) is int and {least} <= {var} <= {most} else {ask}"
    return ask


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
        text = source.fresh(f"{var}_digits")
        digits = source.value(f"digits_{scalar.decimals}", exact_digits(scalar.decimals))
        source.line(f"{text} = {digits}({var})")
        sound = f"{text}.isdecimal() and len({text}) <= {numerals.digits}"
    width = numerals.digits + len(pad)
    made = f'{unhex}({text}.zfill({width}) + "{sign}") if {sound}'
    if isinstance(scalar, Amount) and numerals.signed:  # a minus: seldom zero, then the scalar knows
        minus = f'{text}[:1] == "-" and {text}[1:].strip("0") and len({text}) <= {numerals.digits + 1}'
        made += f' else {unhex}({text}[1:].zfill({width}) + "d") if {minus}'
    return f"{made} else {ask}"
