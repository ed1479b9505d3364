"""How a field is written, in a few words for people: "text in cp037", "packed decimal, 9 digits, signed".

Asks the scalar's own parts (charset, numerals, decimals); a part that a scalar lacks is passed over, so that
a new kind of scalar is told by its class and its parts before anybody writes a word here.
"""

import re
from typing import Any

from formats.codec import FieldFacts
from formats.sample_values import kind_of
from formats.scalars import Scalar

_NUMERALS = {"Display": "digits", "Packed": "packed decimal", "Binary": "binary", "Bcd": "BCD"}
_KINDS = {"code": "code", "hex": "bytes"}


def in_words(fact: FieldFacts) -> str:
    kind = kind_of(fact)
    if kind == "list":
        return "list"
    if fact.scalar is None:
        return _KINDS.get(kind, kind)
    words = [_KINDS.get(kind, kind)]
    if kind in ("count", "type"):
        words.append(_KINDS.get(fact.scalar.kind, fact.scalar.kind))
    return ", ".join([*words, *_parts(fact.scalar)])


def _parts(scalar: Scalar) -> list[str]:
    numerals = getattr(scalar, "numerals", None)
    decimals = getattr(scalar, "decimals", 0)
    found = [_charset(scalar)] if numerals is None else _numerals(numerals)
    if isinstance(decimals, int) and decimals:
        found.append(f"{decimals} decimals")
    return [words for words in found if words]


def _charset(of: Any) -> str:
    charset = getattr(of, "charset", None)
    return str(getattr(charset, "name", ""))


def _numerals(numerals: Any) -> list[str]:
    name = type(numerals).__name__
    words = [_NUMERALS.get(name, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())]
    if name == "Binary":
        words.append(f"{getattr(numerals, 'order', 'big')}-endian")
    words += [_charset(numerals), f"{numerals.digits} digits", "signed" if numerals.signed else ""]
    return words
