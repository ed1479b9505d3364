"""Who is the same customer, as conf/matching.toml declares it. `ecif.matching` compiles it."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ecif.model import DOCUMENT_TYPES


class TierConf(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence: Literal["document", "born_and_mobile"]
    names: Literal["compatible", "same"]


class ScoreConf(BaseModel):
    """[score] of conf/matching.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(description="A trained match model, beside this file.")
    columns: dict[str, tuple[str, ...]] = Field(
        description="Column of the model: the attributes that stand for it, the first that a record has."
    )
    largest: int = Field(default=16, ge=2, description="A key that more parties share finds nobody.")
    alone: int = Field(
        default=4, ge=1, description="Of so many parties, one shared key is enough to be compared; else two."
    )
    lacking: dict[str, str] = Field(
        default={},
        description="Block of the model, its parts with blanks between, and an attribute: keys of this block"
        " bring together only parties of which one lacks it.",
    )
    link: float | None = Field(default=None, description="Instead of the model's own threshold.")
    review: float | None = None
    margin: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.link is not None and self.review is not None and self.review > self.link:
            raise ValueError("review is above link")
        return self


class MatchingConf(BaseModel):
    """conf/matching.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weak_documents: tuple[str, ...] = ()
    largest: int = Field(default=200, ge=2, description="A rule's key that more parties share finds nobody.")
    tier: tuple[TierConf, ...] = ()
    score: ScoreConf | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in self.weak_documents if name not in DOCUMENT_TYPES]
        if unknown:
            raise ValueError(f"no document type: {', '.join(unknown)}")
        if len({tier.evidence for tier in self.tier}) != len(self.tier):
            raise ValueError("two tiers with one evidence")
        return self
