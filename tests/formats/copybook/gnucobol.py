"""A COBOL program for the tests, which writes a file of records and prints what it wrote, or reads one back.

The fields are a table; the copybook and the program are made of it, and the compiler's own MOVE decides what
each field holds and prints.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Spec:
    name: str
    clauses: str
    whole: int = 0
    """Digits printed before the point; 0: a text, printed as it stands."""
    decimals: int = 0
    width: int = 0
    """Of a text."""
    floating: str = ""
    """struct's code of a floating point number."""

    @property
    def printed(self) -> str:
        if not self.whole:
            return f"PIC X({self.width})"
        point = f"V9({self.decimals})" if self.decimals else ""
        return f"PIC S9({self.whole}){point} SIGN LEADING SEPARATE"

    def value(self, text: str) -> Decimal | int | str:
        """What was printed, as the reader should give it."""
        if not self.whole:
            return text.rstrip()
        number = int(text)
        if not self.decimals:
            return number
        digits = tuple(map(int, str(abs(number))))
        return Decimal((number < 0, digits, -self.decimals))


def number(name: str, whole: int, decimals: int, clauses: str) -> Spec:
    picture = f"9({whole})" + (f"V9({decimals})" if decimals else "") if whole else f"V9({decimals})"
    return Spec(name, clauses.replace("#", picture), whole or 1, decimals)


FIELDS = (
    number("U-D", 7, 2, "PIC #"),
    number("S-D", 7, 2, "PIC S#"),
    number("S-LONG", 31, 0, "PIC S#"),
    number("S-LEAD", 5, 0, "PIC S# SIGN LEADING"),
    number("S-TRAIL", 5, 3, "PIC S# SIGN IS TRAILING"),
    number("S-LSEP", 5, 1, "PIC S# SIGN LEADING SEPARATE CHARACTER"),
    number("S-TSEP", 6, 0, "PIC S# SIGN TRAILING SEPARATE"),
    number("ONLY-V", 0, 6, "PIC S#"),
    Spec("P-UP", "PIC 9(3)PPP", 6),
    Spec("P-DOWN", "PIC SVPP999", 1, 5),
    number("ZERO-BLANK", 4, 0, "PIC # BLANK WHEN ZERO"),
    *(
        number(f"{name}-{sign or 'U'}{whole}", whole, decimals, f"PIC {sign}# {usage}")
        for name, usage in (("C", "COMP"), ("C4", "COMP-4"), ("BI", "BINARY"))
        for sign in ("", "S")
        for whole, decimals in ((1, 0), (3, 1), (6, 0), (9, 0), (16, 2))
    ),
    *(
        Spec(f"C5-{sign or 'U'}{digits}", f"PIC {sign}9({digits}){point} COMP-5", 20, max(len(point) - 1, 0))
        for sign in ("", "S")
        for digits, point in ((1, ""), (3, "V9"), (6, ""), (9, ""), (16, "V99"))
    ),
    *(
        number(f"{name}-{sign or 'U'}{whole}", whole, decimals, f"PIC {sign}# {usage}")
        for name, usage in (("P3", "COMP-3"), ("PD", "PACKED-DECIMAL"))
        for sign in ("", "S")
        for whole, decimals in ((1, 0), (4, 2), (9, 0), (29, 9))
    ),
    number("C6-ODD", 5, 0, "PIC # COMP-6"),
    number("C6-EVEN", 4, 2, "PIC # COMP-6"),
    Spec("CX-U", "PIC 9(5) COMP-X", 10),
    Spec("CX-S", "PIC S9(7) COMP-X", 10),
    Spec("CN-U", "PIC 9(8) COMP-N", 10),
    Spec("CN-S", "PIC S9(3) COMP-N", 10),
    Spec("X-CX", "PIC X(3) COMP-X", 8),
    Spec("X-C5", "PIC X(4) COMP-5", 10),
    Spec("I-X", "INDEX", 10),
    *(
        Spec(f"B-{length}-{sign[0]}", f"BINARY-{length} {sign}", 20)
        for length in ("CHAR", "SHORT", "LONG", "DOUBLE")
        for sign in ("SIGNED", "UNSIGNED")
    ),
    Spec("C-INT", "SIGNED-INT", 20),
    Spec("C-SHORT", "UNSIGNED-SHORT", 20),
    Spec("C-LONG", "SIGNED-LONG", 20),
    Spec("F-1", "COMP-1", 9, 4, floating="<f"),
    Spec("F-2", "COMP-2", 9, 4, floating="<d"),
    Spec("F-SHORT", "FLOAT-SHORT", 9, 4, floating="<f"),
    Spec("F-LONG", "FLOAT-LONG", 9, 4, floating="<d"),
    Spec("F-DEC16", "FLOAT-DECIMAL-16", 9, 4, floating="d"),
    Spec("F-DEC34", "FLOAT-DECIMAL-34", 9, 4, floating="d"),
    Spec("T-X", "PIC X(9)", width=9),
    Spec("T-A", "PIC A(6)", width=6),
    Spec("T-RIGHT", "PIC X(12) JUSTIFIED RIGHT", width=12),
    Spec("T-N", "PIC N(4). 05 T-N-X REDEFINES T-N PIC X(8)", width=8),
    Spec("N-D", "PIC 9(5) USAGE NATIONAL", 5),
    Spec("E-Z", "PIC ZZ,ZZ9.99-", width=10),
    Spec("E-DOLLAR", "PIC $$$,$$9.99CR", width=12),
    Spec("E-STAR", "PIC **,**9.9DB", width=10),
    Spec("E-PLUS", "PIC +9(4).99", width=8),
    Spec("E-X", "PIC XX/XXBXX", width=8),
)  # fmt: skip
TEXTS = {"T-X", "T-A", "T-RIGHT", "T-N", "E-X"}


