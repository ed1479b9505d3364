"""A match model as it is declared (TOML): attributes, comparisons, blocking keys, rules above the score.

The theory is Fellegi and Sunter's (1969): each comparison of two records falls into one of several levels; a
level weighs log2(m/u), where m is how often true matches show it and u how often chance does. The weights of
all comparisons and the prior odds add up to the log2 odds that the two are the same. docs/matching.md
teaches the file.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

Probability = Annotated[float, Field(gt=0, lt=1)]
_KEY: Final = re.compile(r"(\w[\w-]*)|(\w+)\((\w[\w-]*)(?:,\s*(\d+))?\)")
SIZED_KEYS: Final = ("first", "last", "rare", "grams")
KEY_FUNCTIONS: Final = (
    *SIZED_KEYS, "year", "pinyin", "soundex", "metaphone", "sorted", "digits", "initials", "words",
)  # fmt: skip
NORMALISERS = Literal[
    "lower", "upper", "width", "accents", "spaces", "no_spaces", "punctuation", "letters", "digits",
    "alphanumeric", "no_leading_zeros", "sorted", "first_word", "last_word", "no_brackets", "brackets",
    "codes", "numbers", "number", "year", "domain", "date", "mobile", "organization", "whole",
    "pinyin", "look_alikes", "personal", "resident_id", "credit_code", "checked", "birth_date", "sex",
]  # fmt: skip
FILE: Final = "@file"
"""As a column: which of the files the record stands in."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribute(_Part):
    """Where a value stands in a record, and how it is normalised before anything looks at it."""

    column: str | None = Field(default=None, description="Its column; by default its own name.")
    columns: tuple[str, ...] = Field(default=(), description="Several columns, joined by a blank.")
    each: bool = Field(default=False, description="Several columns are several values: any may agree.")
    split: str = Field(default="", description="Splits the text into several values: any may agree.")
    normalise: tuple[NORMALISERS, ...] = Field(default=(), description="Steps, in this order.")
    replace: dict[str, str] = Field(default={}, description="Words, or texts, for others, after the steps.")
    drop: tuple[str, ...] = Field(default=(), description="Words that tell nothing, after the steps.")
    only: str = Field(default="", description="Values not of this pattern are missing.")
    placeholders: tuple[str, ...] = Field(default=(), description="Values that mean nothing (normalised).")
    contradicted: tuple[tuple[str, str], ...] = Field(
        default=(), description="Missing in a record that has both of these, and they differ."
    )
    otherwise: str | None = Field(default=None, description="Where it is missing: this attribute's value.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.column is not None and self.columns:
            raise ValueError("either column or columns")
        if self.each and not self.columns:
            raise ValueError("each needs columns")
        try:
            re.compile(self.only)
        except re.error as error:
            raise ValueError(f"only: {error}") from None
        return self

    @property
    def several(self) -> bool:
        """Whether it may hold more than one value."""
        return self.each or bool(self.split)


class Weighed(_Part):
    """How often matches, and how often chance, show a level."""

    m: Probability | None = Field(default=None, description="Share of matches at this level.")
    u: Probability | None = Field(default=None, description="Share of non-matches at this level.")


class Level(Weighed):
    """One way in which two values agree; the first level of a comparison that holds counts."""

    exact: Literal[True] | None = None
    swapped: str | None = Field(default=None, description="Agrees with the other attribute, crosswise.")
    jaro_winkler: Annotated[float, Field(gt=0, le=1)] | None = Field(default=None, description="At least.")
    edit: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="At most so many edits; two neighbours exchanged are one."
    )
    prefix: Annotated[int, Field(ge=1)] | None = Field(default=None, description="First characters.")
    tokens: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="Words in common, of the shorter one's, at least."
    )
    cosine: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="Words in common, rare ones weigh more (tf-idf), at least."
    )
    dice: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="Pairs of neighbouring letters in common, at least."
    )
    initials: Literal[True] | None = Field(
        default=None, description="One abbreviates the other, word by word: j smith, john smith."
    )
    lost: Literal[True] | None = Field(
        default=None, description="The same but for characters that were lost (〓, □, ?) in one."
    )
    look_alike: Literal[True] | None = Field(default=None, description="Characters that look alike.")
    group: str | None = Field(default=None, description="Stand together in a line of this [groups] list.")
    contained: Literal[True] | None = Field(default=None, description="One is a part of the other.")
    within: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Numbers that differ by at most that."
    )
    percent: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Numbers that differ by at most that part of the larger one."
    )
    days: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Dates that differ by at most so many days."
    )
    year: Literal[True] | None = None
    year_month: Literal[True] | None = None
    pinyin: Literal[True] | None = Field(default=None, description="Same Latin spelling.")
    soundex: Literal[True] | None = None
    metaphone: Literal[True] | None = None
    term_frequency: bool = Field(default=False, description="A rare value weighs more than a common one.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if len(self.kinds) != 1:
            raise ValueError("a level says exactly one way to agree")
        if self.term_frequency and not self.exact:
            raise ValueError("term_frequency stands on an exact level")
        return self

    @property
    def kinds(self) -> list[str]:
        return [name for name in LEVEL_KINDS if getattr(self, name) is not None]

    @property
    def label(self) -> str:
        """As people read it: `exact`, `jaro_winkler 0.92`."""
        (kind,) = self.kinds
        value = getattr(self, kind)
        return kind if value is True else f"{kind} {value}"


LEVEL_KINDS: Final = (
    "exact", "swapped", "jaro_winkler", "edit", "prefix", "tokens", "cosine", "dice", "initials", "lost",
    "look_alike", "group", "contained", "within", "percent", "days", "year", "year_month", "pinyin",
    "soundex", "metaphone",
)  # fmt: skip


class Derived(_Part):
    """A value that was made of another one, where a record does not say it itself."""

    of: str
    """Attribute that it is made of, with a comparison of its own."""
    unless: str
    """Attribute that holds what the record says itself."""


class Comparison(_Part):
    name: str = ""
    on: Annotated[tuple[str, ...], Field(min_length=1)]
    """Attributes; a group is compared as one value."""
    derived: Derived | None = None
    """Says nothing of two records that differ in what it is made of, unless both say it themselves: one
    difference counts once."""
    level: Annotated[tuple[Level, ...], Field(min_length=1)]
    otherwise: Weighed = Weighed()
    """None of the levels."""

    @property
    def label(self) -> str:
        return self.name or " ".join(self.on)

    @property
    def weighed(self) -> tuple[Weighed, ...]:
        """All levels, the last for none of them."""
        return (*self.level, self.otherwise)

    @property
    def attributes(self) -> set[str]:
        return {*self.on, *(level.swapped for level in self.level if level.swapped)}

    @property
    def looked_at(self) -> set[str]:
        """All that it depends on."""
        return self.attributes | ({self.derived.of, self.derived.unless} if self.derived else set())


class Block(_Part):
    """Records that share this key are compared."""

    on: Annotated[tuple[str, ...], Field(min_length=1)]
    """Attributes or functions of them: `first(name, 3)`, `year(born)`, `soundex(surname)`."""
    largest: Annotated[int, Field(ge=2)] = 200
    """A key that more records share is a stop key: it tells nobody apart."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for part in self.on:
            function, _, size = key_part(part)
            if function not in ("", *KEY_FUNCTIONS):
                raise ValueError(f"no key function {function}; there are {', '.join(KEY_FUNCTIONS)}")
            if (function in SIZED_KEYS) != bool(size):
                raise ValueError(f"{part}: {function} takes {'a' if function in SIZED_KEYS else 'no'} number")
        return self

    @property
    def attributes(self) -> set[str]:
        return {key_part(part)[1] for part in self.on}


class Veto(_Part):
    """Two records that differ in one attribute, or agree in another, which both have, are not the same."""

    differ: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    """For what holds everything once, such as a source without doubles."""
    edits: Annotated[int, Field(ge=0)] = 0
    """So few edits are a slip of the pen, no difference."""
    unless: tuple[str | tuple[str, ...], ...] = ()
    """Does not hold where the two agree in all of these; lists in it are alternatives."""
    scope: Literal["party", "most", "pair"] = "party"
    """party: with one such record, none of the party. most: where half of all pairs are so, or more. pair:
    these two do not speak for each other, others of their parties may."""
    spares_alone: bool = False
    """Does not hold, in the end, for a record that found no party."""

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not self.differ and not self.same:
            raise ValueError("a veto needs differ or same")
        if self.spares_alone and self.scope != "pair":
            raise ValueError('spares_alone needs scope = "pair"')
        return self

    @property
    def exceptions(self) -> tuple[tuple[str, ...], ...]:
        """Alternatives; all of one must agree."""
        plain = tuple(one for one in self.unless if isinstance(one, str))
        lists = tuple(one for one in self.unless if not isinstance(one, str))
        return (plain, *lists) if plain else lists

    @property
    def attributes(self) -> set[str]:
        return {*self.differ, *self.same, *(name for one in self.exceptions for name in one)}

    @property
    def label(self) -> str:
        said = [f"{' or '.join(names)} {verb}" for names, verb in (
            (self.differ, "differs"), (self.same, "is the same")) if names]  # fmt: skip
        return " or ".join(said)


class Tier(_Part):
    """Two records that agree in all of these: linked, or shown to a steward, whatever the score."""

    equal: Annotated[tuple[str, ...], Field(min_length=1)]
    then: Literal["link", "review"] = "link"


class Thresholds(_Part):
    """log2 odds."""

    link: float = 0.0
    review: float = -4.0
    alone: float = 8.0
    """For a record that a veto spares because it is alone."""
    margin: float = Field(default=1.0, ge=0, description="Between the best party and the second best.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.review > self.link:
            raise ValueError("review is above link")
        if self.link > self.alone:
            raise ValueError("link is above alone")
        return self


class MatchModel(_Part):
    id: str
    """Column of the record id."""
    attribute: Annotated[dict[str, Attribute], Field(min_length=1)]
    comparison: Annotated[tuple[Comparison, ...], Field(min_length=1)]
    block: Annotated[tuple[Block, ...], Field(min_length=1)]
    veto: tuple[Veto, ...] = ()
    tier: tuple[Tier, ...] = ()
    thresholds: Thresholds = Thresholds()
    groups: dict[str, tuple[tuple[str, ...], ...]] = {}
    """Values that mean the same, a line each: nicknames, short forms. For levels with `group`."""
    prior: Probability | None = None
    """Probability that two records picked at random are the same; estimated by training."""

    @model_validator(mode="after")
    def _known_attributes(self) -> Self:
        for where, names in self._named():
            unknown = sorted(names - self.attribute.keys())
            if unknown:
                raise ValueError(f"{where}: no attribute {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _known_groups(self) -> Self:
        named = {level.group for one in self.comparison for level in one.level if level.group}
        if named - self.groups.keys():
            raise ValueError(f"no [groups] list {', '.join(sorted(named - self.groups.keys()))}")
        return self

    @model_validator(mode="after")
    def _single_values(self) -> Self:
        """What looks at two attributes at once needs one value of each."""
        several = {name for name, one in self.attribute.items() if one.several}
        for one in self.comparison:
            crossed = one.attributes if len(one.attributes) > 1 else set()
            if crossed & several:
                names = ", ".join(sorted(crossed & several))
                raise ValueError(f"comparison {one.label}: {names} has several values")
        return self

    def _named(self) -> Iterator[tuple[str, set[str]]]:
        yield from ((f"comparison {one.label}", one.looked_at) for one in self.comparison)
        yield from (("block", one.attributes) for one in self.block)
        yield from (("veto", one.attributes) for one in self.veto)
        yield from (
            (f"attribute {name}: contradicted", {name for pair in one.contradicted for name in pair})
            for name, one in self.attribute.items()
        )
        yield from (
            (f"attribute {name}: otherwise", {one.otherwise})
            for name, one in self.attribute.items()
            if one.otherwise is not None
        )
        yield from (("tier", set(one.equal)) for one in self.tier)

    def columns_of(self, attributes: set[str]) -> set[str]:
        """Attributes made of one column say the same: what fixes one of them fixes the others."""
        found: set[str] = set()
        for name in attributes:
            one = self.attribute[name]
            found.update(one.columns or (one.column or name,))
        return found

    @property
    def vetoed_in_pairs(self) -> set[str]:
        """Attributes in which two records may not differ, whatever others of their parties may."""
        return {name for veto in self.veto if veto.scope == "pair" for name in veto.differ}

    @property
    def trained(self) -> bool:
        """Whether every level has its weight."""
        levels = [level for one in self.comparison for level in one.weighed]
        return self.prior is not None and all(level.m and level.u for level in levels)


def key_part(text: str) -> tuple[str, str, int]:
    """Function ("" for none), attribute, size (0 for none) of one part of a blocking key."""
    found = _KEY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not a blocking key: {text}")
    return found[2] or "", found[1] or found[3], int(found[4] or 0)


class ModelError(Exception):
    """The file cannot be read as a match model; the text says where and why, one line a fault."""


def read_model(path: Path) -> MatchModel:
    """Raises ModelError."""
    try:
        text = path.read_text("utf-8")
        return MatchModel.model_validate(tomllib.loads(text))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: {error}") from None
    except ValidationError as error:
        raise ModelError("\n".join(_told(path, text, fault) for fault in error.errors())) from None


def _told(path: Path, text: str, fault: ErrorDetails) -> str:
    key = ".".join(map(str, fault["loc"]))
    rule = fault["msg"].removeprefix("Value error, ")
    return ": ".join(filter(None, (f"{path}:{_line(text, fault['loc'])}", key, rule)))


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """Where a key stands: the table that it is in, or better, its own line there; 1 if it stands nowhere."""
    lines, at = text.splitlines(), 0
    if not place:
        return 1
    table, *rest = map(str, place)
    heads = [number for number, line in enumerate(lines) if re.match(rf"\[+{re.escape(table)}[\].]", line)]
    if heads:
        which = place[1] if len(place) > 1 and isinstance(place[1], int) else 0
        at = heads[min(which, len(heads) - 1)]
    end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("[")), len(lines))
    for key in (name for name in [table, *rest] if not name.isdigit()):
        here = re.compile(rf"(^|[{{,\s]){re.escape(key)}\s*=")
        at = next((number for number in range(at, end) if here.search(lines[number])), at)
    return at + 1
