"""Hand-written structs as a bank's own team would bring them: everything construct is used for on wires."""

from construct import (
    Array,
    Bytes,
    Check,
    Const,
    Enum,
    ExprAdapter,
    Int8ub,
    Int16ub,
    Int32sb,
    PaddedString,
    Padding,
    PascalString,
    PrefixedArray,
    Rebuild,
    Struct,
    Switch,
    len_,
    this,
)

_HEAD = ("TYPE" / PaddedString(2, "ascii"), "ID" / Bytes(8))
HEADER = Struct(*_HEAD)

CUSTOMER = Struct(
    *_HEAD,
    "KIND" / Enum(Int8ub, person=1, organization=2),
    Padding(1),
    "NAME" / PaddedString(30, "utf-8"),
    "BORN" / Struct("YEAR" / Int16ub, "MONTH" / Int8ub, Check(this.MONTH <= 12)),
    "COUNT" / Rebuild(Int8ub, len_(this.ACCOUNTS)),
    "ACCOUNTS" / Array(this.COUNT, Struct("NO" / PaddedString(10, "ascii"), "BALANCE" / Int32sb)),
    "PHONES" / PrefixedArray(Int8ub, PascalString(Int8ub, "ascii")),
)
REPLY = Struct(
    *_HEAD,
    "MARK" / Const(b"\xca\xfe"),
    "CODE" / ExprAdapter(Int16ub, lambda code, _: f"{code:04d}", lambda text, _: int(text)),
    "FORM" / Int8ub,
    "TEXT" / Switch(this.FORM, {0: PaddedString(4, "ascii"), 1: PaddedString(8, "ascii")}),
)
EMPTY = Struct(*_HEAD, "ENTRIES" / PrefixedArray(Int32sb, Struct()))
