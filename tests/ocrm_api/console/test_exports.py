"""Tables as files: nothing in them runs where they are opened."""

import csv
import io
import zipfile

import pytest

from ocrm_api.console.exports import exported, harmless

EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", '=HYPERLINK("http://x")')


@pytest.mark.parametrize("cell", EVIL)
def test_cells_that_would_be_formulas_are_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["张三", "1-2", "a=b", "", "0"])
def test_other_cells_stay(cell: str) -> None:
    assert harmless(cell) == cell


def test_csv_says_that_it_is_utf_8_and_quotes() -> None:
    rows = [{"a": '说"好",了', "b": "=1"}, {"a": None}]
    data = exported("csv", ["a", "b"], ["名", "@b"], rows)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert lines == [["名", "'@b"], ['说"好",了', "'=1"], ["", ""]]


def test_xlsx_holds_texts_only() -> None:
    data = exported("xlsx", ["a"], ["a"], [{"a": cell} for cell in EVIL])
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
        strings = file.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert sheet.count('t="s"') == len(EVIL) + 1
    assert "'=1+1" in strings
