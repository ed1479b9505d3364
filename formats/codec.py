"""The contract of every format family: bytes of one unframed message ↔ its named fields.

**Fields** are a `dict`: sheet's field name → value; a repeat is a list of such dicts under its own name,
a group that is kept (see `formats.layout`) a dict.

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

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from formats.errors import Place
from formats.scalars import Scalar

Fields: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]

UNKNOWN = "unknown"
"""The field under which TLVs stand that the message type does not have."""


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What a layout declares of one field: for the specification, for sample messages and for the fuzzer.

    A field whose value goes through a `Scalar` needs path, label and that, no more: kind, width and how it is
    written are asked of it. Without one (a list, a group, a value that the family itself reads) `kind` says
    what it is.
    """

    path: Path
    """Without indices, as in `Codec.paths`."""
    scalar: Scalar | None = None
    kind: str = ""
    """Left out where the scalar's own says it. "list" for a repeat; "group" for a group that does not repeat
    (its value is a dict, the fields within have longer paths); "count" and "type" for what `build` computes
    and is not given; else as scalars have it: "text", "code", "number", "amount", "date", "time", "hex"."""
    label: str = ""
    """What faults call it, without indices: `ACCT.ACCT-CCY`, `8110.0112`, `DE48.05`, `customer/name`."""
    offset: int | None = None
    """Bytes before it in its message, or in its entry of a list; None where that differs."""
    width: tuple[int, int | None] | None = None
    """Bytes of its value, fewest and most (None: no bound); left out where its scalar has a size. Of a
    list: of one entry."""
    occurs: tuple[int, int | None] | None = None
    """Of a list: fewest and most entries (None: as many as there is room)."""
    values: tuple[str | int, ...] = ()
    """The only ones it takes, where they are declared."""
    note: str = ""
    """A few words for people: "counted by ACCT-COUNT", "only where KIND is P"."""


class Codec(Protocol):
    """One system's messages. Pure, synchronous and safe to share between threads."""

    name: str
    """Of the system; for errors."""

    @property
    def types(self) -> Collection[str]:
        """Message types it can read and write."""

    def paths(self, type: str) -> Collection[Path]:
        """Every field of it, without indices: `("CUST-NO",)`, `("ACCT",)`, `("ACCT", "ACCT-CCY")`."""

    def facts(self, type: str) -> Sequence[FieldFacts]:
        """What is declared of each of `paths(type)`, one for each, in the order of the wire where it has one:
        a list or group stands before the fields within."""

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
        """Where a field stands (or would stand) in a message that parsed.

        Of one that did not parse it knows what it can, and never raises."""

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        """`body` with the named head fields and the seal blanked: what "same content" compares.

        Never raises; works as well as it can on a message that does not parse.
        """

    def fit(self, type: str, path: Path, text: str) -> str:
        """`text` as that text field would write it, read back: characters that the charset lacks become 〓,
        and it is cut at a character boundary (SO and SI balanced). Indices in the path are left out.
        """
