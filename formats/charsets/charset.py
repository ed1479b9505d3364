"""A charset as the scalars need it: strict text ↔ bytes, one reading for twin characters, cutting at a width.

- Names are checked when a declaration is loaded: a charset that is unknown, or whose blank, digits and
  capitals are not one byte each, is a `DeclarationError` then and not at the first message.
- Twins: U+30FB and U+2022 are read as U+00B7, U+2015 as U+2014, in every charset (interfaces, "Quality").
  On writing the same replacement is made first, and CCSID 935 has a code for what remains.
- Python's gb18030 is the edition of 2000. 25 codes that it reads as private-use characters have had real ones
  since; they are read as those, and written with their two bytes.
- A single-byte page that maps its 256 codes to the first 256 characters, one to one, is read by `translate`
  and latin-1, five times as fast as through its own codec.
"""

import codecs
from collections.abc import Callable
from functools import cache

from formats.charsets.mixed import cp935
from formats.errors import DeclarationError, Refused

LOST = "〓"
TWINS = {0x30FB: 0x00B7, 0x2022: 0x00B7, 0x2015: 0x2014}

# Code of GB18030-2000's private-use character → the character of the later editions.
GB18030_LATER = {
    0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14, 0xE792: 0xFE15,
    0xE793: 0xFE16, 0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19, 0xE7C7: 0x1E3F, 0xE816: 0x20087,
    0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7,
    0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE,
    0xE864: 0x9FBB,
}  # fmt: skip
_ODD_CODECS = {"raw_unicode_escape", "unicode_escape", "punycode", "idna", "undefined", "utf-7", "mbcs"}
_PLAIN = " ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Charset:
    """`decode` and `encode` raise `Refused` with a rule that holds nothing of the value."""

    def __init__(
        self,
        name: str,
        decode: Callable[[bytes], str],
        encode: Callable[[str], bytes],
        later: dict[int, int] | None = None,
    ) -> None:
        self.name = name
        self._decode, self._encode = decode, encode
        self._reading = {**TWINS, **(later or {})}
        self._writing = {**TWINS, **{new: old for old, new in (later or {}).items()}}
        self.blank = encode(" ")
        self.lost = LOST if self._has(LOST) else "?"

    def __repr__(self) -> str:
        return f"<Charset {self.name}>"

    def decode(self, data: bytes) -> str:
        try:
            text = self._decode(data)
        except UnicodeDecodeError:
            raise Refused(f"not {self.name}") from None
        return text if text.isascii() else text.translate(self._reading)

    def encode(self, text: str) -> bytes:
        try:
            return self._encode(text if text.isascii() else text.translate(self._writing))
        except UnicodeEncodeError:
            raise Refused(f"character not in {self.name}") from None

    def cut(self, text: str, width: int) -> bytes:
        """The bytes of as many whole characters as fit; what the charset lacks is written 〓."""
        try:
            data = self.encode(text)
        except Refused:
            text = "".join(c if self._has(c) else self.lost for c in text)
            data = self.encode(text)
        if len(data) <= width:
            return data
        least, most = 0, min(len(text), width)
        while least < most:
            middle = (least + most + 1) // 2
            least, most = (middle, most) if len(self.encode(text[:middle])) <= width else (least, middle - 1)
        return self.encode(text[:least])

    def _has(self, character: str) -> bool:
        try:
            self._encode(character.translate(self._writing))
        except UnicodeEncodeError:
            return False
        return True


@cache
def charset(name: str) -> Charset:
    """The charset of that name, checked; `DeclarationError` where it cannot serve."""
    if name.lower() in ("cp935", "ibm935", "ibm-935"):
        mixed = cp935()
        return Charset("cp935", mixed.decode, mixed.encode)
    try:
        found = codecs.lookup(name)
    except LookupError:
        raise DeclarationError(f"unknown charset {name!r}", key="charset") from None
    return _python_charset(found)


def _python_charset(found: codecs.CodecInfo) -> Charset:
    name = found.name
    if name in _ODD_CODECS or not getattr(found, "_is_text_encoding", True):
        raise DeclarationError(f"{name!r} is not a charset", key="charset")
    if any(len(_encode_strictly(name, c)) != 1 for c in _PLAIN):
        raise DeclarationError(f"charset {name!r} does not write a blank or digit in one byte", key="charset")
    page = _page(name)
    if page is None:
        later = GB18030_LATER if name == "gb18030" else None
        return Charset(name, lambda data: data.decode(name), lambda text: text.encode(name), later)
    back = bytes(page.index(code) for code in range(256))
    return Charset(
        name,
        lambda data: data.translate(page).decode("latin-1"),
        lambda text: _latin(name, text).translate(back),
    )


def _latin(name: str, text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise UnicodeEncodeError(name, text, error.start, error.end, "not in the charset") from None


def _encode_strictly(name: str, text: str) -> bytes:
    try:
        return text.encode(name)
    except UnicodeError:
        return b""


def _page(name: str) -> bytes | None:
    """The page as latin-1 bytes, where it is a permutation of them (not every EBCDIC page is)."""
    try:
        page = bytes(range(256)).decode(name).encode("latin-1")
    except UnicodeError:
        return None
    return page if sorted(page) == list(range(256)) else None
