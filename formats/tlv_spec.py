"""What a TLV system's messages consist of: head fields, tags, and which of them each message type has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from formats.codec import FieldFacts, Path
from formats.scalars import Hex, Scalar
from formats.tlv_cells import Cells


@dataclass(frozen=True, slots=True)
class HeadField:
    name: str
    at: int
    size: int
    kind: str
    """"version", "type", "flags" or "hex"."""


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    tag: int
    scalar: Scalar | None
    """None for a group."""
    members: "Level | None" = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """The tags that may stand beside each other, in the order in which they are written."""

    tags: tuple[Tag, ...]
    by_tag: Mapping[int, Tag] = field(init=False)
    by_name: Mapping[str, Tag] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_tag", {tag.tag: tag for tag in self.tags})
        object.__setattr__(self, "by_name", {tag.name: tag for tag in self.tags})

    def paths(self) -> Iterator[Path]:
        for tag in self.tags:
            yield (tag.name,)
            for path in tag.members.paths() if tag.members else ():
                yield (tag.name, *path)

    def facts(self, above: FieldFacts | None = None) -> Iterator[FieldFacts]:
        """Places differ: tags stand in any order."""
        path, label = (above.path, f"{above.label}.") if above is not None else ((), "")
        for tag in self.tags:
            if tag.members is None:
                yield FieldFacts((*path, tag.name), tag.scalar, label=label + tag.label)
                continue
            group = FieldFacts((*path, tag.name), None, "list", label + tag.label, occurs=(0, None))
            yield group
            yield from tag.members.facts(group)


@dataclass(frozen=True, slots=True)
class Spec:
    head: tuple[HeadField, ...]
    version: int
    flags: int
    cells: Cells
    messages: Mapping[str, Level]
    every: Level
    """All tags: for a type that has no layout."""

    def head_facts(self) -> Iterator[FieldFacts]:
        kinds = {"type": "type", "flags": "number", "hex": ""}
        for f in self.head:
            if f.kind in kinds:
                scalar = Hex(f.size) if f.kind == "hex" else None
                yield FieldFacts((f.name,), scalar, kinds[f.kind], f.name, f.at, (f.size, f.size))

    @property
    def head_size(self) -> int:
        return self.head[-1].at + self.head[-1].size

    def head_field(self, kind: str) -> HeadField:
        return next(field for field in self.head if field.kind == kind)
