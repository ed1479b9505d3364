"""The committed tables, read on first use; what is in a file is told by `make_tables`."""

import sys
import zlib
from array import array
from collections.abc import Mapping
from copy import copy
from importlib import resources

_UNDEFINED = 0xFFFF
_SINGLE, _DOUBLE = 256, 65_536


class Page:
    """Codes ↔ characters of one page."""

    def folded(self, reading: Mapping[int, int], writing: Mapping[int, int]) -> "Page":
        """The same page where codes read as what is meant, and what is meant is written under them."""
        page = copy(self)
        page.single = {code: _meant(character, reading) for code, character in self.single.items()}
        page.double = {code: _meant(character, reading) for code, character in self.double.items()}
        page.to_single, page.to_double = self.to_single.copy(), self.to_double.copy()
        for character, written in writing.items():
            for codes, into in ((self.to_single, page.to_single), (self.to_double, page.to_double)):
                if chr(written) in codes:
                    into[chr(character)] = codes[chr(written)]
        return page

    def __init__(self, name: str) -> None:
        words = _words(name)
        pairs = words[_SINGLE + _DOUBLE :]
        self.name = name
        self.single = _characters(words[:_SINGLE])
        self.double = _characters(words[_SINGLE : _SINGLE + _DOUBLE])
        self.to_double = _codes(self.double, 2)
        self.to_single = _codes(self.single, 1)
        for character, code in zip(pairs[::2], pairs[1::2], strict=True):
            if code < _SINGLE:
                self.to_single[chr(character)] = code.to_bytes(1)
            else:
                self.to_double[chr(character)] = code.to_bytes(2)


def _meant(character: str, reading: Mapping[int, int]) -> str:
    return chr(reading.get(ord(character), ord(character)))


def _words(name: str) -> "array[int]":
    packed = resources.files("formats.charsets").joinpath(f"{name}.bin").read_bytes()
    words = array("H", zlib.decompress(packed))
    if sys.byteorder == "little":
        words.byteswap()
    return words


def _characters(words: "array[int]") -> dict[int, str]:
    return {code: chr(word) for code, word in enumerate(words) if word != _UNDEFINED}


def _codes(characters: dict[int, str], size: int) -> dict[str, bytes]:
    """Character → the first code that reads as it."""
    return {character: code.to_bytes(size) for code, character in reversed(characters.items())}
