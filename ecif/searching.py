"""By what words a customer is found: keys of a golden record, and what a searcher's words mean as keys.

Pure. A key is a letter for its kind, a colon and the words in one plain form, so that a search is a range of
an ordered index and nothing else:

| kind | key | found by |
|---|---|---|
| n | the name, plain (`identity.plain_name`) | its beginning; the whole name comes first |
| s | the name from its second, third … character on | any part of the name |
| p | the Latin spelling of every reading, syllables run together | its beginning |
| i | the first letters of the syllables (words, of a Latin name) | its beginning |
| t | the digits of a phone number, without the country code | the whole |
| e | the e-mail address in one case | the whole |
| d | a document's number in its canonical form | the whole |
| b, m | branch; manager | the whole |

Readings: pypinyin's table of words, and for a person's short name its single-character table, which has a
surname's own reading (单 dan, shan); of many combinations the likeliest few.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Any, Final

import msgspec

from ecif.identity import canonical_document, plain_name, plain_phone
from ecif.model import DOCUMENT_TYPES, Golden

LONGEST: Final = 80
"""Characters of a key; longer words are cut, on both sides."""
_MOST_READINGS: Final = 6
_MOST_PARTS: Final = 14
_PERSON: Final = 4
"""Characters of a person's name, each of which may be read otherwise; longer names are read as words."""
_LONGEST_READ: Final = 24
_LAST: Final = "\U0010ffff"
_FAMILIES: Final = {"document": "d", "phone": "t"}
_WHOLE: Final = {"email": "e", "branch": "b", "manager": "m"}


class Range(msgspec.Struct, frozen=True):
    """Keys from `first` up to but not including `end`."""

    first: str
    end: str
    asked: str
    """The words, in plain form, that a found key is scored against."""

    def holds(self, key: str) -> bool:
        return self.first <= key < self.end

    def score(self, key: str) -> float:
        """1 for the very words, less the more the key has beyond them; a part counts half."""
        whole = len(self.asked) / max(len(key) - 2, 1)
        return round(whole / 2 if key[0] == "s" else whole, 3)


# ------------------------------------------------------------------------------------------- of a party
def keys_of(golden: Golden) -> dict[str, int]:
    """Key → since when it leads to this party, microseconds."""
    keys: dict[str, int] = {}
    for attribute, survivor in golden.values.items():
        for key in _keys(attribute, survivor.value):
            keys[key] = min(survivor.since, keys.get(key, survivor.since))
    return keys


@lru_cache(maxsize=16_384)
def _keys(attribute: str, value: str | tuple[str | None, ...]) -> tuple[str, ...]:
    """Of a customer that changed most values are those of before."""
    family, _, kind = attribute.partition(":")
    if attribute == "name":
        return name_keys(str(value))
    if family in _FAMILIES:
        text = str(value) if isinstance(value, str) else str(value[0] or "")
        plain = plain_phone(text) if family == "phone" else canonical_document(kind, text)[1]
        return (_key(_FAMILIES[family], plain),) if plain else ()
    if attribute in _WHOLE:
        return (_key(_WHOLE[attribute], str(value).casefold()),)
    return ()


@lru_cache(maxsize=8_192)
def name_keys(name: str) -> tuple[str, ...]:
    """Everything a name is found by."""
    plain = plain_name(name)
    if not plain:
        return ()
    parts = [_key("s", plain[start:]) for start in range(1, min(len(plain) - 1, _MOST_PARTS))]
    if plain.isascii():
        words = name.replace(",", " ").replace(".", " ").split()
        initials = "".join(word[0] for word in words).casefold() if len(words) > 1 else ""
        more = [_key("i", initials)] if initials else []
        return (_key("n", plain), *_parts_of_latin(words), *more)
    spelt = _spelt(plain[:_LONGEST_READ])
    latin = {_key("p", "".join(read)) for read in spelt} | {_key("i", _initials(read)) for read in spelt}
    return (_key("n", plain), *parts, *sorted(latin))


def _parts_of_latin(words: list[str]) -> list[str]:
    """A Latin name is found by any of its words, a Chinese one by any of its characters."""
    return [_key("s", plain_name("".join(words[n:]))) for n in range(1, min(len(words), _MOST_PARTS))]


