"""Chinese characters as names are read, misread and mistyped: how each sounds, which ones look alike.

A character has one reading here (pypinyin's first, without its tone), whatever stands beside it: what matters
is that the same name always sounds the same, homophones sound alike and a traditional form sounds as its
simplified one. Where it stands first in a name of two to four characters, a surname's own reading is taken.

The groups of look-alikes are those that clerks and teaching materials name: one stroke or one component
between them, and readings that differ (what sounds alike is found by its sound).
"""

from functools import lru_cache
from typing import Final

_ALIKE: Final = (
    "己已巳", "未末", "人入", "土士", "干千于", "大太犬", "天夫", "日曰", "田由甲申", "史吏", "戊戌戍",
    "侯候", "刘列", "丘兵", "仓仑", "今令", "师帅", "蓝篮", "岚凤", "洋详", "梅海", "琳淋", "婷停", "娜挪",
    "玲珍", "伟纬", "辉挥", "宇字", "陈阵", "徐涂", "涛铸", "杨扬", "静净", "晴睛", "李季", "晓哓", "冶治",
    "折拆", "沐沭", "汩汨", "壸壶", "祟崇", "茶荼", "亳毫", "灸炙", "栗粟", "卯卵", "免兔", "鸟乌",
    "苗笛", "清请", "佳隹", "锡踢", "娟捐", "彤形", "桢帧", "旻旼", "炎淡", "郎朗",
    "渚诸", "淇其", "瑞端", "茵菌", "萌荫", "睿容", "曼漫", "妍研", "俊竣", "刚钢",
)  # fmt: skip
LOST: Final = "〓□\ufffd?？"
"""Written for a character that some system could not write."""
_SURNAMES: Final = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "查": "zha", "解": "xie", "任": "ren", "盖": "ge", "区": "ou",
    "朴": "piao", "翟": "zhai", "尉": "wei", "缪": "miao", "燕": "yan", "华": "hua", "纪": "ji",
    "种": "chong", "逄": "pang", "乐": "yue", "召": "shao", "折": "she", "黑": "he", "秘": "bi", "繁": "po",
    "员": "yun",
}  # fmt: skip


class _Readings(dict[int, str]):
    """For str.translate: looked up once, then known. What has no reading stays."""

    def __missing__(self, code: int) -> str:
        from pypinyin import Style, pinyin  # its tables load long: `ecif.pinyin`

        char = chr(code)
        found = char if code < 0x2E80 else pinyin(char, style=Style.NORMAL, errors="default")[0][0]
        self[code] = found
        return found


_READINGS: Final = _Readings()
_FIRST_ALIKE: Final = str.maketrans(
    {char: group[0] for group in reversed(_ALIKE) for char in group[1:]},
)


def sound(text: str) -> str:
    """Latin letters, without tones or blanks between the characters."""
    if text.isascii():
        return text
    if 2 <= len(text) <= 4 and text[0] in _SURNAMES:
        return _SURNAMES[text[0]] + text[1:].translate(_READINGS)
    return text.translate(_READINGS)


def folded(text: str) -> str:
    """Every look-alike as the first of its group."""
    return text if text.isascii() else text.translate(_FIRST_ALIKE)


def alike(a: str, b: str) -> bool:
    """Character by character the same, sounding the same or looking alike; at least one is the same."""
    if len(a) != len(b):
        return False
    same = 0
    for x, y in zip(a, b, strict=True):
        if x == y:
            same += 1
        elif not _pair_alike(x, y):
            return False
    return same > 0


@lru_cache(maxsize=65_536)
def _pair_alike(x: str, y: str) -> bool:
    return folded(x) == folded(y) or (not x.isascii() and sound(x) == sound(y))


def same_but_lost(a: str, b: str) -> bool:
    """The same where both have their characters; at least half of them, and one, are there."""
    if len(a) != len(b):
        return False
    there = 0
    for x, y in zip(a, b, strict=True):
        if x in LOST or y in LOST:
            continue
        if x != y:
            return False
        there += 1
    return there > 0 and 2 * there >= len(a)
