"""What Oracle 19c refuses or twists in SQL that other databases take: a list of rules over the text.

Not a grammar: each rule is a known way in which SQLAlchemy's or Alembic's text, or our own, goes wrong there
(Oracle Database SQL Language Reference 19c; error numbers from its messages manual).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

IN_LIST = 1_000
NAME_BYTES = 30
"""128 from 12.2 on; 30 while COMPATIBLE is older, as it is in many banks."""
TEXT_CHARACTERS = 1_000
"""VARCHAR2 ends at 4,000 bytes; a rare Chinese character takes four in AL32UTF8."""

RESERVED = frozenset(
    """
    ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COLUMN_VALUE COMMENT
    COMPRESS CONNECT CREATE CURRENT DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS
    FILE FLOAT FOR FROM GRANT GROUP HAVING IDENTIFIED IMMEDIATE IN INCREMENT INDEX INITIAL INSERT
    INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG MAXEXTENTS MINUS MLSLABEL MODE MODIFY NESTED_TABLE_ID
    NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON ONLINE OPTION OR ORDER PCTFREE PRIOR PUBLIC
    RAW RENAME RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE SMALLINT START
    SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES
    VARCHAR VARCHAR2 VIEW WHENEVER WHERE WITH
    """.split()  # noqa: SIM905 - a hundred quotes read worse
)

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_COMMENT = re.compile(r"^--.*$", re.MULTILINE)
_NAMED = re.compile(
    r"\b(?:TABLE|INDEX|CONSTRAINT|COLUMN)\s+([\w.]+)|^\s*(\w+) (?:VARCHAR2|NUMBER|CLOB|BLOB|INTEGER)", re.M
)
_BIND = re.compile(r"(?<!:):(\w+)")


def _pattern(text: str) -> Callable[[str], bool]:
    compiled = re.compile(text, re.IGNORECASE | re.DOTALL)
    return lambda statement: compiled.search(statement) is not None


def _long_in_list(statement: str) -> bool:
    return any(len(found.split(",")) > IN_LIST for found in re.findall(r"\bIN \(([^()]*)\)", statement))


def _names(statement: str) -> Iterator[str]:
    for found in _NAMED.finditer(statement):
        yield from (found[1] or found[2]).split(".")


def _long_name(statement: str) -> bool:
    return any(len(name.encode()) > NAME_BYTES for name in _names(statement))


def _reserved_name(statement: str) -> bool:
    return any(name.upper() in RESERVED for name in [*_names(statement), *_BIND.findall(statement)])


def _long_text(statement: str) -> bool:
    return any(int(size) > TEXT_CHARACTERS for size in re.findall(r"VARCHAR2\((\d+)", statement))


RULES: Mapping[str, Callable[[str], bool]] = {
    "FOR UPDATE with a row limit (ORA-02014)": _pattern(r"(FETCH (FIRST|NEXT)|ROWNUM).*\bFOR UPDATE"),
    "IS with a truth value (ORA-00908)": _pattern(r"\bIS (NOT )?(0|1|TRUE|FALSE)\b"),
    "a truth value (ORA-00904)": _pattern(r"[=(,\s](TRUE|FALSE)\b"),
    "SELECT of a condition (ORA-00936)": _pattern(
        r"\bSELECT (NOT )?EXISTS\b|\bSELECT [^()]*?( IS NULL| IS NOT NULL|[<>=])[^()]*? FROM\b"
    ),
    "LIMIT (ORA-00933)": _pattern(r"\b(LIMIT|OFFSET) (\d|:|\?)(?!.*\bROWS\b)"),
    "AS before the name of a table (ORA-00933)": _pattern(r"\bFROM \w+ AS \w+|\bJOIN \w+ AS \w+"),
    "several rows of VALUES (ORA-00933)": _pattern(r"\bVALUES \([^()]*\), *\("),
    "ON CONFLICT (ORA-00933)": _pattern(r"\bON CONFLICT\b"),
    "RETURNING INTO in a script": _pattern(r"\bRETURNING\b"),
    "type BOOLEAN (from 23ai)": _pattern(r"\bBOOLEAN\b"),
    "type JSON (from 21c)": _pattern(r"\bJSON\b"),
    "type DATE, which cuts fractions of a second": _pattern(r"\b(DATE|DATETIME)\b(?! GENERATED| '|,? *\))"),
    "a type of another database (ORA-00902)": _pattern(r"\b(TEXT|BIGINT|BYTEA|SERIAL|DOUBLE PRECISION)\b"),
    "text measured in bytes": _pattern(r"\bN?VARCHAR2?\(\d+( BYTE)?\)"),
    "'' as a value, which is NULL": _pattern(r"(?<![^\s(=,])''(?![^\s),;])"),
    f"more than {IN_LIST} in one IN list (ORA-01795)": _long_in_list,
    f"name over {NAME_BYTES} bytes (ORA-00972)": _long_name,
    "reserved word as a name or bind (ORA-00903, ORA-00904, ORA-01745)": _reserved_name,
    f"text over {TEXT_CHARACTERS} characters, which may be over 4,000 bytes": _long_text,
}


@cache
def faults(statement: str) -> tuple[str, ...]:
    """Rules that the statement breaks. Comments are passed over, and what stands in quotes but for ''."""
    bare = _LITERAL.sub(lambda found: "''" if found[0] == "''" else "'…'", _COMMENT.sub("", statement))
    return tuple(rule for rule, breaks in RULES.items() if breaks(bare))
