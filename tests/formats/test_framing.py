"""Frames at any split, and lengths that cannot be (FAULTS B1, B3, B5, B6)."""

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from formats.errors import FaultKind, FormatError
from formats.framing import NAK, Framing

KINDS: dict[str, dict[str, Any]] = {
    "core": {"kind": "binary_length", "size": 4, "limit": 60, "keep_alive": True},
    "little, counts itself": {
        "kind": "binary_length", "size": 2, "order": "little", "counts_itself": True, "limit": 60,
        "keep_alive": True,
    },
    "loan": {"kind": "digit_length", "digits": 6, "counts_itself": True, "limit": 60, "keep_alive": True},
    "ebcdic digits": {
        "kind": "digit_length", "digits": 4, "charset": "ebcdic", "limit": 60, "keep_alive": True,
    },
    "bcd digits": {"kind": "digit_length", "digits": 3, "charset": "bcd", "limit": 60, "keep_alive": True},
    "eight bytes": {"kind": "binary_length", "size": 8, "limit": 60, "keep_alive": True},
    "one byte": {"kind": "binary_length", "size": 1, "limit": 60, "keep_alive": True},
    "descriptor": {
        "kind": "binary_length", "size": 2, "counts_itself": True, "adjust": 2, "after": "0000", "limit": 60,
        "keep_alive": True,
    },
    "transport header": {
        "kind": "binary_length", "size": 2, "before": "6000010000", "adjust": -1, "limit": 60,
    },
    "wealth": {"kind": "stx_etx_lrc", "limit": 60},
    "no check": {"kind": "stx_etx", "limit": 60},
    "sum": {"kind": "stx_etx_bcc", "check": "sum", "covers_stx": True, "covers_etx": False, "limit": 60},
    "crc": {"kind": "stx_etx_bcc", "check": "kermit", "order": "little", "limit": 60},
    "mllp": {"kind": "mllp", "limit": 60},
    "lines": {"kind": "delimiter", "delimiter": "0d0a", "limit": 60},
}  # fmt: skip

body = st.binary(max_size=40).map(lambda b: b.translate(None, b"\x02\x03\x0a\x0d\x0b\x1c"))
ENDED: dict[str, dict[str, Any]] = {
    "binary in the body": {"kind": "body_length", "offset": 2, "size": 2, "order": "little", "limit": 60},
    "digits in the body": {
        "kind": "body_length", "offset": 3, "size": 4, "form": "ebcdic", "adjust": 7, "limit": 60,
    },
    "bcd in the body": {"kind": "body_length", "offset": 0, "size": 4, "form": "bcd", "limit": 60},
    "fixed": {"kind": "fixed_size", "size": 20, "limit": 60},
    "end of stream": {"kind": "end_of_stream", "limit": 60},
}  # fmt: skip


def framing(**declared: Any) -> Any:
    return TypeAdapter(Framing).validate_python(declared)


def read(reader: Any, *pieces: bytes) -> list[bytes | str]:
    """All frames; a fault as its text, after which nothing more comes where the line is lost."""
    found: list[bytes | str] = []
    for piece in pieces:
        reader.feed(piece)
        while True:
            try:
                frame = reader.next_frame()
            except FormatError as error:
                found.append(f"{error.kind.value} {error.faults[0].text()}")
                if error.kind is FaultKind.LENGTH:
                    return found
                continue
            if frame is None:
                break
            found.append(frame)
    return found


def read_ended(reader: Any) -> list[bytes | str]:
    """What comes when the other side has finished writing."""
    reader.end()
    return read(reader, b"")


@pytest.mark.parametrize("kind", KINDS)
def test_frames_do_not_depend_on_splits(kind: str) -> None:
    declared = framing(**KINDS[kind])
    empty = b"" if KINDS[kind].get("keep_alive") else b"z"
    bodies = [b"abc", empty, b"d", b"\xff" * 30]
    stream = b"".join(map(declared.wrap, bodies))
    assert read(declared.reader(), stream) == bodies
    assert read(declared.reader(), *(stream[i : i + 1] for i in range(len(stream)))) == bodies
    for at in range(len(stream)):
        assert read(declared.reader(), stream[:at], stream[at:]) == bodies


