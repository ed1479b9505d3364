"""Layout → the lines that parse a record.

Fixed fields beside each other are one run: its bytes are known to be there after one comparison, its fields
are cut at constant places. Behind the first list the place is the variable `at`. Groups dissolve into runs
and come back when the dict is made.
"""

from collections.abc import Mapping

from formats.codec import Path
from formats.layout import Bindings, Field, Group, Layout, Redefines, Repeat, Row, bindings_of, sizes_of
from formats.lowering.carrier import Carrier, best_carrier
from formats.lowering.read_leaves import Span, read_leaf, reads_carrier, reads_raw
from formats.lowering.source import Compiled, Source


def lower_reading(layout: Layout, title: str, fixed: Mapping[str, str] | None = None) -> Compiled:
    """`parse(body) -> fields`. Raises ValueError, without a diagnosis.

    Where another value stands than a `fixed` one it raises, too: it is for records that usually have it.
    """
    return _Reading(layout, fixed or {}).compiled(title)


class _Reading:
    def __init__(self, layout: Layout, fixed: Mapping[str, str]) -> None:
        self._layout, self._fixed = layout, fixed
        self._bound: Bindings = bindings_of(layout)
        self._carrier: Carrier | None = best_carrier(layout)
        self._source = Source()
        self._vars: dict[Path, str] = {}
        self._at: int | None = 0
        """Where the next row begins, while that is always the same; then it is in `at`."""

    def compiled(self, title: str) -> Compiled:
        source = self._source
        least = sizes_of(self._layout)[0]
        with source.block("def parse(body):"):
            source.line("size = len(body)")
            source.line(f'if size < {least}: raise Refused("ends early")')
            self._carry()
            self._rows(self._layout, ())
            source.line(f'if size != {self._here()}: raise Refused("bytes follow")')
            self._result()
        return source.compile("parse", f"parse {title}")

    def _carry(self) -> None:
        if self._carrier is None:
            return
        if self._carrier.reading is None:
            self._source.line('text = body.decode("latin-1")')
            self._source.line("mixed = not text.isascii()")
        else:
            page = self._source.value("page", self._carrier.reading)
            self._source.line(f'text = body.translate({page}).decode("latin-1")')

    def _result(self) -> None:
        """A copy of a dict that shares its keys with all of its kind is smaller and faster to fill."""
        names = [row.name for row in self._layout if self._kept(row, ())]
        if len(names) > 30 or any(isinstance(row, Redefines) for row in self._layout):
            self._source.line(f"return {self._dict(self._layout, ())}")
            return
        blank = self._source.value("record", shared_keys(names))
        self._source.line(f"out = {blank}.copy()")
        for row in self._layout:
            if self._kept(row, ()):
                self._source.line(f"out[{row.name!r}] = {self._value(row, ())}")
        self._source.line("return out")

    def _kept(self, row: Row, above: Path) -> bool:
        return bool(row.name) and (*above, row.name) not in self._bound.computed

    def _value(self, row: Row, above: Path) -> str:
        path = (*above, row.name)
        return self._dict(row.rows, path) if isinstance(row, Group) else self._vars[path]

    def _dict(self, layout: Layout, above: Path) -> str:
        parts = []
        for row in layout:
            if isinstance(row, Redefines):
                parts.append(f"**{self._vars[(*above, row.views[0].row.name, 'views')]}")
            elif self._kept(row, above):
                parts.append(f"{row.name!r}: {self._value(row, above)}")
        return "{" + ", ".join(parts) + "}"

    # Rows

    def _here(self) -> str:
        return "at" if self._at is None else str(self._at)

    def _rows(self, layout: Layout, above: Path) -> None:
        run: list[tuple[Path, Field]] = []
        self._collect(layout, above, run)
        self._run(run)

    def _collect(self, layout: Layout, above: Path, run: list[tuple[Path, Field]]) -> None:
        for row in layout:
            path = (*above, row.name)
            if isinstance(row, Field):
                run.append((path, row))
            elif isinstance(row, Group):
                self._collect(row.rows, path, run)
            else:
                self._run(run)
                run.clear()
                self._apart(row, above)

    def _apart(self, row: Repeat | Redefines, above: Path) -> None:
        if isinstance(row, Redefines):
            self._redefines(row, above)
        else:
            self._repeat(row, (*above, row.name))

    def _run(self, run: list[tuple[Path, Field]]) -> None:
        if not run:
            return
        size = sum(field.scalar.size for _, field in run)
        if self._at is not None:
            self._fields(run, "body", "text", self._at)
            self._at += size
            return
        self._source.line(f"end = at + {size}")
        self._source.line('if end > size: raise Refused("ends early")')
        self._window(run, "at", "end")
        self._fields(run, "raw", "cut", 0)
        self._source.line("at = end")

    def _window(self, run: list[tuple[Path, Field]], start: str, end: str) -> None:
        named = [field.scalar for _, field in run if field.name]
        if any(reads_raw(scalar, self._carrier) for scalar in named):
            self._source.line(f"raw = body[{start}:{end}]")
        if any(reads_carrier(scalar, self._carrier) for scalar in named):
            self._source.line(f"cut = text[{start}:{end}]")

    def _fields(self, run: list[tuple[Path, Field]], body: str, text: str, at: int) -> None:
        for path, field in run:
            if len(path) == 1 and field.name in self._fixed:
                self._fixed_field(path, field, body, at)
            elif field.name:
                var = self._vars[path] = self._source.fresh(field.name)
                span = Span(body, text, at, field.scalar.size)
                read_leaf(self._source, var, field.scalar, span, self._carrier)
                self._check_count(path, var)
            at += field.scalar.size

    def _fixed_field(self, path: Path, field: Field, body: str, at: int) -> None:
        value = self._fixed[field.name]
        data = field.scalar.write(value)
        self._vars[path] = repr(value)
        self._source.line(f'if {body}[{at}:{at + len(data)}] != {data!r}: raise Refused("another type")')

    def _check_count(self, path: Path, var: str) -> None:
        """Before the list: the interpreter, too, ends at a count that cannot be."""
        for of, count in self._bound.counts.items():
            if count == path:
                self._vars[(*of, "length")] = length = self._source.fresh(f"{of[-1]}_length")
                self._source.line(f"{length} = {self._length_of(self._bound.repeats[of], var)}")
                self._source.line(f'if {length} == -1: raise Refused("bad count")')

    def _length_of(self, repeat: Repeat, var: str) -> str:
        """`Repeat.length`, as a table where it is small."""
        if repeat.most - repeat.least > 10_000:
            return f"{self._source.value(f'length_by_{var}', repeat.length)}({var})"
        counts = ["", *range(repeat.least, repeat.most + 1), repeat.not_sent]
        table = {count: repeat.length(count) for count in counts if count is not None}
        return f"{self._source.value(f'lengths_by_{var}', table)}.get({var}, -1)"

    def _repeat(self, row: Repeat, path: Path) -> None:
        source = self._source
        entries = self._vars[path] = source.fresh(row.name)
        if path not in self._bound.counts:
            self._entries(row, path, entries, str(row.most))
            return
        length = self._vars[(*path, "length")]
        if self._at is not None:
            source.line(f"at = {self._at}")
            self._at = None
        if row.not_sent is None:
            self._entries(row, path, entries, length)
            return
        source.line(f"if {length} is None: {entries} = None")
        with source.block("else:"):
            self._entries(row, path, entries, length)

    def _entries(self, row: Repeat, path: Path, entries: str, length: str) -> None:
        source = self._source
        if self._at is not None:
            source.line(f"at = {self._at}")
            self._at = None
        source.line(f"{entries} = []")
        if all(isinstance(inner, Field) for inner in row.rows) and sizes_of(row.rows)[0]:
            self._fixed_entries(row, path, entries, length)
            return
        with source.block(f"for _ in range({length}):"):
            self._rows(row.rows, path)
            source.line(f"{entries}.append({self._dict(row.rows, path)})")

    def _fixed_entries(self, row: Repeat, path: Path, entries: str, length: str) -> None:
        source = self._source
        run = [((*path, field.name), field) for field in row.rows if isinstance(field, Field)]
        size = sum(field.scalar.size for _, field in run)
        source.line(f"end = at + {length} * {size}")
        source.line('if end > size: raise Refused("ends early")')
        with source.block(f"for start in range(at, end, {size}):"):
            self._window(run, "start", f"start + {size}")
            self._fields(run, "raw", "cut", 0)
            source.line(f"{entries}.append({self._dict(row.rows, path)})")
        source.line("at = end")

    # Redefinitions

    def _redefines(self, row: Redefines, above: Path) -> None:
        source = self._source
        views = self._vars[(*above, row.views[0].row.name, "views")] = source.fresh("views")
        start = source.fresh("start")
        source.line(f"{start} = {self._here()}")
        source.line(f'if {start} + {row.size} > size: raise Refused("ends early")')
        source.line(f"{views} = {{}}")
        if row.selector:
            self._selected(row, above, views, start)
        else:
            for view in row.views:
                with source.block("try:"):
                    self._view(view.row, above, views, start)
                with source.block("except ValueError:"):
                    source.line("pass")
            source.line(f'if not {views}: raise Refused("no view")')
        if self._at is None:
            source.line(f"at = {start} + {row.size}")
        else:
            self._at += row.size

    def _selected(self, row: Redefines, above: Path, views: str, start: str) -> None:
        source = self._source
        selector = self._vars[self._bound.selectors[(*above, row.views[0].row.name)]]
        word = "if"
        for view in sorted(row.views, key=lambda view: not view.when):
            test = (
                f"{word} {selector} in {view.when!r}:"
                if view.when
                else f"{'else' if word == 'elif' else 'if True'}:"
            )
            with source.block(test):
                self._view(view.row, above, views, start)
            word = "elif"
        if all(view.when for view in row.views):
            source.line('else: raise Refused("selects no view")')

    def _view(self, row: Field | Group | Repeat, above: Path, views: str, start: str) -> None:
        """Its rows are read at `start`, wherever that is."""
        known, self._at = self._at, self._at
        if known is None:
            self._source.line(f"at = {start}")
        self._rows((row,), above)
        self._source.line(f"{views}[{row.name!r}] = {self._value(row, above)}")
        self._at = known


def shared_keys(names: list[str]) -> dict[str, str]:
    """A dict whose copies share one table of keys with it: CPython gives them to what instances have."""

    class Record:
        pass

    record = Record()
    for name in names:
        setattr(record, name, "")
    return record.__dict__
