"""PICTURE strings: what a field is and how many characters or digits it has.

| kind | picture | |
|---|---|---|
| `X` | X A 9 mixed | text |
| `9` | S 9 V P | a number; P moves the point: `9(3)PPP` counts thousands, `VPP99` ten-thousandths |
| `E` | with Z * + - , . / B 0 CR DB $ or E | edited for people: read as its text |
| `N` | N (and B) | national characters, two bytes each in UTF-16 |
| `G` | G (and B) | double-byte characters without shifts |
"""

import re
from dataclasses import dataclass

from formats.errors import DeclarationError

_REPEATED = re.compile(r"(.)\(([0-9]+)\)")
_NUMBER = re.compile(r"(S?)(?:(9+)(P+)V?|V?(P+)(9+)|(9*)V?(9*))")
_EDITED = re.compile(r"(?:[ABX90/,.+*Z$PV-]|CR|DB)+")
_FLOATING = re.compile(r"[+-]9*[.V]?9*E[+-]99")
_LONGEST = 32_767
_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Picture:
    text: str
    kind: str
    length: int
    """Characters; of a number its digits."""
    decimals: int = 0
    """Negative where trailing P stand for further zeros."""
    signed: bool = False


def read_picture(text: str) -> Picture:
    """Raises DeclarationError without a place."""
    text = text.upper()
    if any(not 0 < int(times) <= 99_999_999 for _, times in _REPEATED.findall(text)):
        raise DeclarationError(f"picture {text} repeats too often")
    if sum(int(times) for _, times in _REPEATED.findall(text)) > _LONGEST * 512:
        raise DeclarationError(f"picture {text} is too long")
    plain = _REPEATED.sub(lambda m: m[1] * int(m[2]), text)
    if re.fullmatch(r"[XA9]*[XA][XA9]*", plain):
        return Picture(text, "X", len(plain))
    if re.fullmatch(r"[NB0/]*N[NB0/]*", plain):
        return Picture(text, "N", len(plain))
    if re.fullmatch(r"[GB]*G[GB]*", plain):
        return Picture(text, "G", len(plain))
    number = _NUMBER.fullmatch(plain)
    if number is not None:
        return _number(text, number)
    return _edited(text, plain)


def _number(text: str, found: re.Match[str]) -> Picture:
    before, down, up, behind = found[2] or "", found[3] or "", found[4] or "", found[5] or ""
    whole, part = found[6] or "", found[7] or ""
    digits = len(before + behind + whole + part)
    if not digits:
        raise DeclarationError(f"picture {text} is not read")
    if digits > _DIGITS:
        raise DeclarationError(f"picture {text} has over {_DIGITS} digits")
    decimals = -len(down) if down else len(up) + len(behind) if up else len(part)
    return Picture(text, "9", digits, decimals, bool(found[1]))


def _edited(text: str, plain: str) -> Picture:
    if not (_EDITED.fullmatch(plain) or _FLOATING.fullmatch(plain)) or plain.count("V") > 1:
        raise DeclarationError(f"picture {text} is not read")
    if not re.search(r"[AX90Z*+$-]", plain):
        raise DeclarationError(f"picture {text} has no characters")
    return Picture(text, "E", len(re.sub("[VP]", "", plain)))
