"""The contract of every format family: bytes of one unframed message ↔ its named fields.

**Fields** are a flat `dict`: sheet's field name → value; a repeat is a list of such dicts under its own name.

| field type | value |
|---|---|
| text, code in characters | `str` without padding; "" is blank; "*" the clear mark |
| date | "YYYYMMDD" as it stands (not calendar-checked); "" not known; "99999999" the clear mark |
| time | "YYYYMMDDhhmmss", calendar-checked; "" not known |
| count, sequence, version, int, code in one byte | `int`; "" blank; "*" the clear mark where there is one |
| amount | `decimal.Decimal`; "" blank; "*" the clear mark |
| id in bytes, nonce | lower-case hex `str` |
| repeat | `list` of dicts; `None` for a list that was not sent |

A field absent on the wire (TLV) is absent in the dict. Unknown TLVs are under "unknown" as `[tag, value]` in
hex. To build, absent and "" are both blank.

**Paths** are tuples of names and 0-based indices: `("ACCT", 2, "ACCT-CCY")`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol, TypeAlias

from formats.errors import Place

Fields: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]

UNKNOWN = "unknown"
"""The field under which TLVs stand that the message type does not have."""


class Codec(Protocol):
    """One system's messages. Pure, synchronous and safe to share between threads."""

    name: str
    """Of the system; for errors."""

    @property
    def types(self) -> Collection[str]:
        """Message types it can read and write."""

    def paths(self, type: str) -> Collection[Path]:
        """Every field of it, without indices: `("CUST-NO",)`, `("ACCT",)`, `("ACCT", "ACCT-CCY")`."""

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        """Type ("" where it cannot be told) and head fields' bytes as received, padded where missing.

        Never raises: it serves the answer to a message that cannot be read.
        """

    def parse(self, body: bytes) -> tuple[str, Fields]:
        """Type and fields. Raises FormatError, its faults looked for in the order of FaultKind."""

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        """The message, its seal included. Lengths and counts are computed.

        A text field also takes `bytes`: written as they are, padded (echo of an id that could not be read).
        Raises FormatError where a value does not fit or the charset lacks a character.
        """

    def place(self, body: bytes, path: Path) -> Place:
        """Where a field stands (or would stand) in a message that parsed."""

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        """`body` with the named head fields and the seal blanked: what "same content" compares.

        Never raises; works as well as it can on a message that does not parse.
        """

    def fit(self, type: str, path: Path, text: str) -> str:
        """`text` as that text field would write it, read back: characters that the charset lacks become 〓,
        and it is cut at a character boundary (SO and SI balanced). Indices in the path are left out.
        """
