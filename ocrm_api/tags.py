"""`ETag` and `If-Match` of parties: what was looked at when a change was decided.

A tag is the party's number and version, `"100000000001-7"`; of what shows two parties it is both,
`"100000000001-7+100000000042-3"`. Whoever changes something sends the tags of all parties concerned: missing,
428; another version by now, 412 (RFC 9110, 13.1.1; RFC 6585, 3).
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from fastapi import Header, HTTPException

IfMatch = Annotated[
    str | None,
    Header(max_length=2_000, description="ETag of what was looked at.", examples=['"100000000001-7"']),
]
IfNoneMatch = Annotated[str | None, Header(max_length=2_000)]
PROBLEMS = (412, 428)
_ONE = re.compile(r"([1-9][0-9]{11})-([0-9]{1,18})")


def tag_of(versions: Mapping[str, int]) -> str:
    return '"' + "+".join(f"{number}-{version}" for number, version in sorted(versions.items())) + '"'


def tag_of_content(*content: Any) -> str:
    """Of what has no version of its own: whatever is changed in it, the tag is another."""
    return f'"{sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:32]}"'


def still(if_match: str | None, tag: str) -> None:
    """428 without the tag of what was looked at, 412 where that is not it any more."""
    if if_match is None:
        raise HTTPException(428, "send If-Match with the ETag of what was looked at")
    if tag not in [one.strip() for one in if_match.split(",")]:
        raise HTTPException(412, "it is not what you looked at any more: read it again")


def expected(if_match: str | None, *numbers: str) -> dict[str, int]:
    """ECIF number → version that was looked at; of all these numbers."""
    found = {number: int(version) for number, version in _ONE.findall(if_match or "")}
    missing = [number for number in numbers if number not in found]
    if missing:
        raise HTTPException(428, f"send If-Match with the ETag of what was looked at: {', '.join(missing)}")
    return found
