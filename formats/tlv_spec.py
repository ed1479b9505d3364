"""What a TLV system's messages consist of: head fields, tags, and which of them each message type has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from formats.codec import Path
from formats.scalars import Scalar


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


@dataclass(frozen=True, slots=True)
class Spec:
    head: tuple[HeadField, ...]
    version: int
    flags: int
    tag_bytes: int
    length_bytes: int
    messages: Mapping[str, Level]
    every: Level
    """All tags: for a type that has no layout."""

    @property
    def head_size(self) -> int:
        return self.head[-1].at + self.head[-1].size

    def head_field(self, kind: str) -> HeadField:
        return next(field for field in self.head if field.kind == kind)
