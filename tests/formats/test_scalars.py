"""What one field means: values, blanks, clear marks, calendar."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.charsets.charset import charset
from formats.errors import Refused
from formats.numerals import Bcd, Binary, Display, Packed, Sign
from formats.scalars import Amount, CodeByte, Date, FreeText, Hex, Number, Text, Time


def amount(digits: int = 15, decimals: int = 2) -> Amount:
    return Amount(Packed(digits, signed=True), decimals)


def test_text_is_padded_with_its_charsets_blank() -> None:
    field = Text(5, charset("cp037"), low=True)
    assert field.write("AB").hex() == "c1c2404040"
    assert field.read(bytes.fromhex("c1c2404040")) == "AB"
    assert field.read(bytes.fromhex("40c1404040")) == " A"
    assert field.read(bytes(5)) == field.read(b"\x40" * 5) == ""
    assert field.write(None) == field.write("") == b"\x40" * 5
    assert field.write(b"\x00\xff") == b"\x00\xff\x40\x40\x40"
    assert Text(3, charset("ascii")).read(bytes(3)) == "\0\0\0"


@pytest.mark.parametrize("value", ["ABCDEF", "喆", 7, b"123456", ["A"]])
def test_text_that_cannot_be_written(value: Any) -> None:
    with pytest.raises(Refused):
        Text(5, charset("cp037")).write(value)


def test_shifts_count_in_the_width() -> None:
    with pytest.raises(Refused, match="over 5 bytes"):
        Text(5, charset("cp935")).write("北京")
    assert Text(6, charset("cp935")).read(Text(6, charset("cp935")).write("北京")) == "北京"


@given(
    text=st.text(max_size=12), name=st.sampled_from(["cp037", "cp935", "gb18030"]), width=st.integers(1, 12)
)
def test_fitting_text_is_what_the_field_would_say(text: str, name: str, width: int) -> None:
    field = Text(width, charset(name), low=True)
    fitted = field.fit(text)
    assert field.read(field.write(fitted)) == fitted
    assert field.fit(fitted) == fitted


def test_free_text_keeps_its_blanks_and_its_length() -> None:
    assert FreeText(charset("utf-8")).read(b" a ") == " a "
    assert FreeText(charset("utf-8")).read(b"") == ""
    with pytest.raises(Refused, match="over 3 bytes"):
        FreeText(charset("utf-8"), at_most=3).read("中文".encode())
    with pytest.raises(Refused, match="length not 4"):
        FreeText(charset("utf-8"), exactly=4).write("12345")
    assert FreeText(charset("utf-8"), at_most=5).fit("中文") == "中"


@given(st.decimals(min_value=-(10**13) + 1, max_value=10**13 - 1, places=2))
def test_amounts_come_back_exactly(value: Decimal) -> None:
    assert amount().read(amount().write(value)) == value
    assert len(str(amount().read(amount().write(value))).partition(".")[2]) == 2


def test_amounts_are_never_rounded_nor_signed_zeros() -> None:
    assert amount().write(Decimal("1.500")) == amount().write("1.5") == amount().write(Decimal("15E-1"))
    assert str(amount().read(bytes.fromhex("000000000000000d"))) == "0.00"
    assert amount(31, 2).read(amount(31, 2).write(Decimal(10**29 - 1))) == 10**29 - 1
    assert amount(2, 2).read(bytes.fromhex("099d")) == Decimal("-0.99")
    assert amount().write(0) == amount().write(Decimal("0E+99"))


NO_AMOUNTS: list[Any] = [
    *("1_000", "1e5", "²", " 1", "NaN", "*", 1.5, True),
    *map(Decimal, ("0.001", "NaN", "Infinity", "1E+999999", 10**13)),
]


@pytest.mark.parametrize("value", NO_AMOUNTS)
def test_amounts_that_cannot_be(value: Any) -> None:
    with pytest.raises(Refused):
        amount().write(value)


def test_loan_amounts() -> None:
    field = Amount(Display(16, charset("gb18030"), Sign.TRAILING, clear=True), 2)
    assert field.read(b"000000012000000+") == Decimal("120000.00")
    assert field.read(b"000000000000105-") == Decimal("-1.05")
    assert field.read(b" " * 16) == ""
    assert field.read(b"*".ljust(16)) == "*"
    assert field.write("*") == b"*".ljust(16)
    with pytest.raises(Refused, match="no sign"):
        field.read(b"0000000120000000")
    with pytest.raises(Refused, match="not a digit"):
        field.read(b"        1200000+")


@pytest.mark.parametrize("value", [True, "7", 7.0, Decimal(7)])
def test_numbers_are_ints(value: Any) -> None:
    with pytest.raises(Refused, match="not a number"):
        Number(Display(3, charset("ascii"))).write(value)


def test_dates_are_digits_and_no_more() -> None:
    ascii = Date(Display(8, charset("ascii")), blank="")
    packed = Date(Packed(8, signed=False))
    for text in ("20240230", "99999999", "99991231"):
        assert ascii.read(ascii.write(text)) == packed.read(packed.write(text)) == text
    for blank in (b"00000000", b" " * 8):
        assert ascii.read(blank) == ""
    assert ascii.write("") == b" " * 8
    assert packed.write("").hex() == "000000000f"
    assert Date(Bcd(8)).write("") == bytes(4)
    for wrong in ("2024W011", "2024-1-1", "1", "*", "２０２４０１０１", 20240101):
        with pytest.raises(Refused):
            ascii.write(wrong)
    with pytest.raises(Refused):
        Date(Display(8, charset("ascii"), clear=True)).read(b"*       ")


def test_times_follow_the_calendar() -> None:
    field = Time(Display(14, charset("cp037"), low=True))
    assert field.read(field.write("20240229235959")) == "20240229235959"
    assert field.read(field.write("")) == ""
    for wrong in ("20230229000000", "20240101240000", "20240101000060", "00000000000000"):
        with pytest.raises(Refused, match="impossible time"):
            field.read(wrong.encode("cp037"))
        with pytest.raises(Refused, match="impossible time"):
            field.write(wrong)
    for wrong in ("2024010100000", "2024010100000x", "20240101 00000"):
        with pytest.raises(Refused):
            field.write(wrong)


def test_a_code_byte_without_byte_is_the_clear_mark() -> None:
    assert CodeByte().read(b"") == "*"
    assert CodeByte().read(b"\x63") == 99
    assert CodeByte().write("*") == b""
    for wrong in (256, -1, "1", True):
        with pytest.raises(Refused):
            CodeByte().write(wrong)
    with pytest.raises(Refused, match="length not 1"):
        CodeByte().read(b"12")


def test_hex_is_lower_case_and_of_its_size() -> None:
    assert Hex(2).read(b"\xab\x01") == "ab01"
    assert Hex(2).write("AB01") == b"\xab\x01"
    assert Hex(2).write(b"\x01") == b"\x01\x00"
    for wrong in ("ab", "ab0102", "a b c", "xyxy", 7):
        with pytest.raises(Refused):
            Hex(2).write(wrong)


def test_an_eight_byte_int() -> None:
    field = Number(Binary(8, 19))
    assert field.read(field.write(-(2**63))) == -(2**63)
    with pytest.raises(Refused):
        field.write(2**63)
