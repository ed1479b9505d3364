"""The mixed pages' strictness: shifts, halves, undefined codes; by runs and by characters alike."""

import codecs
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.charsets.make_tables import DOUBLE
from formats.charsets.mixed import SI, SO, mixed

NAMES = st.sampled_from(sorted(DOUBLE))
texts = st.text(st.sampled_from("A1 -北京市張三·〓テス\\~"), max_size=12)
damage = st.lists(st.sampled_from([b"\x0e", b"\x0f", b"\x41", b"\x59\x57", b"\x40", b"\xc1", b"\xff"]))


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv command here")
@pytest.mark.parametrize("name", DOUBLE)
def test_one_long_text_reads_and_writes_as_with_the_iconv_command(name: str) -> None:
    page = mixed(name).page
    data = bytes(page.single) + SO + b"".join(sorted(set(page.to_double.values()))) + SI
    text = mixed(name).decode(data)
    done = subprocess.run(["iconv", "-f", DOUBLE[name], "-t", "UTF-8"], input=data, capture_output=True)
    if b"not supported" in done.stderr:
        pytest.skip(f"this iconv has no {DOUBLE[name]}")
    assert done.stdout.decode("utf-8") == text
    plain = "".join(c for c in text if c not in "\\~")  # see test_make_tables.OWN_CODES
    done = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", DOUBLE[name]], input=plain.encode("utf-8"), capture_output=True
    )
    assert done.stdout == mixed(name).encode(plain)


@given(name=NAMES, text=st.text(max_size=12) | texts)
def test_what_is_written_is_balanced_and_comes_back(name: str, text: str) -> None:
    codec = mixed(name)
    known = "".join(character for character in text if codec.writes(character))
    data = codec.encode(known)
    assert data.count(SO) == data.count(SI)
    assert SI + SO not in data
    assert codec.encode(codec.decode(data)) == data
    if known != text:
        with pytest.raises(UnicodeEncodeError) as raised:
            codec.encode(text)
        assert not codec.writes(text[raised.value.start])


@given(
    name=NAMES,
    text=texts,
    parts=st.just([]) | damage,
    at=st.integers(0, 20),
    errors=st.sampled_from(["strict", "replace", "ignore"]),
)
def test_by_runs_and_by_characters_is_the_same(
    name: str, text: str, parts: list[bytes], at: int, errors: str
) -> None:
    codec = mixed(name)
    data = codec.encode(text, "replace")
    data = data[:at] + b"".join(parts) + data[at:]
    try:
        slowly, used, shifted = codec.decode_on(data, errors, shifted=False, final=True)
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            codec.decode(data, errors)
        return
    assert codec.decode(data, errors) == slowly
    assert (used, shifted) == (len(data), False)


@given(name=NAMES, text=texts)
def test_writing_by_characters_is_the_same(name: str, text: str) -> None:
    codec = mixed(name)
    known = "".join(character for character in text if codec.writes(character))
    assert codec.encode_on(known, "strict", shifted=False, final=True) == (codec.encode(known), False)


def test_both_twins_are_written_with_the_one_code() -> None:
    assert mixed("cp935").encode("·") == mixed("cp935").encode("・") == SO + b"\x43\x45" + SI
    assert mixed("cp935").encode("—") == mixed("cp935").encode("―") == SO + b"\x44\x4a" + SI


@pytest.mark.parametrize("name", DOUBLE)
@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"\x0e\x59\x57", 2),  # not closed
        (b"\x0e\x59\x0f", 1),  # half a character
        (b"\xc1\x59\x57\x0f", 1),  # not opened
        (b"\x0e\x0e\x59\x57\x0f", 1),
        (b"\x0e\x59\x57\x0f\x0f", 4),
        (b"\x0e\x40\x41\x0f", 1),  # undefined
        (b"\x40\xff\xfa", 2),
        (b"\x0e\x59\x57\x0f\x0e", 4),
    ],
)
def test_broken_shifts_and_undefined_codes_are_errors(name: str, data: bytes, start: int) -> None:
    with pytest.raises(UnicodeDecodeError) as raised:
        mixed(name).decode(data)
    if name == "cp935" and data[:1] != b"\xc1":
        assert raised.value.start == start


def test_mixed_text_and_back() -> None:
    text = "A座1号北京"
    assert mixed("cp935").decode(mixed("cp935").encode(text)) == text
    assert mixed("cp935").decode(b"\x0e\x0f") == ""


def test_error_handlers_are_asked() -> None:
    assert mixed("cp935").encode("A喆B", "replace") == b"\xc1\x6f\xc2"
    assert mixed("cp935").encode("北喆京", "ignore") == mixed("cp935").encode("北京")
    assert mixed("cp935").encode("喆", "xmlcharrefreplace") == mixed("cp935").encode("&#21894;")
    codecs.register_error("geta", lambda error: ("〓", getattr(error, "end", 0)))
    assert mixed("cp935").encode("北喆京", "geta") == mixed("cp935").encode("北〓京")
    broken = b"\xc1\x0e\x40\x41" + mixed("cp935").encode("北")[1:-1]
    assert mixed("cp935").decode(broken, "replace") == "A\ufffd北\ufffd"
