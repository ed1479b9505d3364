"""One elementary item's bytes as a value: which scalar it is, on which platform.

In a data file a number that is blank is a fault, or 0 where the reading is relaxed; in a message it is blank
(`formats.copybook.layout`). All else is the same for both.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from formats.charsets.charset import Charset
from formats.charsets.charset import charset as charset_of
from formats.cobol_scalars import Scaled, graphic, national
from formats.copybook.items import Item
from formats.copybook.pictures import Picture
from formats.copybook.platform import Order, Platform
from formats.errors import Refused
from formats.floating import DecimalFloat, IbmFloat, IeeeFloat
from formats.numerals import Binary, Display, Numerals, Packed, Sign
from formats.numerals_cobol import PackedUnsigned, RelaxedPacked, Zoned
from formats.scalars import Amount, Hex, Number, Scalar, Text

_FULL = {1: 3, 2: 5, 4: 10, 8: 20}
"""Digits that a binary number of so many bytes can have."""
Reader = Callable[[bytes], Any]


def scalar_of(item: Item, platform: Platform, charset: Charset | None = None) -> Scalar:
    """`charset`: of its text, where it is not the platform's."""
    picture, usage = item.picture, item.usage
    if usage in ("COMP-1", "COMP-2"):
        form = IbmFloat if platform.floating == "ibm" else IeeeFloat
        return form(item.size, platform.native)
    if usage.startswith("FLOAT-DECIMAL"):
        return DecimalFloat(item.size, platform.native)
    if usage.endswith("POINTER"):
        return Hex(item.size)
    if picture is not None and picture.kind == "N":
        return _national(item, picture, platform)
    if picture is not None and picture.kind == "G":
        return _graphic(picture, platform)
    if picture is not None and (picture.kind == "E" or (picture.kind == "X" and usage == "DISPLAY")):
        return Text(item.size, charset or platform.charset, low=True)
    return number_of(numerals_of(item, platform), picture.decimals if picture else 0)


def _national(item: Item, picture: Picture, platform: Platform) -> Scalar:
    if item.usage == "DISPLAY-1":
        return _graphic(picture, platform)
    wide = platform.national == "utf-16"
    return national(picture.length) if wide else Text(item.size, platform.charset, low=True)


def _graphic(picture: Picture, platform: Platform) -> Scalar:
    return graphic(picture.length, platform.double or platform.charset)


def number_of(numerals: Numerals, decimals: int) -> Scalar:
    if decimals < 0:
        return Scaled(numerals, -decimals)
    return Amount(numerals, decimals) if decimals else Number(numerals)


def numerals_of(item: Item, platform: Platform) -> Numerals:
    picture, usage = item.picture, item.usage
    if picture is None or picture.kind == "X":
        signed = picture is None and not usage.endswith("UNSIGNED")
        order = _order(usage, platform)
        return Binary(item.size, _FULL.get(item.size, 20), signed, order)
    match usage:
        case "COMP-3":
            form = Packed if platform.strict else RelaxedPacked
            return form(picture.length, signed=picture.signed)
        case "COMP-6":
            return PackedUnsigned(picture.length)
        case "COMP":
            digits = picture.length if platform.strict else 20
            return Binary(item.size, digits, picture.signed, platform.binary)
        case "COMP-5" | "COMP-X" | "COMP-N":
            return Binary(item.size, 20, picture.signed, _order(usage, platform))
    return _displayed(item, picture, platform)


def _order(usage: str, platform: Platform) -> Order:
    if usage == "COMP-N":
        return "big"  # whatever GnuCOBOL 3.1 is told
    return platform.binary if usage == "COMP-X" else platform.native


def _displayed(item: Item, picture: Picture, platform: Platform) -> Numerals:
    if item.usage == "NATIONAL" and item.size >= 2 * picture.length:
        return _NationalDigits(item, picture)
    if item.separate:
        return Display(item.size, platform.charset, Sign(item.sign.lower()), low=True)
    if not picture.signed and platform.strict:
        return Display(item.size, platform.charset, low=True)
    return Zoned(
        picture.length, signed=picture.signed, ebcdic=platform.ebcdic,
        leading=item.sign == "LEADING", relaxed=not platform.strict,
        mainframe_signs=platform.signs == "ebcdic",
    )  # fmt: skip


class _NationalDigits:
    """Digits in UTF-16: every second byte is 0, the others are ASCII."""

    def __init__(self, item: Item, picture: Picture) -> None:
        self.size, self.signed, self.digits = item.size, picture.signed, picture.length
        sign = Sign(item.sign.lower()) if item.separate else Sign.NONE
        self._plain: Numerals = Display(item.size // 2, charset_of("ascii"), sign, low=True)
        if picture.signed and not item.separate:
            self._plain = Zoned(picture.length, signed=True, ebcdic=False, mainframe_signs=True)

    def take(self, data: bytes) -> str:
        if data[::2].strip(b"\0"):
            raise Refused("not a digit")
        return self._plain.take(data[1::2])

    def put(self, text: str) -> bytes:
        return b"".join(bytes((0, code)) for code in self._plain.put(text))


def reader_of(item: Item, platform: Platform) -> Reader:
    """As a data file is read: no number is blank."""
    read = scalar_of(item, platform).read
    if not _is_number(item):
        return read
    zero_if_blank = not platform.strict or item.blank_when_zero
    decimals = item.picture.decimals if item.picture else 0

    def number(data: bytes) -> Any:
        value = read(data)
        if value == "":
            if not zero_if_blank:
                raise Refused("blank")
            return _zero(decimals)
        return value

    return number


def _is_number(item: Item) -> bool:
    return (item.picture is None or item.picture.kind == "9") and not item.usage.endswith("POINTER")


def _zero(decimals: int) -> Any:
    return Decimal((0, (0,), -decimals)) if decimals > 0 else 0
