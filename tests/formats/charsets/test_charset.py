"""Charsets by name, twins, later GB18030, cutting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.charsets.charset import charset
from formats.errors import DeclarationError, Refused

NAMES = (
    "cp037", "cp935", "gb18030", "gbk", "utf-8", "ascii", "cp500", "latin-1", "big5", "cp1047", "cp937",
    "cp1388", "cp930", "cp939", "gb18030-2022", "cp935//*", "ascii//#",
)  # fmt: skip


@pytest.mark.parametrize("name", ["", "ebcdic-xyz", "hex", "rot13", "utf-16", "utf-8-sig", "utf-7", "idna"])
def test_a_name_that_cannot_serve_is_refused_at_once(name: str) -> None:
    with pytest.raises(DeclarationError):
        charset(name)


@pytest.mark.parametrize("name", ["cp037", "cp500", "cp1140", "cp1047", "latin-1", "iso8859-15", "cp437"])
def test_single_byte_pages_agree_with_pythons_codec(name: str) -> None:
    for code in range(256):
        data = bytes([code])
        text = data.decode(name)
        assert charset(name).decode(data) == {"•": "·", "―": "—"}.get(text, text)
        if text not in "•―":
            assert charset(name).encode(text) == data
    with pytest.raises(Refused, match="character not in"):
        charset(name).encode("喆")


@pytest.mark.parametrize("name", ["gb18030", "utf-8", "cp935", "gbk", "cp1388", "cp937"])
def test_twins_are_read_as_one(name: str) -> None:
    for twin in "·・•":
        assert charset(name).decode(charset(name).encode(f"王{twin}提")) == "王·提"
    for twin in "—―":
        assert charset(name).decode(charset(name).encode(twin)) == "—"


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


@pytest.mark.parametrize("name", ["cp930", "cp939"])
def test_the_twin_that_a_page_has_is_written(name: str) -> None:
    """The Japanese pages have U+30FB and no U+00B7."""
    assert charset(name).encode("·") == charset(name).encode("・") == "・".encode(name)
    assert charset(name).decode("・".encode(name)) == "·"


@given(name=st.sampled_from(NAMES), text=st.text(max_size=20))
def test_the_declared_substitute_stands_for_each_lost_character(name: str, text: str) -> None:
    cs = charset(name)
    kept = cs.decode(cs.cut(text, 999))
    assert len(kept) == len(text)
    for before, after in zip(text, kept, strict=True):
        try:
            cs.encode(before)
        except Refused:
            assert after == cs.lost


def test_the_substitute_is_declared_beside_the_charset() -> None:
    assert charset("cp935//?").decode(charset("cp935//?").cut("李喆", 99)) == "李?"
    assert charset("gbk//〇").lost == "〇"
    assert charset("cp935").lost == "〓"


@pytest.mark.parametrize("name", ["cp037//〓", "cp935//喆", "cp935//", "cp935//??", "cp935// ", "nope//?"])
def test_a_substitute_that_cannot_be_is_refused_at_once(name: str) -> None:
    with pytest.raises(DeclarationError):
        charset(name)


@given(name=st.sampled_from(("cp935", "cp937", "cp1388", "cp930", "cp939")), data=st.data())
def test_cut_text_is_balanced(name: str, data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from("AB北京市 喆𠮷"), max_size=20))
    width = data.draw(st.integers(0, 24))
    cut = charset(name).cut(text, width)
    assert len(cut) <= width
    assert cut.count(b"\x0e") == cut.count(b"\x0f")
    charset(name).decode(cut)


@pytest.mark.parametrize("name", ["cp935", "cp937", "cp1388", "cp930", "cp939"])
def test_blanks_before_an_empty_shift_at_the_end_are_padding(name: str) -> None:
    own = charset(name)
    assert own.decode(own.encode("AB") + b"\x40\x40\x0e\x0f\x40\x0e\x0f") == "AB"
    assert own.decode(own.encode("A") + b"\x0e\x0f" + own.encode(" B")) == "A B"
