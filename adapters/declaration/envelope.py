"""Around the content of every message: its id, its times, the mark of a duplicate; how the hub makes ids."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, Strict, model_validator

from adapters.declaration.declared import Code, Count, Declared, Name, Names, Switch


class DuplicateFlag(Declared):
    """A field that says so, or a message type that does."""

    field: Name | None = None
    yes: Code = ""
    """What marks a possible duplicate."""
    no: tuple[Code, ...] = ()
    """What does not; the first is written. Anything else is unreadable (1001)."""
    types: Mapping[Name, Name] = {}
    """Message type → the type that repeats it."""

    @model_validator(mode="after")
    def _one_way(self) -> "DuplicateFlag":
        if bool(self.field and self.no and "yes" in self.model_fields_set) == bool(self.types):
            raise ValueError("needs field, yes and no, or types")
        return self


class NewId(Declared):
    """How the hub makes its own message ids: upper-case letters and digits, or a UUID in hex."""

    count: Annotated[int, Strict(), Field(ge=1, le=18)] | None = None
    """Digits that follow: a number that rises and begins anew after its last."""
    time: Literal["YYYYMMDDhhmmss", "MMDDhhmmss"] | None = None
    """Then the time of the message, which needs no field of its own."""

    length: Annotated[int, Strict(), Field(ge=12, le=64)] | None = None
    prefix: Annotated[str, Field(pattern=r"^[A-Z0-9]{0,4}$")] = "H"
    uuid: Switch = False

    @model_validator(mode="after")
    def _one_way(self) -> "NewId":
        if (self.length is None) == (not self.uuid):
            raise ValueError("needs either length = N or uuid = true")
        if self.uuid and (self.count or self.time):
            raise ValueError("a uuid stands alone, without count and time")
        return self


class EnvelopeSection(Declared):
    """[envelope]: what every message has around its content."""

    id: Name
    type: Name | None = None
    """Field that holds the message type, for the text of a refusal."""
    sent_at: Name | None = None
    sent_at_pattern: Literal["YYYYMMDDhhmmss", "MMDDhhmmss"] = "YYYYMMDDhhmmss"
    """Without a year it is the one nearest to now."""
    duplicate: DuplicateFlag | None = None
    new_id: NewId
    ahead_seconds: Count = 300
    """A sent time further ahead of the hub's clock counts as the hub's time."""
    answer_needs: Names = ()
    """Fields without which a message is not answered, since nobody could tell what to."""
