"""Layout → the lines that build a record.

Fields that the carrier takes are padded and joined as one `str` and turned into bytes at once; whether one of
them was too long shows in the length of the whole, since no cell is ever shorter than its field. Others are
bytes of their own between slices of it. Where all fields of a record are carried there is one `str` for
all of it, its lists included.
"""

from itertools import groupby

from formats.codec import Path
from formats.layout import (
    Bindings,
    Field,
    Group,
    Layout,
    Redefines,
    Repeat,
    bindings_of,
    fields_of,
    side_by_side,
)
from formats.lists import counted, entries_of, given_entries
from formats.lowering.carrier import Carrier, best_carrier
from formats.lowering.source import Compiled, Source
from formats.lowering.write_leaves import bytes_cell, carried, carrier_cell, count_cell, writes_carrier


def lower_writing(layout: Layout, blank: bytes, title: str, fixed: dict[str, str] | None = None) -> Compiled:
    """`build(fields) -> body`; `fixed` values are set whatever the fields say. Errors are not explained."""
    return _Writing(layout, blank, fixed or {}).compiled(title)


class _Writing:
    def __init__(self, layout: Layout, blank: bytes, fixed: dict[str, str]) -> None:
        self._layout, self._blank, self._fixed = layout, blank, fixed
        self._bound: Bindings = bindings_of(layout)
        self._carrier: Carrier | None = best_carrier(layout)
        self._source = Source()
        self._vars: dict[Path, str] = {}
        self._all_carried = self._carried_whole()
        self._lists = any(isinstance(row, Repeat) for row in _every_row(layout))
        self._depth = 0
        """Lists around what is written now."""
        self._size = 0
        """Bytes outside of them."""

    def _carried_whole(self) -> bool:
        rows = [row for _, row in fields_of(self._layout) if isinstance(row, Field)]
        plain = not any(isinstance(row, Redefines) for row in _every_row(self._layout))
        fill = self._carrier is not None and self._fill(1) == " "
        return plain and fill and all(writes_carrier(row.scalar, self._carrier) for row in rows)

    def _fill(self, size: int) -> str:
        page = self._carrier.reading if self._carrier else None
        return (self._blank.translate(page) if page else self._blank).decode("latin-1") * size

    def compiled(self, title: str) -> Compiled:
        source = self._source
        with source.block("def build(fields):"):
            if self._lists:
                source.line("size = 0")
            source.line("parts = []")
            self._row(self._layout, (), "fields", top=True)
            size = f"size + {self._size}" if self._lists else str(self._size)
            joined = '"".join(parts)' if self._all_carried else 'b"".join(parts)'
            source.line(f"body = {joined}")
            source.line(f'if len(body) != {size}: raise Refused("too long")')
            source.line(f"return {self._encoded('body') if self._all_carried else 'body'}")
        return source.compile("build", f"build {title}")

    def _encoded(self, text: str) -> str:
        assert self._carrier is not None
        if self._carrier.writing is None:
            return f'{text}.encode("latin-1")'
        return f'{text}.encode("latin-1").translate({self._source.value("back", self._carrier.writing)})'

    # One dict: the record, an entry, a group

    def _row(self, layout: Layout, above: Path, fields: str, *, top: bool = False) -> None:
        self._take(layout, above, fields, top=top)
        run: list[tuple[Path, Field]] = []
        self._collect(layout, above, run)
        self._run(run)

    def _take(self, layout: Layout, above: Path, fields: str, *, top: bool = False) -> None:
        """All values of a dict into variables, those of its groups too. Unknown names end it."""
        source = self._source
        names = [row.name for row in side_by_side(layout) if self._given((*above, row.name))]
        fixed = self._fixed if top else {}
        taken = [name for name in names if name not in fixed]
        self._fill_up(layout, fields, names, taken)
        for name in taken:
            var = self._vars[(*above, name)] = source.fresh(name)
            source.line(f"{var} = {fields}[{name!r}]")
        for group in (row for row in layout if isinstance(row, Group)):
            if group.name:
                self._take(group.rows, (*above, group.name), self._vars[(*above, group.name)])

    def _fill_up(self, layout: Layout, fields: str, names: list[str], taken: list[str]) -> None:
        """Blanks for what is absent. With as many names as there are, a strange one shows when taken."""
        blanks: dict[str, object] = dict.fromkeys(names, "")
        for row in layout:
            if isinstance(row, Group) and row.name:
                blanks[row.name] = _NONE
            elif isinstance(row, Redefines):
                blanks |= {view.row.name: None for view in row.views}
        known = self._source.value(f"blank_{fields}", blanks)
        test = f"if len({fields}) != {len(taken)}"
        for name in names:
            if name not in taken:
                test += f" and not (len({fields}) == {len(names)} and {name!r} in {fields})"
        with self._source.block(f"{test}:"):
            self._source.line(f"{fields} = {{**{known}, **{fields}}}")
            self._source.line(f'if len({fields}) != {len(names)}: raise Refused("no such field")')

    def _given(self, path: Path) -> bool:
        return bool(path[-1]) and path not in self._bound.computed

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
                if isinstance(row, Repeat):
                    self._repeat(row, path)
                else:
                    self._redefines(row, above)

    # Fields

    def _run(self, run: list[tuple[Path, Field]]) -> None:
        if not run:
            return
        cells = [(self._carries(field), self._cell(path, field), field.scalar.size) for path, field in run]
        if self._all_carried:
            self._source.line(f"parts += ({''.join(cell + ', ' for _, cell, _ in cells)})")
            self._sized(sum(size for *_, size in cells))
            return
        self._sized(sum(size for *_, size in cells))
        pieces = self._pieces(cells)
        self._source.line(f"parts += ({''.join(piece + ', ' for piece in pieces)})")

    def _sized(self, size: int) -> None:
        if self._depth:
            self._source.line(f"size += {size}")
        else:
            self._size += size

    def _pieces(self, cells: list[tuple[bool, str, int]]) -> list[str]:
        carried = [(cell, size) for is_carried, cell, size in cells if is_carried]
        pieces: list[str] = []
        at, total = 0, sum(size for _, size in carried)
        if carried:
            self._source.line(f'text = "".join(({"".join(cell + ", " for cell, _ in carried)}))')
            self._source.line(f"raw = {self._encoded('text')}")
        for is_carried, group in groupby(cells, key=lambda cell: cell[0]):
            if not is_carried:
                pieces += [cell for _, cell, _ in group]
                continue
            size = sum(size for *_, size in group)
            end = at + size if at + size < total else ""  # the last one shows what is too long
            pieces.append("raw" if size == total else f"raw[{at or ''}:{end}]")
            at += size
        return pieces

    def _carries(self, field: Field) -> bool:
        if not field.name:
            return self._carrier is not None
        return writes_carrier(field.scalar, self._carrier)

    def _cell(self, path: Path, field: Field) -> str:
        if not field.name:
            size = field.scalar.size
            return repr(self._fill(size)) if self._carrier is not None else repr(self._blank * size)
        if len(path) == 1 and field.name in self._fixed:
            return self._fixed_cell(field)
        var = self._vars.get(path) or self._count(path)
        self._vars[path] = var
        if writes_carrier(field.scalar, self._carrier):
            assert self._carrier is not None
            counting = count_cell(var, field.scalar, self._carrier) if path in self._bound.computed else None
            cell = counting or carrier_cell(self._source, var, field.scalar, self._carrier)
        else:
            cell = bytes_cell(self._source, var, field.scalar)
        self._check_given(path, var)
        return cell

    def _fixed_cell(self, field: Field) -> str:
        data = field.scalar.write(self._fixed[field.name])
        if not writes_carrier(field.scalar, self._carrier):
            return repr(data)
        assert self._carrier is not None
        return repr(carried(lambda value: data, self._carrier)(None))

    def _count(self, path: Path) -> str:
        """A count from the lists that it counts."""
        var = self._source.fresh(str(path[-1]))
        lists = []
        for of in self._bound.computed[path]:
            name = self._source.value(f"repeat_{of[-1]}", self._bound.repeats[of])
            lists.append(f"({name}, {self._vars[of]})")
        count = self._source.value("counted", counted)
        asked = f"{count}(({', '.join(lists)},))"
        if len(lists) == 1:
            of = self._bound.computed[path][0]
            repeat, entries = self._bound.repeats[of], self._vars[of]
            sound = f"type({entries}) is list and {repeat.least} <= len({entries}) <= {repeat.most}"
            asked = f"len({entries}) if {sound} else {asked}"
        self._source.line(f"{var} = {asked}")
        return var

    def _check_given(self, path: Path, var: str) -> None:
        """A count that is a field of its own must be one, though no list follows."""
        for of, count in self._bound.counts.items():
            if count == path and path not in self._bound.computed:
                self._vars[(*of, "count")] = var

    # Lists

    def _repeat(self, row: Repeat, path: Path) -> None:
        source, entries = self._source, self._vars[path]
        repeat = source.value(f"repeat_{row.name}", row)
        count = self._vars.get((*path, "count"))
        if count is not None:
            source.line(
                f"{entries} = {source.value('given_entries', given_entries)}({repeat}, {entries}, {count})"
            )
        elif path in self._bound.counts:  # looked at when it was counted
            source.line(f"{entries} = {entries} or ()")
        else:
            source.line(f"{entries} = {source.value('entries_of', entries_of)}({repeat}, {entries})")
        entry = source.fresh("entry")
        self._depth += 1
        with source.block(f"for {entry} in {entries}:"):
            self._row(row.rows, path, entry)
        self._depth -= 1

    # Redefinitions

    def _redefines(self, row: Redefines, above: Path) -> None:
        source = self._source
        names = [self._vars[(*above, view.row.name)] for view in row.views]
        before, size = source.fresh("before"), source.fresh("written")
        source.line(f"{before} = len(parts)")
        outside = self._size, self._depth
        self._depth = 0
        word = "if"
        for view, var in zip(row.views, names, strict=True):
            with source.block(f"{word} {self._wanted(row, above, view.when, names, var)}:"):
                self._view(view.row, above)
            word = "elif"
        with source.block("else:"):
            source.line('raise Refused("selects no view")' if row.selector else "pass")
        source.line(f"{size} = sum(map(len, parts[{before}:]))")
        source.line(f'if {size} > {row.size}: raise Refused("too long")')
        source.line(f"parts.append({self._blank!r} * ({row.size} - {size}))")
        self._size, self._depth = outside
        self._sized(row.size)

    def _wanted(
        self, row: Redefines, above: Path, when: tuple[object, ...], names: list[str], var: str
    ) -> str:
        if not row.selector:
            return f"{var} is not None"
        said_by = self._bound.selectors[(*above, row.views[0].row.name)]
        fixed = len(said_by) == 1 and said_by[0] in self._fixed  # the message type says which view counts
        selector = repr(self._fixed[str(said_by[0])]) if fixed else self._vars[said_by]
        others = "".join(f" and {other} is None" for other in names if other != var)
        if when:
            return f"{selector} in {when!r}{others}"
        known = tuple(value for view in row.views for value in view.when)
        return f"{selector} not in {known!r}{others}"

    def _view(self, row: Field | Group | Repeat, above: Path) -> None:
        path = (*above, row.name)
        var = self._vars[path]
        if isinstance(row, Group):
            self._source.line(f"if {var} is None: {var} = {{}}")
            self._row(row.rows, path, var)
        elif isinstance(row, Repeat):
            self._repeat(row, path)
        else:
            self._source.line(f'if {var} is None: {var} = ""')
            self._run([(path, row)])


def _every_row(layout: Layout) -> list[object]:
    rows: list[object] = []
    for row in layout:
        rows.append(row)
        if isinstance(row, Group | Repeat):
            rows += _every_row(row.rows)
    return rows


_NONE: dict[str, object] = {}
