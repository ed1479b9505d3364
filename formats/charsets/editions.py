"""GB18030 by edition, and the private-use characters that its characters have been read as.

The edition of 2000 gave 25 of its two-byte codes no character of Unicode but a private-use one; since then
all have real ones. What differs between editions is how these are written:

| edition | U+1E3F | ten vertical forms, eight ideographs | six ideographs beyond U+FFFF |
|---|---|---|---|
| `gb18030-2000` | two bytes | two | two |
| `gb18030-2005` | two | two | two |
| `gb18030-2022` | two | two | four: FE51 and the other five stay private |

Read are all forms in every edition, the private-use characters as the real ones: nobody gives them another
meaning, and names must compare equal however old the sender's converter is. (The letter of the 2005 edition
writes eighteen with four bytes, too; their two-byte codes show the same glyphs on every system of its time,
and the C library's iconv writes those.)

CCSID 1388 (as iconv has it) gives the same 25 characters the same private-use code points. All other private
ones, here and in the other pages, are a bank's own characters and stay what they are.
"""

from collections.abc import Mapping
from types import MappingProxyType

LATER: Mapping[int, int] = MappingProxyType({
    0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14, 0xE792: 0xFE15,
    0xE793: 0xFE16, 0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19, 0xE7C7: 0x1E3F, 0xE816: 0x20087,
    0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7,
    0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE,
    0xE864: 0x9FBB,
})  # fmt: skip
"""Private-use character → the real one."""

_BACK = {new: old for old, new in LATER.items()}
_SMALL = {new: old for new, old in _BACK.items() if new <= 0xFFFF}

WRITING: Mapping[str, Mapping[int, int]] = MappingProxyType(
    {"gb18030-2000": _BACK, "gb18030-2005": _BACK, "gb18030-2022": _SMALL}
)
"""Edition → real character → the private-use one under whose code Python's gb18030 (of 2000) writes it."""

PRIVATE: Mapping[str, Mapping[int, int]] = MappingProxyType({"cp1388": LATER})
"""Other charsets whose private-use characters are these; elsewhere they are a bank's own characters."""

UNSAID = "gb18030-2005"
"""The edition of plain `gb18030`."""
