"""A system to reconcile with, without an adapter: widths, codes, slots and reply meaning by keyword."""

from collections.abc import Mapping
from typing import Any

from ecif.model import Flying, Golden, PartyChange, Slot, SourceRecord, Survivor, Value
from ecif.reconcile.desired import desired, pushed_since, pushed_values
from ecif.reconcile.image import on_image
from ecif.reconcile.push import on_sent

SECOND = 1_000_000
RESIDENT = "650101198506153039"
"""Valid by GB 11643."""


class FakeDialect:
    """Writes text cut to `width`, codes through `codes`, slots of any type in `types`."""

    def __init__(
        self,
        name: str = "core",
        carries: tuple[str, ...] = ("name", "document", "phone:mobile", "address"),
        *,
        pushes: str = "applied",
        eps: int = 2 * SECOND,
        width: int = 60,
        codes: Mapping[str, str | None] | None = None,
        slots: Mapping[str, Slot] | None = None,
        types: tuple[str, ...] = ("resident_id", "passport", "other", "home", "work", ""),
        only: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.carries, self.pushes, self.eps = name, carries, pushes, eps
        self.width, self.codes, self.types, self.only = width, codes or {}, types, only or {}
        self.slots = slots if slots is not None else {
            "document": Slot("document"),
            "address": Slot("address", {"person": "home", "organization": "registered"}),
        }  # fmt: skip

    def written(self, attribute: str, value: Value) -> Value | None:
        if isinstance(value, tuple):
            if attribute in self.slots:
                key, *entry = value
                return (key, *map(self._cut, entry)) if key in self.types else None
            return tuple(map(self._cut, value))
        if attribute == "education":
            return self.codes.get(value, value)
        return self._cut(value)

    def _cut(self, text: Any) -> Any:
        return text if text is None else self.codes.get(text, text)[: self.width]


def image(seq: int, sent_at: int, values: Mapping[str, Any], **more: Any) -> PartyChange:
    more.setdefault("duplicate", False)
    return PartyChange("1", seq, sent_at, values=values, **more)


def record(system: str = "core", **more: Any) -> SourceRecord:
    return SourceRecord(system, "1", "100000000001", **more)


CORE = FakeDialect()
NUMBER = "100000000001"
EMPTY = Golden(values={})
T = 1_700_000_000 * SECOND


def golden(**values):
    survivors = {name.replace("__", ":"): Survivor(v, T, "loan", "9", "only") for name, v in values.items()}
    return Golden(survivors, as_of=T)


def said(*values, at=T, dialect=CORE, start=None, known=EMPTY):
    """A record after images one second apart."""
    result = start or record()
    for i, v in enumerate(values):
        seq = max(result.seq, 0) + 1
        result = on_image(result, image(seq, at + i * SECOND, v), known, dialect)
    return result


def pushed(start, known, *, at=T + 10 * SECOND, id="p1", dialect=CORE):
    content = desired(start, known, dialect)
    flying = Flying(id, NUMBER, 1, pushed_values(start, content), at)
    return on_sent(start, flying, pushed_since(content))
