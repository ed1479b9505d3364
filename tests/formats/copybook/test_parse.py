"""Copybooks: offsets, sizes, clauses; everything else refused with file and line."""

from pathlib import Path

import pytest

from formats.copybook.items import Item
from formats.copybook.parse import parse_copybook, records_of
from formats.errors import DeclarationError

CORE = Path(__file__).parents[3] / "conf" / "systems" / "core"


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
    assert account.depending_on == ("ACCT-COUNT",)
    assert account.counter is got["ACCT-COUNT"]
    balance = got["ACCT-BALANCE"].picture
    assert balance is not None
    assert (balance.length, balance.decimals, balance.signed) == (15, 2, True)
    conditions = [(one.name, one.texts()) for one in got["CUST-STATUS"].conditions]
    assert conditions == [("CUST-ACTIVE", ["A"]), ("CUST-CLOSED", ["C"]), ("CUST-DECEASED", ["D"])]


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
        (["01 A.", "   XX B PIC X."], 2, "no level: XX"),
        (["01 A.", "   05 B PIC S."], 2, "picture S is not read"),
        (["01 A.", "   05 B PIC 9(39)."], 2, "picture 9(39) has over 38 digits"),
        (["01 A.", "   05 B PIC 9V9V9."], 2, "picture 9V9V9 is not read"),
        (["01 A.", "   05 B PIC X(3) COMP-1."], 2, "B: COMP-1 takes no picture"),
        (["01 A.", "   05 B PIC X.", "   05 C REDEFINES D PIC X."], 3, "C: no D before it to redefine"),
        (
            ["01 A.", " 05 B PIC X.", " 05 C PIC X.", " 05 D REDEFINES B PIC X."],
            4,
            "D: no B before it to redefine",
        ),
        (["01 A.", " 05 B PIC X OCCURS 2.", " 05 C REDEFINES B PIC X."], 3, "C: redefines the table B"),
        (["01 A.", " 05 B PIC X OCCURS 0 TO 9 DEPENDING ON N.", " 05 N PIC 9."], 2, "B: no N before it"),
        (["01 A.", " 05 N PIC X.", " 05 B PIC X OCCURS 0 TO 9 DEPENDING ON N."], 3, "B: N is no number"),
        (["01 A.", " 05 N PIC 9V9.", " 05 B PIC X OCCURS 0 TO 9 DEPENDING ON N."], 3, "B: N has decimals"),
        (
            ["01 A.", " 05 T OCCURS 2.", "  10 N PIC 9.", " 05 B PIC X OCCURS 0 TO 9 DEPENDING ON N."],
            4,
            "B: no N before it",
        ),
        (["01 A COMP.", " 05 B PIC 9 COMP-3."], 2, "B: is COMP-3 in a group that is COMP"),
        (["01 A.", " 05 B PIC X(4) DYNAMIC LENGTH."], 2, "DYNAMIC is not read"),
        (["01 A.", " 05 B PIC X.", " 66 C RENAMES D."], 3, "C: 0 of D, not one"),
        (["01 A.", " 05 B PIC G(4) COMP."], 2, "B: a picture of G cannot be COMP"),
        (["77 A PIC X.", " 05 B PIC X."], 2, "B: stands below a 77"),
        (["01 A.", "   05 B PIC 9(19) COMP."], 2, "B: COMP of over 18 digits"),
        (["01 A.", "   05 B PIC X COMP."], 2, "B: COMP needs a numeric picture"),
        (["01 A.", "   05 B PIC X OCCURS 1 TO 3."], 2, "OCCURS n TO m without DEPENDING ON"),
        (["01 A.", "   05 B PIC X OCCURS."], 2, "ends early"),
        (["01 A.", "   05 B PIC X OCCURS ALL."], 2, "no number: ALL"),
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


def test_levels_66_and_77_and_several_records() -> None:
    source = """
01 a. 05 b pic x(2). 05 c. 10 d pic 9(3). 10 e pic x. 66 f renames b thru d. 66 g renames c.
77 counter pic 9(4) comp.
01 z redefines a. 05 y pic x(4).
"""
    roots = parse_copybook(source)
    assert [(root.name, root.level, root.size) for root in roots] == [
        ("A", 1, 6), ("COUNTER", 77, 2), ("Z", 1, 4),
    ]  # fmt: skip
    renamed = [(i.name, i.offset, i.size) for i in roots[0].walk() if i.level == 66]
    assert renamed == [("F", 0, 5), ("G", 2, 4)]
    assert records_of(roots) == [roots[0], roots[2]]


def test_a_copybook_without_an_01_is_one_record() -> None:
    (root,) = parse_copybook("       05 A PIC X.\n       05 B.\n         10 C PIC 9.\n", "dir/CUST.cpy")
    assert [(i.path, i.offset) for i in root.walk()] == [
        ("CUST", 0), ("CUST.A", 0), ("CUST.B", 1), ("CUST.B.C", 1),
    ]  # fmt: skip


def test_conditions_have_lists_ranges_and_figurative_constants() -> None:
    (root,) = parse_copybook(
        "01 a. 05 b pic x. 88 c values are 'x' 'y', 'O''K' thru \"Z\". 88 d value spaces low-values."
        " 05 n pic 9(3). 88 e value 1 thru 5 7 zero."
    )
    _, b, n = root.walk()
    assert [one.texts() for one in b.conditions] == [["x", "y", "O'K THRU Z"], [" ", "LOW-VALUES"]]
    assert [one.texts() for one in n.conditions] == [["1 THRU 5", "7", "0"]]


def test_usage_and_sign_are_inherited() -> None:
    (root,) = parse_copybook(
        "01 a comp-3. 05 b pic s9(3). 05 g sign leading separate. 10 c pic s9(3) comp-3."
    )
    assert [i.usage for i in root.walk()] == ["", "COMP-3", "", "COMP-3"]
    (root,) = parse_copybook("01 a sign is leading separate. 05 b pic s9(3). 05 c pic 9(3). 05 d pic x.")
    assert [(i.sign, i.separate, i.size) for i in root.children] == [
        ("LEADING", True, 4), ("", False, 3), ("", False, 1),
    ]  # fmt: skip


def test_clauses_without_an_effect_on_bytes_are_read() -> None:
    (root,) = parse_copybook(
        "01 a is global. 05 n pic 99. 05 t occurs 1 to 5 times depending on n of a ascending key is k j"
        " descending key l indexed by i1, i2. 10 k pic 9. 10 j pic 9. 10 l pic 9(4) comp-5."
        " 05 r pic x(5) just right value all 'ab'. 05 z pic 9(3) blank when zero."
    )
    table = root.children[1]
    assert (table.occurs, table.depending_on, table.size) == ((1, 5), ("N", "A"), 4)
    assert root.children[2].justified
    assert root.children[3].blank_when_zero
