"""A table as a file: CSV (RFC 4180, with the mark by which Excel knows UTF-8) or XLSX.

A cell that begins with = + - @, a tab or a carriage return would run as a formula where the file is opened
(OWASP, "CSV Injection"): it gets an apostrophe before it, in both formats. In XLSX every cell is written as
text besides, never as a formula or a link.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from ocrm_api.console.tables import Row

MOST_ROWS: Final = 10_000
"""More than this is a task for a warehouse feed, not for a browser."""
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_BOM: Final = "\ufeff"


def harmless(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \n").startswith(_STARTS) else text


def exported(format: str, names: Sequence[str], titles: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The file's bytes. `names` are the rows' keys, `titles` what the first line says."""
    cells = [[harmless(row.get(name)) for name in names] for row in rows]
    makers = {"csv": as_csv, "xlsx": as_xlsx}
    return makers[format]([list(map(harmless, titles)), *cells])


def as_csv(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return (_BOM + text.getvalue()).encode("utf-8")


def as_xlsx(lines: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                sheet.write_string(row, column, text, bold if row == 0 else None)
        sheet.freeze_panes(1, 0)
    return file.getvalue()
