"""USAGE clauses: their spellings, and how many bytes a field of each has.

| usage | bytes |
|---|---|
| DISPLAY | one a character; a separate sign one more |
| DISPLAY-1, NATIONAL | two a character |
| COMP (COMP-4, BINARY), COMP-5 | 2, 4 or 8 by its digits (some compilers: 1, or any number up to 8) |
| COMP-X, COMP-N | the fewest that hold its digits; of PIC X as many as it has |
| COMP-3 (PACKED-DECIMAL) | two digits a byte, the last half is the sign |
| COMP-6 | two digits a byte, no sign |
| COMP-1, COMP-2 | 4 and 8: floating point |
| BINARY-CHAR, -SHORT, -LONG, -DOUBLE | 1, 2, 4, 8 |
| FLOAT-DECIMAL-16, -34 | 8 and 16 |
| INDEX; POINTER and the like | 4; 4 or 8 |

Sources: Enterprise COBOL Language Reference, "USAGE clause"; GnuCOBOL 3 Programmer's Guide for COMP-5, -6,
-X, -N and the C-like ones.
"""

from formats.copybook.items import Compiler, Item
from formats.errors import DeclarationError

_COMP = {
    "": "COMP", "-1": "COMP-1", "-2": "COMP-2", "-3": "COMP-3", "-4": "COMP",
    "-5": "COMP-5", "-6": "COMP-6", "-X": "COMP-X", "-N": "COMP-N",
}  # fmt: skip
USAGES = {
    "DISPLAY": "DISPLAY", "DISPLAY-1": "DISPLAY-1", "NATIONAL": "NATIONAL",
    **{f"COMP{end}": usage for end, usage in _COMP.items()},
    **{f"COMPUTATIONAL{end}": usage for end, usage in _COMP.items()},
    "BINARY": "COMP", "PACKED-DECIMAL": "COMP-3", "FLOAT-SHORT": "COMP-1", "FLOAT-LONG": "COMP-2",
    "BINARY-CHAR": "BINARY-CHAR", "BINARY-SHORT": "BINARY-SHORT", "SIGNED-SHORT": "BINARY-SHORT",
    "UNSIGNED-SHORT": "BINARY-SHORT UNSIGNED", "BINARY-LONG": "BINARY-LONG", "BINARY-INT": "BINARY-LONG",
    "SIGNED-INT": "BINARY-LONG", "UNSIGNED-INT": "BINARY-LONG UNSIGNED",
    "BINARY-DOUBLE": "BINARY-DOUBLE", "BINARY-LONG-LONG": "BINARY-DOUBLE", "BINARY-C-LONG": "BINARY-DOUBLE",
    "SIGNED-LONG": "BINARY-DOUBLE", "UNSIGNED-LONG": "BINARY-DOUBLE UNSIGNED",
    "FLOAT-DECIMAL-16": "FLOAT-DECIMAL-16", "FLOAT-DECIMAL-34": "FLOAT-DECIMAL-34",
    "INDEX": "INDEX", "POINTER": "POINTER", "PROCEDURE-POINTER": "PROCEDURE-POINTER",
    "FUNCTION-POINTER": "FUNCTION-POINTER", "PROGRAM-POINTER": "FUNCTION-POINTER",
}  # fmt: skip
"""Spelling → usage."""

_WITHOUT_PICTURE = {
    "COMP-1": 4, "COMP-2": 8, "INDEX": 4,
    "BINARY-CHAR": 1, "BINARY-SHORT": 2, "BINARY-LONG": 4, "BINARY-DOUBLE": 8,
    "FLOAT-DECIMAL-16": 8, "FLOAT-DECIMAL-34": 16,
}  # fmt: skip
_BINARY = ("COMP", "COMP-5", "COMP-X", "COMP-N")


def has_no_picture(usage: str) -> bool:
    return usage.partition(" ")[0] in _WITHOUT_PICTURE or usage.endswith("POINTER")


def size_of(item: Item, compiler: Compiler) -> int:
    """Bytes of an elementary item. Raises DeclarationError."""
    usage, picture = item.usage, item.picture
    if has_no_picture(usage):
        if picture is not None:
            raise item.fault(f"{usage} takes no picture")
        return _plain_size(usage, compiler)
    if picture is None:
        raise DeclarationError(
            f"{item.name} has neither a picture nor fields below it",
            file=item.file, line=item.line, key=item.name,
        )  # fmt: skip
    if picture.kind in "NG" or usage in ("NATIONAL", "DISPLAY-1"):
        wide = _double(item, picture.kind, usage)
        wide = compiler.national_digit if picture.kind == "9" else wide
        return wide * (picture.length + item.separate)
    if usage in ("COMP-X", "COMP-N", "COMP-5") and picture.kind == "X":
        return _of_text(item, picture.length, usage)
    if usage != "DISPLAY" and picture.kind != "9":
        raise item.fault(f"{usage} needs a numeric picture")
    if usage in _BINARY:
        return _binary(item, picture.length, signed=picture.signed, compiler=compiler)
    if usage == "COMP-3":
        return picture.length // 2 + 1
    if usage == "COMP-6":
        return (picture.length + 1) // 2
    return picture.length + item.separate


def _plain_size(usage: str, compiler: Compiler) -> int:
    if usage.endswith("POINTER"):
        return 8 if usage == "PROCEDURE-POINTER" else compiler.pointer
    return _WITHOUT_PICTURE[usage.partition(" ")[0]]


def _double(item: Item, kind: str, usage: str) -> int:
    fits = {"N": ("NATIONAL", "DISPLAY", "DISPLAY-1"), "G": ("DISPLAY-1", "DISPLAY")}.get(kind, ("NATIONAL",))
    if usage not in fits:
        raise item.fault(f"a picture of {kind} cannot be {usage}")
    return 2


def _of_text(item: Item, size: int, usage: str) -> int:
    if size > 8:
        raise item.fault(f"{usage} of over 8 bytes")
    return next(n for n in (1, 2, 4, 8) if n >= size) if usage == "COMP-5" else size


def _binary(item: Item, digits: int, *, signed: bool, compiler: Compiler) -> int:
    if digits > 18:
        raise item.fault(f"{item.usage} of over 18 digits")
    if item.usage in ("COMP-X", "COMP-N"):
        return _fewest(digits, signed=False)
    sizes = compiler.native if item.usage == "COMP-5" else compiler.binary
    if sizes == "1--8":
        return _fewest(digits, signed=signed)
    if sizes == "1-2-4-8" and digits <= 2:
        return 1
    return 2 if digits <= 4 else 4 if digits <= 9 else 8


def _fewest(digits: int, *, signed: bool) -> int:
    return next(n for n in range(1, 9) if 10**digits <= 1 << (8 * n - signed))


def boundary_of(item: Item, compiler: Compiler) -> int:
    """Where a SYNC item may begin: a multiple of this."""
    if item.usage in ("COMP", "COMP-5"):
        return compiler.long_boundary if item.size == 8 else item.size
    if item.usage == "COMP-2" or item.usage.startswith(("BINARY-", "FLOAT-DECIMAL")):
        return min(item.size, 8)
    if item.usage in ("COMP-1", "INDEX") or item.usage.endswith("POINTER"):
        return item.size
    return 1
