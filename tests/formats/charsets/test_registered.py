"""The pages under Python's own names: lookups, files, pieces."""

import codecs
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.charsets.registered import register

register()
PAGES = ("cp037", "cp500", "cp1047", "cp1140", "cp935", "cp937", "cp1388", "cp930", "cp939")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("form", ["{}", "CP{n}", "ibm-{n}", "IBM{n}", "CCSID {n}", "ccsid{n}"])
def test_a_page_has_all_its_usual_names(page: str, form: str) -> None:
    number = page.removeprefix("cp")
    name = page if form == "{}" else form.format(n=number)
    assert codecs.lookup(name).name == page
    assert "A1".encode(name) == b"\xc1\xf1"


@pytest.mark.parametrize("name", ["cp9999", "ibm-", "ccsid935x", "cp-1-935"])
def test_other_names_are_still_unknown(name: str) -> None:
    with pytest.raises(LookupError):
        codecs.lookup(name)


@given(
    page=st.sampled_from(PAGES),
    text=st.text(st.sampled_from("A1 北京市·\n"), max_size=20),
    cuts=st.sets(st.integers(1, 60)),
)
def test_pieces_are_read_and_written_as_the_whole(page: str, text: str, cuts: set[int]) -> None:
    text = text.encode(page, "ignore").decode(page)
    data = text.encode(page)
    decoder, encoder = codecs.getincrementaldecoder(page)(), codecs.getincrementalencoder(page)()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    read = "".join(decoder.decode(data[a:b]) for a, b in pairwise(edges))
    assert read + decoder.decode(b"", final=True) == text
    written = b"".join(encoder.encode(character) for character in text)
    assert written + encoder.encode("", final=True) == data


def test_a_file_in_a_mixed_page(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("张三 A\n李四\n", encoding="ibm-935")
    assert path.read_text("cp935").splitlines() == ["张三 A", "李四"]


def test_a_decoders_state_can_be_kept() -> None:
    decoder = codecs.getincrementaldecoder("cp935")()
    data = "张三".encode("cp935")
    first = decoder.decode(data[:4])
    kept = decoder.getstate()
    rest = decoder.decode(data[4:], final=True)
    decoder.setstate(kept)
    assert decoder.decode(data[4:], final=True) == rest
    assert first + rest == "张三"
    with pytest.raises(UnicodeDecodeError):
        codecs.getincrementaldecoder("cp935")().decode(data[:-1], final=True)
