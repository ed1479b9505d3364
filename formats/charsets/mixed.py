"""The mixed EBCDIC pages (CCSID 935, 937, 1388, 930, 939): single-byte text, and double-byte text between SO
and SI, two bytes a character.

Strict both ways: a shift that is not closed, one inside the other, half a character, a code without a
character are errors; what is written is balanced always. Characters come out as the table has them; what the
hub makes of twins such as U+30FB and U+00B7 is `charset`'s business.

Whole texts go run by run, in a few calls into C; what that cannot do is gone over once more character by
character, which finds the place, asks the error handler and carries the shift over a break (incremental use).
"""

import codecs
import sys
from array import array
from collections.abc import Iterator
from functools import cache

from formats.charsets.tables import Page

SO, SI = b"\x0e", b"\x0f"
_BETWEEN = SI + SO


class MixedCodec:
    """Pure functions over two tables; `name` is for errors."""

    def __init__(self, page: Page) -> None:
        self.name, self.page = page.name, page
        self._table = "".join(page.single.get(code, "\ufffe") for code in range(256))
        self._pairs = {_native(code): character for code, character in page.double.items()}
        self._shifted = {character: SO + code + SI for character, code in page.to_double.items()}
        self._shifted |= page.to_single

    def __repr__(self) -> str:
        return f"<MixedCodec {self.name}>"

    def reads(self, code: int) -> bool:
        """Of a double-byte code."""
        return code in self.page.double

    def writes(self, character: str) -> bool:
        return character in self._shifted

    # -------------------------------------------------------------------------------------- whole and strict
    def decode(self, data: bytes, errors: str = "strict") -> str:
        head, *shifted = data.split(SO)
        try:
            text = codecs.charmap_decode(head, "strict", self._table)[0] if head else ""
            for part in shifted:
                double, closed, single = part.partition(SI)
                if not closed:
                    return self._decode_slowly(data, errors)
                text += "".join(map(self._pairs.__getitem__, array("H", double)))
                if single:
                    text += codecs.charmap_decode(single, "strict", self._table)[0]
        except (UnicodeDecodeError, KeyError, ValueError):
            return self._decode_slowly(data, errors)
        return text

    def encode(self, text: str, errors: str = "strict") -> bytes:
        """Every double-byte character in shifts of its own; where two meet there is none between them."""
        try:
            return b"".join(map(self._shifted.__getitem__, text)).replace(_BETWEEN, b"")
        except KeyError:
            return self.encode_on(text, errors, shifted=False, final=True)[0]

    def _decode_slowly(self, data: bytes, errors: str) -> str:
        return self.decode_on(data, errors, shifted=False, final=True)[0]

    # ------------------------------------------------------------------------------ character by character
    def decode_on(self, data: bytes, errors: str, *, shifted: bool, final: bool) -> tuple[str, int, bool]:
        """Text, bytes used and whether the shift is on; without `final` half a character is left over."""
        out: list[str] = []
        at, end = 0, len(data)
        while at < end:
            code = data[at : at + 2] if shifted and data[at] != SI[0] else data[at : at + 1]
            if code == (SI if shifted else SO):
                shifted, at = not shifted, at + 1
            elif shifted and len(code) == 1 and not final:
                break
            elif (character := self._character(code, shifted=shifted)) is not None:
                out.append(character)
                at += len(code)
            else:
                reason = "undefined code" if len(code) == 2 or not shifted else "half a character"
                replaced, at = self._handled(data, at, at + len(code), reason, errors)
                out.append(replaced)
        if final and shifted:
            out.append(self._handled(data, max(end - 1, 0), end, "SO without SI", errors)[0])
            shifted = False
        return "".join(out), at, shifted

    def _character(self, code: bytes, *, shifted: bool) -> str | None:
        if shifted:
            return self.page.double.get(int.from_bytes(code)) if len(code) == 2 else None
        return self.page.single.get(code[0])

    def _handled(self, data: bytes, at: int, end: int, reason: str, errors: str) -> tuple[str, int]:
        error = UnicodeDecodeError(self.name, data, at, end, reason)
        replaced, on = codecs.lookup_error(errors)(error)
        if isinstance(replaced, bytes):
            raise error
        return replaced, on if on >= 0 else len(data) + on

    def encode_on(self, text: str, errors: str, *, shifted: bool, final: bool) -> tuple[bytes, bool]:
        """Bytes, and whether the shift is left on: never at the end."""
        parts: list[bytes] = []
        for code in self._codes(text, errors):
            if (len(code) == 2) is not shifted:
                parts.append(SI if shifted else SO)
                shifted = not shifted
            parts.append(code)
        if final and shifted:
            parts.append(SI)
        return b"".join(parts), shifted and not final

    def _codes(self, text: str, errors: str) -> Iterator[bytes]:
        at = 0
        while at < len(text):
            code = self._code(text[at])
            if code is not None:
                yield code
                at += 1
                continue
            error = UnicodeEncodeError(self.name, text, at, at + 1, "not in the charset")
            replaced, at = codecs.lookup_error(errors)(error)
            for character in replaced:
                code = character.to_bytes(1) if isinstance(character, int) else self._code(character)
                if code is None:
                    raise error
                yield code

    def _code(self, character: str) -> bytes | None:
        return self.page.to_single.get(character) or self.page.to_double.get(character)


def _native(code: int) -> int:
    """A big-endian code as `array("H")` reads its two bytes."""
    return int.from_bytes(code.to_bytes(2), sys.byteorder)


@cache
def mixed(name: str) -> MixedCodec:
    return MixedCodec(Page(name))
