"""Declarations that cannot work: every fault at once, with file, line and key."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from formats.declare import Declaration, load_codec
from formats.errors import DeclarationError
from formats.testing import check_format

SYSTEMS = Path(__file__).parents[2] / "conf" / "systems"


def core(**changed: Any) -> dict[str, Any]:
    return {
        "family": "copybook", "charset": "cp037", "header": "core.cpy#MSG-HEADER", "type_field": "MSG-TYPE",
        "records": {"CU01": "core.cpy", "RP01": "core-reply.cpy"}, "kinds": {"ACCT-COUNT": "required"},
        **changed,
    }  # fmt: skip


LOAN = {
    "family": "table",
    "charset": "gb18030",
    "tables": "loan.toml",
    "header": "HEADER",
    "type_field": "TYPE",
}
EBANK = {"family": "tlv", "tags": "ebank.toml"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("core", "loan", "ebank"):
        for file in (SYSTEMS / name).iterdir():
            shutil.copy(file, tmp_path)
    return tmp_path


class _Seal:
    size = 32

    def over(self, data: bytes) -> bytes:
        return bytes(32)

    def holds(self, data: bytes, code: bytes) -> bool:
        return True


def faults(folder: Path, declared: dict[str, Any]) -> list[str]:
    seal = _Seal() if declared["family"] == "tlv" else None
    with pytest.raises(ExceptionGroup) as raised:
        load_codec(TypeAdapter(Declaration).validate_python(declared), folder, "x", seal)
    return [_text(error, folder) for error in _leaves(raised.value)]


def _leaves(group: BaseException) -> Iterator[DeclarationError]:
    if isinstance(group, ExceptionGroup):
        for error in group.exceptions:
            yield from _leaves(error)
    else:
        assert isinstance(group, DeclarationError)
        yield group


def _text(error: DeclarationError, folder: Path) -> str:
    file = Path(error.file).name if error.file else ""
    assert str(folder) in error.file or not error.file
    return f"{file}:{error.line} {error.key}: {error}"


@pytest.mark.parametrize(
    ("declared", "texts"),
    [
        (core(charset="cp9999"), [":0 codec.charset: unknown charset 'cp9999'"]),
        (
            core(charsets={"CUST-NAME": "x", "NOPE": "cp935"}),
            [":0 codec.charsets.CUST-NAME: unknown charset 'x'"],
        ),
        (
            core(charsets={"NOPE": "cp935"}, kinds={"NADA": "date"}),
            [
                ":0 codec.charsets.NOPE: no field NOPE in any record",
                ":0 codec.kinds.NADA: no field NADA in any record",
            ],
        ),
        (core(kinds={"CUST-NO": "required"}), [":0 codec.kinds.CUST-NO: CUST-NO counts no table"]),
        (core(kinds={"CUST-SEQ": "time"}), ["core.cpy:11 CUST-SEQ: CUST-SEQ: a time is 9(14)"]),
        (
            core(records={"CU01": "none.cpy", "RP01": "core.cpy#NADA"}),
            [
                ":0 codec.records.CU01: names the file none.cpy, which cannot be read",
                "core.cpy:1 NADA: 0 of NADA, not one",
            ],
        ),
        (
            core(records={"CU01": "core.cpy#CUST-BODY"}),
            [":0 records.CU01: CU01 does not begin with the header"],
        ),
        (
            core(records={"CU01x": "core.cpy"}),
            [":0 records.CU01x: CU01x cannot stand in MSG-TYPE: over 4 bytes"],
        ),
        (
            core(sizes={"CU01": 313}),
            [":0 codec.sizes.CU01: the layout of CU01 adds up to 312 bytes, not 313"],
        ),
        (
            {**LOAN, "sizes": {"LN11": 111}},
            [":0 codec.sizes.LN11: the layout of LN11 adds up to 110 bytes, not 111"],
        ),
        (core(type_field="X"), [":0 type_field: the header has no X"]),
        (
            {**LOAN, "tables": "none.toml"},
            [":0 codec.tables: names the file none.toml, which cannot be read"],
        ),
        ({**LOAN, "charset": "hex"}, [":0 codec.charset: 'hex' is not a charset"]),
        ({**LOAN, "header": "X"}, ["loan.toml:5 tables.X: no table X"]),
    ],
)
def test_declarations_that_cannot_work(folder: Path, declared: dict[str, Any], texts: list[str]) -> None:
    got = faults(folder, declared)
    assert got[: len(texts)] == texts


FILE_FAULTS = [
    # file, text, changed to, text on the line of the fault, key and message
    ("loan.toml", '["TYPE", 4, "text"]', '["TYPE", 4]', '["TYPE", 4]', "tables.HEADER.rows.0: "),
    ("loan.toml", '["TYPE", 4, "text"]', '["TYPE", 0, "text"]', '["TYPE", 0', "tables.HEADER.rows.0"),
    ("loan.toml", '["TYPE", 4, "text"]', '["TYPE", 4, "txt"]', '["TYPE", 4', "tables.HEADER.rows.0"),
    ("loan.toml", '["SERIAL", 20,', '["TYPE", 4,', "[tables.HEADER]",
     "tables.HEADER: HEADER: TYPE stands twice"),
    ("loan.toml", '"@IDENTITY",', '"@NADA",', "[records.LN10]", "records.LN10: no table NADA"),
    ("loan.toml", 'of = "LOAN"', 'of = "NADA"', "[records.LN10]", "records.LN10: no table NADA"),
    ("loan.toml", '"DUP", 1, "code"', '"DUP", 1, "date"', "[records.LN10]", "records.LN10: DUP: a date"),
    ("loan.toml", "max = 20", "max = 200", "[records.LN10]", "records.LN10: REL_COUNT: 200 entries"),
    ("loan.toml", "[records.LN10]", "[records.LN10", "[records.LN10", ": Expected"),
    ("loan.toml", "[records.LN10]", "[recordz.LN10]", "[recordz.LN10]", "recordz: Extra inputs"),
    ("loan.toml", '["@OUTCOME"]', '["@NADA"]', "[records.LN11]", "records.LN11: no table NADA"),
    ("loan.toml", '    "@HEADER",\n    ["CODE"', '    "@OUTCOME",\n    ["CODE"', "[records.LN11]",
     "records.LN11: table OUTCOME holds itself"),
    ("ebank.toml", "0x0102", "0x0101", "seq = [", "fields.seq: the tag is used twice"),
    ("ebank.toml", "0x8110", "0x0110", "[groups.documents]",
     "groups.documents: the group bit is for groups"),
    ("ebank.toml", ", bytes = 16 }", "}", "nonce =", "fields.nonce: hex needs its bytes"),
    ("ebank.toml", '"utf-8"', '"utf-99"', "charset =", "tlv.charset: unknown charset 'utf-99'"),
    ("ebank.toml", "bytes = 32", "bytes = 8", "[seal]", "seal: the [seal]"),
    ("ebank.toml", '"0x7E" =', '"0x7e" =', '"0x7e"', "messages.0x7e: a type is"),
    ("ebank.toml", '["number", "ecif"]', '["nada"]', '["nada"]', "messages.0x24: no field nada"),
    ("ebank.toml", '"@customer"', '"@nada"', '"0x20"', "messages.0x20: no list nada"),
    ("ebank.toml", "version = 1\n", "version = 256\n", "version = 256", "head.version: 256 does not fit"),
    ("ebank.toml", 'name = [0x0101', 'unknown = [0x0101', "unknown = [",
     "fields.unknown: this name is taken"),
    ("core.cpy", "ACCT-COUNT            PIC 9(2)", "ACCT-COUNT            PIC X(2)", "10  ACCT OCCURS",
     "ACCT: ACCT: ACCT-COUNT is no number"),
    ("core.cpy", "ON ACCT-COUNT.", "ON ACCT-COUNTS.", "10  ACCT OCCURS",
     "ACCT: ACCT: no ACCT-COUNTS before it"),
    ("core.cpy", "CUST-MOBILE ", "CUST-STATUS ", "CUST-STATUS ",
     "CUST-STATUS: CUST-MSG: CUST-STATUS stands twice"),
    ("core.cpy", "PIC X(122)", "PIC Q(122)", "PIC Q(122)", ": picture Q(122) is not read"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "anchor", "message"), FILE_FAULTS)
def test_files_that_cannot_work(
    folder: Path, file: str, old: str, new: str, anchor: str, message: str
) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    line = path.read_text("utf-8").partition(anchor)[0].count("\n") + 1
    got = faults(folder, {"core.cpy": core(), "loan.toml": LOAN, "ebank.toml": EBANK}[file])
    assert any(each.startswith(f"{file}:{line} {message}") for each in got), (line, got)


def test_a_seal_that_is_missing(folder: Path) -> None:
    with pytest.raises(ExceptionGroup):
        load_codec(TypeAdapter(Declaration).validate_python(EBANK), folder, "x", None)


@pytest.mark.parametrize(
    "wrong", [{"family": "xml"}, core(colour=1), core(records={}), core(kinds={"A": "b"}), {}]
)
def test_sections_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Declaration).validate_python(wrong)


def test_another_bank_is_only_a_file(tmp_path: Path) -> None:
    """Another charset, another width, another sign, other tags, no seal."""
    (tmp_path / "t.toml").write_text(
        """
