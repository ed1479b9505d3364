"""Records as rows of Splink's table: normalised values, groups, blocking keys."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ecif.bulk.settings import column_of, columns
from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel


def table(model: CompiledModel, records: Sequence[Values]) -> dict[str, list[Any]]:
    """Column → values, "" as None. A key that more records share than its block allows is none."""
    keys = [model.keys(values) for values in records]
    shared = Counter(key for found in keys for key in found)
    limits = [block.largest for block in model.declared.block]
    found: dict[str, list[Any]] = {name: [] for name in columns(model)}
    groups = {column_of(one): one for one in model.comparisons if len(one.places) > 1}
    for number, (values, own) in enumerate(zip(records, keys, strict=True)):
        texts = {block: [text for at, text in own if at == block] for block in range(len(limits))}
        row: list[Any] = [
            number,
            *(value or None for value in values),
            *(one.value(values) or None for one in groups.values()),
        ]
        for block, limit in enumerate(limits):
            kept = [text for text in texts[block] if shared[block, text] <= limit]
            row.append((kept or None) if model.spreads(block) else (kept[0] if kept else None))
        for column, value in zip(found.values(), row, strict=True):
            column.append(value)
    return found


def frequencies(model: CompiledModel) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """Column and its table of term frequencies, as the stream counts them: of the other records."""
    for one in model.comparisons:
        if one.rarities.known:
            column = column_of(one)
            values, shares = zip(*one.shares(), strict=True)
            yield column, {column: list(values), f"tf_{column}": list(shares)}
