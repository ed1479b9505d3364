"""The chain of change events: each carries a hash over itself and the hash of the one before.

After B. Schneier and J. Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999), and the
transparency logs of RFC 6962: whoever alters, removes or swaps an event must make every later hash of that
party anew, and then it no longer leads to the head that an anchor (`ecif.anchoring`) recorded. The hash is
SHA-256 or SM3 (GB/T 32905); a chain may change over, since each link names its own.

An event is hashed as a JSON list of its columns in the order of COLUMNS, then its difference as it is stored
and, where one was taken with it, the snapshot. None of the parts holds a line break, which separates them.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

Algorithm: TypeAlias = Literal["sha256", "sm3"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = ("sha256", "sm3")

COLUMNS: Final = (
    "ecif_no", "seq", "version", "cause", "system", "message_id", "actor", "reason", "holds_from",
    "stored_at",
)  # fmt: skip
SNAPSHOT_EVERY: Final = 20
"""Events of a party between two snapshots."""

_encode = msgspec.json.Encoder().encode


def link(previous: str, event: Mapping[str, Any], state: str = "", algorithm: Algorithm = "sha256") -> str:
    """The hash of an event that follows `previous` ("" for the first). `state`: its snapshot."""
    header = _encode((previous, *[event[name] for name in COLUMNS]))
    return digest(b"\n".join((header, event["difference"].encode(), state.encode())), algorithm)


def digest(content: bytes, algorithm: Algorithm = "sha256") -> str:
    if algorithm == "sha256":
        return hashlib.sha256(content).hexdigest()
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def algorithm_of(chain: str) -> Algorithm:
    """By which a stored hash was made."""
    return "sm3" if chain.startswith("sm3:") else "sha256"


def snapshot_due(seq: int) -> bool:
    return seq % SNAPSHOT_EVERY == 0
