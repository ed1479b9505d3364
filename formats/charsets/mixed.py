"""CCSID 935: single-byte text (CCSID 836) with Chinese between SO and SI, two bytes a character.

Strict both ways: a shift that is not closed, half a character or a code without a character is an error.
Decoding gives the table's characters as they are; what the hub makes of twins such as U+30FB and U+00B7 is
`charset`'s business. The table comes from `make_cp935.py`.
"""

import struct
import sys
import zlib
from array import array
from functools import cache
from importlib import resources

SO, SI = b"\x0e", b"\x0f"
UNDEFINED = 0xFFFF


class MixedCodec:
    """Pure functions over two tables; `name` is for errors."""

    def __init__(self, name: str, words: "array[int]") -> None:
        self.name = name
        single, double, pairs = words[:256], words[256 : 256 + 65536], words[256 + 65536 :]
        self._single = {b: chr(c) for b, c in enumerate(single) if c != UNDEFINED}
        self._double = {code: chr(c) for code, c in enumerate(double) if c != UNDEFINED}
        self._to_single = {c: bytes([b]) for b, c in self._single.items()}
        self._to_double = {c: code.to_bytes(2) for code, c in self._double.items()}
        for character, code in zip(pairs[::2], pairs[1::2], strict=True):
            self._to_double[chr(character)] = code.to_bytes(2)

    def decode(self, data: bytes) -> str:
        head, *shifted = data.split(SO)
        text = self._decode_single(head)
        for part in shifted:
            double, closed, single = part.partition(SI)
            if not closed:
                raise self._fault(data, "SO without SI")
            text += self._decode_double(double) + self._decode_single(single)
        return text

    def _decode_single(self, data: bytes) -> str:
        try:
            return "".join(map(self._single.__getitem__, data))
        except KeyError:
            raise self._fault(data, "undefined single-byte code") from None

    def _decode_double(self, data: bytes) -> str:
        if len(data) % 2:
            raise self._fault(data, "half a character")
        try:
            return "".join(map(self._double.__getitem__, struct.unpack(f">{len(data) // 2}H", data)))
        except KeyError:
            raise self._fault(data, "undefined double-byte code") from None

    def _fault(self, data: bytes, reason: str) -> UnicodeDecodeError:
        return UnicodeDecodeError(self.name, data, 0, len(data), reason)

    def encode(self, text: str) -> bytes:
        parts: list[bytes] = []
        shifted = False
        for at, character in enumerate(text):
            code = self._to_single.get(character)
            wide = code is None
            if code is None:
                code = self._to_double.get(character)
                if code is None:
                    raise UnicodeEncodeError(self.name, text, at, at + 1, "not in the charset")
            if wide != shifted:
                parts.append(SO if wide else SI)
                shifted = wide
            parts.append(code)
        if shifted:
            parts.append(SI)
        return b"".join(parts)


@cache
def cp935() -> MixedCodec:
    packed = resources.files("formats.charsets").joinpath("cp935.bin").read_bytes()
    words = array("H", zlib.decompress(packed))
    if sys.byteorder == "little":
        words.byteswap()
    return MixedCodec("cp935", words)
