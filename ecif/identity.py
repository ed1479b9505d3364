"""What a value is worth as evidence: documents, dates, placeholders, names.

A wrong number is stored and flagged, never refused here: the survivorship step "sound" puts it behind a
sound one and matching does not use it. Rules: resident identity number GB 11643 (check digit, possible birth
date; the 15-digit form is the 18-digit one of the 1900s), unified social credit code GB 32100, an
organization code is characters 9-17 of its USCC. Other documents have no check that all issuers keep.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from ecif.model import Value
from ecif.pinyin import spellings
from ecif.traditional import simplified

SUBSTITUTES: Final = frozenset("〓□\ufffd?*")
"""Written for a character that a system's charset lacks: what charsets here declare, and what screens and
printers of others left behind."""
CUT_BYTES: Final = 40
"""A name this long (two bytes a Chinese character) may be another one cut to a field's width."""

_RIC_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RIC_CHECKS: Final = "10X98765432"
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_NOTHING: Final = frozenset(
    ("无", "暂无", "没有", "不详", "未知", "不明", "待补", "待定", "空", "测试", "测试用户", "测试客户",
     "无名氏", "na", "none", "null", "nil", "unknown", "test")
)  # fmt: skip
_EMPTY_MOBILE: Final = re.compile(r"1\d{2}0{8}")
_FAR_MOBILE: Final = re.compile(r"01[3-9]\d{9}")
_SERVICE_MOBILES: Final = frozenset(("13800138000", "12345678901"))
_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_SEPARATORS: Final = re.compile(r"[\s·•・.,'\-]+")
_BEIJING_MICROSECONDS: Final = 8 * 3600 * 1_000_000  # every sheet's dates are Beijing dates
_DAY_MICROSECONDS: Final = 86_400 * 1_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()
_ENDLESS: Final = ("99991231",)
_NO_BIRTHS: Final = ("19000101", "99991231")
_KEPT: Final = 4_096
"""Of each answer: a message asks for the same ones several times, the next days' for most of them never."""


# ------------------------------------------------------------------------------------------- documents
@lru_cache(maxsize=_KEPT)
def canonical_document(type: str, number: str) -> tuple[str, str]:
    """The same document in one form: 15 digits as 18, a USCC as its organization code."""
    number = _plain(number)
    if type == "resident_id" and len(number) == 15 and _digits(number):
        return type, full_resident_id(number)
    if type == "uscc" and len(number) == 18:
        return "org_code", number[8:17]
    if type == "org_code":
        return type, number.replace("-", "")
    return type, number


def full_resident_id(number: str) -> str:
    """15 digits to 18: the century and the check digit are put in."""
    body = f"{number[:6]}19{number[6:]}"
    return body + _ric_check(body)


@lru_cache(maxsize=_KEPT)
def valid_document(type: str, number: str) -> bool:
    """Can this be a real number of that type? Check digits where the type has one, no placeholder."""
    number = _plain(number)
    if placeholder(number):
        return False
    if type == "resident_id":
        return _valid_resident_id(number)
    if type == "uscc":
        return _valid_uscc(number)
    return True


def _valid_resident_id(number: str) -> bool:
    if len(number) == 15 and _digits(number):
        return possible_date(f"19{number[6:12]}")
    return (
        len(number) == 18
        and _digits(number[:17])
        and possible_date(number[6:14])
        and _ric_check(number[:17]) == number[17]
    )


def _ric_check(body: str) -> str:
    return _RIC_CHECKS[sum(map(_times, _RIC_WEIGHTS, map(int, body))) % 11]


def _valid_uscc(number: str) -> bool:
    if len(number) != 18 or any(c not in _USCC_ALPHABET for c in number):
        return False
    total = sum(map(_times, _USCC_WEIGHTS, map(_USCC_ALPHABET.index, number[:17])))
    return _USCC_ALPHABET[-total % 31] == number[17]


def _times(a: int, b: int) -> int:
    return a * b


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _plain(number: str) -> str:
    """Upper case, half width, no blanks: how numbers are compared."""
    if not number.isascii():
        number = unicodedata.normalize("NFKC", number)
    return "".join(number.split()).upper()


def expired(value: Value, as_of: int) -> bool:
    """Is a document (number, expiry) past its expiry on the stored day? Never asks the clock."""
    expiry = value[-1] if isinstance(value, tuple) else None
    return expiry is not None and expiry < day(as_of)


