"""The text of a match key, and with it the key's place in the index.

A key stands for a text that both sides of a link share: a document's number, name and birth date. It is a
digest, since it stands in an index and not in a report. What a customer's keys cost is the pages of that
index they are on, to be read and written again, so keys that **begin with the same part** are neighbours: a
mobile alone and with a birth date, how a name sounds with a birth date and with a door. Of nine keys most
are on the page of another one then.

    place   of the first part    4 characters
    kind    what the key is of   3
    digest  of all parts         8

72 bits tell keys apart, for one of another place is another key. Two that agree in all cost one comparison.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from ecif.linkage.keys import BETWEEN

_PLACE: Final = 4
_KIND: Final = 3
_DIGEST: Final = 8
"""Characters."""
_LATELY: Final = 4_096
"""Keys kept: a customer that changed a number still has most of those of before."""


def kind(what: str) -> str:
    """Of the keys of one rule, or of one block."""
    return _digest(what, _KIND)


@lru_cache(maxsize=_LATELY)
def match_key(kind: str, text: str) -> str:
    """`kind`: of the function of that name. `text`: parts with `BETWEEN` between them."""
    return _digest(text.partition(BETWEEN)[0], _PLACE) + kind + _digest(text, _DIGEST)


def kind_of(key: str) -> str:
    return key[_PLACE : _PLACE + _KIND]


def _digest(text: str, length: int) -> str:
    return urlsafe_b64encode(blake2b(text.encode(), digest_size=length).digest())[:length].decode()
