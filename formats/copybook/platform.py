"""What the machine that wrote a file decides: charset, byte orders, floating point, signs in digits.

A copybook is silent on these. An EBCDIC charset means a mainframe: high byte first, hexadecimal floating
point, signs in the zone of a digit as X'C' and X'D'. Another one means a compiler on a small machine
(GnuCOBOL on x86): COMP still high byte first, COMP-5 and floating point low byte first, a negative digit as
`p` … `y` (or as `}` `J` … `R`, the form of converted mainframe files), national characters as all others.
"""

from dataclasses import dataclass
from typing import Literal

from formats.charsets.charset import Charset, charset
from formats.errors import Refused

Order = Literal["big", "little"]


@dataclass(frozen=True, slots=True)
class Platform:
    charset: Charset
    double: Charset | None = None
    """The mixed charset whose double-byte half PIC G is in; without it `charset`."""
    binary: Order = "big"
    """Of COMP."""
    native: Order = "big"
    """Of COMP-5, COMP-N, BINARY-LONG and the like, floating point."""
    floating: Literal["ibm", "ieee"] = "ibm"
    national: Literal["utf-16", "charset"] = "utf-16"
    """What PIC N is in."""
    signs: Literal["ascii", "ebcdic"] = "ascii"
    """How a sign in a digit is written where digits are ASCII; both are read."""
    strict: bool = True

    @property
    def ebcdic(self) -> bool:
        return self.charset.encode("0") == b"\xf0"


def platform_of(found: Charset, *, double: Charset | None = None, strict: bool = True) -> Platform:
    if found.encode("0") != b"\xf0":
        return Platform(found, double, native="little", floating="ieee", national="charset", strict=strict)
    return Platform(found, double or _mixed(found), strict=strict)


def _mixed(found: Charset) -> Charset:
    """Itself where it has shifts, else the one of Chinese mainframes."""
    try:
        return found if found.encode("　")[:1] == b"\x0e" else charset("cp935")
    except Refused:
        return charset("cp935")
