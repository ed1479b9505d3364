"""How values are brought to one form before they are compared. "" is a missing value."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from ecif.identity import full_resident_id, placeholder, plain_phone, possible_date, valid_document
from ecif.linkage.characters import LOST, folded, sound

Normaliser: TypeAlias = Callable[[str], str]
_KEPT: Final = 8_192
"""Numbers whose check digit is known: several attributes ask for the same one."""

_NOT_WORDS: Final = re.compile(r"[\W_]+")
_NOT_DIGITS: Final = re.compile(r"\D+", re.ASCII)
_NOT_LETTERS: Final = re.compile(r"[\W\d_]+")
_DATE: Final = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*", re.ASCII)
_PERSONAL: Final = re.compile(r"[\u4e00-\u9fff]{2,4}|[A-Za-z]{2,7} [A-Za-z]{2,18}")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\D+(\d{1,2})\D+(\d{4})\D*", re.ASCII)
_LEGAL_FORMS: Final = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|有限责任|股份有限|有限|总公司|分公司|公司|集团|个体工商户"
    r"|\b(co|ltd|limited|inc|corp|corporation|company|llc|plc|gmbh)\b\.?)",
    re.IGNORECASE,
)


def rewritten(words: Mapping[str, str]) -> Normaliser:
    """Words for others; what is no Latin word is replaced wherever it stands."""
    inside = [(old, new) for old, new in words.items() if not old.isascii()]
    whole = {old: new for old, new in words.items() if old.isascii()}

    def rewrite(text: str) -> str:
        for old, new in inside:
            text = text.replace(old, new)
        if not whole:
            return text
        return " ".join([word for one in text.split() if (word := whole.get(one, one))])

    return rewrite


def _width(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _accents(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _date(text: str) -> str:
    """To YYYYMMDD where it is one of the usual forms; a year first, or day and month before the year."""
    if len(text) == 8 and text.isdigit() and text.isascii():
        return text
    text = text.strip()
    if found := _DATE.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    else:
        return _NOT_DIGITS.sub("", text)
    return f"{year}{int(month):02d}{int(day):02d}"


def _mobile(text: str) -> str:
    return text if len(text) == 11 and text.isdigit() and text.isascii() else plain_phone(text)


def _resident_id(text: str) -> str:
    """GB 11643: 15 digits become 18, x becomes X."""
    if len(text) == 18 and text.isdigit() and text.isascii():
        return text
    if not text:
        return text
    text = "".join(text.split()).upper()
    return full_resident_id(text) if len(text) == 15 and text.isascii() and text.isdigit() else text


def _credit_code(text: str) -> str:
    """GB 32100 and GB 11714: a social credit code becomes the organization code inside it."""
    if len(text) != 18 or not text.isalnum():
        text = _NOT_WORDS.sub("", text).upper()
    if len(text) != 18 or _is_resident(text) or not _CREDIT_CODE.fullmatch(text) or placeholder(text):
        return text
    return text if _person_like(text) else text[8:17]


def _person_like(text: str) -> bool:
    """Of 18 characters: a resident identity number, right or mistyped, rather than a social credit code. Both
    may be all digits; a code of a company begins with 9, a number has a date in it."""
    if not text[:17].isdigit() or text[0] == "9":
        return False
    return possible_date(text[6:14]) or not valid_document("uscc", text)


@lru_cache(maxsize=_KEPT)
def _checked(text: str) -> str:
    """A resident identity number (GB 11643), a social credit code (GB 32100) or an organization code (GB
    11714) whose check digit is right."""
    if len(text) == 9:
        return text if _organization_check(text) else ""
    if len(text) != 18:
        return ""
    kind = "resident_id" if _person_like(text) else "uscc"
    return text if valid_document(kind, text) else ""


def _organization_check(text: str) -> bool:
    if not _ORGANIZATION_CODE.fullmatch(text) or placeholder(text):
        return False
    total = sum(int(char, 36) * weight for char, weight in zip(text, _ORGANIZATION_WEIGHTS, strict=False))
    return text[8] == "0123456789X0"[11 - total % 11]


@lru_cache(maxsize=_KEPT)
def resident(text: str) -> str:
    """A right resident identity number, of 18 digits; others are missing."""
    full = _resident_id(text)
    return full if _is_resident(full) else ""


def _birth_date(text: str) -> str:
    """What a right resident identity number says."""
    return resident(text)[6:14]


def _sex(text: str) -> str:
    full = resident(text)
    return ("M" if full[16] in "13579" else "F") if full else ""


@lru_cache(maxsize=_KEPT)
def _is_resident(text: str) -> bool:
    return len(text) == 18 and text[:17].isdigit() and valid_document("resident_id", text)


def _number(text: str) -> str:
    """The first number: 1,299.00 becomes 1299."""
    found = _NUMBER.search(text.replace(",", ""))
    if found is None:
        return ""
    whole, _, rest = found[0].partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def _codes(text: str) -> str:
    """Words that hold a digit: model and article numbers."""
    words = (_NOT_WORDS.sub("", word) for word in text.split())
    return " ".join(word for word in words if len(word) > 2 and any(map(str.isdigit, word)))


def _domain(text: str) -> str:
    """Of an address in the net or by mail: example.com."""
    rest = text.strip().lower().rpartition("@")[2].rpartition("://")[2]
    return rest.partition("/")[0].removeprefix("www.")


def _whole(text: str) -> str:
    return text if LOST_SIGNS.isdisjoint(text) else ""


LOST_SIGNS: Final = frozenset(LOST)
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_ORGANIZATION_CODE: Final = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ORGANIZATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_YEAR: Final = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)", re.ASCII)
_NUMBERS: Final = re.compile(r"\d+", re.ASCII)
_BRACKETS: Final = re.compile(r"[(\[{（【].*?[)\]}）】]")
STEPS: Final[Mapping[str, Normaliser]] = {
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
    "sorted": lambda text: " ".join(sorted(text.split())),
    "first_word": lambda text: text.split()[0] if text.split() else "",
    "last_word": lambda text: text.split()[-1] if text.split() else "",
    "no_brackets": lambda text: _BRACKETS.sub(" ", text),
    "brackets": lambda text: " ".join(found[1:-1] for found in _BRACKETS.findall(text)),
    "codes": _codes,
    "numbers": lambda text: " ".join(_NUMBERS.findall(text)),
    "number": _number,
    "year": lambda text: found[0] if (found := _YEAR.search(text)) else text.strip()[:4],
    "domain": _domain,
    "pinyin": sound,
    "look_alikes": folded,
    "resident_id": _resident_id,
    "credit_code": _credit_code,
    "birth_date": _birth_date,
    "sex": _sex,
    "mobile": _mobile,
    "checked": _checked,
    "personal": lambda text: text if _PERSONAL.fullmatch(text) else "",
    "whole": _whole,
    "organization": lambda text: _LEGAL_FORMS.sub("", text),
}