def _spelt(name: str) -> list[tuple[str, ...]]:
    """Its syllables by reading, the likeliest first: as words are read, then character by character."""
    from pypinyin import Style, pinyin

    as_words = pinyin(name, style=Style.NORMAL, errors=_each, v_to_u=False)
    found = {tuple(one[0] for one in as_words): None}
    if len(name) <= _PERSON:
        readings = [range(len(_readings(character))) for character in name]
        for places in sorted(product(*readings), key=sum)[:_MOST_READINGS]:
            found[tuple(_readings(c)[place] for c, place in zip(name, places, strict=True))] = None
    return list(found)


def _each(unread: str) -> Any:
    """What has no reading stands for itself, character by character."""
    return list(unread)


def _initials(syllables: tuple[str, ...]) -> str:
    return "".join(syllable[:1] for syllable in syllables)


@lru_cache(maxsize=16_384)
def _readings(character: str) -> tuple[str, ...]:
    """Without tones, ü as v; the character itself where it has none."""
    from pypinyin import Style, pinyin

    if character.isascii():
        return (character,)
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    read = tuple(dict.fromkeys(found[0])) if found else ()
    return tuple(text for text in read if text) or (character,)


# ------------------------------------------------------------------------------------------- of a searcher
def name_ranges(words: str) -> list[Range]:
    """Names that begin with the words, then those that hold them."""
    plain = plain_name(words)
    return [_prefix("n", plain), _prefix("s", plain)] if plain else []


def spelling_ranges(words: str) -> list[Range]:
    """Names that are read so, or begin with these initials."""
    latin = unicodedata.normalize("NFKC", words).casefold().replace("ü", "v")
    plain = "".join(character for character in latin if character.isalnum())
    if not plain.isascii() or not plain:
        return []
    ranges = [_prefix("p", plain)]
    return [_prefix("i", plain), *ranges] if len(plain) <= _LONGEST_READ and not _vowelled(plain) else ranges


def _vowelled(text: str) -> bool:
    """Holds a syllable rather than first letters: zhang is read, zs is not."""
    return any(vowel in text for vowel in "aeiouv") and len(text) > 4


def whole_range(kind: str, words: str) -> list[Range]:
    """Keys that are these words and no more: kinds t, e, b, m."""
    plain = plain_phone(words) if kind == "t" else words.strip().casefold()
    return [_exactly(kind, plain)] if plain else []


def document_ranges(number: str, type: str = "") -> list[Range]:
    """Every form of a document's number, of one type or of any."""
    types = (type,) if type else DOCUMENT_TYPES
    forms = {canonical_document(one, number)[1] for one in types}
    return [_exactly("d", form) for form in sorted(forms) if form]


def any_ranges(words: str) -> list[Range]:
    """One box for everything: what the words can mean, the surest first."""
    plain = plain_name(words)
    digits = sum(character.isdigit() for character in plain)
    if plain.isascii() and digits >= 5:
        found = [*document_ranges(words), *whole_range("t", words)]
        return found if digits == len(plain) else [*found, *name_ranges(words)]
    if "@" in words:
        return whole_range("e", words)
    if plain.isascii():
        return [*name_ranges(words)[:1], *spelling_ranges(words), *name_ranges(words)[1:]]
    return name_ranges(words)


def _key(kind: str, words: str) -> str:
    return f"{kind}:{words[:LONGEST]}"


def _prefix(kind: str, plain: str) -> Range:
    asked = plain[:LONGEST]
    return Range(f"{kind}:{asked}", f"{kind}:{asked}{_LAST}", asked)


def _exactly(kind: str, plain: str) -> Range:
    asked = plain[:LONGEST]
    return Range(f"{kind}:{asked}", f"{kind}:{asked}\x01", asked)


KINDS: Final[Mapping[str, str]] = {
    "n": "name", "s": "part of name", "p": "spelling", "i": "initials", "t": "phone", "e": "email",
    "d": "document", "b": "branch", "m": "manager",
}  # fmt: skip
"""What a found key's letter says to a searcher."""
