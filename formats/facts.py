"""What a layout declares of each field, as `Codec.facts` has it."""

from collections.abc import Iterator

from formats.codec import FieldFacts, Path
from formats.layout import Bindings, Field, Group, Layout, Redefines, Repeat, Row, bindings_of, sizes_of


def facts_of(layout: Layout) -> Iterator[FieldFacts]:
    """In the order of the wire; but for which field holds the type."""
    yield from _facts(layout, (), 0, bindings_of(layout), "")


def _facts(layout: Layout, above: Path, at: int | None, bound: Bindings, note: str) -> Iterator[FieldFacts]:
    for row in layout:
        if isinstance(row, Redefines):
            for view in row.views:
                yield from _facts((view.row,), above, at, bound, _when(row, view.when))
        else:
            yield from _of_row(row, (*above, row.name), at, bound, note)
        at = _after(row, at)


def _when(row: Redefines, when: tuple[object, ...]) -> str:
    if not row.selector:
        return "the same bytes as the other views"
    values = " or ".join(map(str, when))
    return f"only where {row.selector} is {values or 'anything else'}"


def _of_row(
    row: Field | Group | Repeat, path: Path, at: int | None, bound: Bindings, note: str
) -> Iterator[FieldFacts]:
    label = ".".join(map(str, path))
    if isinstance(row, Repeat):
        occurs = (row.least, row.most)
        note = f"as many as {row.count} says" if row.count else "always full"
        yield FieldFacts(path, None, "list", label, at, sizes_of(row.rows), occurs, note=note)
        yield from _facts(row.rows, path, 0, bound, "")
    elif isinstance(row, Group):
        yield FieldFacts(path, None, "group", label, at, sizes_of(row.rows), note=note)
        yield from _facts(row.rows, path, at, bound, "")
    elif row.name:
        counted = [str(of[-1]) for of, count in bound.counts.items() if count == path]
        kind = "count" if path in bound.computed else ""
        note = "; ".join([note] * bool(note) + [f"counts {' and '.join(counted)}"] * bool(counted))
        yield FieldFacts(path, row.scalar, kind, label, at, note=note)


def _after(row: Row, at: int | None) -> int | None:
    least, most = sizes_of((row,))
    return at + least if at is not None and least == most else None
