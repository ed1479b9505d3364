"""A record as one `str`, whose characters are its bytes: cut and stripped there, its fields need no decoding.

| charset | the carrier |
|---|---|
| a page of the 256 characters of latin-1 (CCSID 037, 500, 1047 …) | the bytes, translated by the page |
| begins as ASCII does (GB18030, GBK, UTF-8) | the bytes as latin-1; a field with others is decoded alone |
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from formats.charsets.charset import Charset
from formats.errors import Refused
from formats.layout import Field, Layout, fields_of
from formats.numerals import Display
from formats.scalars import Scalar, Text

_ASCII_FIRST = frozenset({"ascii", "utf-8", "gb2312", "gbk", "cp936", "gb18030", "big5", "big5hkscs"})
"""No shift states and no byte under 128 inside a character that begins a blank or an ASCII text."""


@dataclass(frozen=True)
class Carrier:
    reading: bytes | None
    """The page; None where the bytes are taken as they are."""
    writing: bytes | None

    def carries(self, charset: Charset) -> bool:
        return carrier_of(charset) == self


def charset_of(scalar: Scalar) -> Charset | None:
    if isinstance(scalar, Text):
        return scalar.charset
    numerals = getattr(scalar, "numerals", None)
    return numerals.charset if isinstance(numerals, Display) else None


@cache
def carrier_of(charset: Charset) -> Carrier | None:
    page = _page(charset, range(256))
    if page is not None and charset.blank.translate(page) == b" " and _writes(charset, page):
        return Carrier(page, bytes(page.index(code) for code in range(256)))
    name = charset.name.partition("-2")[0] if charset.name.startswith("gb18030") else charset.name
    if name in _ASCII_FIRST and _page(charset, range(128)) == bytes(range(128)):
        return Carrier(None, None)
    return None


def reads_as_ascii(charset: Charset) -> bool:
    """Whether bytes under 128 are what they are in ASCII."""
    carrier = carrier_of(charset)
    return carrier is not None and carrier.reading is None


def _page(charset: Charset, codes: Iterable[int]) -> bytes | None:
    """What each byte by itself is in latin-1, where every one is something else there."""
    try:
        page = "".join(charset.decode(bytes([code])) for code in codes).encode("latin-1")
    except (Refused, UnicodeEncodeError):
        return None
    return page if len(set(page)) == len(page) == len(list(codes)) else None


def _writes(charset: Charset, page: bytes) -> bool:
    try:
        return all(charset.encode(chr(c)) == bytes([code]) for code, c in enumerate(page))
    except Refused:
        return False


def best_carrier(layout: Layout) -> Carrier | None:
    """The one that carries most of the bytes."""
    bytes_by = Counter[Carrier]()
    for _, row in fields_of(layout):
        charset = charset_of(row.scalar) if isinstance(row, Field) else None
        carrier = carrier_of(charset) if charset is not None else None
        if carrier is not None and isinstance(row, Field):
            bytes_by[carrier] += row.scalar.size
    return bytes_by.most_common(1)[0][0] if bytes_by else None
