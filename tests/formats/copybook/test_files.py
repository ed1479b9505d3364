"""Records of files: fixed, RDW and BDW both ways, spanned, GnuCOBOL's, lines; what is broken ends cleanly."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.copybook.files import BrokenFile, records_in


def read(data: bytes, form: Any, length: int = 0) -> list[bytes]:
    return [record for _, record in records_in(BytesIO(data), form, length)]


def rdw(record: bytes, control: int = 0) -> bytes:
    return (len(record) + 4).to_bytes(2, "big") + bytes((control, 0)) + record


def little(record: bytes) -> bytes:
    return (len(record) + 4).to_bytes(2, "little") + bytes(2) + record


def block(data: bytes, order: Any = "big") -> bytes:
    return (len(data) + 4).to_bytes(2, order) + bytes(2) + data


RECORDS = [b"one", b"", b"three" * 100]


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("rdw", b"".join(map(rdw, RECORDS))),
        ("rdw-le", b"".join(map(little, RECORDS))),
        ("rdw-le", b"".join(bytes(2) + (len(r) + 4).to_bytes(2, "little") + r for r in RECORDS)),
        ("bdw", block(rdw(b"one") + rdw(b"")) + block(rdw(b"three" * 100))),
        ("bdw", (0x80000000 + 4 + 511).to_bytes(4, "big") + b"".join(map(rdw, RECORDS)) + b""),
        ("bdw-le", block(little(b"one") + little(b""), "little") + block(little(b"three" * 100), "little")),
        ("gnucobol", b"".join(len(r).to_bytes(2, "big") + bytes(2) + r for r in RECORDS)),
        ("lines", b"one\n\r\n" + b"three" * 100),
    ],
)
def test_forms(form: str, data: bytes) -> None:
    if data[:1] == b"\x80":
        data = (0x80000000 + 4 + len(data) - 4).to_bytes(4, "big") + data[4:]
    assert read(data, form) == RECORDS


def test_fixed_and_spanned_records() -> None:
    assert read(b"abcdef", "fixed", 3) == [b"abc", b"def"]
    assert read(rdw(b"ab", 1) + rdw(b"cd", 3) + rdw(b"ef", 2) + rdw(b"g"), "rdw") == [b"abcdef", b"g"]
    assert [at for at, _ in records_in(BytesIO(rdw(b"a") + rdw(b"b")), "rdw", 0)] == [0, 5]


@pytest.mark.parametrize(
    ("form", "data", "message"),
    [
        ("fixed", b"abcd", "at byte 3: 1 bytes are left, a record has 3"),
        ("rdw", b"\0\3\0\0", "at byte 0: no record length"),
        ("rdw", b"\0\x09\0\0abc", "at byte 0: ends early: 3 of 5 bytes"),
        ("rdw", rdw(b"a") + b"\0", "at byte 5: ends early"),
        ("rdw", rdw(b"a", 1), "at byte 0: the last segment is missing"),
        ("rdw", rdw(b"a", 1) + rdw(b"b"), "at byte 5: segments out of order"),
        ("rdw", rdw(b"a", 2), "at byte 0: segments out of order"),
        ("bdw", b"\0\4\0\0", "at byte 0: no block length"),
        ("bdw", block(rdw(b"a") + b"\0\x09\0\0"), "at byte 9: no record length"),
        ("bdw", b"\xff\xff\xff\xff", "at byte 0: no block length"),
        ("gnucobol", b"\0\5\0\0ab", "at byte 0: ends early: 2 of 5 bytes"),
    ],
)
def test_what_is_broken_is_told_with_its_place(form: str, data: bytes, message: str) -> None:
    with pytest.raises(BrokenFile) as raised:
        read(data, form, 3)
    assert str(raised.value) == message


@given(
    st.binary(max_size=60), st.sampled_from(["fixed", "rdw", "rdw-le", "bdw", "bdw-le", "gnucobol", "lines"])
)
def test_any_bytes_end(data: bytes, form: str) -> None:
    found = -1
    try:
        found = sum(map(len, read(data, form, 7)))
    except BrokenFile as error:
        found = error.offset
    assert 0 <= found <= len(data)
