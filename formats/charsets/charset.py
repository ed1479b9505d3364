"""A charset as the scalars need it: strict text ↔ bytes, one reading for twin characters, cutting at a width.

- Names are checked when a declaration is loaded: a charset that is unknown, or whose blank, digits and
  capitals are not one byte each, is a `DeclarationError` then and not at the first message. They are Python's
  (`gbk`, `utf-8`, `cp037`), those of `registered` (`cp935`, `ibm-1388`) and GB18030 by `editions`
  (`gb18030-2022`).
- Twins: U+30FB and U+2022 are read as U+00B7, U+2015 as U+2014, in every charset (interfaces, "Quality").
  On writing, the first of each set of twins that the charset has is written for all of them.
- Private-use characters that stand for one which Unicode has by now are read as that one (`editions`).
- A character that the charset lacks is never written as another one silently: `encode` refuses it, and `cut`,
  which is asked for the form that a system can hold, puts the charset's substitute in its place. That is 〓
  where the charset has it, else `?`; `name//X` declares X. Whoever compares text before and after sees it.
- A single-byte page that maps its 256 codes to the first 256 characters, one to one, is read by `translate`
  and latin-1, five times as fast as through its own codec.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

from formats.charsets.editions import LATER, PRIVATE, UNSAID, WRITING
from formats.charsets.mixed import MixedCodec, mixed
from formats.charsets.registered import MIXED, register
from formats.errors import DeclarationError, Refused

LOST = "〓"
TWINS: Mapping[int, int] = MappingProxyType({0x30FB: 0x00B7, 0x2022: 0x00B7, 0x2015: 0x2014})
_SETS = ("·・•", "—―")
_EMPTY_SHIFT = b"\x0e\x0f"

_ODD_CODECS = {"raw_unicode_escape", "unicode_escape", "punycode", "idna", "undefined", "utf-7", "mbcs"}
_PLAIN = " ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Charset:
    """`decode` and `encode` raise `Refused` with a rule that holds nothing of the value. They are
    functions, not methods: a message has dozens of texts, and each call counts.
    """

    decode: Callable[[bytes], str]
    encode: Callable[[str], bytes]

    def __init__(
        self,
        name: str,
        decode: Callable[[bytes], str],
        encode: Callable[[str], bytes],
        reading: Mapping[int, int] = TWINS,
        writing: Mapping[int, int] | None = None,
    ) -> None:
        """`reading`: what comes out → what is meant; `writing`: what is meant → what is written, by default
        the first of each set of twins that can be.
        """
        self.name = name
        self._encode = encode
        self._writing = _twins(encode) if writing is None else writing
        self.decode = _reader(name, decode, reading)
        self.encode = _writer(name, encode, self._writing)
        self.blank = encode(" ")
        self.lost = LOST if self._has(LOST) else "?"

    def __repr__(self) -> str:
        return f"<Charset {self.name}>"

    def cut(self, text: str, width: int) -> bytes:
        """The bytes of as many whole characters as fit; the substitute stands for what the charset lacks."""
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
        return _writes(self._encode, character.translate(self._writing))

    def with_substitute(self, character: str) -> "Charset":
        """The same charset with another character for those it lacks."""
        if len(character) != 1 or character.isspace() or not self._has(character):
            raise DeclarationError(
                f"{self.name} has no such substitute: one visible character", key="charset"
            )
        other = Charset.__new__(Charset)
        other.__dict__.update(self.__dict__)
        other.lost = character
        return other


def _reader(name: str, decode: Callable[[bytes], str], reading: Mapping[int, int]) -> Callable[[bytes], str]:
    odd = _any_of(reading)

    def read_plainly(data: bytes) -> str:
        try:
            return decode(data)
        except UnicodeDecodeError:
            raise Refused(f"not {name}") from None

    def read(data: bytes) -> str:
        text = read_plainly(data)
        return text.translate(reading) if odd(text) else text

    return read if reading else read_plainly


def _writer(name: str, encode: Callable[[str], bytes], writing: Mapping[int, int]) -> Callable[[str], bytes]:
    odd = _any_of(writing)

    def write_plainly(text: str) -> bytes:
        try:
            return encode(text)
        except UnicodeEncodeError:
            raise Refused(f"character not in {name}") from None

    def write(text: str) -> bytes:
        return write_plainly(text.translate(writing) if odd(text) else text)

    return write if writing else write_plainly


FEW = 4


def _any_of(characters: Iterable[int]) -> Callable[[str], object]:
    """Asked first, since a search costs a fraction of a translation and hardly ever finds anything."""
    found = [chr(character) for character in characters]
    if not found or len(found) > FEW or any(character.isascii() for character in found):
        return re.compile(f"[{''.join(found) or ' '}]").search
    a, b, c, d = (found * FEW)[:FEW]  # each looked for by itself, which is faster still
    return lambda text: not text.isascii() and (a in text or b in text or c in text or d in text)


def _twins(encode: Callable[[str], bytes]) -> dict[int, int]:
    """Of each set the first member that can be written stands for all."""
    found: dict[int, int] = {}
    for twins in _SETS:
        own = next((twin for twin in twins if _writes(encode, twin)), twins[0])
        found |= {ord(twin): ord(own) for twin in twins if twin != own}
    return found


def _writes(encode: Callable[[str], bytes], character: str) -> bool:
    try:
        encode(character)
    except UnicodeEncodeError:
        return False
    return True


@cache
def charset(name: str) -> Charset:
    """The charset of that name, checked; `DeclarationError` where it cannot serve."""
    plain, declared, substitute = name.partition("//")
    if declared:
        return charset(plain).with_substitute(substitute)
    edition = UNSAID if plain.lower() == "gb18030" else plain.lower()
    if edition in WRITING:
        decode, encode = _strictly("gb18030")
        return Charset("gb18030", decode, encode, {**TWINS, **LATER}, {**_twins(encode), **WRITING[edition]})
    register()
    try:
        found = codecs.lookup(plain)
    except LookupError:
        raise DeclarationError(f"unknown charset {plain!r}", key="charset") from None
    return _checked(found)


def _checked(found: codecs.CodecInfo) -> Charset:
    name = found.name
    if name in _ODD_CODECS or not getattr(found, "_is_text_encoding", True):
        raise DeclarationError(f"{name!r} is not a charset", key="charset")
    if name in MIXED:
        return _folded(name)
    decode, encode = _strictly(name)
    if any(len(_encode_strictly(name, c)) != 1 for c in _PLAIN):
        raise DeclarationError(f"charset {name!r} does not write a blank or digit in one byte", key="charset")
    page = _page(name)
    if page is None:
        return Charset(name, decode, encode)
    back = bytes(page.index(code) for code in range(256))
    return Charset(
        name,
        lambda data: data.translate(page).decode("latin-1"),
        lambda text: _latin(name, text).translate(back),
        {},  # no twin is in latin-1 but the one that is meant
    )


def _stripped(decode: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """Blanks before an empty pair of shifts at the end are padding too; nobody could write them again."""

    def stripped(data: bytes) -> str:
        text = decode(data)
        return text.rstrip(" ") if data.endswith(_EMPTY_SHIFT) else text

    return stripped


def _folded(name: str) -> Charset:
    """A mixed page whose tables read and write twins and private-use characters themselves."""
    own, later = mixed(name), PRIVATE.get(name, {})
    writing = {**_twins(own.encode), **{new: old for old, new in later.items()}}
    codec = MixedCodec(own.page.folded({**TWINS, **later}, writing))
    return Charset(name, _stripped(codec.decode), codec.encode, {}, {})


def _strictly(name: str) -> tuple[Callable[[bytes], str], Callable[[str], bytes]]:
    return (lambda data: data.decode(name)), (lambda text: text.encode(name))


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
