"""Floating point: published vectors, and what is read is written back to the bit."""

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.errors import Refused
from formats.floating import DecimalFloat, IbmFloat, IeeeFloat


@pytest.mark.parametrize(
    ("data", "value"),
    [  # Principles of Operation, "Hexadecimal-Floating-Point Numbers"
        ("41100000", "1"), ("40800000", "0.5"), ("3F400000", "0.015625"), ("C1F00000", "-15"),
        ("00000000", "0"), ("80000000", "0"), ("C276A000", "-118.625"), ("4019999A", "0.1"),
    ],
)  # fmt: skip
def test_hexadecimal(data: str, value: str) -> None:
    short, long = IbmFloat(4), IbmFloat(8)
    assert short.read(bytes.fromhex(data)) == Decimal(value)
    if value != "0":
        assert short.write(Decimal(value)).hex().upper() == data
    if value != "0.1":
        assert long.read(bytes.fromhex(data + "00000000")) == Decimal(value)


@given(st.binary(min_size=8, max_size=8))
def test_hexadecimal_comes_back_in_value(data: bytes) -> None:
    scalar = IbmFloat(8)
    value = scalar.read(data)
    try:
        written = scalar.write(value)
    except Refused:  # unnormalised, below what a normalised number can be
        assert abs(value) < Decimal("1e-78")
        return
    assert scalar.read(written) == value


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["big", "little"]))
def test_ieee_comes_back_to_the_bit(value: float, order: str) -> None:
    code = (">" if order == "big" else "<") + "d"
    data = struct.pack(code, value or 0.0)
    scalar = IeeeFloat(8, order)  # type: ignore[arg-type]
    assert scalar.write(scalar.read(data)) == data
    assert scalar.read(data) == Decimal(repr(value or 0.0))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_short_ieee_has_no_invented_digits(value: float) -> None:
    data = struct.pack(">f", value or 0.0)
    scalar = IeeeFloat(4, "big")
    found = scalar.read(data)
    assert scalar.write(found) == data
    assert len(found.as_tuple().digits) <= 9


@pytest.mark.parametrize("data", ["7f800000", "ff800000", "7fc00000"])
def test_infinities_are_no_numbers(data: str) -> None:
    with pytest.raises(Refused, match="not a number"):
        IeeeFloat(4, "big").read(bytes.fromhex(data))


@given(st.integers(-(10**16) + 1, 10**16 - 1), st.integers(-300, 300))
def test_decimal_comes_back_with_its_zeros(digits: int, exponent: int) -> None:
    value = Decimal(digits).scaleb(exponent) if abs(digits) < 10**15 else Decimal(digits)
    scalar = DecimalFloat(8, "little")
    found = scalar.read(scalar.write(value))
    assert (found, found.as_tuple().exponent) == (value, value.as_tuple().exponent)


def test_decimal_as_gnucobol_writes_it() -> None:
    assert DecimalFloat(8, "little").read(bytes.fromhex("d2040000000080b1")) == Decimal("-12.34")
    long = DecimalFloat(16, "little")
    assert long.read(bytes.fromhex("851a99be1c0000000000000000003a30")) == Decimal("123456789.125")


@pytest.mark.parametrize("value", ["", "abc", "1e999999999", True, Decimal("NaN"), 1.5])
def test_what_is_no_number_is_refused(value: object) -> None:
    if value == "":
        assert IbmFloat(4).write(value) == bytes(4)
        return
    with pytest.raises(Refused):
        IbmFloat(4).write(value)
