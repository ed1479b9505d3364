"""What an XML system's messages consist of: elements, the fields in them, and which of them a message has.

Several messages may share one type text (a request and its reply): the one whose `marker` stands in the
document is meant, else the one without a marker.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from formats.codec import FieldFacts, Path
from formats.xml_values import XmlValue


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field: the text of an element or one of its attributes."""

    name: str
    value: XmlValue
    always: bool = False
    """Written though empty."""


@dataclass(slots=True)
class Element:
    """One element and all that is known of what it holds; built up while a declaration is read."""

    tag: str
    attributes: dict[str, Leaf] = field(default_factory=dict)
    text: Leaf | None = None
    children: dict[str, "Element"] = field(default_factory=dict)
    entries: str = ""
    """The list whose entries these elements are."""
    holds: str = ""
    """The list whose entries stand in it and nothing else: it is there for an empty list, too."""


@dataclass(frozen=True, slots=True)
class Where:
    """A field's place: the elements down to it from the root, and its attribute."""

    steps: tuple[str, ...]
    attribute: str = ""
    repeated: int = -1
    """Which of the steps repeats."""

    def label(self, index: int | None = None) -> str:
        steps = list(self.steps)
        if index is not None and self.repeated >= 0:
            steps[self.repeated] += f"[{index + 1}]"
        return "/".join([*steps, *((self.attribute,) if self.attribute else ())])


@dataclass(frozen=True, slots=True)
class Message:
    name: str
    type: str
    """What its type element says."""
    marker: str
    """Field that is there in this one only, of those of its type."""
    root: Element
    where: Mapping[Path, Where]
    leaves: Mapping[Path, Leaf | None]
    """Every field in the order of declaration; None for a list."""

    @property
    def repeats(self) -> frozenset[tuple[str, ...]]:
        """Elements that may stand more than once, by their tags from below the root."""
        return frozenset(w.steps[: w.repeated + 1] for w in self.where.values() if w.repeated >= 0)

    def facts(self, type_field: str) -> Iterator[FieldFacts]:
        for path, leaf in self.leaves.items():
            label = self.where[path].label()
            if leaf is None:
                yield FieldFacts(path, None, "list", label, occurs=(0, None))
            elif path == (type_field,):
                yield FieldFacts(path, None, "type", label)
            else:
                value = leaf.value
                yield FieldFacts(path, None, value.kind, label, width=value.width, values=value.values)


@dataclass(frozen=True, slots=True)
class Limits:
    """Counted before a document is believed, so that a hostile one costs nothing."""

    depth: int
    elements: int
    attributes: int


@dataclass(frozen=True, slots=True)
class Spec:
    root: str
    version: tuple[str, str] | None
    """Attribute of the root and what it must say."""
    type_field: str
    type_steps: tuple[str, ...]
    limits: Limits
    messages: Mapping[str, Message]
    every: Message
    """All fields: for a type that is not declared."""