def copybook() -> str:
    rows = [f"    05  {spec.name:<14} {spec.clauses}." for spec in FIELDS]
    return "\n".join(["01  REC.", "    05  REC-TYPE       PIC X(4) VALUE 'TEST'.", *rows, ""])


def fields() -> tuple[Spec, ...]:
    return FIELDS


def program(count: int) -> str:
    """Argument W: write the records and print them; R: read them and print them."""
    record = copybook().split("\n", 1)[1]
    moves = "\n".join(f"    {_fill(spec)}" for spec in FIELDS)
    prints = "\n".join(f"    {_print(spec, at)}" for at, spec in enumerate(FIELDS))
    out = "\n".join(f"    05 O-{at} {spec.printed}. 05 FILLER PIC X." for at, spec in enumerate(FIELDS))
    return _PROGRAM.format(record=record, moves=moves, prints=prints, out=out, count=count)


def _fill(spec: Spec) -> str:
    if spec.name in TEXTS:
        return f"MOVE W-TEXT TO {spec.name}"
    if spec.name == "I-X":
        return f"SET {spec.name} TO W-SMALL"
    if spec.floating:
        return f"COMPUTE {spec.name} = W-INT / 16"
    return f"MOVE W-NUM TO {spec.name}"


def _print(spec: Spec, at: int) -> str:
    if spec.name == "I-X":
        return f"SET W-INT TO {spec.name} MOVE W-INT TO O-{at}"
    name = "T-N-X" if spec.name == "T-N" else spec.name  # national text cannot be moved to any other
    return f"MOVE {name} TO O-{at}"


_PROGRAM = """
IDENTIFICATION DIVISION.
PROGRAM-ID. RECORDS.
ENVIRONMENT DIVISION.
INPUT-OUTPUT SECTION.
FILE-CONTROL.
    SELECT F ASSIGN TO "records.dat" ORGANIZATION SEQUENTIAL.
    SELECT O ASSIGN TO "printed.txt" ORGANIZATION LINE SEQUENTIAL.
DATA DIVISION.
FILE SECTION.
FD F.
01  REC.
{record}
FD O.
01  O-REC PIC X(2000).
WORKING-STORAGE SECTION.
01  W-SEED PIC 9(10) COMP-5 VALUE 42.
01  W-AT PIC 9(9) COMP-5.
01  W-PART PIC 9(9) COMP-5.
01  W-ENDED PIC 9 VALUE 0.
01  W-INT PIC S9(9) COMP-5.
01  W-SMALL PIC 9(9) COMP-5.
01  W-GROUP.
    05 W-SIGN PIC X.
    05 W-DIGITS PIC 99 OCCURS 19.
01  W-NUM REDEFINES W-GROUP PIC S9(29)V9(9) SIGN LEADING SEPARATE.
01  W-LETTERS PIC X(26) VALUE "ABCDEFGHIJKLMNOPQRSTUVWXYZ".
01  W-TEXT PIC X(9).
01  W-ARG PIC X(4).
01  O-LINE.
{out}
PROCEDURE DIVISION.
MAIN.
    ACCEPT W-ARG FROM COMMAND-LINE
    MOVE ALL "|" TO O-LINE
    OPEN OUTPUT O
    IF W-ARG = "R" PERFORM READ-ALL ELSE PERFORM WRITE-ALL END-IF
    CLOSE O
    STOP RUN.
WRITE-ALL.
    OPEN OUTPUT F
    PERFORM VARYING W-AT FROM 1 BY 1 UNTIL W-AT > {count}
        PERFORM MAKE-VALUES
        MOVE "TEST" TO REC-TYPE
        PERFORM FILL-RECORD
        PERFORM PRINT-RECORD
        WRITE REC
    END-PERFORM
    CLOSE F.
READ-ALL.
    OPEN INPUT F
    PERFORM UNTIL W-ENDED = 1
        READ F AT END MOVE 1 TO W-ENDED
        NOT AT END PERFORM PRINT-RECORD
        END-READ
    END-PERFORM
    CLOSE F.
MAKE-VALUES.
    PERFORM VARYING W-PART FROM 1 BY 1 UNTIL W-PART > 19
        PERFORM NEXT-SEED
        COMPUTE W-DIGITS(W-PART) = FUNCTION MOD(W-SEED / 7, 100)
        IF W-AT = 1 MOVE 0 TO W-DIGITS(W-PART) END-IF
        IF W-AT = 2 OR 3 MOVE 99 TO W-DIGITS(W-PART) END-IF
    END-PERFORM
    PERFORM NEXT-SEED
    MOVE "+" TO W-SIGN
    IF FUNCTION MOD(W-SEED / 11, 2) = 1 OR W-AT = 3 MOVE "-" TO W-SIGN END-IF
    COMPUTE W-SMALL = FUNCTION MOD(W-SEED, 1000000)
    COMPUTE W-INT = W-SMALL
    IF W-SIGN = "-" COMPUTE W-INT = 0 - W-INT END-IF
    COMPUTE W-PART = FUNCTION MOD(W-SMALL, 18) + 1
    MOVE W-LETTERS(W-PART:) TO W-TEXT
    COMPUTE W-PART = FUNCTION MOD(W-SMALL / 20, 9) + 1
    MOVE SPACES TO W-TEXT(W-PART:).
NEXT-SEED.
    COMPUTE W-SEED = FUNCTION MOD(W-SEED * 16807, 2147483647).
FILL-RECORD.
{moves}
    CONTINUE.
PRINT-RECORD.
{prints}
    MOVE O-LINE TO O-REC
    WRITE O-REC.
"""
