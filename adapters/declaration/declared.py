"""What all declared sections have in common."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, Strict

Kind: TypeAlias = Literal["person", "organization"]
Name: TypeAlias = Annotated[str, Field(min_length=1)]
Code: TypeAlias = Annotated[int, Strict()] | Annotated[str, Strict()]
Count: TypeAlias = Annotated[int, Strict(), Field(ge=1)]
Switch: TypeAlias = Annotated[bool, Strict()]
Names: TypeAlias = tuple[Name, ...]


class Declared(BaseModel):
    """A table of a conf file: frozen, and every key in it is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")
