"""Copybooks: offsets, sizes, clauses; everything else refused with file and line."""

from pathlib import Path

import pytest

from formats.copybook.items import Item
from formats.copybook.parse import parse_copybook
from formats.errors import DeclarationError

CORE = Path(__file__).parents[2] / "conf" / "systems" / "core"


def items(name: str) -> dict[str, Item]:
    (root,) = parse_copybook((CORE / name).read_text(), name)
    return {item.name: item for item in root.walk()}


def fixed(*lines: str) -> str:
    return "".join(f"       {line}\n" for line in lines)


def test_the_shipped_copybooks_have_the_sheets_sizes() -> None:
    assert items("core.cpy")["CUST-MSG"].size == 312 + 43 * 99
    assert items("core.cpy")["MSG-HEADER"].size == 35
    assert items("core-number.cpy")["NUMBER-MSG"].size == 63
    assert items("core-reply.cpy")["REPLY-MSG"].size == 131
    assert items("core-push.cpy")["PUSH-MSG"].size == 307


def test_offsets_usages_tables_and_conditions() -> None:
    got = items("core.cpy")
    assert (got["CUST-NAME"].offset, got["CUST-NAME"].size) == (53, 62)
    assert (got["CUST-ID-EXPIRY"].usage, got["CUST-ID-EXPIRY"].size) == ("COMP-3", 5)
    assert (got["CUST-SEQ"].usage, got["CUST-SEQ"].size) == ("COMP", 4)
    account = got["ACCT"]
    assert (account.offset, account.size, account.occurs) == (312, 43, (0, 99))
    assert account.depending_on == "ACCT-COUNT"
    balance = got["ACCT-BALANCE"].picture
    assert balance is not None
    assert (balance.length, balance.decimals, balance.signed) == (15, 2, True)
    assert got["CUST-STATUS"].values == ["CUST-ACTIVE=A", "CUST-CLOSED=C", "CUST-DECEASED=D"]


def test_free_format_reads_the_same() -> None:
    free = """
01 cust. *> a comment
  05 name pic x(5).
  05 filler pic x value 'A. B'.
  05 amount pic s9(5)v99 usage is packed-decimal.
  05 phones occurs 3 times.
     10 phone pic 9(4) comp occurs 2.
  05 sign-1 pic s999 sign is trailing separate character.
  05 sign-2 pic s9(3).
  05 half pic 9(10) binary.
"""
    (root,) = parse_copybook(free)
    assert [(i.name, i.offset, i.size) for i in root.walk()] == [
        ("CUST", 0, 5 + 1 + 4 + 12 + 4 + 3 + 8),
        ("NAME", 0, 5),
        ("FILLER", 5, 1),
        ("AMOUNT", 6, 4),
        ("PHONES", 10, 4),
        ("PHONE", 10, 2),
        ("SIGN-1", 22, 4),
        ("SIGN-2", 26, 3),
        ("HALF", 29, 8),
    ]


def test_fixed_format_ignores_sequence_numbers_comments_and_the_tail() -> None:
    source = "\n".join(
        [
            "000100* A COMMENT. WITH A PERIOD.",
            "000200 01  A.".ljust(72) + "CHANGED1",
            "000300     05  B PIC X(3).".ljust(72) + "CHANGED2",
            "      /",
            "",
        ]
    )
    (root,) = parse_copybook(source)
    assert [i.name for i in root.walk()] == ["A", "B"]


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["01 A.", "   05 B PIC X(3)"], 2, "no period at the end"),
        (["01 A.", "   05 B."], 2, "B has neither a picture nor fields below it"),
        (["01 A PIC X.", "   05 B PIC X."], 1, "A has a picture and fields below it"),
        (["05 B PIC X."], 1, "level 05 outside a record"),
        (["01 A.", "   77 B PIC X."], 2, "no level: 77"),
        (["01 A.", "   XX B PIC X."], 2, "no level: XX"),
        (["01 A.", "   05 B PIC ZZ9."], 2, "picture ZZ9 is not read"),
        (["01 A.", "   05 B PIC 9(3).99."], 2, "picture 9(3).99 is not read"),
        (["01 A.", "   05 B PIC S."], 2, "picture S is not read"),
        (["01 A.", "   05 B PIC 9(32)."], 2, "picture 9(32) has over 31 digits"),
        (["01 A.", "   05 B PIC 9(19) COMP."], 2, "B: COMP of over 18 digits"),
        (["01 A.", "   05 B PIC X COMP."], 2, "B: COMP needs a numeric picture"),
        (["01 A.", "   05 B COMP-1."], 2, "COMP-1 is not read"),
        (["01 A.", "   05 B PIC X.", "   05 C REDEFINES B PIC X."], 3, "REDEFINES is not read"),
        (["01 A.", "   05 B PIC X SYNC."], 2, "SYNC is not read"),
        (["01 A.", "   05 B PIC X OCCURS 1 TO 3."], 2, "OCCURS n TO m without DEPENDING ON"),
        (["01 A.", "   05 B PIC X OCCURS."], 2, "ends early"),
        (["01 A.", "   05 B PIC X OCCURS ALL."], 2, "no number: ALL"),
        (["01 A.", "   05 B PIC S9 SIGN LEADING."], 2, "SIGN LEADING without SEPARATE is not read"),
        (["01 A.", "   05 B PIC X VALUE 'open."], 2, "not understood: column 21 of the code"),
        (["01 A.", "   88 B."], 2, "an 88 needs a field above it, a name and VALUE"),
        ([""], 1, "no record in this copybook"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(lines: list[str], line: int, message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        parse_copybook(fixed(*lines), "a.cpy")
    assert (raised.value.file, raised.value.line) == ("a.cpy", line)
    assert str(raised.value) == message


def test_a_continued_line_is_refused() -> None:
    with pytest.raises(DeclarationError, match="continued"):
        parse_copybook("       01 A.\n      -    'B'.\n")
