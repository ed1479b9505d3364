"""CCSID 935 against the C library's iconv, and its strictness."""

import random
import shutil
import subprocess

import pytest

from formats.charsets.mixed import SI, SO, cp935

needs_iconv = pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv here")


def iconv(data: bytes, source: str, target: str) -> bytes | None:
    done = subprocess.run(["iconv", "-f", source, "-t", target], input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


@needs_iconv
def test_every_code_reads_and_writes_as_in_iconv() -> None:
    mixed = cp935()
    doubles = b"".join(code for code in mixed._to_double.values())
    data = bytes(mixed._single) + SO + doubles + SI
    text = mixed.decode(data)
    assert iconv(data, "IBM935", "UTF-8") == text.encode("utf-8")
    assert iconv(text.encode("utf-8"), "UTF-8", "IBM935") == mixed.encode(text)


@needs_iconv
def test_what_is_undefined_here_is_undefined_there() -> None:
    mixed = cp935()
    seeded = random.Random(935)
    for _ in range(15):
        single = bytes(
            [seeded.choice([b for b in range(256) if b not in mixed._single and b not in (14, 15)])]
        )
        assert iconv(single, "IBM935", "UTF-8") is None
        lead = seeded.randrange(0x41, 0xFF)
        trail = seeded.randrange(0x100)
        if (lead << 8 | trail) not in mixed._double:
            assert iconv(SO + bytes([lead, trail]) + SI, "IBM935", "UTF-8") is None
    lacking = [c for c in map(chr, range(0x4E00, 0x9FA6)) if c not in mixed._to_double]
    for character in ["喆", *seeded.sample(lacking, 10)]:
        assert iconv(character.encode("utf-8"), "UTF-8", "IBM935") is None
        with pytest.raises(UnicodeEncodeError):
            mixed.encode(character)


def test_both_twins_are_written_with_the_one_code() -> None:
    assert cp935().encode("·") == cp935().encode("・") == SO + b"\x43\x45" + SI
    assert cp935().encode("—") == cp935().encode("―") == SO + b"\x44\x4a" + SI


@pytest.mark.parametrize(
    "data",
    [
        b"\x0e\x59\x57",  # not closed
        b"\x0e\x59\x0f",  # half a character
        b"\x59\x57\x0f",  # not opened
        b"\x0e\x0e\x59\x57\x0f",
        b"\x0e\x59\x57\x0f\x0f",
        b"\x0e\x40\x41\x0f",  # undefined
        b"\x41",
        b"\x0e\x59\x57\x0f\x0e",
    ],
)
def test_broken_shifts_and_undefined_codes_are_errors(data: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        cp935().decode(data)


def test_mixed_text_and_back() -> None:
    text = "A座1号北京"
    assert cp935().decode(cp935().encode(text)) == text
    assert cp935().decode(b"\x0e\x0f") == ""
