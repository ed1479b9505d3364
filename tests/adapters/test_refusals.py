from typing import Any

import pytest

from adapters.refusals import Problem, ascii_text, format_refusal, refusal
from formats.codec import Path
from formats.errors import Fault, FaultKind, FormatError, Place

OFFSETS = {"A": 4, "B": 9, "C": 30}


def place(path: Path) -> Place:
    return Place(str(path[-1]), OFFSETS[str(path[-1])], 1)


def test_the_first_by_place_is_told() -> None:
    problems = [Problem("1006", ("B",), "blank"), Problem("1003", ("A",), "not in the table")]
    assert refusal(problems, place) == ("1003", "A@4 not in the table")


def test_what_cannot_be_read_is_told_before_all_else() -> None:
    problems = [Problem("1006", ("A",), "blank"), Problem("1001", ("C",), "negative")]
    assert refusal(problems, place) == ("1001", "C@30 negative")


def test_of_two_at_one_place_the_first_found() -> None:
    problems = [Problem("1006", ("A",), "blank"), Problem("1003", ("A",), "not in the table")]
    assert refusal(problems, place)[0] == "1006"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.LENGTH, "1001"),
        (FaultKind.SEAL, "1005"),
        (FaultKind.VERSION, "1002"),
        (FaultKind.TYPE, "1002"),
        (FaultKind.CONTENT, "1001"),
    ],
)
def test_every_kind_of_fault_has_its_code(kind: Any, code: str) -> None:
    error = FormatError("x", kind, [Fault(Place("F", 3, 1), "wrong")])
    assert format_refusal(error) == (code, "F@3 wrong")


def test_a_text_is_ascii_and_short() -> None:
    assert ascii_text("姓名@3 blank") == "??@3 blank"
    assert len(ascii_text("x" * 100)) == 60
