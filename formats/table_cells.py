"""One field of a fixed-width table: what its row in the TOML file can say, and the scalar made of it.

| type | bytes | options |
|---|---|---|
| `text`, `code` | blanks on the right | `Padded`: `pad`, `side`, `trim`, `nulls`, `write_blank`, `clear` |
| `digits` | zeros on the left; "*" and blanks is the clear mark | `sign` |
| `amount` | as digits; two decimals, sign behind | `decimals`, `sign`: none, leading, trailing, overpunched |
| `date`, `time` | YYYYMMDD, YYYYMMDDhhmmss | `formats.dates`: `pattern`, `pivot`, `as` |
| `zoned` | as COBOL has it; an amount with `decimals` | `decimals`, `signed`, `relaxed`, `sign` |
| `packed` | COMP-3; an amount with `decimals` | `decimals`, `signed`, `relaxed`, `digits` |
| `binary`, `bcd` | numbers; amounts with `decimals` | `decimals`, `digits`; binary: `signed`, `order` |
| `float` | COMP-1 and COMP-2 as decimals | `hexadecimal`, `order` |
| `decimal_float` | FLOAT-DECIMAL: 8 or 16 bytes | `order` |
| `wide`, `graphic` | two bytes a character: UTF-16, the double-byte half of a mixed charset | |
| `filler` | skipped; written blank. The only field without a name | |
| `hex` | bytes as they are | |
| `flags` | bits by name | `formats.coded`: `bits` |

`values = { own = "standard" }` puts a code table over any of them. `as` says how the digits of a date with a
pattern stand: characters (the usual), packed, bcd, binary. Options that a type does not have are faults.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formats.charsets.charset import Charset
from formats.cobol_scalars import Scaled, graphic, national
from formats.coded import Coded, Flags
from formats.dates import Characters, Digits, PatternDate
from formats.errors import DeclarationError
from formats.floating import DecimalFloat, IbmFloat, IeeeFloat
from formats.numerals import Bcd, Binary, Display, Numerals, Packed, Sign
from formats.numerals_cobol import PackedUnsigned, RelaxedPacked, Zoned
from formats.padding import Null, Padded
from formats.scalars import Amount, Date, Hex, Number, Scalar, Text, Time

Kind: TypeAlias = Literal[
    "text", "code", "digits", "date", "time", "amount",
    "zoned", "packed", "binary", "bcd", "float", "decimal_float", "hex", "flags", "wide", "graphic", "filler",
]  # fmt: skip
_OPTIONS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"pad", "side", "trim", "nulls", "write_blank", "clear"}),
    "code": frozenset({"pad", "side", "trim", "nulls", "write_blank", "clear"}),
    "digits": frozenset({"sign"}),
    "amount": frozenset({"decimals", "sign"}),
    "date": frozenset({"pattern", "pivot", "form"}),
    "time": frozenset({"pattern", "pivot", "form"}),
    "zoned": frozenset({"decimals", "signed", "relaxed", "sign"}),
    "packed": frozenset({"decimals", "signed", "relaxed", "digits"}),
    "binary": frozenset({"decimals", "signed", "order", "digits"}),
    "bcd": frozenset({"decimals", "digits"}),
    "float": frozenset({"hexadecimal", "order"}),
    "decimal_float": frozenset({"order"}),
    "hex": frozenset(),
    "wide": frozenset(),
    "graphic": frozenset(),
    "filler": frozenset(),
    "flags": frozenset({"bits"}),
}


class CellRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    field: str
    width: Annotated[int, Field(ge=1, le=99_999, strict=True)]
    type: Kind
    charset: str = ""
    """Another one than the file's."""
    values: dict[str, str] = {}
    """This system's code → value."""
    decimals: Annotated[int, Field(ge=-18, le=38)] | None = None
    """Negative: so many zeros that are not written."""
    sign: Literal["none", "leading", "trailing", "overpunched", "leading_overpunched"] | None = None
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
    """Of a binary number: its limit; otherwise where a half byte is left over."""
    hexadecimal: bool = False
    """Of floating point: IBM's."""
    bits: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> "CellRow":
        if (self.type == "filler") == bool(self.field):
            raise ValueError('filler has no name, every other field has one: ["", 4, "filler"]')
        return self


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
        case "decimal_float":
            _must(row, 8, 16)
            return DecimalFloat(row.width, row.order)
        case "hex":
            return Hex(row.width)
        case "filler":
            return Text(row.width, own)
        case "wide" | "graphic":
            return _wide(row, own)
        case "flags":
            return Flags(row.width, row.bits)
        case _:
            return _number(row, _numerals(row, own))


def _number(row: CellRow, numerals: Numerals) -> Scalar:
    _must(row, numerals.size)
    if row.decimals is None:
        return Number(numerals)
    return Amount(numerals, row.decimals) if row.decimals >= 0 else Scaled(numerals, -row.decimals)


def _wide(row: CellRow, own: Charset) -> Scalar:
    if row.width % 2:
        raise DeclarationError(f"{row.field}: a {row.type} has two bytes a character", key=row.field)
    return national(row.width // 2) if row.type == "wide" else graphic(row.width // 2, own)


def _text(row: CellRow, own: Charset) -> Scalar:
    if not row.model_fields_set & _OPTIONS["text"]:
        return Text(row.width, own, row.type, low=own.encode("0") == b"\xf0")
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
            return _zoned(row, own)
        case "packed":
            digits = row.digits or 2 * row.width - 1
            return (RelaxedPacked if row.relaxed else Packed)(digits, signed=row.signed)
        case "binary":
            _must(row, *range(1, 9))
            most = row.digits or len(str(1 << 8 * row.width - row.signed))
            return Binary(row.width, most, signed=row.signed, order=row.order)
        case _:
            return PackedUnsigned(row.digits) if row.digits else Bcd(2 * row.width)


def _zoned(row: CellRow, own: Charset) -> Numerals:
    if row.sign in ("leading", "trailing"):
        return Display(row.width, own, Sign(row.sign), low=True)
    return Zoned(
        row.width,
        signed=row.signed,
        ebcdic=own.blank == b"\x40",
        leading=row.sign == "leading_overpunched",
        relaxed=row.relaxed,
    )


def _must(row: CellRow, *widths: int) -> None:
    if row.width not in widths:
        text = f"{row.field}: a {row.type} is {' or '.join(map(str, widths))} wide"
        raise DeclarationError(text, key=row.field)