@pytest.mark.fault("B1", "any bytes at any split, every framing")
@pytest.mark.parametrize("kind", KINDS)
@given(bodies=st.lists(body, max_size=4), junk=st.binary(max_size=20), cut=st.integers(0, 200))
def test_any_bytes_are_read_alike_at_any_split(kind: str, bodies: list[bytes], junk: bytes, cut: int) -> None:
    declared = framing(**KINDS[kind])
    bodies = bodies if KINDS[kind].get("keep_alive") else [body for body in bodies if body]
    stream = b"".join(map(declared.wrap, bodies)) + junk
    whole = read(declared.reader(), stream)
    assert whole[: len(bodies)] == bodies
    assert read(declared.reader(), stream[:cut], stream[cut:]) == whole
    assert read(declared.reader(), *(stream[i : i + 1] for i in range(len(stream)))) == whole


@pytest.mark.parametrize("kind", ENDED)
@given(bodies=st.lists(st.binary(min_size=20, max_size=20), max_size=4), cuts=st.sets(st.integers(1, 80)))
def test_frames_without_prefix_at_any_split(kind: str, bodies: list[bytes], cuts: set[int]) -> None:
    declared = framing(**ENDED[kind])
    bodies = bodies[:1] if declared.until_end else bodies
    field = slice(getattr(declared, "offset", 0), getattr(declared, "least", 0))
    frames = [declared.wrap(body[: field.start] + bytes(field.stop - field.start) + body[field.stop :])
              for body in bodies]  # fmt: skip
    assert [declared.wrap(frame) for frame in frames] == frames
    stream = b"".join(frames)
    edges = [0, *sorted(cuts), len(stream) + 80]
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    reader = declared.reader()
    assert read(reader, *pieces) + read_ended(reader) == frames
    assert not reader.partial


@pytest.mark.parametrize("kind", ENDED)
@given(stream=st.binary(max_size=130), cuts=st.sets(st.integers(1, 130)))
def test_any_bytes_without_prefix_are_read_alike_at_any_split(
    kind: str, stream: bytes, cuts: set[int]
) -> None:
    declared = framing(**ENDED[kind])
    edges = [0, *sorted(cuts), len(stream) + 130]
    one, other = declared.reader(), declared.reader()
    whole = read(one, stream) + read_ended(one)
    assert read(other, *(stream[a:b] for a, b in pairwise(edges))) + read_ended(other) == whole


def test_a_header_of_constants_is_checked_and_taken_off() -> None:
    descriptor = framing(**KINDS["descriptor"])
    assert descriptor.wrap(b"abc") == bytes.fromhex("00070000") + b"abc"
    header = framing(**KINDS["transport header"])
    assert header.wrap(b"abc") == bytes.fromhex("60000100000002") + b"abc"


@pytest.mark.parametrize(
    ("kind", "body"),
    [("fixed", b"x" * 19), ("binary in the body", b"abc"), ("binary in the body", b"ab\x01\x00cd"),
     ("end of stream", b"x" * 61), ("mllp", b"a\x1cb"), ("transport header", b"")],
)  # fmt: skip
def test_a_body_that_fits_no_frame_is_not_wrapped(kind: str, body: bytes) -> None:
    declared = framing(**{**KINDS, **ENDED}[kind])
    if kind == "transport header":  # its number would be -1
        with pytest.raises(FormatError, match="under 0"):
            declared.wrap(body)
        return
    with pytest.raises(FormatError):
        declared.wrap(body)


