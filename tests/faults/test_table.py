"""The page on reliability says what the tests' marks say, and claims nothing else."""

import re
from pathlib import Path

from tests.faults.table import PAGE, Shown, claims, page, rows

_LINE = re.compile(r"^\| ([A-Z]\d+) .*?\| (shown|part|open) \| (.*) \|$", re.MULTILINE)
_TEST = re.compile(r"(\S+) \(`(\S+)::(\w+)`\)")


def test_marks_name_rows_of_the_matrix() -> None:
    known = {row.id for row in rows()}
    assert len(known) == len(rows()) == 67
    assert {claim.row for claim in claims()} <= known


def test_the_page_is_of_these_tests() -> None:
    told = {
        (row, f"tests/{file}", test)
        for row, _, done in _LINE.findall(PAGE.read_text(encoding="utf-8"))
        for _, file, test in _TEST.findall(done)
    }
    marked = {(claim.row, claim.file, claim.test) for claim in claims()}
    assert told == marked, "run: make reliability"


def test_a_row_counts_only_with_a_test_that_passed() -> None:
    for row, state, done in _LINE.findall(PAGE.read_text(encoding="utf-8")):
        outcomes = [outcome for outcome, _, _ in _TEST.findall(done)]
        assert state == "open" or (set(outcomes) <= {"passed", "skipped"} and "passed" in outcomes), row


def test_a_row_without_a_test_is_open(tmp_path: Path) -> None:
    one = Shown("B1", "cut everywhere", "tests/test_x.py", "test_y")
    lines = _LINE.findall(page([one], {("tests/test_x.py", "test_y"): "passed"}))
    states = {row: state for row, state, _ in lines}
    assert states.pop("B1") in ("shown", "part")
    assert set(states.values()) == {"open"}
