"""What COBOL has besides texts and plain numbers: double-byte characters, and points outside the digits."""

from decimal import Decimal
from typing import Any

from formats.charsets.charset import Charset
from formats.errors import DeclarationError, Refused
from formats.numerals import Numerals
from formats.scalars import Number, Text, text_bytes

_SO, _SI = b"\x0e", b"\x0f"


def _utf16() -> Charset:
    return Charset("utf-16-be", lambda data: data.decode("utf-16-be"), lambda text: text.encode("utf-16-be"))


def _double_half(mixed: Charset) -> Charset:
    """The double-byte half of a mixed EBCDIC page, without the shifts that stand around it there."""

    def decode(data: bytes) -> str:
        return mixed.decode(_SO + data + _SI)

    def encode(text: str) -> bytes:
        try:
            data = mixed.encode(text.translate(_WIDE))
        except Refused as refused:
            raise UnicodeEncodeError(mixed.name, text, 0, 1, refused.rule) from None
        if text and (data[:1] != _SO or len(data) != 2 + 2 * len(text)):
            raise UnicodeEncodeError(mixed.name, text, 0, 1, "not double-byte")
        return data[1:-1]

    return Charset(f"{mixed.name} double-byte", decode, encode)


_WIDE = {0x20: 0x3000}


class WideText(Text):
    """Two bytes a character, padded with wide blanks: PIC N and PIC G. All X'00' is blank."""

    def __init__(self, characters: int, charset: Charset) -> None:
        self.kind, self.size, self.charset = "text", 2 * characters, charset
        self._blank, self._empty = charset.blank, charset.blank * characters

    def read(self, data: bytes) -> str:
        if not data.strip(b"\0"):
            return ""
        while data.endswith(self._blank):
            data = data[:-2]
        return self.charset.decode(data) if data else ""

    def write(self, value: Any) -> bytes:
        data = text_bytes(value, self.charset)
        if len(data) > self.size:
            raise Refused(f"over {self.size} bytes")
        return data + self._empty[len(data) :]

    def fit(self, text: str) -> str:
        return self.read(self.charset.cut(text, self.size))


def national(characters: int) -> WideText:
    return WideText(characters, _utf16())


def graphic(characters: int, charset: Charset) -> Text:
    """In a charset without shifts (GBK) double-byte characters stand as they do in any text."""
    try:
        shifted = charset.encode("　")
    except Refused:
        raise DeclarationError(f"charset {charset.name} has no double-byte characters") from None
    if shifted[:1] == _SO:
        return WideText(characters, _double_half(charset))
    return Text(2 * characters, charset)


class Scaled(Number):
    """An integer whose last digits are not written: `9(3)PPP` counts thousands."""

    def __init__(self, numerals: Numerals, zeros: int) -> None:
        super().__init__(numerals)
        self._unit = 10**zeros

    def read(self, data: bytes) -> int | str:
        value = super().read(data)
        return value if isinstance(value, str) else value * self._unit

    def _number_text(self, value: Any) -> str:
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value % self._unit:
            raise Refused(f"not a multiple of {self._unit}")
        return super()._number_text(value // self._unit if isinstance(value, int) else value)