[tables]
H.rows = [["KIND", 2, "code"], ["NO", 6, "digits"]]
LINE.rows = [
    ["WHAT", 3, "text"],
    { field = "HOW_MUCH", width = 8, type = "amount", decimals = 3, sign = "leading" },
]

[records]
AA.rows = ["@H", { list = "LINES", of = "LINE", count = ["N", 1], min = 1, max = 9 }, ["END", 14, "time"]]
""",
        "utf-8",
    )
    declared = {
        "family": "table",
        "charset": "cp500",
        "tables": "t.toml",
        "header": "H",
        "type_field": "KIND",
    }
    codec = load_codec(TypeAdapter(Declaration).validate_python(declared), tmp_path, "other")
    body = codec.build(
        "AA", {"NO": 7, "LINES": [{"WHAT": "[x]", "HOW_MUCH": "-1.5"}], "END": "20260105093000"}
    )
    assert body == "AA0000071[x]-000150020260105093000".encode("cp500")
    check_format(codec, [body])

    (tmp_path / "u.toml").write_text(
        """
[head]
rows = [["v", 2, "version"], ["kind", 2, "type"]]
version = 7
[tlv]
tag_bytes = 1
length_bytes = 1
charset = "big5"
[fields]
who = [1, "text"]
cost = { tag = 2, type = "amount" }
[messages]
"0x0001" = ["who", "cost"]
""",
        "utf-8",
    )
    codec = load_codec(
        TypeAdapter(Declaration).validate_python({"family": "tlv", "tags": "u.toml"}), tmp_path, "other"
    )
    body = codec.build("0x0001", {"who": "中", "cost": "-1.05"})
    assert body.hex() == "00070001" + "0102a4a4" + "0208ffffffffffffff97"
    check_format(codec, [codec.build("0x0001", {})])
    assert codec.parse(body)[1]["who"] == "中"


def test_a_copybook_with_signs_fillers_and_fixed_tables(tmp_path: Path) -> None:
    (tmp_path / "a.cpy").write_text(
        """
