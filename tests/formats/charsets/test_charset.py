"""Charsets by name, twins, later GB18030, cutting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.charsets.charset import GB18030_LATER, charset
from formats.errors import DeclarationError, Refused

NAMES = ("cp037", "cp935", "gb18030", "gbk", "utf-8", "ascii", "cp500", "latin-1", "big5")


@pytest.mark.parametrize("name", ["", "ebcdic-xyz", "hex", "rot13", "utf-16", "utf-8-sig", "utf-7", "idna"])
def test_a_name_that_cannot_serve_is_refused_at_once(name: str) -> None:
    with pytest.raises(DeclarationError):
        charset(name)


@pytest.mark.parametrize("name", ["cp037", "cp500", "cp1140", "latin-1", "iso8859-15", "cp437"])
def test_single_byte_pages_agree_with_pythons_codec(name: str) -> None:
    for code in range(256):
        data = bytes([code])
        text = data.decode(name)
        assert charset(name).decode(data) == {"•": "·", "―": "—"}.get(text, text)
        if text not in "•―":
            assert charset(name).encode(text) == data
    with pytest.raises(Refused, match="character not in"):
        charset(name).encode("喆")


@pytest.mark.parametrize("name", ["gb18030", "utf-8", "cp935", "gbk"])
def test_twins_are_read_as_one(name: str) -> None:
    for twin in "·・•":
        assert charset(name).decode(charset(name).encode(f"买{twin}提")) == "买·提"
    for twin in "—―":
        assert charset(name).decode(charset(name).encode(twin)) == "—"


def test_gb18030_reads_the_later_characters_and_writes_their_two_bytes() -> None:
    gb = charset("gb18030")
    assert gb.decode(b"\xfe\x59") == "\u9fb4" == gb.decode(b"\x82\x35\x90\x37")
    for later in GB18030_LATER.values():
        assert len(gb.encode(chr(later))) == 2
        assert gb.decode(gb.encode(chr(later))) == chr(later)


def test_the_rule_holds_nothing_of_the_text() -> None:
    with pytest.raises(Refused) as raised:
        charset("gbk").decode(b"\xff\xff")
    assert raised.value.rule == "not gbk"
    assert raised.value.__cause__ is None


@given(name=st.sampled_from(NAMES), text=st.text(max_size=20), width=st.integers(0, 30))
def test_cutting_keeps_whole_characters(name: str, text: str, width: int) -> None:
    cs = charset(name)
    cut = cs.cut(text, width)
    assert len(cut) <= width
    kept = cs.decode(cut)
    rest = len(kept)
    assert rest == len(text) or len(cs.cut(text[: rest + 1], 999)) > width


def test_lost_characters_are_geta_marks() -> None:
    assert charset("cp935").decode(charset("cp935").cut("李喆园A", 99)) == "李〓园A"
    assert charset("cp037").decode(charset("cp037").cut("A喆", 9)) == "A?"
    assert charset("cp935").cut("北京市", 7) == charset("cp935").encode("北京")
    assert charset("cp935").cut("北京市", 5) == charset("cp935").encode("北")
    assert charset("cp935").cut("北京市", 3) == b""
