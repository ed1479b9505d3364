"""Every pair of the table is one character in two forms: read alike, one simplified form for each."""

from collections import Counter

from pypinyin import Style, pinyin

from ecif import traditional
from ecif.traditional import simplified


def readings(character):
    return set(pinyin(character, style=Style.NORMAL, heteronym=True)[0])


def test_both_forms_are_read_alike():
    pairs = zip(traditional._TRADITIONAL, traditional._SIMPLIFIED, strict=True)
    assert [pair for pair in pairs if not readings(pair[0]) & readings(pair[1])] == []


def test_a_form_has_one_simplified_one():
    pairs = set(zip(traditional._TRADITIONAL, traditional._SIMPLIFIED, strict=True))
    assert max(Counter(old for old, _ in pairs).values()) == 1


def test_names():
    assert simplified("歐陽鋒") == "欧阳锋"
    assert simplified("Anna 李") == "Anna 李"
