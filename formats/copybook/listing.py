"""The layout of a copybook as rows, for people and for scripts (`ecif copybook`)."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from formats.copybook.items import Item


@dataclass(frozen=True, slots=True)
class Listed:
    """One item. Of a table `size` is one occurrence's; offsets count with tables at their largest."""

    path: str
    level: int
    offset: int
    size: int
    picture: str | None
    usage: str | None
    occurs: tuple[int, int] | None
    depending_on: str | None
    redefines: str | None
    values: dict[str, list[str]]
    """Of its 88s: name → values, ranges as `LOW THRU HIGH`."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def listed(roots: Iterable[Item]) -> Iterator[Listed]:
    for root in roots:
        for item in root.walk():
            yield Listed(
                path=item.path,
                level=item.level,
                offset=item.offset,
                size=item.size,
                picture=item.picture.text if item.picture else None,
                usage=item.usage or None,
                occurs=item.occurs,
                depending_on=" OF ".join(item.depending_on) or None,
                redefines=item.redefines or None,
                values={condition.name: condition.texts() for condition in item.conditions},
            )


def table(rows: Iterable[Listed]) -> Iterator[str]:
    """Lines of text, columns aligned."""
    cells = [("offset", "size", "item", "picture", "usage", "")]
    cells += [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    for line in cells:
        numbers = f"{line[0]:>{widths[0]}}  {line[1]:>{widths[1]}}"
        texts = "  ".join(f"{line[column]:<{widths[column]}}" for column in (2, 3, 4))
        yield f"{numbers}  {texts}  {line[5]}".rstrip()


def _cells(row: Listed) -> tuple[str, str, str, str, str, str]:
    depth = row.path.count(".")
    notes = []
    if row.occurs:
        least, most = row.occurs
        notes.append(f"occurs {most}" if not row.depending_on else f"occurs {least} to {most}")
    if row.depending_on:
        notes.append(f"depending on {row.depending_on}")
    if row.redefines:
        notes.append(f"redefines {row.redefines}")
    notes += [f"{name}={' '.join(map(repr, values))}" for name, values in row.values.items()]
    name = f"{'  ' * depth}{row.level:02d} {row.path.rpartition('.')[2]}"
    return str(row.offset), str(row.size), name, row.picture or "", row.usage or "", ", ".join(notes)
