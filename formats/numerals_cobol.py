"""Numbers as COBOL programs write them, where `formats.numerals` does not reach: signs in digits on any
machine, packed without a sign, and files with the sins of decades.

`relaxed` readings take any sign nibble (A, C, E, F and the digits are plus, B and D minus; without a sign
in the picture all are plus). Sources: Principles of Operation, "Decimal-Data Formats"; Enterprise COBOL
Programming Guide, NUMPROC; GnuCOBOL's own programs (tests/formats/copybook/gnucobol).
"""

from collections.abc import Mapping

from formats.errors import Refused
from formats.numerals import Packed, filled

_DIGITS = "0123456789"


def _zone(zone: int) -> bytes:
    return bytes((zone << 4) | digit for digit in range(10))


def _signs(plus: tuple[bytes, ...], minus: tuple[bytes, ...]) -> Mapping[int, tuple[bool, str]]:
    found = {code: (True, _DIGITS[at]) for codes in minus for at, code in enumerate(codes)}
    return found | {code: (False, _DIGITS[at]) for codes in plus for at, code in enumerate(codes)}


_ASCII_PLUS, _ASCII_MINUS = b"{ABCDEFGHI", b"}JKLMNOPQR"
_EBCDIC = _signs((_zone(0xC), _zone(0xF)), (_zone(0xD),))
_EBCDIC_ANY = _signs(tuple(_zone(z) for z in (*range(10), 0xA, 0xC, 0xE, 0xF)), (_zone(0xB), _zone(0xD)))
_ASCII = _signs((_zone(0x3), _ASCII_PLUS), (_zone(0x7), _ASCII_MINUS))


class Zoned:
    """One digit a byte, the sign in the zone of the last (or first) one. All blanks or X'00': blank."""

    def __init__(
        self, digits: int, *, signed: bool, ebcdic: bool, leading: bool = False, relaxed: bool = False,
        mainframe_signs: bool = False,
    ) -> None:  # fmt: skip
        self.size = self.digits = digits
        self.signed = signed
        self._leading = leading
        self._blank = b"\x40" if ebcdic else b" "
        plain = _zone(0xF) if ebcdic else _zone(0x3)
        self._reading = _table(plain)
        self._writing = bytes.maketrans(_DIGITS.encode("ascii"), plain)
        self._signs = _reading_signs(plain, signed=signed, ebcdic=ebcdic, relaxed=relaxed)
        if ebcdic:
            self._marks = (_zone(0xC), _zone(0xD))
        else:
            self._marks = (_ASCII_PLUS, _ASCII_MINUS) if mainframe_signs else (plain, _zone(0x7))

    def take(self, data: bytes) -> str:
        marked, rest = (data[0], data[1:]) if self._leading else (data[-1], data[:-1])
        negative, digit = self._signs.get(marked, (False, "?"))
        plain = rest.translate(self._reading).decode("ascii")
        text = digit + plain if self._leading else plain + digit
        if not text.isdigit():
            if data.strip(self._blank) and data.strip(b"\0"):
                raise Refused("not a digit")
            return ""
        return f"-{text}" if negative and self.signed else text

    def put(self, text: str) -> bytes:
        if text == "":
            return self._blank * self.size
        negative, plain = filled(text, self.digits, signed=self.signed)
        out = bytearray(plain.encode("ascii").translate(self._writing))
        if self.signed:
            at = 0 if self._leading else -1
            out[at] = self._marks[negative][int(plain[at])]
        return bytes(out)


def _table(plain: bytes) -> bytes:
    reading = bytearray(b"?" * 256)
    for digit, code in enumerate(plain):
        reading[code] = ord(_DIGITS[digit])
    return bytes(reading)


def _reading_signs(
    plain: bytes, *, signed: bool, ebcdic: bool, relaxed: bool
) -> Mapping[int, tuple[bool, str]]:
    if not signed and not relaxed:
        return _signs((plain,), ())
    if not ebcdic:
        return _ASCII
    return _EBCDIC_ANY if relaxed else _EBCDIC


class RelaxedPacked(Packed):
    """COMP-3 with any sign nibble, and anything in the half byte before the first digit."""

    def take(self, data: bytes) -> str:
        if not data.strip(b"\x40") or not data.strip(b"\0") or not data.strip(b" "):
            return ""
        text = data.hex()
        plain = text[self._pad : -1]
        if not plain.isdigit():
            raise Refused("not a digit")
        return f"-{plain}" if self.signed and text[-1] in "bd" else plain


class PackedUnsigned:
    """COMP-6: two digits a byte and no sign; an odd number of digits has a zero before it. Never blank."""

    signed = False

    def __init__(self, digits: int) -> None:
        self.digits, self.size = digits, (digits + 1) // 2

    def take(self, data: bytes) -> str:
        text = data.hex()
        if not text.isdigit():
            raise Refused("not a digit")
        if text[: len(text) - self.digits] == "0" or len(text) == self.digits:
            return text[-self.digits :]
        raise Refused("pad nibble not 0")

    def put(self, text: str) -> bytes:
        _, plain = filled(text or "0", self.digits, signed=False)
        return bytes.fromhex(plain.rjust(2 * self.size, "0"))
