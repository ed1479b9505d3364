"""Makes `cp935.bin`, the table of CCSID 935, from the C library's `iconv`.

Run `python -m formats.charsets.make_cp935` after an update of the C library; the test beside it compares the
committed table with `iconv` wherever that tool is present. The file is zlib over big-endian 16-bit words:

    256 words     single-byte part (CCSID 836): code → character
    65,536 words  double-byte part: code → character
    pairs         character, code: characters that are written with a code that reads as another one

0xFFFF means undefined.
"""

import subprocess
import sys
import zlib
from array import array
from pathlib import Path

TABLE = Path(__file__).with_name("cp935.bin")
UNDEFINED = 0xFFFF
SO, SI = b"\x0e", b"\x0f"


def iconv(data: bytes, source: str, target: str) -> bytes | None:
    done = subprocess.run(["iconv", "-f", source, "-t", target], input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def decode_many(codes: list[bytes]) -> list[int]:
    """Characters of many codes; halves the list where iconv refuses it, so that few processes are needed."""
    text = iconv(b"".join(codes), "IBM935", "UTF-16BE")
    if text is not None and len(text) == 2 * len(codes):
        return [int.from_bytes(text[i : i + 2]) for i in range(0, len(text), 2)]
    if len(codes) == 1:
        return [UNDEFINED]
    half = len(codes) // 2
    return decode_many(codes[:half]) + decode_many(codes[half:])


def encode_one(character: int) -> bytes:
    return iconv(chr(character).encode("utf-8"), "UTF-8", "IBM935") or b""


def one_way(known: set[int]) -> list[int]:
    """Characters outside `known` that iconv writes all the same, each followed by its double-byte code."""
    found: list[int] = []
    rest = [c for c in range(0xA0, 0xFFFF) if c not in known and not 0xD800 <= c < 0xF900]
    bad = iconv("".join(map(chr, rest)).encode(), "UTF-8", "IBM935")
    if bad is not None:
        raise SystemExit("iconv writes characters that CCSID 935 lacks")
    for c in _written(rest):
        code = encode_one(c)
        if len(code) == 4 and code[:1] == SO and code[3:] == SI:
            found += [c, int.from_bytes(code[1:3])]
    return found


def _written(characters: list[int]) -> list[int]:
    dropped = subprocess.run(
        ["iconv", "-c", "-f", "UTF-8", "-t", "IBM935"],
        input="".join(map(chr, characters)).encode(),
        capture_output=True,
        check=False,
    ).stdout
    if not dropped:
        return []
    if len(characters) == 1:
        return characters
    half = len(characters) // 2
    return _written(characters[:half]) + _written(characters[half:])


def main() -> None:
    single = decode_many([bytes([b]) for b in range(256)])
    single[SO[0]] = single[SI[0]] = UNDEFINED
    double = [UNDEFINED] * 65536
    for lead in range(0x40, 0xFF):
        codes = [SO + bytes([lead, trail]) + SI for trail in range(256)]
        double[lead * 256 : lead * 256 + 256] = decode_many(codes)
    known = {c for c in (*single, *double) if c != UNDEFINED}
    words = array("H", [*single, *double, *one_way(known)])
    if sys.byteorder == "little":
        words.byteswap()
    TABLE.write_bytes(zlib.compress(words.tobytes(), 9))
    print(f"{TABLE.name}: {len(known)} characters, {TABLE.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
