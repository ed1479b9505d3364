"""GB18030 by edition against the C library's iconv and against the standard's own list of changes."""

import pytest

from formats.charsets.charset import charset
from formats.charsets.editions import LATER, WRITING
from formats.charsets.make_tables import characters, iconv

BEYOND = {0x20087, 0x20089, 0x200CC, 0x215D7, 0x2298F, 0x241FE}


@pytest.mark.parametrize("edition", WRITING)
def test_old_and_new_forms_are_read_as_one(edition: str) -> None:
    gb = charset(edition)
    for old, new in LATER.items():
        two, four = chr(old).encode("gb18030"), chr(new).encode("gb18030")
        assert (len(two), len(four)) == (2, 4)
        assert gb.decode(two) == gb.decode(four) == chr(new)


@pytest.mark.parametrize("edition", WRITING)
def test_the_edition_decides_how_they_are_written(edition: str) -> None:
    gb = charset(edition)
    for new in LATER.values():
        four = edition == "gb18030-2022" and new in BEYOND
        assert len(gb.encode(chr(new))) == (4 if four else 2)
        assert gb.decode(gb.encode(chr(new))) == chr(new)


def test_plain_gb18030_is_that_of_2005() -> None:
    for new in map(chr, LATER.values()):
        assert charset("GB18030").encode(new) == charset("gb18030-2005").encode(new)


def test_every_character_is_written_as_in_iconv() -> None:
    try:
        write = iconv("UTF-8", "GB18030")
    except LookupError as reason:
        pytest.skip(str(reason))
    gb = charset("gb18030-2005")
    if write("\u20087".encode()) is None or len(write(chr(0x9FB4).encode()) or b"") != 2:
        pytest.skip("this C library writes another edition")
    private = set(map(chr, LATER))
    for character in (*characters(), *map(chr, range(0x20000, 0x20100)), *map(chr, BEYOND)):
        if character in private or character in "・•―":
            continue  # read as the real one, written as the first of the twins
        assert gb.encode(character) == write(character.encode("utf-8")), f"U+{ord(character):04X}"


def test_gbk_is_that_of_iconv_but_for_the_euro() -> None:
    try:
        write = iconv("UTF-8", "GBK")
    except LookupError as reason:
        pytest.skip(str(reason))
    for character in characters():
        code = write(character.encode("utf-8"))
        if character != "€":  # iconv writes it X'80', which GBK does not have
            assert code == (character.encode("gbk") if code is not None else None)


def test_1388_reads_its_private_characters_as_the_real_ones() -> None:
    page = charset("cp1388")
    for old, new in LATER.items():
        data = chr(old).encode("cp1388")
        assert page.decode(data) == chr(new)
        assert page.encode(chr(new)) == data


@pytest.mark.parametrize("name", ["cp935", "cp937", "cp930", "cp939"])
def test_a_banks_own_characters_stay_its_own(name: str) -> None:
    for own in "\ue000\ue757":
        assert charset(name).decode(charset(name).encode(own)) == own
    if name != "cp935":
        assert charset(name).decode(charset(name).encode("\ue81e")) == "\ue81e"
