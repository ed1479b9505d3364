"""Lists of entries inside an element, both ways: as simple as they mostly are; others by the scalars."""

from collections.abc import Callable
from typing import Any

from formats.iso8583.lowering.source import MessageSource
from formats.iso8583.values import Rows


def rows_reader(rows: Rows) -> Callable[[str], Any]:
    """From the latin-1 text of its bytes: entries of so many parts of ASCII."""
    names = [f"c{turn}" for turn in range(len(rows.parts))]
    between, behind = rows.between.decode("latin-1"), rows.behind.decode("latin-1")
    long = " or ".join(f"len({n}) > {part.most}" for n, (_, part) in zip(names, rows.parts, strict=True))
    entry = ", ".join(f"{name!r}: {n}" for n, (name, _) in zip(names, rows.parts, strict=True))
    source = MessageSource()
    slow = source.value("slow", rows.read)
    with source.block("def read(text):"):
        source.line(f"if not text or not text.isascii() or len(text) > {rows.most}:")
        source.line(f"    return {slow}(text.encode('latin-1'))")
        source.line("rows = []")
        with source.block(f"for row in text.split({behind!r}):"):
            source.line(f"{', '.join(names)}, = row.split({between!r})")
            source.refuse_if(long)
            source.line(f"rows.append({{{entry}}})")
        source.refuse_if(f"len(rows) > {rows.entries}")
        source.line("return rows")
    return source.compile("read", "rows").function


def write_rows(source: MessageSource, rows: Rows) -> None:
    """`w`, a list of entries, becomes the latin-1 text of its bytes; its size checked."""
    slow = source.value("write", rows.write)
    source.line("rows = []")
    with source.block("try:"):
        _entries(source, rows)
    source.line("except (KeyError, TypeError): rows = None")
    source.line(f"if w.__class__ is list and rows is not None and len(rows) == len(w) <= {rows.entries}:")
    source.line(f"    w = {rows.behind.decode('latin-1')!r}.join(rows)")
    source.line(f"else: w = {slow}(w).decode('latin-1')")
    source.refuse_if(f"len(w) > {rows.most}")


def _entries(source: MessageSource, rows: Rows) -> None:
    between, behind = rows.between.decode("latin-1"), rows.behind.decode("latin-1")
    cells = ", ".join(f"row[{name!r}]" for name, _ in rows.parts)
    fits = " and ".join(f"len(row[{name!r}]) <= {part.most}" for name, part in rows.parts)
    count = len(rows.parts)
    with source.block("for row in w:"):
        source.line(f"cells_of = {between!r}.join(({cells},))")
        source.line(f"if len(row) != {count} or not cells_of.isascii() or {behind!r} in cells_of: break")
        source.line(f"if cells_of.count({between!r}) != {count - 1} or not ({fits}): break")
        source.line("rows.append(cells_of)")
