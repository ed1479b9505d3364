"""What comes in, as msgspec structs: one declaration checks a body and is its schema in OpenAPI.

A struct that takes no more than it names is declared `forbid_unknown_fields`: a misspelt field is a fault of
the sender's, not something to pass over.
"""

from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from fastapi import Depends, HTTPException, Request
from fastapi.exceptions import RequestValidationError

from ocrm_api.answers import JSON

T = TypeVar("T")
REASON = msgspec.Meta(min_length=4, max_length=200, description="Why; it stands in history and trail.")
Reason = Annotated[str, REASON]
EcifNumber = Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{11}$", examples=["100000000001"])]

Said: TypeAlias = str | tuple[str | None, str | None]
"""A value as staff send it. Its length is checked by `sized`: msgspec 0.22 crashes on a limited text beside a
tuple in one union."""
LONGEST_VALUE = 400


def sized(value: Said | None) -> None:
    """For `__post_init__`. Raises ValueError."""
    for part in value if isinstance(value, tuple) else (value,):
        if part is not None and len(part) > LONGEST_VALUE:
            raise ValueError(f"a value has at most {LONGEST_VALUE} characters")


def body(kind: type[T]) -> Any:
    """`Annotated[Struct, body(Struct)]`"""
    decode = msgspec.json.Decoder(kind).decode

    async def taken(request: Request) -> T:
        given = request.headers.get("Content-Type", JSON).partition(";")[0].strip().lower()
        if given != JSON:
            raise HTTPException(415, f"the body must be {JSON}")
        try:
            return decode(await request.body())
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RequestValidationError([{"loc": ("body",), "msg": _without_values(str(error))}]) from None

    return Depends(taken)


def _without_values(text: str) -> str:
    """msgspec quotes what it was given for enumerated values; a customer's must not come back in an error."""
    before, invalid, _ = text.partition("Invalid enum value")
    place = text.rpartition(" - at ")[2] if " - at " in text else ""
    return f"{before}{invalid} {place}".strip() if invalid else text
