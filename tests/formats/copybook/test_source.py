"""Reference formats: which one it is, what belongs to the code, continued lines."""

import pytest

from formats.copybook.source import tokens_of
from formats.errors import DeclarationError


def texts(source: str) -> list[str]:
    return [token.text for token in tokens_of(source, "a.cpy")]


@pytest.mark.parametrize(
    "source",
    [
        "       01 A PIC X.",
        "000100 01 A PIC X.".ljust(72) + "CHANGED1",
        "CUST01 01 A PIC X.".ljust(72) + "IGNORED.",
        "01 A PIC X.",
        "01 A PIC X. *> . a comment with 'a quote",
        "      >>SOURCE FORMAT IS FREE\n01 A PIC X.",
        "      $SET SOURCEFORMAT\"FREE\"\n01 A PIC X.",
        "      * A COMMENT. 'X\n       01 A\n      / ANOTHER\n      D    PIC X.\n           PIC X.",
        "\t01 A PIC X.",
        "       EJECT\n       01 A\n       SKIP1\n           PIC X.\n       TITLE 'A.B'.\n",
    ],
)  # fmt: skip
def test_both_formats(source: str) -> None:
    assert texts(source) == ["01", "A", "PIC", "X", "."]


def test_separators_and_pictures() -> None:
    assert texts("01 a pic zz,zz9.99-. 05 b pic .99. 88 c value 'x', \"y.z\"; 1,5 x'00'.") == [
        "01", "a", "pic", "zz,zz9.99-", ".", "05", "b", "pic", ".99", ".",
        "88", "c", "value", "'x'", '"y.z"', "1,5", "x'00'", ".",
    ]  # fmt: skip


def test_a_continued_word_and_literal() -> None:
    first = "       01 A PIC X(60) VALUE 'IT REACHES TO COLUMN SEVENTY-TWO A"
    lines = [
        first.ljust(72) + "00000010",
        "      * BETWEEN THEM",
        "      -    'ND GOES ON'. 05 LO",
        "      -    NG PIC X.",
    ]
    literal = "'" + (first.ljust(72)[7:72].partition("'")[2]) + "ND GOES ON'"
    assert texts("\n".join(lines)) == [
        "01",
        "A",
        "PIC",
        "X(60)",
        "VALUE",
        literal,
        ".",
        "05",
        "LONG",
        "PIC",
        "X",
        ".",
    ]


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("       01 A VALUE 'AB\n      -    CD'.", 2, "the continued literal lacks its quotation mark"),
        ("      -    'B'.", 1, "continues a line that is not there"),
        ("       01 A VALUE 'AB.", 1, "not understood: column 12 of the code"),
    ],
)
def test_what_is_broken_is_told_with_its_line(source: str, line: int, message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        texts(source)
    assert (str(raised.value), raised.value.file, raised.value.line) == (message, "a.cpy", line)