def day(microseconds: int) -> str:
    """YYYYMMDD in Beijing."""
    return _date_of((microseconds + _BEIJING_MICROSECONDS) // _DAY_MICROSECONDS)


@lru_cache(maxsize=4_096)
def _date_of(days: int) -> str:
    return date.fromordinal(_EPOCH + days).strftime("%Y%m%d")


# --------------------------------------------------------------------------------------------- quality
FAULTS: Final = (
    "placeholder", "check_digit", "impossible_date", "impossible_expiry", "default_date", "only_digits",
    "too_short", "no_address",
)  # fmt: skip
"""What can be known against a value by itself."""


@lru_cache(maxsize=_KEPT)
def sound(attribute: str, value: Value) -> bool:
    """Nothing is known against it."""
    return not faults(attribute, value)


def faults(attribute: str, value: Value) -> tuple[str, ...]:
    """What is known against a value by itself, by the names of `FAULTS`."""
    family, _, key = attribute.partition(":")
    if family == "document":
        return _document_faults(key, value[0], value[1])
    if family == "address":
        return _line_faults(value[0])
    check = _CHECKS.get(family)
    return () if check is None else check(str(value))


def _document_faults(type: str, number: str | None, expiry: str | None) -> tuple[str, ...]:
    found = []
    if number is None or placeholder(_plain(number)):
        found.append("placeholder")
    elif not valid_document(type, number):
        possible = type != "resident_id" or _possible_birth(_plain(number))
        found.append("check_digit" if possible else "impossible_date")
    if expiry is not None and expiry not in _ENDLESS and not possible_date(expiry):
        found.append("impossible_expiry")
    return tuple(found)


def _possible_birth(number: str) -> bool:
    return possible_date(f"19{number[6:12]}" if len(number) == 15 else number[6:14])


def _born_faults(text: str) -> tuple[str, ...]:
    if not possible_date(text):
        return ("impossible_date",)
    return ("default_date",) if text in _NO_BIRTHS else ()


def _phone_faults(text: str) -> tuple[str, ...]:
    if placeholder_phone(text):
        return ("placeholder",)
    return ("too_short",) if len(plain_phone(text)) < _SHORTEST_PHONE else ()


def _text_faults(text: str) -> tuple[str, ...]:
    return ("placeholder",) if placeholder(text) else ()


def _line_faults(text: str | None) -> tuple[str, ...]:
    """Of a name or an address line, which digits alone cannot be."""
    if text is None or placeholder(text):
        return ("placeholder",)
    return ("only_digits",) if _NOT_LETTERS.sub("", text).isdigit() else ()


def _email_faults(text: str) -> tuple[str, ...]:
    if placeholder(text):
        return ("placeholder",)
    return () if _EMAIL.fullmatch(text.strip()) else ("no_address",)


_SHORTEST_PHONE: Final = 7
"""Digits of a number without its area code."""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_CHECKS: Final[Mapping[str, Callable[[str], tuple[str, ...]]]] = {
    "born": _born_faults,
    "phone": _phone_faults,
    "name": _line_faults,
    "email": _email_faults,
    "employer": _text_faults,
}


def possible_date(text: str) -> bool:
    if len(text) != 8 or not _digits(text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=_KEPT)
def placeholder(text: str) -> bool:
    """Typed because a field had to be filled: nothing but one digit or letter, "none", "unknown"."""
    plain = _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    if not plain or plain in _NOTHING:
        return True
    return len(plain) >= 3 and plain.isascii() and len(set(plain)) == 1


def placeholder_phone(text: str) -> bool:
    number = plain_phone(text)
    return placeholder(number) or number in _SERVICE_MOBILES or _EMPTY_MOBILE.fullmatch(number) is not None


@lru_cache(maxsize=_KEPT)
def plain_phone(text: str) -> str:
    """Digits only, without the country code of the mainland, and without the 0 that a mobile was once
    dialled with from another city."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit())
    if len(digits) > 11:
        digits = digits.removeprefix("00")
        digits = digits.removeprefix("86")
    return digits[1:] if _FAR_MOBILE.fullmatch(digits) else digits


# ----------------------------------------------------------------------------------------------- names
@lru_cache(maxsize=_KEPT)
def plain_name(name: str) -> str:
    """How names are compared: half width, simplified, one case, no blanks, dots or hyphens."""
    return simplified(_SEPARATORS.sub("", unicodedata.normalize("NFKC", name).casefold()))


def same_name(a: str, b: str) -> bool:
    """Equal, or one is a system's way of writing the other: cut, characters lost. Nothing is guessed."""
    a, b = plain_name(a), plain_name(b)
    return a == b or _same_with_lost(a, b) or _cut(a, b) or _cut(b, a)


def compatible_names(a: str, b: str) -> bool:
    """Can both be one customer's name, given other evidence? Also a Chinese one's Latin spelling."""
    return same_name(a, b) or _spelt(plain_name(a), plain_name(b)) or _spelt(plain_name(b), plain_name(a))


def _same_with_lost(a: str, b: str) -> bool:
    """Each substitute stands for any one character; more than half must be there."""
    if len(a) != len(b) or not (lost(a) or lost(b)):
        return False
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x not in SUBSTITUTES and y not in SUBSTITUTES]
    return 2 * len(pairs) >= len(a) and all(x == y for x, y in pairs)


def lost(text: str) -> int:
    """How many of its characters some system could not write."""
    return sum(map(SUBSTITUTES.__contains__, text))


def _cut(short: str, long: str) -> bool:
    return len(short) < len(long) and long.startswith(short) and _width(short) >= CUT_BYTES


def _width(text: str) -> int:
    return sum(1 if c < "\x80" else 2 for c in text)


def _spelt(latin: str, chinese: str) -> bool:
    if not (latin.isascii() and latin.isalpha()) or chinese.isascii():
        return False
    return latin in spellings(chinese)
