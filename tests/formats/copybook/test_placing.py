"""Offsets: REDEFINES, slack bytes by the worked examples of IBM's manual, sizes of usages by compiler."""

import pytest

from formats.copybook.items import GNUCOBOL, IBM, Compiler, Item
from formats.copybook.parse import parse_copybook


def places(source: str, compiler: Compiler = IBM) -> list[tuple[str, int, int]]:
    (root,) = parse_copybook(source, compiler=compiler)
    return [(item.name, item.offset, item.size) for item in root.walk()]


def test_redefined_bytes_are_as_many_as_the_largest_view_has() -> None:
    source = """
01 a.
  05 b pic x(4).
  05 c redefines b. 10 d pic 9(4) comp. 10 e pic x(6).
  05 f redefines b pic x.
  05 g redefines f pic xx.
  05 h pic x.
"""
    assert places(source) == [
        ("A", 0, 9), ("B", 0, 4), ("C", 0, 8), ("D", 0, 2), ("E", 2, 6), ("F", 0, 1), ("G", 0, 2),
        ("H", 8, 1),
    ]  # fmt: skip


# Enterprise COBOL Language Reference, "Slack bytes": FIELD-A, FIELD-L, COMP-RECORD, WORK-RECORD.
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "01 FIELD-A. 05 B PIC X(5). 05 C. 10 D PIC XX. 10 E COMPUTATIONAL PIC S9(6) SYNC.",
            [("FIELD-A", 0, 12), ("B", 0, 5), ("C", 5, 7), ("D", 5, 2), ("E", 8, 4)],
        ),
        (
            "01 FIELD-L. 05 M PIC X(5). 05 N PIC XX. 05 O. 10 P COMPUTATIONAL PIC S9(6) SYNC.",
            [("FIELD-L", 0, 12), ("M", 0, 5), ("N", 5, 2), ("O", 8, 4), ("P", 8, 4)],
        ),
        (
            "01 R. 05 A-1 PIC X(5). 05 A-2 PIC X(3). 05 A-3 PIC X(3). 05 B-1 PIC S9999 COMP SYNCHRONIZED."
            " 05 B-2 PIC S99999 COMP SYNCHRONIZED. 05 B-3 PIC S9999 COMP SYNCHRONIZED.",
            [("R", 0, 22), ("A-1", 0, 5), ("A-2", 5, 3), ("A-3", 8, 3), ("B-1", 12, 2), ("B-2", 16, 4),
             ("B-3", 20, 2)],
        ),
        (
            "01 W. 05 CODE-1 PIC X. 05 T OCCURS 10 TIMES. 10 TYPE-1 PIC X. 10 PAY PIC S9(4)V99 COMP SYNC."
            " 10 HRS PIC S9(3) COMP SYNC. 10 NAME PIC X(5).",
            [("W", 0, 161), ("CODE-1", 0, 1), ("T", 1, 16), ("TYPE-1", 1, 1), ("PAY", 4, 4), ("HRS", 8, 2),
             ("NAME", 10, 5)],
        ),
        (
            "01 X SYNC. 05 A PIC X. 05 B COMP-2. 05 C PIC X. 05 D COMP-1. 05 E PIC X. 05 F PIC S9(12) COMP.",
            [("X", 0, 36), ("A", 0, 1), ("B", 8, 8), ("C", 16, 1), ("D", 20, 4), ("E", 24, 1), ("F", 28, 8)],
        ),
    ],
)  # fmt: skip
def test_slack_bytes(source: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(source) == expected


@pytest.mark.parametrize(
    ("clauses", "ibm", "gnucobol"),
    [
        ("PIC 9 COMP", 2, 1), ("PIC 9(4) BINARY", 2, 2), ("PIC S9(5) COMP-4", 4, 4), ("PIC 9(10) COMP", 8, 8),
        ("PIC S9(9) COMP-5", 4, 4), ("COMP-1", 4, 4), ("COMP-2", 8, 8), ("PIC S9(4) COMP-3", 3, 3),
        ("PIC 9(5) PACKED-DECIMAL", 3, 3), ("PIC 9(5) COMP-6", 3, 3), ("PIC X(3) COMP-X", 3, 3),
        ("PIC 9(5) COMP-X", 3, 3), ("PIC 9(7) COMP-N", 3, 3), ("INDEX", 4, 4), ("POINTER", 4, 8),
        ("PROCEDURE-POINTER", 8, 8), ("BINARY-CHAR", 1, 1), ("BINARY-SHORT UNSIGNED", 2, 2),
        ("BINARY-LONG SIGNED", 4, 4), ("BINARY-DOUBLE", 8, 8), ("SIGNED-INT", 4, 4), ("FLOAT-SHORT", 4, 4),
        ("FLOAT-DECIMAL-16", 8, 8), ("FLOAT-DECIMAL-34", 16, 16), ("PIC N(4)", 8, 8),
        ("PIC G(3) DISPLAY-1", 6, 6),
        ("PIC N(3) USAGE NATIONAL", 6, 6), ("PIC 9(5) NATIONAL", 10, 5),
        ("PIC S9(5) SIGN TRAILING SEPARATE", 6, 6),
        ("PIC 9(3)PPP", 3, 3), ("PIC SVPP99", 2, 2), ("PIC $$,$$9.99CR", 11, 11), ("PIC -9.9(4)E+99", 11, 11),
        ("PIC XXBXX/XX", 8, 8), ("PIC 9(3) BLANK WHEN ZERO", 3, 3),
    ],
)  # fmt: skip
def test_sizes_of_usages(clauses: str, ibm: int, gnucobol: int) -> None:
    """GnuCOBOL's as FUNCTION LENGTH tells them."""
    assert places(f"01 A. 05 B {clauses}.", IBM)[1][2] == ibm
    assert places(f"01 A. 05 B {clauses}.", GNUCOBOL)[1][2] == gnucobol


def test_counters_are_found_where_they_stand() -> None:
    source = """
01 a.
  05 g. 10 n pic 9. 10 m pic 99.
  05 t occurs 0 to 9 depending on n.
    10 n2 pic 9.
    10 u occurs 1 to 5 depending on n2. 15 x pic x.
    10 v pic x occurs 0 to 20 depending on m of g.
"""
    (root,) = parse_copybook(source)
    found: dict[str, Item] = {item.name: item for item in root.walk()}
    assert [found[name].counter for name in "TUV"] == [found["N"], found["N2"], found["M"]]
    assert root.size == 3 + 9 * (1 + 5 + 20)
