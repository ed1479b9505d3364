"""Latin spellings of a Chinese name: every reading of each character, surname first or last.

Readings come from pypinyin's single-character table; a surname's own reading (单 shan, 曾 zeng) is one of
them, so no table of surnames is needed. ü is written v, u or yu in passports and card systems.

The tables take most of a second to load, and most processes never compare a name: they are loaded when first
needed, or before the work begins by `load`.
"""

import importlib
import os
from functools import lru_cache
from itertools import product
from typing import Final

_MOST_READINGS: Final = 64
"""Combinations looked at; a name has two to four characters, most with one reading."""
_LONGEST: Final = 6


def load() -> None:
    """Before a message waits for it."""
    importlib.import_module("pypinyin")


def spare_words() -> None:
    """For a process that searches no names, before it loads. pypinyin's table of words, which only
    `ecif.searching` asks, is 40 MB and most of the time that loading takes (these are its own switches)."""
    os.environ.update(PYPINYIN_NO_PHRASES="1", PYPINYIN_NO_DICT_COPY="1")


@lru_cache(maxsize=4_096)
def spellings(name: str) -> frozenset[str]:
    """Letters only, lower case; empty where a character has no reading or the name is no person's."""
    from pypinyin import Style, pinyin

    if not 2 <= len(name) <= _LONGEST:
        return frozenset()
    readings = pinyin(list(name), style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    if len(readings) != len(name):
        return frozenset()
    out: set[str] = set()
    for count, syllables in enumerate(product(*readings)):
        if count >= _MOST_READINGS:
            break
        for surname in (1, 2):
            out |= _written(syllables, surname)
    return frozenset(out)


def _written(syllables: tuple[str, ...], surname: int) -> set[str]:
    first, last = "".join(syllables[:surname]), "".join(syllables[surname:])
    return {order.replace("v", u) for order in (first + last, last + first) for u in ("v", "u", "yu")}
