"""Which decisions one person may not take alone: `[[four_eyes]]` in conf/survivorship.toml.

The first rule that fits asks for a second pair of eyes. A rule names a kind of decision; it may be narrowed
to parties of whom somebody has seen a document, and for pins to attributes.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ecif.decisions import Decision, Pin, Unpin, kind_of
from ecif.model import FAMILIES, MARKS, SINGLE, Golden

Kind = Literal[
    "merge", "split", "move", "no_match", "record_no_match", "rematch", "pin", "unpin", "withdraw", "restore",
    "resume", "dismiss", "undo",
]  # fmt: skip


class FourEyesConf(BaseModel):
    """A decision that waits until a second person releases it (`[[four_eyes]]`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Kind = Field(description="The kind of decision.")
    when: Literal["always", "verified"] = Field(
        default="always", description="verified: only where a document of one of the parties was seen."
    )
    attributes: tuple[str, ...] = Field(
        default=(), description="For pin and unpin: only these attributes or families; none named: all."
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in self.attributes if name not in SINGLE and name not in FAMILIES]
        if unknown:
            raise ValueError(f"no attribute or family: {', '.join(unknown)}")
        if self.attributes and self.decision not in ("pin", "unpin"):
            raise ValueError("attributes are for pin and unpin")
        return self

    def __str__(self) -> str:
        narrowed = [*(["verified"] if self.when == "verified" else []), *self.attributes]
        return self.decision + (f" ({', '.join(narrowed)})" if narrowed else "")


def asked_for(rules: Sequence[FourEyesConf], decision: Decision, parties: Iterable[Golden]) -> str:
    """The rule that asks for a second pair of eyes, as text; "" where one may decide alone."""
    seen = any(not MARKS.isdisjoint(golden.values) for golden in parties)
    return next((str(rule) for rule in rules if _fits(rule, decision, seen=seen)), "")


def _fits(rule: FourEyesConf, decision: Decision, *, seen: bool) -> bool:
    if rule.decision != kind_of(decision) or (rule.when == "verified" and not seen):
        return False
    if not rule.attributes or not isinstance(decision, Pin | Unpin):
        return True
    return decision.attribute.partition(":")[0] in rule.attributes
