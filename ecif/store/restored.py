"""After a restore from a backup: the database learns how far numbers were given since."""

from collections.abc import Mapping

from sqlalchemy import insert, select, update

from ecif.store.schema import counter
from ecif.store.store import Store


def advance(store: Store, marks: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Every kind of number goes on from its mark where that is ahead. Gives kind → (before, after).

    Safe to repeat: a counter that is ahead of its mark stays.
    """
    moved: dict[str, tuple[int, int]] = {}
    with store.changing() as connection:
        free = {str(row.name): int(row.next_free) for row in connection.execute(select(counter))}
        for kind, mark in marks.items():
            before = free.get(kind, 0)
            if kind not in free:
                connection.execute(insert(counter).values(name=kind, next_free=mark))
            elif before < mark:
                connection.execute(update(counter).where(counter.c.name == kind).values(next_free=mark))
            moved[kind] = (before, max(before, mark))
    return moved