01 REC.
  05 T PIC X(2).
  05 FILLER PIC X(2).
  05 S PIC S9(3)V9.
  05 L PIC S99 SIGN LEADING SEPARATE.
  05 B PIC 9(4) COMP.
  05 ROW OCCURS 2.
     10 D PIC 9(8).
     10 P PIC X(3) OCCURS 2.
  05 N PIC 9.
  05 V OCCURS 1 TO 3 DEPENDING ON N.
     10 W PIC S9(4) COMP-3.
""",
        "utf-8",
    )
    declared = {
        "family": "copybook", "charset": "cp500", "header": "a.cpy#T", "type_field": "T",
        "records": {"R1": "a.cpy"}, "kinds": {"D": "date"},
    }  # fmt: skip
    codec = load_codec(TypeAdapter(Declaration).validate_python(declared), tmp_path, "other")
    fields = {
        "S": "-12.5", "L": -7, "B": 6553,
        "ROW": [{"D": "20240101", "P": [{"P": "a"}]}], "V": [{"W": -1}],
    }  # fmt: skip
    body = codec.build("R1", fields)
    type, parsed = codec.parse(body)
    assert parsed["ROW"][1] == {"D": "", "P": [{"P": ""}, {"P": ""}]}
    assert parsed["L"] == -7
    assert codec.place(body, ("ROW", 0, "P", 1, "P")).label == "ROW(1).P(2).P"
    assert codec.build(type, parsed) == body
    check_format(codec, [body])
