"""What a steward can decide, as values: kept, proposed to a second pair of eyes, taken, undone.

A decision names parties by any number they ever had and records by system and customer number. What it does
is in `ecif.deciding`; whether one person may take it alone is in conf (`ecif.four_eyes`).
"""

from typing import Final, TypeAlias

import msgspec

from ecif.model import Key, Value


class _Decision(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=True):
    """Stored as JSON."""


class Merge(_Decision, frozen=True, tag="merge"):
    """One customer: `absorbed` redirects to `survivor` from now on."""

    survivor: str
    absorbed: str


class Split(_Decision, frozen=True, tag="split"):
    """The number that was merged stands for itself again, with exactly what came with it."""

    absorbed: str


class Move(_Decision, frozen=True, tag="move"):
    """A source record belongs to that party; to a new one where none is named."""

    system: str
    customer_no: str
    ecif_no: str = ""


class NoMatch(_Decision, frozen=True, tag="no_match"):
    """Two customers, whatever they have in common: no rule and no score merges them any more."""

    one: str
    other: str


class RecordNoMatch(_Decision, frozen=True, tag="record_no_match"):
    """Whoever the record belongs to is not that party."""

    system: str
    customer_no: str
    ecif_no: str


class Rematch(_Decision, frozen=True, tag="rematch"):
    """Nothing is declared about these two any more: the rules look at them again."""

    one: str
    other: str


class Pin(_Decision, frozen=True, tag="pin"):
    """This value, whatever the sources say."""

    ecif_no: str
    attribute: str
    value: Value


class Unpin(_Decision, frozen=True, tag="unpin"):
    """The sources speak again."""

    ecif_no: str
    attribute: str


class Withdraw(_Decision, frozen=True, tag="withdraw"):
    """What this record says counts for nothing: its system is told what others say."""

    system: str
    customer_no: str


class Restore(_Decision, frozen=True, tag="restore"):
    """A withdrawn record counts again."""

    system: str
    customer_no: str


class Resume(_Decision, frozen=True, tag="resume"):
    """A standoff ends: the record may be pushed again, and is counted anew."""

    system: str
    customer_no: str


class Dismiss(_Decision, frozen=True, tag="dismiss"):
    """A question is answered by leaving everything as it is. A rule may ask it again."""

    task: int


class Undo(_Decision, frozen=True, tag="undo"):
    """A decision is taken back, as if it had not been."""

    decision: int


Decision: TypeAlias = (
    Merge | Split | Move | NoMatch | RecordNoMatch | Rematch | Pin | Unpin | Withdraw | Restore | Resume
    | Dismiss | Undo
)  # fmt: skip
KINDS: Final = (
    "merge", "split", "move", "no_match", "record_no_match", "rematch", "pin", "unpin", "withdraw", "restore",
    "resume", "dismiss", "undo",
)  # fmt: skip

_reader: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Decision)
_write = msgspec.json.Encoder(order="sorted").encode


def text_of(decision: Decision) -> str:
    """JSON; the same decision has the same text."""
    return _write(decision).decode()


def decision_of(text: str) -> Decision:
    return _reader.decode(text)


def kind_of(decision: Decision) -> str:
    return str(decision.__struct_config__.tag)


def numbers_of(decision: Decision) -> tuple[str, ...]:
    """ECIF numbers that it names."""
    names = ("survivor", "absorbed", "one", "other", "ecif_no")
    return tuple([number for name in names if (number := getattr(decision, name, ""))])


def record_of(decision: Decision) -> Key | None:
    """The source record that it names."""
    if isinstance(decision, Move | RecordNoMatch | Withdraw | Restore | Resume):
        return (decision.system, decision.customer_no)
    return None


class Replaced(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a decision replaced: enough to take it back exactly."""

    into: str = ""
    """The number that a split number was merged into."""
    party: str = ""
    """The number that a moved record was given before."""
    pinned_at: int = 0
    pairs: tuple[tuple[str, str], ...] = ()
    """Declared different by it."""
    records: tuple[tuple[str, str, str], ...] = ()
    """Records declared different from parties by it."""
    dropped: tuple[dict[str, str | int | None], ...] = ()
    """Rows of declared pairs that it removed."""
    dropped_records: tuple[dict[str, str | int | None], ...] = ()
    reviews: tuple[int, ...] = ()
    """Questions that it answered."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a decision."""

    decision: int
    """Its number, by which it is released, rejected or undone."""
    state: str
    """"taken"; "proposed" where it waits for a second pair of eyes; "rejected"."""
    ecif_no: str
    """The party to look at now."""
    versions: dict[str, int]
    """Current number of every party concerned → version."""
    why: str = ""
    """Of a proposal: the rule that asks for a second pair of eyes."""
