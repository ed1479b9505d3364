"""One field of a fixed-width table: what its row in the TOML file can say, and the scalar made of it.

| type | bytes | options |
|---|---|---|
| `text`, `code` | blanks on the right | `Padded`: `pad`, `side`, `trim`, `nulls`, `write_blank`, `clear` |
| `digits` | zeros on the left; "*" and blanks is the clear mark | `sign` |
| `amount` | as digits; two decimals, sign behind | `decimals`, `sign`: none, leading, trailing, overpunched |
| `date`, `time` | YYYYMMDD, YYYYMMDDhhmmss | `formats.dates`: `pattern`, `pivot`, `as` |
| `zoned`, `packed` | as COBOL has them; amounts with `decimals` | `decimals`, `signed`, `relaxed` |
| `binary`, `bcd` | numbers; amounts with `decimals` | `decimals`; binary: `signed`, `order`, `digits` |
| `float` | COMP-1 and COMP-2 as decimals | `hexadecimal`, `order` |
| `hex` | bytes as they are | |
| `flags` | bits by name | `formats.coded`: `bits` |

`values = { own = "standard" }` puts a code table over any of them. `as` says how the digits of a date with a
pattern stand: characters (the usual), packed, bcd, binary. Options that a type does not have are faults.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from formats.charsets.charset import Charset
from formats.coded import Coded, Flags
from formats.dates import Characters, Digits, PatternDate
from formats.errors import DeclarationError
from formats.floating import IbmFloat, IeeeFloat
from formats.numerals import Bcd, Binary, Display, Numerals, Packed, Sign
from formats.numerals_cobol import RelaxedPacked, Zoned
from formats.padding import Null, Padded
from formats.scalars import Amount, Date, Hex, Number, Scalar, Text, Time

Kind: TypeAlias = Literal[
    "text", "code", "digits", "date", "time", "amount",
    "zoned", "packed", "binary", "bcd", "float", "hex", "flags",
]  # fmt: skip
_OPTIONS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"pad", "side", "trim", "nulls", "write_blank", "clear"}),
    "code": frozenset({"pad", "side", "trim", "nulls", "write_blank", "clear"}),
    "digits": frozenset({"sign"}),
    "amount": frozenset({"decimals", "sign"}),
    "date": frozenset({"pattern", "pivot", "form"}),
    "time": frozenset({"pattern", "pivot", "form"}),
    "zoned": frozenset({"decimals", "signed", "relaxed"}),
    "packed": frozenset({"decimals", "signed", "relaxed"}),
    "binary": frozenset({"decimals", "signed", "order", "digits"}),
    "bcd": frozenset({"decimals"}),
    "float": frozenset({"hexadecimal", "order"}),
    "hex": frozenset(),
    "flags": frozenset({"bits"}),
}


class CellRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    field: Annotated[str, Field(min_length=1)]
    width: Annotated[int, Field(ge=1, le=99_999, strict=True)]
    type: Kind
    charset: str = ""
    """Another one than the file's."""
    values: dict[str, str] = {}
    """This system's code → value."""
    decimals: Annotated[int, Field(ge=0, le=9)] | None = None
    sign: Literal["none", "leading", "trailing", "overpunched"] | None = None
    pad: str = " "
    side: Literal["left", "right"] = "right"
    trim: bool = True
    nulls: tuple[Null, ...] = ()
    write_blank: Null | None = None
    clear: str = "*"
    pattern: str = ""
    pivot: Annotated[int, Field(ge=0, le=100)] = 50
    form: Annotated[Literal["characters", "packed", "bcd", "binary"], Field(alias="as")] = "characters"
    signed: bool = False
    relaxed: bool = False
    order: Literal["big", "little"] = "big"
    digits: Annotated[int, Field(ge=1, le=38)] | None = None
    """Of a binary number: its limit."""
    hexadecimal: bool = False
    """Of floating point: IBM's."""
    bits: tuple[str, ...] = ()


_COMMON = {"field", "width", "type", "charset", "values"}


def scalar_of(row: CellRow, own: Charset) -> Scalar:
    """Raises DeclarationError."""
    for name in sorted(row.model_fields_set - _COMMON - _OPTIONS[row.type]):
        raise DeclarationError(f"{row.field}: {name} is nothing of a {row.type}", key=row.field)
    scalar = _plain(row, own)
    if not row.values:
        return scalar
    table: Mapping[Any, str] = row.values
    if scalar.kind == "number":
        table = {int(code): value for code, value in row.values.items() if code.lstrip("-").isdigit()}
    return Coded(scalar, table)


def _plain(row: CellRow, own: Charset) -> Scalar:
    match row.type:
        case "text" | "code":
            return _text(row, own)
        case "digits":
            return Number(Display(row.width, own, Sign(row.sign or "none"), clear=True))
        case "amount":
            decimals = 2 if row.decimals is None else row.decimals
            return Amount(Display(row.width, own, Sign(row.sign or "trailing"), clear=True), decimals)
        case "date" | "time":
            return _moment(row, own)
        case "float":
            _must(row, 4, 8)
            return (IbmFloat if row.hexadecimal else IeeeFloat)(row.width, row.order)
        case "hex":
            return Hex(row.width)
        case "flags":
            return Flags(row.width, row.bits)
        case _:
            numerals = _numerals(row, own)
            return Number(numerals) if row.decimals is None else Amount(numerals, row.decimals)


def _text(row: CellRow, own: Charset) -> Scalar:
    if not row.model_fields_set & _OPTIONS["text"]:
        return Text(row.width, own, row.type)
    return Padded(
        row.width, own, row.type, pad=row.pad, side=row.side, trim=row.trim, nulls=row.nulls,
        write_blank=row.write_blank, clear=row.clear,
    )  # fmt: skip


def _moment(row: CellRow, own: Charset) -> Scalar:
    if row.pattern:
        return PatternDate(row.pattern, _digits(row, own), pivot=row.pivot)
    if row.type == "date":
        _must(row, 8)
        return Date(Display(8, own), blank="")
    _must(row, 14)
    return Time(Display(14, own))


def _digits(row: CellRow, own: Charset) -> Digits:
    match row.form:
        case "packed":
            return Packed(2 * row.width - 1, signed=False)
        case "bcd":
            return Bcd(2 * row.width)
        case "binary":
            return Binary(row.width, len(row.pattern), signed=False)
        case "characters":
            alone = row.pattern.isascii() and row.pattern.isalpha() and "MMM" not in row.pattern
            return Display(row.width, own) if alone else Characters(row.width, own)


def _numerals(row: CellRow, own: Charset) -> Numerals:
    match row.type:
        case "zoned":
            ebcdic = own.blank == b"\x40"
            return Zoned(row.width, signed=row.signed, ebcdic=ebcdic, relaxed=row.relaxed)
        case "packed":
            return (RelaxedPacked if row.relaxed else Packed)(2 * row.width - 1, signed=row.signed)
        case "binary":
            _must(row, 1, 2, 4, 8)
            most = row.digits or len(str(1 << 8 * row.width - row.signed))
            return Binary(row.width, most, signed=row.signed, order=row.order)
        case _:
            return Bcd(2 * row.width)


def _must(row: CellRow, *widths: int) -> None:
    if row.width not in widths:
        text = f"{row.field}: a {row.type} is {' or '.join(map(str, widths))} wide"
        raise DeclarationError(text, key=row.field)
