"""How each scalar is read in generated code.

`read_leaf` writes the lines that leave one field's value in a variable. What it knows well is written out, so
that a sound value costs no call; everything unusual (blanks in digits, low values, other signs) and every
scalar without a line here asks the scalar itself, so the two can differ in speed only.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from formats.lowering.carrier import Carrier
from formats.lowering.source import Source
from formats.numerals import Binary, Display, Packed, Sign
from formats.scalars import Amount, Date, Number, Scalar, Text, Time


@dataclass(frozen=True, slots=True)
class Span:
    """Where a field stands in the two variables that hold the bytes and their carrier."""

    body: str
    text: str
    start: int
    size: int

    @property
    def raw(self) -> str:
        return f"{self.body}[{self.start}:{self.start + self.size}]"

    @property
    def cut(self) -> str:
        if self.size == 1:
            return f"{self.text}[{self.start}]"
        return f"{self.text}[{self.start}:{self.start + self.size}]"

    def part(self, start: int, end: int) -> str:
        return f"{self.text}[{self.start + start}:{self.start + end}]"


def reads_carrier(scalar: Scalar, carrier: Carrier | None) -> bool:
    """Whether `read_leaf` cuts this field from the carrier."""
    if carrier is None:
        return False
    if type(scalar) is Text:
        return carrier.carries(scalar.charset)
    numerals = getattr(scalar, "numerals", None)
    if type(numerals) is not Display or not carrier.carries(numerals.charset):
        return False
    if type(scalar) is Amount or type(scalar) is Number:
        return numerals.sign is not Sign.OVERPUNCHED
    return type(scalar) in (Date, Time) and numerals.sign is Sign.NONE


def reads_raw(scalar: Scalar, carrier: Carrier | None) -> bool:
    """Whether it may need the bytes themselves (the unusual values of a number do)."""
    return not reads_carrier(scalar, carrier) or type(scalar) is not Text


def read_leaf(source: Source, var: str, scalar: Scalar, span: Span, carrier: Carrier | None) -> None:
    if reads_carrier(scalar, carrier):
        assert carrier is not None
        if isinstance(scalar, Text):
            _carried_text(source, var, scalar, span, carrier)
        else:
            _digits(source, var, scalar, span)
    elif type(scalar) is Text:
        _text(source, var, scalar, span)
    elif type(getattr(scalar, "numerals", None)) is Packed:
        _packed(source, var, scalar, span)
    elif type(getattr(scalar, "numerals", None)) is Binary and type(scalar) is Number:
        _binary(source, var, scalar, span)
    else:
        source.line(f"{var} = {_ask(source, var, scalar)}({span.raw})")


def _ask(source: Source, var: str, scalar: Scalar) -> str:
    return source.value(f"read_{var}", scalar.read)


def _carried_text(source: Source, var: str, scalar: Text, span: Span, carrier: Carrier) -> None:
    low = "\0" * span.size if scalar.low else ""
    if span.size == 1:
        source.line(f"{var} = {span.cut}")
        tests = f'{var} == " " or {var} == {low!r}' if low else f'{var} == " "'
        source.line(f'if {tests}: {var} = ""')
    else:
        source.line(f'{var} = {span.cut}.rstrip(" ")')
        if low:
            source.line(f'if {var} < "\\1" and {var} == {source.value(f"low_{span.size}", low)}: {var} = ""')
    if carrier.reading is None:
        decode = source.value(f"decode_{scalar.charset.name}", scalar.charset.decode)
        source.line(f'if mixed and not {var}.isascii(): {var} = {decode}({var}.encode("latin-1"))')


def _text(source: Source, var: str, scalar: Text, span: Span) -> None:
    decode = source.value(f"decode_{scalar.charset.name}", scalar.charset.decode)
    strip = f"rstrip({scalar.charset.blank!r})"
    if not scalar.low:
        source.line(f"{var} = {decode}({span.raw}.{strip})")
        return
    source.line(f"{var} = {span.raw}")
    low = source.value(f"low_bytes_{span.size}", bytes(span.size))
    source.line(f'{var} = "" if {var} == {low} else {decode}({var}.{strip})')


def _digits(source: Source, var: str, scalar: Scalar, span: Span) -> None:
    """Digits in characters."""
    numerals = getattr(scalar, "numerals", None)
    assert isinstance(numerals, Display)
    ask = f"{_ask(source, var, scalar)}({span.raw})"
    sign = {Sign.TRAILING: (0, 1), Sign.LEADING: (1, 0)}.get(numerals.sign)
    source.line(f"{var} = {span.cut if sign is None else span.part(sign[0], span.size - sign[1])}")
    if isinstance(scalar, Date):
        source.line(f"if not {var}.isdecimal(): {var} = {ask}")
        source.line(f'elif {var} == "00000000": {var} = ""')
    elif isinstance(scalar, Time):
        _time(source, var, ask)
    elif sign is None:
        source.line(f"{var} = {_number(source, scalar, var)} if {var}.isdecimal() else {ask}")
    else:
        at = span.start if numerals.sign is Sign.LEADING else span.start + span.size - 1
        plus = f'{var}.isdecimal() and {span.text}[{at}] == "+"'
        source.line(f"{var} = {_number(source, scalar, var)} if {plus} else {ask}")


def _time(source: Source, var: str, ask: str) -> None:
    calendar = source.value("calendar", datetime.fromisoformat)
    with source.block(f"if {var}.isdecimal():"):
        source.line(f'if {var}[8:10] > "23": raise Refused("impossible time")')
        source.line(f'{calendar}({var}[:8] + "T" + {var}[8:])')
    source.line(f"else: {var} = {ask}")


def _number(source: Source, scalar: Scalar, digits: str) -> str:
    """The value of a variable that holds digits alone, maybe a minus before."""
    if not isinstance(scalar, Amount):
        return f"int({digits})"
    exact = source.value("Decimal", Decimal)
    return f'{exact}({digits} + "e-{scalar.decimals}")' if scalar.decimals else f"{exact}({digits})"


def _packed(source: Source, var: str, scalar: Scalar, span: Span) -> None:
    numerals = getattr(scalar, "numerals", None)
    assert isinstance(numerals, Packed)
    ask = f"{_ask(source, var, scalar)}({span.raw})"
    if type(scalar) not in (Number, Amount, Date):
        source.line(f"{var} = {ask}")
        return
    nibbles = source.fresh("nibbles")
    pad = 1 - numerals.digits % 2
    source.line(f"{nibbles} = {span.raw}.hex()")
    source.line(f"{var} = {nibbles}[{pad}:-1]")
    sound = f'{var}.isdecimal() and {nibbles}[-1] in "cf"' + (f' and {nibbles}[0] == "0"' if pad else "")
    if isinstance(scalar, Date):
        source.line(f"if not ({sound}): {var} = {ask}")
        source.line(f'elif {var} == "00000000": {var} = ""')
    else:
        source.line(f"{var} = {_number(source, scalar, var)} if {sound} else {ask}")


def _binary(source: Source, var: str, scalar: Scalar, span: Span) -> None:
    numerals = getattr(scalar, "numerals", None)
    assert isinstance(numerals, Binary)
    signed = ", signed=True" if numerals.signed else ""
    source.line(f'{var} = int.from_bytes({span.raw}, "{numerals.order}"{signed})')
    most = 10**numerals.digits - 1
    if most < 1 << 8 * numerals.size - numerals.signed:
        least = -most if numerals.signed else 0
        source.line(f'if not {least} <= {var} <= {most}: raise Refused("over {numerals.digits} digits")')
