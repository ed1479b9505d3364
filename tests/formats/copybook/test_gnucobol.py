"""A compiled COBOL program against our reader and writer: every usage and sign it has, 10,000 records."""

import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from formats.charsets.charset import charset
from formats.copybook.data import RecordReader
from formats.copybook.files import records_in
from formats.copybook.items import GNUCOBOL, Item
from formats.copybook.layout import Dialect, layout_of
from formats.copybook.parse import parse_copybook
from formats.copybook.platform import Platform, platform_of
from formats.records import RecordCodec
from tests.formats.copybook.conftest import Compile
from tests.formats.copybook.gnucobol import Spec, copybook, fields, program
from tests.soak import SOAK

IBM_SIZES = replace(GNUCOBOL, binary="2-4-8")
ANY_SIZES = replace(GNUCOBOL, binary="1--8", native="1--8")
ASCII = platform_of(charset("ascii"))


class Written(NamedTuple):
    root: Item
    platform: Platform
    folder: Path
    executable: Path
    records: list[bytes]
    printed: list[list[str]]


@pytest.fixture(
    scope="module",
    params=[
        (10_000 if SOAK else 2_000, GNUCOBOL, ASCII, ["-std=default"]),
        (
            1_000 if SOAK else 300,
            IBM_SIZES,
            replace(ASCII, signs="ebcdic"),
            ["-std=ibm", "-fsign=ebcdic", "-fbinary-truncate"],
        ),
        (
            1_000 if SOAK else 300,
            ANY_SIZES,
            replace(ASCII, binary="little"),
            ["-fbinary-size=1--8", "-fbinary-byteorder=native"],
        ),
    ],
    ids=["default", "ibm", "other sizes"],
)
def written(
    request: pytest.FixtureRequest, cobc: Compile, tmp_path_factory: pytest.TempPathFactory
) -> Written:
    count, compiler, platform, options = request.param
    folder = tmp_path_factory.mktemp("records")
    executable = cobc(program(count), options)
    printed = run(executable, folder, "W")
    (root,) = parse_copybook(copybook(), compiler=compiler)
    data = (folder / "records.dat").read_bytes()
    assert len(data) == count * root.size
    records = [data[at : at + root.size] for at in range(0, len(data), root.size)]
    return Written(root, platform, folder, executable, records, printed)


