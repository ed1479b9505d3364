"""Which fault of a message its sender is told, and in which words (interfaces/README.md, "Reply codes").

Faults are looked for in the order length, MAC, version, type and flags, content; formats keep that order for
what they see, here flags come first. In the content what cannot be read comes first, then codes and blanks by
their place in the message.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from formats.codec import Path
from formats.errors import Fault, FaultKind, FormatError, Place

UNREADABLE = "1001"
UNKNOWN_TYPE = "1002"
NOT_IN_TABLE = "1003"
REUSED = "1004"
NOT_SIGNED = "1005"
BLANK = "1006"
NOT_ALLOWED = "2002"
BUSY = "9001"

CODES: Mapping[FaultKind, str] = {
    FaultKind.LENGTH: UNREADABLE,
    FaultKind.SEAL: NOT_SIGNED,
    FaultKind.VERSION: UNKNOWN_TYPE,
    FaultKind.TYPE: UNKNOWN_TYPE,
    FaultKind.CONTENT: UNREADABLE,
}

FIRST_TOLD = {UNKNOWN_TYPE: 0, UNREADABLE: 1}

TABLE_RULE = "not in the table"
REUSED_RULE = "used for other content"
BLANK_RULE = "blank"
CLEARED_RULE = "cleared"
NUL_RULE = "character U+0000"


class Problem(NamedTuple):
    """A fault of content that only the mapping can see."""

    code: str
    path: Path
    rule: str


def refusal(problems: Iterable[Problem], place: Callable[[Path], Place]) -> tuple[str, str]:
    """(code, text) of the problem that is told."""
    placed = [(problem, place(problem.path)) for problem in problems]
    problem, where = min(placed, key=lambda item: (FIRST_TOLD.get(item[0].code, 2), item[1].offset))
    return problem.code, ascii_text(Fault(where, problem.rule).text())


def format_refusal(error: FormatError) -> tuple[str, str]:
    text = error.faults[0].text() if error.faults else ""
    return CODES[error.kind], ascii_text(text)


def ascii_text(text: str) -> str:
    """Field names are the sheet's; a sheet whose names are not ASCII must not break the answer."""
    return text.encode("ascii", "replace").decode("ascii")[:60]
