"""COPY … REPLACING, REPLACE, embedded SQL."""

from pathlib import Path

import pytest

from formats.copybook.copying import Library
from formats.copybook.parse import parse_copybook
from formats.errors import DeclarationError


def items(folder: Path, source: str, *others: Path) -> list[tuple[str, int, int]]:
    roots = parse_copybook(source, str(folder / "main.cpy"), library=Library(others))
    return [(item.name, item.offset, item.size) for root in roots for item in root.walk()]


def test_books_are_taken_in_and_words_exchanged(tmp_path: Path) -> None:
    (tmp_path / "ADDR.cpy").write_text(
        "           10  :TAG:-LINE    PIC X(:LEN:).\n           10  OLD-ZIP PIC X(5).\n           COPY geo.\n"
    )
    (tmp_path / "geo.CBL").write_text("10 X-GEO PIC S9(4) COMP.\n")
    source = """
01 CUST.
  05 HOME. COPY ADDR REPLACING ==:TAG:== BY ==HOME== ==:LEN:== BY ==20==
     OLD-ZIP BY ZIP LEADING ==X-== BY ==HOME-==.
  05 WORK. COPY 'ADDR.cpy' OF nowhere SUPPRESS REPLACING ==:TAG:== BY ==WORK== ==:LEN:== BY 7
     ==PIC X(5)== BY ==PIC 9(9) COMP-3==.
"""
    assert items(tmp_path, source) == [
        ("CUST", 0, 41), ("HOME", 0, 27), ("HOME-LINE", 0, 20), ("ZIP", 20, 5), ("HOME-GEO", 25, 2),
        ("WORK", 27, 14), ("WORK-LINE", 27, 7), ("OLD-ZIP", 34, 5), ("X-GEO", 39, 2),
    ]  # fmt: skip


def test_replace_holds_until_the_next_one(tmp_path: Path) -> None:
    source = """
REPLACE ==:P:== BY ==AB== TRAILING ==-X== BY ==-Y==.
01 :P:-REC. 05 C-X PIC X.
REPLACE OFF.
01 D. 05 E-X PIC X.
"""
    assert [name for name, _, _ in items(tmp_path, source)] == ["AB-REC", "C-Y", "D", "E-X"]


def test_further_folders_and_libraries(tmp_path: Path) -> None:
    (tmp_path / "lib" / "bank").mkdir(parents=True)
    (tmp_path / "lib" / "bank" / "rec.cpy").write_text("01 A. 05 B PIC X.\n")
    assert len(items(tmp_path, "COPY REC OF bank.", tmp_path / "lib")) == 2


def test_embedded_sql_is_passed_over(tmp_path: Path) -> None:
    source = """
       EXEC SQL DECLARE CUST TABLE
         ( NO CHAR(12) NOT NULL,
           NAME VARCHAR(60) ) END-EXEC.
       01 DCLCUST.
          10 NO-1 PIC X(12).
          10 NAME. 49 NAME-LEN PIC S9(4) COMP. 49 NAME-TEXT PIC X(60).
"""
    assert items(tmp_path, source)[-1] == ("NAME-TEXT", 14, 60)


def test_faults_name_the_book_that_they_are_in(tmp_path: Path) -> None:
    (tmp_path / "b.cpy").write_text("\n05 X PIC Q.\n")
    with pytest.raises(DeclarationError, match="picture Q is not read") as raised:
        items(tmp_path, "01 A. COPY b.")
    assert (raised.value.file, raised.value.line) == (str(tmp_path / "b.cpy"), 2)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("01 A. COPY none.", "no copybook none in the folders searched"),
        ("01 A. COPY self.", "copybooks that copy one another"),
        ("01 A. COPY self REPLACING X WITH Y.", "REPLACING without BY"),
        ("01 A. COPY self", "ends early"),
        ("EXEC SQL DECLARE", "EXEC without END-EXEC"),
        ("01 A. COPY self REPLACING ==== BY ==B==.", "nothing to be replaced"),
    ],
)
def test_what_cannot_be(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "self.cpy").write_text("COPY self.\n")
    with pytest.raises(DeclarationError, match=message):
        items(tmp_path, source)
