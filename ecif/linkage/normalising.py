"""How values are brought to one form before they are compared. "" is a missing value."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from pypinyin import lazy_pinyin

from ecif.identity import full_resident_id, plain_phone, valid_document

Normaliser: TypeAlias = Callable[[str], str]

_NOT_WORDS: Final = re.compile(r"[\W_]+")
_NOT_DIGITS: Final = re.compile(r"\D+", re.ASCII)
_NOT_LETTERS: Final = re.compile(r"[\W\d_]+")
_DATE: Final = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*", re.ASCII)
_PERSONAL: Final = re.compile(r"[\u4e00-\u9fff]{2,4}")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\D+(\d{1,2})\D+(\d{4})\D*", re.ASCII)
_LEGAL_FORMS: Final = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|有限责任|股份有限|有限|总公司|分公司|公司|集团|个体工商户"
    r"|\b(co|ltd|limited|inc|corp|corporation|company|llc|plc|gmbh)\b\.?)",
    re.IGNORECASE,
)


def normaliser(steps: tuple[str, ...], placeholders: tuple[str, ...] = ()) -> Normaliser:
    """All steps in one; blanks at the ends go in any case."""
    functions = [_STEPS[step] for step in steps]
    nothing = frozenset(placeholders)

    def normalise(text: str) -> str:
        for function in functions:
            text = function(text)
        text = text.strip()
        return "" if text in nothing else text

    return normalise


def _width(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _accents(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _date(text: str) -> str:
    """To YYYYMMDD where it is one of the usual forms; a year first, or day and month before the year."""
    text = text.strip()
    if found := _DATE.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    else:
        return _NOT_DIGITS.sub("", text)
    return f"{year}{int(month):02d}{int(day):02d}"


def _resident_id(text: str) -> str:
    """GB 11643: 15 digits become 18, x becomes X."""
    text = "".join(text.split()).upper()
    return full_resident_id(text) if len(text) == 15 and text.isascii() and text.isdigit() else text


def _checked(text: str) -> str:
    """A resident identity number (GB 11643) or social credit code (GB 32100) whose check digit is right."""
    return text if any(valid_document(kind, text) for kind in ("resident_id", "uscc")) else ""


def _pinyin(text: str) -> str:
    return text if text.isascii() else "".join(lazy_pinyin(text))


_LOST: Final = "〓□\ufffd?"
"""Written for a character that some system could not write."""
_STEPS: Final[Mapping[str, Normaliser]] = {
    "lower": str.lower,
    "upper": str.upper,
    "width": _width,
    "accents": _accents,
    "spaces": lambda text: " ".join(text.split()),
    "no_spaces": lambda text: "".join(text.split()),
    "punctuation": lambda text: " ".join(_NOT_WORDS.sub(" ", text).split()),
    "letters": lambda text: _NOT_LETTERS.sub("", text),
    "digits": lambda text: _NOT_DIGITS.sub("", text),
    "alphanumeric": lambda text: _NOT_WORDS.sub("", text),
    "no_leading_zeros": lambda text: text.lstrip("0"),
    "date": _date,
    "pinyin": _pinyin,
    "resident_id": _resident_id,
    "mobile": plain_phone,
    "checked": _checked,
    "personal": lambda text: text if _PERSONAL.fullmatch(text) else "",
    "whole": lambda text: "" if any(lost in text for lost in _LOST) else text,
    "organization": lambda text: _LEGAL_FORMS.sub("", text),
}
