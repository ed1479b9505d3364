"""Fields → XML bytes, deterministic: elements and attributes in the order of their declaration, one spelling.

An element is written where it holds something; a field marked `always` also when it is empty. Nothing is
indented, an empty element ends in ` />`, and what could be read otherwise than it was written (markup, line
ends, tabs in attributes) is a character reference.
"""

from collections.abc import Mapping
from typing import Any

from formats.errors import Fault, Place, Refused
from formats.xml_spec import Element, Leaf
from formats.xml_values import xml_text

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)
_ECHOED = 200
"""Characters at most of a value that is echoed as it was received."""


class XmlWriter:
    """One message under way, and what could not be written."""

    __slots__ = ("faults",)

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def element(self, spec: Element, fields: Mapping[str, Any], above: str, extra: str = "") -> str:
        """ "" where it would hold nothing. `extra`: further attributes, ready to be written."""
        attributes = extra
        for name, leaf in spec.attributes.items():
            value = fields.get(leaf.name)
            if value is not None and value != "" and (text := self._text(leaf, value, f"{above}/{name}")):
                attributes += f' {name}="{text.translate(_ATTRIBUTE)}"'
        if spec.text is not None:
            value = fields.get(spec.text.name)
            blank = value is None or value == ""
            inner = "" if blank else self._text(spec.text, value, above).translate(_TEXT)
            keep = spec.text.always
        else:
            inner = "".join([self._child(child, fields, above) for child in spec.children.values()])
            keep = bool(spec.holds) and isinstance(fields.get(spec.holds), list | tuple)
        if inner:
            return f"<{spec.tag}{attributes}>{inner}</{spec.tag}>"
        return f"<{spec.tag}{attributes} />" if attributes or keep else ""

    def _child(self, spec: Element, fields: Mapping[str, Any], above: str) -> str:
        label = f"{above}/{spec.tag}" if above else spec.tag
        if not spec.entries:
            return self.element(spec, fields, label)
        entries = fields.get(spec.entries)
        if entries is None or entries == "":
            return ""
        if not isinstance(entries, list | tuple):
            self._note(label, "not a list")
            return ""
        return "".join([self._entry(spec, entry, f"{label}[{i}]") for i, entry in enumerate(entries, 1)])

    def _entry(self, spec: Element, entry: Any, label: str) -> str:
        if not isinstance(entry, Mapping):
            self._note(label, "not a group")
            return ""
        self.unknown(entry, names_in(spec), label)
        return self.element(spec, entry, label) or f"<{spec.tag} />"

    def _text(self, leaf: Leaf, value: Any, label: str) -> str:
        if isinstance(value, bytes):
            return xml_text(value.decode("utf-8", "replace"))[:_ECHOED].strip()
        try:
            return leaf.value.write(value)
        except Refused as refused:
            self._note(label, refused.rule)
            return ""

    def unknown(self, fields: Mapping[str, Any], known: frozenset[str], above: str) -> None:
        for name in fields.keys() - known:
            self._note(f"{above}/{name}" if above else name, "no such field")

    def _note(self, label: str, rule: str) -> None:
        self.faults.append(Fault(Place(label, 0, 0), rule))


def names_in(spec: Element) -> frozenset[str]:
    """Fields of one message or entry; entries' own are not among them."""
    names = {leaf.name for leaf in spec.attributes.values()}
    names |= {spec.text.name} if spec.text is not None else set()
    for child in spec.children.values():
        names |= {child.entries} if child.entries else names_in(child)
    return frozenset(names)
