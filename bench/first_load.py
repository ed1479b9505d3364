"""The files of a first load, as core would write them: records of CU01 with RDW, one customer each.

Persons as in `bench.population`, all different; one record in five is a customer again under another number
(a second contract), so that the load has something to match.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.population import core
from formats.codec import Codec
from gateway.bootstrap import load_codec_of
from gateway.config.reader import read_conf

AGAIN = 5
"""Every so many records one is of a customer who was there before."""


def bodies(codec: Codec, count: int) -> Iterator[bytes]:
    for number in range(count):
        who = number - number // AGAIN if number % AGAIN else max(0, number - number // AGAIN - 1)
        fields = core(who, 1)
        fields["CUST-NO"] = f"{number:012d}"
        fields["MSG-ID"] = f"L{number:015d}"
        yield codec.build("CU01", fields)


def write(path: Path, codec: Codec, count: int) -> None:
    with path.open("wb") as file:
        for body in bodies(codec, count):
            file.write((len(body) + 4).to_bytes(2, "big") + b"\0\0" + body)


def main() -> None:
    """`python -m bench.first_load FILE COUNT`"""
    codec = load_codec_of(read_conf(Path("conf"), {}), "core")
    write(Path(sys.argv[1]), codec, int(sys.argv[2]))


if __name__ == "__main__":
    main()