@pytest.mark.fault("B3", "every length framing, bad BCD too")
@pytest.mark.parametrize(
    ("declared", "stream", "text"),
    [
        (KINDS["descriptor"], b"\x00\x07\x00\x01abc", "frame@0 wrong start"),
        (KINDS["descriptor"], b"\x00\x03\x00\x00", "length@0 under 4"),
        (KINDS["transport header"], b"\x60\x00\x02", "frame@0 wrong start"),
        (KINDS["bcd digits"], b"\x00\x0a", "length@0 not digits"),
        (KINDS["bcd digits"], b"\x10\x00", "length@0 not digits"),
        (KINDS["bcd digits"], b"\x00\x61", "length@0 over 60"),
        (KINDS["eight bytes"], b"\xff" * 8, "length@0 over 60"),
        (KINDS["mllp"], b"\x0ba\x1c\x0a", "frame@0 half an end mark"),
        (KINDS["mllp"], b"x", "frame@0 no start"),
        (KINDS["mllp"], b"\x0b" + b"x" * 60, "length@0 over 60"),
        (ENDED["binary in the body"], b"ab\x03\x00", "length@0 under 4"),
        (ENDED["binary in the body"], b"ab\xff\xff", "length@0 over 60"),
        (ENDED["digits in the body"], b"abc0000", "length@0 not digits"),
        (ENDED["end of stream"], b"x" * 61, "length@0 over 60"),
        (KINDS["core"], b"\x00\x00\x00\x3d", "length@0 over 60"),
        (KINDS["core"], b"GET / HTTP/1.1", "length@0 over 60"),
        (KINDS["core"] | {"keep_alive": False}, bytes(4), "length@0 no message"),
        (KINDS["core"] | {"counts_itself": True}, b"\x00\x00\x00\x03", "length@0 under 4"),
        (KINDS["loan"], b"000061", "length@0 over 60"),
        (KINDS["loan"], b"000005", "length@0 under 6"),
        (KINDS["loan"], b"-00012", "length@0 not digits"),
        (KINDS["loan"], b"1_0", "length@0 not digits"),
        (KINDS["loan"], b"GE", "length@0 not digits"),
        (KINDS["loan"], "００".encode(), "length@0 not digits"),
        (KINDS["wealth"], b"\x02" + b"x" * 58, "length@0 over 60"),
        (KINDS["wealth"], b"x\x02", "frame@0 neither STX nor NAK"),
        (KINDS["lines"], b"x" * 62, "length@0 over 60"),
    ],
)
def test_a_length_that_cannot_be_ends_the_line(declared: dict[str, Any], stream: bytes, text: str) -> None:
    reader = framing(**declared).reader("core")
    assert read(reader, stream) == [f"length {text}"]
    assert reader.pending == 0
    reader.feed(bytes(100))
    assert reader.pending == 0
    with pytest.raises(FormatError, match=text):
        reader.next_frame()


def test_the_largest_frame_passes() -> None:
    for declared, size in (
        (KINDS["core"], 60),
        (KINDS["loan"], 54),
        (KINDS["wealth"], 57),
        (KINDS["lines"], 60),
    ):
        largest = b"x" * size
        assert read(framing(**declared).reader(), framing(**declared).wrap(largest)) == [largest]
        with pytest.raises(FormatError, match="over 60"):
            framing(**declared).wrap(largest + b"x")


def test_a_wrong_lrc_costs_one_frame_only() -> None:
    declared = framing(**KINDS["wealth"])
    good = declared.wrap(b"W900")
    assert good == b"\x02W900\x03" + bytes([0x57 ^ 0x39 ^ 0x30 ^ 0x30 ^ 3])
    bad = good[:-1] + bytes([good[-1] ^ 1])
    assert read(declared.reader(), bad + good + NAK + good) == ["seal lrc@0 wrong", b"W900", NAK, b"W900"]


def test_a_nak_is_no_body() -> None:
    declared = framing(**KINDS["wealth"])
    reader = declared.reader()
    reader.feed(declared.wrap(NAK) + declared.nak + declared.wrap(b"x"))
    text, nak, last = (reader.next_frame() for _ in range(3))
    assert text == nak == NAK
    assert text is not NAK
    assert nak is NAK
    assert last == b"x"


