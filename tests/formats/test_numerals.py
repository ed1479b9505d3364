"""Digits in bytes: what is written is read, what Python would let pass is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.charsets.charset import charset
from formats.errors import Refused
from formats.numerals import Bcd, Binary, Display, Packed, Sign


def forms() -> dict[str, Any]:
    ascii, ebcdic = charset("ascii"), charset("cp037")
    return {
        "digits": Display(9, ascii, clear=True),
        "zoned": Display(9, ebcdic, low=True),
        "overpunched": Display(9, ebcdic, Sign.OVERPUNCHED, low=True),
        "trailing": Display(10, ascii, Sign.TRAILING, clear=True),
        "leading": Display(10, ebcdic, Sign.LEADING),
        "packed odd": Packed(9, signed=True),
        "packed even": Packed(8, signed=False),
        "binary": Binary(4, 9),
        "little": Binary(4, 9, order="little"),
        "bcd": Bcd(8),
    }


@pytest.mark.parametrize("name", forms())
@given(number=st.integers(-(10**8) + 1, 10**8 - 1))
def test_numbers_come_back(name: str, number: int) -> None:
    form = forms()[name]
    if number < 0 and not form.signed:
        with pytest.raises(Refused, match="negative"):
            form.put(str(number))
        return
    data = form.put(str(number))
    assert len(data) == form.size
    assert int(form.take(data)) == number


@pytest.mark.parametrize("name", forms())
@given(data=st.data())
def test_any_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    form = forms()[name]
    raw = data.draw(st.binary(min_size=form.size, max_size=form.size))
    try:
        text = form.take(raw)
    except Refused:
        return
    assert form.take(form.put(text)) in (text, text.removeprefix("-"))


@pytest.mark.parametrize("name", forms())
def test_too_many_digits_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="over"):
        forms()[name].put("1" + "0" * forms()[name].digits)


@pytest.mark.parametrize(
    "data",
    [b"1_000    ", b"00000_001", b"        1", b"1        ", b"+00000001", "１２３".encode(), b"1e0000001",
     b"** ".ljust(9), b"\0" * 9],
)  # fmt: skip
def test_what_int_would_take_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        forms()["digits"].take(data)


def test_blanks_and_the_clear_mark() -> None:
    got = forms()
    assert got["digits"].take(b" " * 9) == got["trailing"].take(b" " * 10) == ""
    assert got["digits"].take(b"*".ljust(9)) == got["trailing"].take(b"*".ljust(10)) == "*"
    assert got["digits"].put("*") == b"*        "
    for blank in (b"\x40" * 9, bytes(9)):
        assert got["zoned"].take(blank) == ""
    for blank in (b"\x40" * 5, bytes(5)):
        assert got["packed odd"].take(blank) == got["packed even"].take(blank) == ""
    assert got["packed odd"].put("") == b"\x40" * 5
    with pytest.raises(Refused):
        got["zoned"].take(b"\x40" * 4 + bytes(5))
    with pytest.raises(Refused):
        got["zoned"].put("*")


@pytest.mark.parametrize(
    ("form", "raw", "text"),
    [
        (Packed(8, signed=False), "020350614f", "20350614"),
        (Packed(8, signed=False), "020350614c", "20350614"),
        (Packed(15, signed=True), "000000123456789c", "000000123456789"),
        (Packed(15, signed=True), "000000005000005d", "-000000005000005"),
        (Packed(15, signed=True), "000000005000005f", "000000005000005"),
    ],
)
def test_packed_signs(form: Packed, raw: str, text: str) -> None:
    assert form.take(bytes.fromhex(raw)) == text


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("020350614d", "sign nibble D unsigned"),
        ("020350614a", "bad sign nibble"),
        ("0203506144", "bad sign nibble"),
        ("120350614f", "pad nibble not 0"),
        ("02035e614f", "not a digit"),
    ],
)
def test_packed_faults(raw: str, rule: str) -> None:
    with pytest.raises(Refused, match=f"^{rule}$"):
        Packed(8, signed=False).take(bytes.fromhex(raw))


def test_packed_is_written_with_its_sign() -> None:
    assert Packed(8, signed=False).put("7").hex() == "000000007f"
    assert Packed(3, signed=True).put("7").hex() == "007c"
    assert Packed(3, signed=True).put("-7").hex() == "007d"
    assert Packed(3, signed=True).put("-0").hex() == "000c"


def test_overpunched_signs() -> None:
    form = Display(3, charset("cp037"), Sign.OVERPUNCHED)
    assert form.put("-120").hex() == "f1f2d0"
    assert form.put("123").hex() == "f1f2c3"
    assert form.take(bytes.fromhex("f1f2f3")) == "123"


def test_binary_keeps_to_its_picture() -> None:
    with pytest.raises(Refused, match="over 9 digits"):
        Binary(4, 9).take(bytes.fromhex("7fffffff"))
    assert Binary(8, 19).take(bytes.fromhex("8000000000000000")) == str(-(2**63))
    with pytest.raises(Refused, match="over 8 bytes"):
        Binary(8, 19).put("9999999999999999999")
