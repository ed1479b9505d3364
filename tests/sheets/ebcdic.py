"""Mainframe text as core's sheet tells it: CCSID 037 for codes, CCSID 935 mixed for names and addresses.

Written without a look at the hub's own charsets: 037 is Python's, 935 is asked of `iconv` once. `MISSING`
tells why Chinese text cannot be tried on a machine without it.
"""

import functools
import shutil
import subprocess

SHIFT_OUT, SHIFT_IN = 0x0E, 0x0F
MISSING = "" if shutil.which("iconv") else "iconv is not installed: no CCSID 935 of an outsider"

# One CCSID 935 code each, read as the common character (README, Quality).
READ_AS = str.maketrans({"\u30fb": "\u00b7", "\u2022": "\u00b7", "\u2015": "\u2014"})


def _decoded(records: list[bytes]) -> list[str]:
    """Each record as text, "" where the charset has none; X'25' between them comes out as a line end."""
    done = subprocess.run(
        ["iconv", "-c", "-f", "IBM935", "-t", "UTF-8"],
        input=b"\x25".join(records),
        capture_output=True,
        check=False,
    )
    return done.stdout.decode().split("\n")


@functools.cache
def tables() -> tuple[dict[bytes, str], dict[str, bytes]]:
    """CCSID 935 and its single-byte part 836, code to character and back; the code's size tells which."""
    pairs = [bytes((high, low)) for high in range(0x41, 0xFF) for low in range(0x41, 0xFF)] + [b"\x40\x40"]
    singles = [bytes((code,)) for code in range(0x40, 0xFF)]
    texts = _decoded([b"\x0e" + pair + b"\x0f" for pair in pairs]) + _decoded(singles)
    decode = {
        code: text.translate(READ_AS) for code, text in zip(pairs + singles, texts, strict=True) if text
    }
    decode = {
        code: text for code, text in decode.items() if len(text) == 1 and not "\ue000" <= text <= "\uf8ff"
    }
    return decode, {text: code for code, text in reversed(decode.items())}


def encode_mixed(text: str) -> bytes:
    out, double = bytearray(), False
    for character in text.translate(READ_AS):
        code = tables()[1][character]
        if (len(code) == 2) != double:
            double = not double
            out.append(SHIFT_OUT if double else SHIFT_IN)
        out += code
    return bytes(out) + (bytes([SHIFT_IN]) if double else b"")


def decode_mixed(data: bytes) -> str:
    out, at, double = "", 0, False
    while at < len(data):
        if data[at] in (SHIFT_OUT, SHIFT_IN):
            assert double == (data[at] == SHIFT_IN), "SO and SI do not balance"
            double, at = not double, at + 1
            continue
        size = 2 if double else 1
        out, at = out + tables()[0][data[at : at + size]], at + size
    assert not double, "SO without SI"
    return out
