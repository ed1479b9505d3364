"""How a TLV's tag and length stand before its value.

- `FixedCells`: both big-endian, in 1, 2 or 4 bytes.
- `BerCells` (ISO 8825-1): a tag goes on where its first byte ends in five ones, then while the high bit is
  set; a length under 128 is one byte, else that byte says how many follow.

A BER tag's number is its bytes read as one. Lengths are read in any form of at most four bytes and written in
the shortest; the indefinite form is refused, as it has no length.
"""

import struct
from collections.abc import Sequence, Set
from contextlib import suppress
from typing import Protocol

from formats.errors import Refused

_CODES = {1: "B", 2: "H", 4: "I"}


class Cells(Protocol):
    least: int
    """Bytes of the shortest tag and length."""
    longest: int
    """The greatest length."""

    def read(self, data: bytes, at: int) -> tuple[int, int, int]:
        """Number, length, and where the value begins. Raises Refused where they end early."""

    def write(self, tag: int, length: int) -> bytes: ...

    def places(self, data: bytes, at: int, end: int, tags: Set[int]) -> Sequence[tuple[int, int]]:
        """Where the values of these tags stand, as far as TLVs can be found; looks into no group."""

    def label(self, tag: int) -> str: ...

    def is_tag(self, tag: int) -> bool:
        """Whether there can be this number."""


class FixedCells:
    def __init__(self, tag_bytes: int, length_bytes: int) -> None:
        self.form = f">{_CODES[tag_bytes]}{_CODES[length_bytes]}"
        self._cell = struct.Struct(self.form)
        self._tag_bytes = tag_bytes
        self.least, self.longest = self._cell.size, (1 << 8 * length_bytes) - 1

    def read(self, data: bytes, at: int) -> tuple[int, int, int]:
        try:
            number, length = self._cell.unpack_from(data, at)
        except struct.error:
            raise Refused("ends early") from None
        return number, length, at + self.least

    def write(self, tag: int, length: int) -> bytes:
        if length > self.longest:
            raise Refused("over its length field")
        return self._cell.pack(tag, length)

    def places(self, data: bytes, at: int, end: int, tags: Set[int]) -> Sequence[tuple[int, int]]:
        found = []
        unpack, head = self._cell.unpack_from, self.least
        while end - at >= head:
            number, length = unpack(data, at)
            at += head
            if at + length > end:
                break
            if number in tags:
                found.append((at, at + length))
            at += length
        return found

    def label(self, tag: int) -> str:
        return f"{tag:0{2 * self._tag_bytes}X}"

    def is_tag(self, tag: int) -> bool:
        return 0 <= tag >> 8 * self._tag_bytes == 0


class BerCells:
    least = 2
    longest = (1 << 32) - 1

    def read(self, data: bytes, at: int) -> tuple[int, int, int]:
        try:
            end = _tag_end(data, at)
            length = data[end]
            number = int.from_bytes(data[at:end])
            if length < 0x80:
                return number, length, end + 1
            start = end + 1 + (length & 0x7F)
            if length == 0x80 or length > 0x84:
                raise Refused("bad length")
            if start > len(data):
                raise Refused("ends early")
            return number, int.from_bytes(data[end + 1 : start]), start
        except IndexError:
            raise Refused("ends early") from None

    def write(self, tag: int, length: int) -> bytes:
        data = tag.to_bytes((tag.bit_length() + 7) // 8 or 1)
        if length < 0x80:
            return data + bytes([length])
        size = (length.bit_length() + 7) // 8
        if size > 4:
            raise Refused("over its length field")
        return data + bytes([0x80 | size]) + length.to_bytes(size)

    def places(self, data: bytes, at: int, end: int, tags: Set[int]) -> Sequence[tuple[int, int]]:
        found = []
        with suppress(Refused):
            while at < end:
                number, length, at = self.read(data, at)
                if at + length > end:
                    break
                if number in tags:
                    found.append((at, at + length))
                at += length
        return found

    def label(self, tag: int) -> str:
        return f"{tag:0{2 * ((tag.bit_length() + 7) // 8 or 1)}X}"

    def is_tag(self, tag: int) -> bool:
        if not 0 <= tag < 1 << 32:
            return False
        data = tag.to_bytes((tag.bit_length() + 7) // 8 or 1)
        try:
            return _tag_end(data, 0) == len(data)
        except (IndexError, Refused):
            return False


def _tag_end(data: bytes, at: int) -> int:
    """Behind the tag; four bytes at most."""
    end = at + 1
    if data[at] & 0x1F != 0x1F:
        return end
    while data[end] & 0x80:
        end += 1
        if end - at > 3:
            raise Refused("bad tag")
    return end + 1
