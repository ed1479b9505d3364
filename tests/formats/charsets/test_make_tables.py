"""The committed tables against the C library's iconv, code by code and character by character, and against
Java's charsets where it has them. What differs is listed here, and in docs/wire.md with its reason.
"""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from formats.charsets.make_tables import DOUBLE, SI, SINGLE, SO, characters, iconv
from formats.charsets.mixed import mixed
from formats.charsets.registered import register

PYTHONS = {"cp037": "IBM037", "cp500": "IBM500", "cp1140": "IBM1140"}
PAGES = PYTHONS | SINGLE | DOUBLE

OWN_CODES = {"cp930": "\\~", "cp939": "\\~"}
"""Written with the code that reads as them, and not, as iconv does, with the yen's and the overline's."""
NOT_WRITTEN = {"cp1140": "‾"}
"""iconv writes it with the code of U+00AF; Python's page does not have it."""

NEW_LINES = "\n\x85"
"""Java writes LF as NL (X'15') and reads that as LF (1047: swaps the two); iconv reads X'15' as U+0085."""
JAVA_READS = {
    "cp930": {"426a": "￤", "43a1": "～", "444a": "―", "447c": "∥"},
    "cp939": {"426a": "￤", "43a1": "～", "444a": "―", "447c": "∥", "4260": "－"},
}
JAVA_WRITES = "\u6be1\u6d00\u70ff\u841d\u841f\u8f91\u92ca\u9b7e"
"""Simplified or rare forms that Java's Japanese pages write with the code of another form; iconv does not."""


def register_or_skip(page: str) -> None:
    register()
    try:
        iconv(page, "UTF-8")
    except LookupError as reason:
        pytest.skip(str(reason))


def decoded(name: str, code: bytes) -> str | None:
    try:
        return code.decode(name)
    except UnicodeDecodeError:
        return None


def encoded(name: str, character: str) -> bytes | None:
    try:
        return character.encode(name)
    except UnicodeEncodeError:
        return None


def has(name: str, code: bytes) -> bool:
    """Asked first: an undefined code takes long to be refused (test_mixed looks at that)."""
    return len(code) < 4 or mixed(name).reads(int.from_bytes(code[1:3]))


def writes(name: str, character: str) -> bool:
    return mixed(name).writes(character) if name in DOUBLE else character in single(name)


@cache
def single(name: str) -> frozenset[str]:
    return frozenset(bytes(range(256)).decode(name, "ignore"))


def codes(name: str) -> Iterator[bytes]:
    """All but the shifts; a shift inside a shift is read by iconv and is an error here."""
    yield from (bytes([code]) for code in range(256) if bytes([code]) not in (SO, SI) or name not in DOUBLE)
    if name in DOUBLE:
        leads = [lead for lead in range(256) if bytes([lead]) not in (SO, SI)]
        yield from (SO + bytes([lead, trail]) + SI for lead in leads for trail in range(256))


@pytest.mark.parametrize("name", PAGES)
def test_every_code_reads_as_in_iconv(name: str) -> None:
    register_or_skip(PAGES[name])
    read = iconv(PAGES[name], "UTF-8")
    for code in codes(name):
        text = read(code)
        own = decoded(name, code) if has(name, code) else None
        assert own == (None if text is None else text.decode("utf-8")), code.hex()


@pytest.mark.parametrize("name", PAGES)
def test_every_character_is_written_as_in_iconv(name: str) -> None:
    register_or_skip(PAGES[name])
    write = iconv("UTF-8", PAGES[name])
    substituted = 0
    for character in characters():
        code = write(character.encode("utf-8"))
        own = encoded(name, character) if writes(name, character) else None
        if code == b"\x3f" and character != "\x1a":
            assert own is None, f"U+{ord(character):04X}"
            substituted += 1
        elif character in OWN_CODES.get(name, ""):
            assert own is not None
            assert decoded(name, own) == character
        elif character not in NOT_WRITTEN.get(name, ""):
            assert own == code, f"U+{ord(character):04X}"
    assert substituted < 120
    assert (substituted > 0) is (name in DOUBLE)


@pytest.mark.parametrize(
    ("name", "one_way"), [("cp935", 2), ("cp937", 5), ("cp1388", 1), ("cp930", 44), ("cp939", 45)]
)
def test_few_characters_come_back_as_another(name: str, one_way: int) -> None:
    """Twins and forms of one character; a hub that pushes one records that another one stands there."""
    register()
    found = [
        character for character in characters()
        if writes(name, character) and decoded(name, encoded(name, character) or b"") != character
    ]  # fmt: skip
    assert len(found) == one_way


@pytest.fixture(scope="module")
def java() -> dict[tuple[str, str], dict[str, str]]:
    """(page, "d" or "e") → code or character in hex → the other."""
    if shutil.which("java") is None:
        pytest.skip("no java here")
    source = Path(__file__).with_name("Tables.java")
    pages = [name for name in PAGES if name != "cp1388"]  # Java has no 1388
    command = ["java", str(source), *(f"Cp{name.removeprefix('cp')}" for name in pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        pytest.skip("this java cannot run a source file, or lacks the charsets (module jdk.charsets)")
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line in done.stdout.splitlines():
        page, way, one, other = line.split()
        found.setdefault((page.lower(), way), {})[one] = other
    return found


def test_java_has_the_same_tables(java: dict[tuple[str, str], dict[str, str]]) -> None:
    register()
    for name in PAGES:
        if name == "cp1388":
            continue
        reads = java[name, "d"]
        other = JAVA_READS.get(name, {})
        for code in codes(name):
            hers = reads.get(code.hex())
            if code in (b"\x15", b"\x25") or (len(code) == 4 and code[1] < 0x40):
                continue
            if (short := code.hex()[2:-2]) in other:
                assert hers == f"{ord(other[short]):x}"
            else:
                own = decoded(name, code) if has(name, code) else None
                assert (own and f"{ord(own):x}") == hers, (name, code.hex())
        _compare_writing(name, java[name, "e"])


def _compare_writing(name: str, written: dict[str, str]) -> None:
    """She writes nothing otherwise; one-way characters each has a few of its own."""
    for character in characters():
        own = encoded(name, character) if writes(name, character) else None
        hers = written.get(f"{ord(character):x}")
        if own is None or character in NEW_LINES:
            assert own or hers is None or character in JAVA_WRITES + "￤", (name, f"U+{ord(character):04X}")
        elif hers is not None:
            assert own.hex() == hers, (name, f"U+{ord(character):04X}")
        else:
            assert decoded(name, own) != character, (name, f"U+{ord(character):04X}")
