"""What a sample tells: framing, charset, separator, columns."""

import pytest

from formats.errors import Refused
from gateway.drafting.samples import Column, columns_of, read_sample, separator_of


@pytest.mark.parametrize(
    ("data", "kind", "charset", "bodies"),
    [
        (b"\0\3abc\0\2de", "binary_length", "ascii", [b"abc", b"de"]),
        (b"0003abc0002de", "digit_length", "ascii", [b"abc", b"de"]),
        (b"\x0babc\x1c\x0d", "mllp", "ascii", [b"abc"]),
        ("李,小\n明\n".encode("gb18030"), "delimiter", "gb18030", None),
        ("JONES 123".encode("cp037"), "end_of_stream", "cp037", None),
        (bytes([0, 0, 0, 4, 0x81, 0, 0, 0xFF]), "binary_length", "iso8859-1", None),
    ],
)
def test_framing_and_charset(data: bytes, kind: str, charset: str, bodies: list[bytes] | None) -> None:
    sample = read_sample(data)
    assert (sample.framing["kind"], sample.charset) == (kind, charset)
    assert bodies is None or sample.bodies == bodies


def test_nothing_tells_nothing() -> None:
    with pytest.raises(Refused, match="empty"):
        read_sample(b"")


def test_separators_must_cut_all_alike() -> None:
    assert separator_of(["a|b|c", "1|2|3"]) == "|"
    assert separator_of(["a|b|c,d,e", "1|2,3,4"]) == ","
    assert separator_of(["a|b", "1|2"]) == ""


def test_columns_begin_where_text_follows_blanks_and_around_times() -> None:
    bodies = [b"CU0120260105103000AB  X", b"CU0120260105103001A   Y"]
    assert columns_of(bodies, b" ") == [
        Column(0, 4, False), Column(4, 14, True), Column(18, 4, False), Column(22, 1, False),
    ]  # fmt: skip
