"""`ETag` and `If-Match` of parties: what was looked at when a change was decided.

A tag is the party's number and version, `"100000000001-7"`; of what shows two parties it is both,
`"100000000001-7+100000000042-3"`. Whoever changes something sends the tags of all parties concerned: missing,
428; another version by now, 412 (RFC 9110, 13.1.1; RFC 6585, 3).
"""

import re
from collections.abc import Mapping
from typing import Annotated

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


def expected(if_match: str | None, *numbers: str) -> dict[str, int]:
    """ECIF number → version that was looked at; of all these numbers."""
    found = {number: int(version) for number, version in _ONE.findall(if_match or "")}
    missing = [number for number in numbers if number not in found]
    if missing:
        raise HTTPException(428, f"send If-Match with the ETag of what was looked at: {', '.join(missing)}")
    return found
