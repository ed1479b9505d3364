"""Damage to messages, by one seed: what lines, hosts and foes do to bytes."""

from collections.abc import Callable, Sequence
from random import Random

_NUMBERS = (
    "00 ff 7f 80 0000 ffff 7fff 8000 00000000 ffffffff 7fffffff 80000000 ffffffffffffffff 7fffffffffffffff "
    "3030 393939 39393939393939 f0f0 f9f9f9 c9 d9 999999999c 0c 0d"
)
_TEXT = (
    "0e 0f 0e0f 0f0e 1b 40 4040404040 20 2020 2a 5c 8130fd30 a1 fe59 c080 eda080 efbbbf e2808b 2d 2b 2e 7c "
    "5e 2c 3b 02 03 15 22 27"
)
_XML = ("<", ">", "&", "/>", "<!", "&amp;", "&#0;", "]]>", '<!DOCTYPE a [<!ENTITY b "c">]>', "<a>" * 40)
_XML_MORE = ("&#x10FFFF;", "<![CDATA[", "<!--", "<?xml", "&lol;")
_HOSTILE = (
    *(bytes.fromhex(text) for text in f"{_NUMBERS} {_TEXT}".split()),
    *(text.encode("ascii") for text in (*_XML, *_XML_MORE)),
)
_FILLERS = (b"\0", b" ", b"0", b"9", b"@", b"\xff", b"\xf0")


class Mutator:
    def __init__(self, corpus: Sequence[bytes], random: Random) -> None:
        self._corpus, self._random = corpus, random
        self._ways: tuple[Callable[[bytearray], None], ...] = (
            self._flip, self._set, self._overwrite, self._overwrite, self._insert, self._cut, self._double,
            self._move, self._splice, self._shorten, self._lengthen, self._fill,
        )  # fmt: skip

    def frame(self) -> bytes:
        random = self._random
        data = bytearray(random.choice(self._corpus))
        for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5, 9))):
            random.choice(self._ways)(data)
        return bytes(data)

    def _at(self, data: bytearray) -> int:
        """Heads are met more often: there stand lengths, types and bitmaps."""
        size = len(data) + 1
        return self._random.randrange(min(size, 40) if self._random.random() < 0.2 else size)

    def _stretch(self, data: bytearray) -> slice:
        at = self._at(data)
        return slice(at, at + self._random.choice((1, 2, 3, 4, 8, 16, 64)))

    def _flip(self, data: bytearray) -> None:
        at = self._at(data)
        if at < len(data):
            data[at] ^= 1 << self._random.randrange(8)

    def _set(self, data: bytearray) -> None:
        at = self._at(data)
        if at < len(data):
            data[at] = self._random.randrange(256)

    def _overwrite(self, data: bytearray) -> None:
        at = self._at(data)
        hostile = self._random.choice(_HOSTILE)
        data[at : at + len(hostile)] = hostile

    def _insert(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.choice(_HOSTILE)

    def _cut(self, data: bytearray) -> None:
        del data[self._stretch(data)]

    def _double(self, data: bytearray) -> None:
        stretch = self._stretch(data)
        data[stretch.start : stretch.start] = data[stretch]

    def _move(self, data: bytearray) -> None:
        taken = data[self._stretch(data)]
        at = self._at(data)
        data[at : at + len(taken)] = taken

    def _splice(self, data: bytearray) -> None:
        other = self._random.choice(self._corpus)
        data[self._at(data) :] = other[self._random.randrange(len(other) + 1) :]

    def _shorten(self, data: bytearray) -> None:
        del data[self._at(data) :]

    def _lengthen(self, data: bytearray) -> None:
        data += self._random.randbytes(self._random.choice((1, 2, 8, 200)))

    def _fill(self, data: bytearray) -> None:
        stretch = self._stretch(data)
        data[stretch] = self._random.choice(_FILLERS) * len(data[stretch])
