"""XML bytes → fields: what is refused before a parser sees it, the parser, and the walk over the elements.

Nothing outside the document is ever read: a document type declaration is refused unread (so there are no
entities to expand and nothing to fetch), the parser has no network and no DTD besides, and counts of elements
and attributes are bounded before anything is built from them.

The walk takes every element that is declared, in any order; others are ignored, within the limits. An element
that may stand once and stands twice is a fault, as is text between elements.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from lxml import etree

from formats.codec import Fields
from formats.errors import Refused
from formats.xml_places import Steps
from formats.xml_spec import Element, Limits

_ENCODING = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]*)[\"']")
_DOCTYPE = b"<!DOCTYPE"


class Wrong(NamedTuple):
    """A fault found on the walk: in which element, of which attribute, against which rule."""

    element: Any
    attribute: str
    rule: str


class Unsafe(Exception):
    """Refused before it was parsed: where, and the rule."""

    def __init__(self, at: int, rule: str) -> None:
        super().__init__(rule)
        self.at, self.rule = at, rule


def xml_parser() -> Any:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True,
        attribute_defaults=False, huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip


def check_bytes(body: bytes, limits: Limits) -> None:
    """Raises Unsafe. `<` and `=` count more than elements and attributes: a bound all the same."""
    found = body.find(_DOCTYPE)
    if found >= 0:
        raise Unsafe(found, "a document type declaration")
    if body.count(b"<") > 2 * limits.elements + 2:
        raise Unsafe(0, f"over {limits.elements} elements")
    if body.count(b"=") > limits.attributes:
        raise Unsafe(0, f"over {limits.attributes} attributes")
    declared = _ENCODING.match(body)
    if declared is not None and declared[1].lower() not in (b"utf-8", b"utf8"):
        raise Unsafe(0, "not declared as UTF-8")


def first_text(root: Any, steps: tuple[str, ...]) -> str | None:
    """Trimmed text of the first element of these tags; None where there is none."""
    for tag in steps:
        for child in root:
            if child.tag == tag:
                root = child
                break
        else:
            return None
    return (root.text or "").strip()


class Walk:
    """One document under way: its fields, and what is wrong with it."""

    __slots__ = ("_depth", "fields", "wrong")

    def __init__(self, depth: int) -> None:
        self.fields: Fields = {}
        self.wrong: list[Wrong] = []
        self._depth = depth

    def take(self, element: Any, spec: Element, out: Fields) -> None:
        for attribute, leaf in spec.attributes.items():
            text = element.get(attribute)
            if text is not None and (text := text.strip()):
                try:
                    value = leaf.value.read(text)
                except Refused as refused:
                    self.wrong.append(Wrong(element, attribute, refused.rule))
                else:
                    if value != "":
                        out[leaf.name] = value
        if spec.text is not None:
            self._leaf(element, spec, out)
        elif spec.children:
            self._children(element, spec, out)
        elif len(element):
            self._bounded(element)

    def _leaf(self, element: Any, spec: Element, out: Fields) -> None:
        leaf = spec.text
        assert leaf is not None
        text = element.text or ""
        if len(element):
            self._bounded(element)
            text += "".join(child.tail or "" for child in element)
        if text := text.strip():
            try:
                value = leaf.value.read(text)
            except Refused as refused:
                self.wrong.append(Wrong(element, "", refused.rule))
                return
            if value != "":
                out[leaf.name] = value
                return
        if leaf.always:
            out[leaf.name] = ""

    def _children(self, element: Any, spec: Element, out: Fields) -> None:
        children = spec.children
        if spec.holds:
            out[spec.holds] = []
        seen: set[str] = set()
        stray = element.text
        for child in element:
            tag = child.tag
            inner = children.get(tag)
            if child.tail is not None:
                stray = (stray or "") + child.tail
            if inner is None:
                self._bounded(child)
            elif inner.entries:
                entry: Fields = {}
                out.setdefault(inner.entries, []).append(entry)
                self.take(child, inner, entry)
            elif tag in seen:
                self.wrong.append(Wrong(child, "", "given twice"))
            else:
                seen.add(tag)
                if inner.text is not None and not inner.attributes:
                    self._leaf(child, inner, out)
                else:
                    self.take(child, inner, out)
        if stray is not None and stray.strip():
            self.wrong.append(Wrong(element, "", "text between elements"))

    def _bounded(self, element: Any) -> None:
        """An element that is ignored, and all within it, must keep the limits too."""
        if len(element) and _deeper(element, self._depth - len(list(element.iterancestors())) - 1):
            self.wrong.append(Wrong(element, "", f"over {self._depth} deep"))


def _deeper(element: Any, left: int) -> bool:
    return left < 1 or any(_deeper(child, left - 1) for child in element if len(child))


def always_in(spec: Element) -> Iterator[str]:
    """Fields that are always written: blank, not absent, where a document lacks them."""
    for inner in spec.children.values():
        if inner.text is not None and inner.text.always:
            yield inner.text.name
        elif not inner.entries:
            yield from always_in(inner)


def steps_of(element: Any) -> Steps:
    """Its place, as `xml_places` has it. Foreign names are as they are: only declared ones are looked up."""
    steps: list[tuple[str, int]] = []
    parent = element.getparent()
    while parent is not None:
        before = 0
        for sibling in parent:
            if sibling is element:
                break
            before += sibling.tag == element.tag
        steps.append((element.tag, before))
        element, parent = parent, parent.getparent()
    return tuple(reversed(steps))


def label_of(steps: Steps, repeats: Collection[tuple[str, ...]], attribute: str) -> str:
    """As the sheet names it: `customer/document[1]/number`."""
    names: list[str] = []
    for i, (tag, index) in enumerate(steps):
        known = tuple(step[0] for step in steps[: i + 1])
        names.append(f"{tag}[{index + 1}]" if known in repeats or index else tag)
    return "/".join([*names, *((attribute,) if attribute else ())])