@pytest.mark.parametrize("kind", ["wealth", "sum", "crc"])
@given(text=body.filter(bool), at=st.integers(0), bit=st.integers(0, 7))
def test_a_damaged_check_costs_one_frame(kind: str, text: bytes, at: int, bit: int) -> None:
    declared = framing(**KINDS[kind])
    good = declared.wrap(text)
    tail = len(good) - len(text) - 2
    bad = bytearray(good)
    bad[len(good) - 1 - at % tail] ^= 1 << bit
    assert read(declared.reader(), bytes(bad) + good) == ["seal lrc@0 wrong", text]


def test_the_lrc_may_be_any_byte() -> None:
    declared = framing(**KINDS["wealth"])
    for text in (b"\x01", b"\x00", b"\x16"):  # their LRC is STX, ETX and NAK
        frame = declared.wrap(text)
        assert frame[-1:] in (b"\x02", b"\x03", b"\x15")
        assert read(declared.reader(), frame + frame) == [text, text]


def test_what_would_break_a_frame_is_not_wrapped() -> None:
    for declared, text in (
        (KINDS["wealth"], b"a\x03"),
        (KINDS["lines"], b"a\x0d\x0ab"),
        (KINDS["lines"], b"a\r"),
    ):
        if text.endswith(b"\r"):
            assert read(framing(**declared).reader(), framing(**declared).wrap(text)) == [text]
            continue
        with pytest.raises(FormatError):
            framing(**declared).wrap(text)


def test_partial_and_pending_tell_a_cut_frame() -> None:
    reader = framing(**KINDS["core"]).reader()
    assert (reader.partial, reader.pending) == (False, 0)
    reader.feed(b"\x00\x00\x00\x02a")
    assert reader.next_frame() is None
    assert (reader.partial, reader.pending) == (True, 5)
    reader.feed(b"b")
    assert reader.next_frame() == b"ab"
    assert (reader.partial, reader.pending) == (False, 0)


@pytest.mark.parametrize("kind", ["binary_length", "delimiter", "stx_etx_lrc", "mllp"])
def test_a_drip_costs_time_in_proportion(kind: str) -> None:
    extra = {"binary_length": {"size": 4}, "delimiter": {"delimiter": "0a"}, "stx_etx_lrc": {}, "mllp": {}}[
        kind
    ]
    declared = framing(kind=kind, limit=1_000_000, **extra)
    stream = declared.wrap(b"x" * 200_000)
    reader = declared.reader()
    started = time.process_time()
    for i in range(0, len(stream), 4):
        reader.feed(stream[i : i + 4])
        frame = reader.next_frame()
    assert frame == b"x" * 200_000
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "declared",
    [
        {"kind": "binary_length", "size": 4},
        {"kind": "binary_length", "size": 2, "limit": 65_536},
        {"kind": "digit_length", "digits": 2, "limit": 100},
        {"kind": "delimiter", "delimiter": "", "limit": 9},
        {"kind": "delimiter", "delimiter": "zz", "limit": 9},
        {"kind": "binary_length", "size": 2, "limit": 3, "adjust": 4},
        {"kind": "binary_length", "size": 2, "limit": 9, "before": "6"},
        {"kind": "digit_length", "digits": 3, "charset": "bcd", "limit": 1000},
        {"kind": "body_length", "offset": 4, "size": 2, "limit": 5},
        {"kind": "body_length", "offset": 4, "size": 9, "limit": 50},
        {"kind": "fixed_size", "size": 10, "limit": 9},
        {"kind": "mllp", "limit": 2},
        {"kind": "stx_etx_bcc", "limit": 9},
        {"kind": "stx_etx_bcc", "check": "smoke", "limit": 9},
        {"kind": "end_of_stream"},
        {"kind": "smoke", "limit": 9},
        {"kind": "stx_etx_lrc", "limit": 9, "colour": 1},
    ],
)
def test_declarations_are_checked(declared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        framing(**declared)
