"""Makes the tables beside it from the C library's `iconv`: one file a page.

Run `python -m formats.charsets.make_tables` after an update of the C library; the tests compare the committed
tables with `iconv`, code by code and character by character, wherever it has these pages. A file is zlib over
big-endian 16-bit words:

    256 words      single-byte codes: code → character
    65,536 words   double-byte codes likewise (a double-byte page only)
    pairs          character, code: what is written otherwise than by the first code that reads as it

0xFFFF means undefined. Two habits of iconv are not taken over. It writes SUB for a hundred characters that a
page lacks, which would lose them without a word: here they cannot be written. And where it writes a character
with a code that reads as another although the page has a code of its own, the page's own is used (backslash
and tilde of 930 and 939).
"""

import ctypes
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).parent
UNDEFINED = 0xFFFF
SO, SI = b"\x0e", b"\x0f"
SUB = 0x1A
SINGLE = {"cp1047": "IBM1047"}
"""Python's name → the C library's. Python itself has 037, 500 and 1140."""
DOUBLE = {"cp935": "IBM935", "cp937": "IBM937", "cp1388": "IBM1388", "cp930": "IBM930", "cp939": "IBM939"}

Convert: TypeAlias = Callable[[bytes], bytes | None]


def iconv(source: str, target: str) -> Convert:
    """A converter of single characters; it gives None for what cannot be. LookupError: no such page here."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "iconv_open"):
        raise LookupError("this C library has no iconv")
    library.iconv_open.restype = ctypes.c_void_p
    library.iconv_open.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    library.iconv.restype = ctypes.c_size_t
    library.iconv.argtypes = [ctypes.c_void_p] * 5
    opened = library.iconv_open(target.encode(), source.encode())
    if opened in (None, ctypes.c_void_p(-1).value):
        raise LookupError(f"this C library's iconv has no {source} to {target}")
    given, made = ctypes.create_string_buffer(64), ctypes.create_string_buffer(64)
    given_at, made_at = ctypes.addressof(given), ctypes.addressof(made)
    source_at, left, target_at, room = (kind() for kind in (ctypes.c_void_p, ctypes.c_size_t) * 2)
    begins = (ctypes.byref(source_at), ctypes.byref(left))
    ends = (ctypes.byref(target_at), ctypes.byref(room))
    failed = ctypes.c_size_t(-1).value

    def convert(data: bytes) -> bytes | None:
        ctypes.memmove(given, data, len(data))
        source_at.value, left.value, target_at.value, room.value = given_at, len(data), made_at, 64
        library.iconv(opened, None, None, None, None)
        if library.iconv(opened, *begins, *ends) == failed:
            return None
        library.iconv(opened, None, None, *ends)  # back to single bytes
        return made.raw[: 64 - room.value]

    return convert


def characters() -> Iterator[str]:
    """All that a word can hold."""
    yield from map(chr, range(0xD800))
    yield from map(chr, range(0xE000, UNDEFINED))


def table(page: str, codes: Iterable[bytes]) -> Iterator[int]:
    """Code by code: its character, or UNDEFINED."""
    read = iconv(page, "UTF-16BE")
    for code in codes:
        text = read(code)
        yield int.from_bytes(text) if text is not None and len(text) == 2 else UNDEFINED


def single(page: str) -> list[int]:
    return list(table(page, (bytes([code]) for code in range(256))))


def double(page: str) -> list[int]:
    return list(table(page, (SO + code.to_bytes(2) + SI for code in range(65_536))))


def without_shifts(one: list[int], two: list[int]) -> None:
    """They are no characters; one inside the other is an error, though iconv reads it."""
    for shift in (SO[0], SI[0]):
        one[shift] = UNDEFINED
        two[shift << 8 : (shift + 1) << 8] = [UNDEFINED] * 256


def pairs(page: str, first: dict[str, bytes], reads: dict[bytes, str]) -> Iterator[int]:
    """What is written otherwise than by the first code that reads as it."""
    write = iconv("UTF-8", page)
    for character in characters():
        code = write(character.encode("utf-8"))
        if code is None or code == first.get(character):
            continue
        one_way = reads.get(code) != character
        if one_way and (character in first or reads.get(code) == chr(SUB)):
            continue
        yield from (ord(character), int.from_bytes(code.strip(SO + SI)))


def words(page: str, *, doubled: bool) -> list[int]:
    one, two = single(page), double(page) if doubled else []
    if doubled:
        without_shifts(one, two)
    reads = {bytes([code]): chr(word) for code, word in enumerate(one) if word != UNDEFINED}
    reads |= {SO + code.to_bytes(2) + SI: chr(word) for code, word in enumerate(two) if word != UNDEFINED}
    first: dict[str, bytes] = {}
    for code, character in reads.items():
        first.setdefault(character, code)
    return [*one, *two, *pairs(page, first, reads)]


def main() -> None:
    for name, page in (SINGLE | DOUBLE).items():
        made = array("H", words(page, doubled=name in DOUBLE))
        if sys.byteorder == "little":
            made.byteswap()
        path = HERE / f"{name}.bin"
        path.write_bytes(zlib.compress(made.tobytes(), 9))
        print(f"{path.name}: {path.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
