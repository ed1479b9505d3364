"""What the TOML file of an ISO 8583 system says; `checking` makes its messages of it.

Elements stand in the standard's notation, as the system's sheet has them: `n 10`, `an 12`, `LLVAR n..11`,
`LLLVAR ..999`, `b 64`, `x+n 8`. Written out as `{ format = "…", … }` an element takes more.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Coding: TypeAlias = Literal["ascii", "ebcdic", "bcd", "binary"]
Size: TypeAlias = Annotated[int, Field(ge=1, le=9999, strict=True)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MessageSection(_Model):
    """How every message is written."""

    version: Literal[1987, 1993, 2003]
    """First digit of the message type, and what the elements are that stand nowhere in this file."""
    mti: Literal["ascii", "ebcdic", "bcd"] = "ascii"
    bitmap: Literal["binary", "hex", "hex-ebcdic"] = "binary"
    tertiary: bool = False
    """Whether bit 65 says that a third bitmap follows the second."""
    elements: Literal["ascii", "ebcdic", "bcd"] = "ascii"
    """How elements are written; `bcd`: digits two a byte, texts in ASCII."""
    lengths: Coding = "ascii"
    """How lengths are written."""
    seal: Annotated[int, Field(ge=2, le=192, strict=True)] | None = None
    """The element of the MAC, which covers everything before it."""


def _member(value: Any) -> Any:
    """`"date"` and `["text", 60]` for `{ type = …, at_most = … }`."""
    if isinstance(value, str):
        return {"type": value}
    if isinstance(value, list) and len(value) == 2:
        return {"type": value[0], "at_most": value[1]}
    return value


class RowsSection(_Model):
    """Entries of parts, both set apart by a mark."""

    parts: Annotated[tuple[tuple[str, Size], ...], Field(min_length=1)]
    """[name, bytes at most]"""
    between: Annotated[str, Field(min_length=1, max_length=1)]
    behind: Annotated[str, Field(min_length=1, max_length=1)]
    entries: Size


class MemberEntry(_Model):
    type: Literal["text", "code", "number", "digits", "date", "hex"] = "text"
    at_most: Size | None = None
    bytes: Size | None = None
    """Always so many."""
    rows: RowsSection | None = None
    content: str | None = None
    """Composed itself: the [tags.X], [ber.X] or [parts.X] of that name."""


Member: TypeAlias = Annotated[
    MemberEntry, BeforeValidator(_member, json_schema_input_type=str | tuple[str, Size] | MemberEntry)
]


class TagsSection(_Model):
    """Tag, length, value."""

    tag: Annotated[int, Field(ge=1, le=8, strict=True)]
    """Characters of a tag."""
    length: Annotated[int, Field(ge=1, le=4, strict=True)]
    """Digits of its length, which counts bytes."""
    fields: Annotated[dict[str, Member], Field(min_length=1)]


class BerSection(_Model):
    fields: Annotated[dict[str, Member], Field(min_length=1)]


class PartsSection(_Model):
    fields: Annotated[dict[str, Member], Field(min_length=1)]
    may_end: Annotated[int, Field(ge=0, strict=True)] | None = None
    """Behind how many of them the element may end."""


class ElementEntry(_Model):
    format: str
    charset: str | None = None
    coding: Literal["ascii", "ebcdic", "bcd", "binary"] | None = None
    length: Coding | None = None
    fill: Literal["left", "right"] = "left"
    """Where an odd count of packed digits is filled up."""
    time: str | None = None
    """What its digits are of a time: `MMDDhhmmss`."""
    content: str | None = None
    """The [tags.X], [ber.X] or [parts.X] of that name."""
    values: tuple[str, ...] = ()
    """The only ones there are."""
    default: str | None = None
    """What is written where nothing is given."""
    always: str | None = None
    """The only value there is, and what is written."""


def _element(value: Any) -> Any:
    return {"format": value} if isinstance(value, str) else value


Entry: TypeAlias = Annotated[
    ElementEntry, BeforeValidator(_element, json_schema_input_type=str | ElementEntry)
]


class Iso8583File(_Model):
    message: MessageSection
    elements: dict[str, Entry]
    tags: dict[str, TagsSection] = {}
    ber: dict[str, BerSection] = {}
    parts: dict[str, PartsSection] = {}
    joined: dict[str, Annotated[tuple[str, ...], Field(min_length=2)]] = {}
    """Name → elements of fixed sizes that are one value in a row, in this order, such as a message id."""
    messages: dict[str, str]
    """Type → its elements, `7 11 12? 37`, with `?` those that are not always there; `=0302`: as that one."""