def run(executable: Path, folder: Path, way: str) -> list[list[str]]:
    done = subprocess.run(
        [str(executable), way], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = (folder / "printed.txt").read_text("ascii").splitlines()
    return [line.split("|") for line in lines]


def same(spec: Spec, got: Any, told: str) -> bool:
    expected = spec.value(told)
    if len(spec.floating) == 2:  # the program prints a few decimals of a binary fraction
        return struct.pack(spec.floating, got) == struct.pack(spec.floating, expected)
    if isinstance(got, Decimal) and not spec.floating:
        return got == expected and got.as_tuple().exponent == -spec.decimals
    return bool(got == expected)


def differences(found: Mapping[str, Any], told: list[str]) -> Iterator[tuple[str, Any, str]]:
    for spec, text in zip(fields(), told, strict=False):
        if not same(spec, found[spec.name], text):
            yield spec.name, found[spec.name], text


def test_what_the_program_wrote_is_read_as_it_printed_it(written: Written) -> None:
    reader = RecordReader(written.root, written.platform)
    for number, (record, told) in enumerate(zip(written.records, written.printed, strict=True)):
        found, faults = reader.read(record, exact=True)
        assert not faults, number
        assert not list(differences(found, told)), number


def codec(written: Written) -> RecordCodec:
    layout = layout_of(written.root, Dialect(written.platform))
    return RecordCodec("cobol", layout[:1], "REC-TYPE", {"TEST": layout}, b" ")


def test_what_we_write_the_program_reads_back(written: Written, tmp_path: Path) -> None:
    ours = codec(written)
    built = [ours.build(*ours.parse(record)) for record in written.records]
    (tmp_path / "records.dat").write_bytes(b"".join(built))
    printed = run(written.executable, tmp_path, "R")
    for number, (told, first) in enumerate(zip(printed, written.printed, strict=True)):
        if told != first:  # nothing but a packed zero, which the program may write as -0
            values = [
                [spec.value(text) for spec, text in zip(fields(), each, strict=False)]
                for each in (told, first)
            ]
            assert values[0] == values[1], number
    same = sum(one == other for one, other in zip(built, written.records, strict=True))
    assert same > len(built) * 0.8


SYNCHRONIZED = [
    "A PIC X", "B PIC S9(18) COMP SYNC", "C PIC X", "D PIC S9(4) COMP SYNC", "E PIC X", "F COMP-1 SYNC",
    "G PIC X",
    "H COMP-2 SYNC", "I PIC X", "J PIC S9(9) COMP-5 SYNC", "K PIC X", "L BINARY-DOUBLE SYNC", "M PIC X",
    "N PIC S9(5) COMP-3 SYNC", "O PIC X", "P INDEX SYNC", "Q PIC X", "R POINTER SYNC", "S PIC X",
]  # fmt: skip


def test_slack_bytes_are_the_compilers(cobc: Compile) -> None:
    rows = [f"   05 {row}." for row in SYNCHRONIZED]
    table = ["   05 T OCCURS 3.", "      10 U PIC X.", "      10 V PIC S9(9) COMP SYNC.", "      10 W PIC X."]
    source = "\n".join(["01 A-REC.", *rows, *table, "   05 X PIC X.", ""])
    (root,) = parse_copybook(source, compiler=GNUCOBOL)
    names = [item.name for item in root.walk() if item.level == 5]
    shown = "\n".join(
        f"SET P1 TO ADDRESS OF {name}{'(1)' * (name == 'T')} COMPUTE O-N = P1-N - P0-N DISPLAY O-N."
        for name in names
    )  # fmt: skip
    text = f"""
IDENTIFICATION DIVISION.
PROGRAM-ID. PLACES.
DATA DIVISION.
WORKING-STORAGE SECTION.
{source}
01 P0 POINTER. 01 P0-N REDEFINES P0 PIC 9(18) COMP-5.
01 P1 POINTER. 01 P1-N REDEFINES P1 PIC 9(18) COMP-5.
01 O-N PIC 9(5).
PROCEDURE DIVISION.
    SET P0 TO ADDRESS OF A-REC.
    {shown}
    STOP RUN.
"""
    done = subprocess.run([str(cobc(text))], capture_output=True, text=True, check=True)
    told = dict(zip(names, map(int, done.stdout.split()), strict=True))
    assert {item.name: item.offset for item in root.walk() if item.level == 5} == told


COUNTED = """
01  A-REC.
    05  KIND   PIC X VALUE "A".
    05  N-1    PIC 9.
    05  G.
      10  N-2  PIC S9(3) COMP-3.
    05  T OCCURS 0 TO 5 DEPENDING ON N-1.
      10  U    PIC X(2).
      10  V    PIC S9(4) COMP.
    05  W      PIC 9(3).
    05  X      PIC S99 OCCURS 1 TO 9 DEPENDING ON N-2 OF G.
    05  Z      PIC X(3).
"""


def test_variable_records_are_as_long_as_their_counters_say(cobc: Compile, tmp_path: Path) -> None:
    text = f"""
IDENTIFICATION DIVISION.
PROGRAM-ID. COUNTED.
ENVIRONMENT DIVISION.
INPUT-OUTPUT SECTION.
FILE-CONTROL. SELECT F ASSIGN TO "counted.dat" ORGANIZATION SEQUENTIAL.
DATA DIVISION.
FILE SECTION.
FD F RECORD VARYING FROM 1 TO 99 DEPENDING ON W-LENGTH.
01 F-REC PIC X(99).
WORKING-STORAGE SECTION.
{COUNTED}
01 W-LENGTH PIC 99.
01 I PIC 9. 01 J PIC 9. 01 K PIC 9.
PROCEDURE DIVISION.
    OPEN OUTPUT F
    PERFORM VARYING I FROM 0 BY 1 UNTIL I > 5 AFTER J FROM 1 BY 1 UNTIL J > 8
        MOVE "A" TO KIND MOVE I TO N-1 MOVE J TO N-2
        PERFORM VARYING K FROM 1 BY 1 UNTIL K > I
            MOVE K TO U(K) COMPUTE V(K) = K * J * -100
        END-PERFORM
        PERFORM VARYING K FROM 1 BY 1 UNTIL K > J
            COMPUTE X(K) = 10 * I - K
        END-PERFORM
        COMPUTE W = 100 * I + J MOVE "END" TO Z
        MOVE FUNCTION LENGTH(A-REC) TO W-LENGTH
        WRITE F-REC FROM A-REC
    END-PERFORM
    CLOSE F STOP RUN.
"""
    run_in(cobc(text, ["-fodoslide"]), tmp_path)
    (root,) = parse_copybook(COUNTED, compiler=GNUCOBOL)
    reader = RecordReader(root, ASCII)
    with (tmp_path / "counted.dat").open("rb") as stream:
        records = [data for _, data in records_in(stream, "gnucobol", 0)]
    found = [reader.read(data, exact=True) for data in records]
    assert found == [
        (
            {
                "KIND": "A",
                "N-1": i,
                "G": {"N-2": j},
                "T": [{"U": str(k), "V": k * j * -100} for k in range(1, i + 1)],
                "W": 100 * i + j,
                "X": [10 * i - k for k in range(1, j + 1)],
                "Z": "END",
            },
            [],
        )
        for i in range(6)
        for j in range(1, 9)
    ]
    layout = layout_of(root, Dialect(ASCII))
    ours = RecordCodec("cobol", layout[:1], "KIND", {"A": layout}, b" ")
    assert [ours.build(*ours.parse(data)) for data in records] == records


def run_in(executable: Path, folder: Path) -> None:
    subprocess.run([str(executable)], cwd=folder, check=True, timeout=60)
