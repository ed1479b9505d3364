"""The fast way through an XML message, made once at load: nested functions to read, one generated to write.

They take what is plain, which is nearly everything a peer sends, and raise `Doubt` for all else: a fault, an
element that is not declared, one given twice, markup inside a text, a value that needs escaping. Then the
careful way (`xml_reading`, `xml_writing`) does the whole message again and says what is wrong, if anything
is. So here nothing is ever diagnosed, and no rule stands here alone.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from formats.codec import Fields
from formats.errors import Refused
from formats.xml_spec import Element, Leaf, Message
from formats.xml_values import XmlText
from formats.xml_writing import names_in

Take: TypeAlias = Callable[[Any, Fields], None]
"""(element, fields to fill)"""
Write: TypeAlias = Callable[[Mapping[str, Any]], str]

_PLAIN = "[\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Nothing that would be written as a reference or refused: no `&`, `<`, `>`, quotes or controls."""


class Doubt(Exception):
    """Not plain: to be looked at carefully."""


# Reading


def reader(message: Message) -> Take:
    """Of the root element. Fields that are always there are not added here."""
    return _taker(message.root)


def _taker(spec: Element) -> Take:
    if spec.text is not None and not spec.attributes:
        return _leaf(spec.text)
    below = _leaf(spec.text) if spec.text is not None else _children(spec)
    if not spec.attributes:
        return below
    readers = {name: (leaf.name, *_reading(leaf)) for name, leaf in spec.attributes.items()}
    has_more = spec.text is not None or bool(spec.children)

    def take(element: Any, out: Fields) -> None:
        for name, text in element.items():
            if name in readers and (text := text.strip()):
                field, most, read = readers[name]
                if read is None:
                    if len(text) > most:
                        raise Doubt
                    out[field] = text
                elif (value := read(text)) != "":
                    out[field] = value
        if has_more:
            below(element, out)
        elif len(element):
            raise Doubt

    return take


def _reading(leaf: Leaf) -> tuple[int, Callable[[str], Any] | None]:
    """(characters at most, None) of a text that may say anything, else (0, what reads it)."""
    value = leaf.value
    if isinstance(value, XmlText) and value.plain:
        return value.width[1] or 0, None
    return 0, value.read


def _leaf(leaf: Leaf) -> Take:
    name, read = leaf.name, leaf.value.read

    def take(element: Any, out: Fields) -> None:
        text = element.text
        if text is None or name in out or len(element):
            raise Doubt
        value = read(text.strip())
        if value == "":
            raise Doubt
        out[name] = value

    return take


def _text_alone(spec: Element) -> tuple[str, int] | None:
    """(field, characters at most) of an element that is one text which may say anything."""
    if spec.entries or spec.text is None or spec.attributes:
        return None
    most, read = _reading(spec.text)
    return (spec.text.name, most) if read is None else None


def _children(spec: Element) -> Take:
    takers = {tag: _entry(child) if child.entries else _taker(child) for tag, child in spec.children.items()}
    texts = {tag: text for tag, child in spec.children.items() if (text := _text_alone(child))}
    once = any(not child.entries and child.text is None for child in spec.children.values())
    holds = spec.holds

    def take(element: Any, out: Fields) -> None:
        if holds:
            out[holds] = []
        text = element.text
        if text is not None and not text.isspace():
            raise Doubt
        for child in element:
            tag = child.tag
            text = texts.get(tag)
            if text is not None:  # most of them: here at once, without a call
                name, most = text
                text = child.text
                if text is None or name in out or len(child):
                    raise Doubt
                text = text.strip()
                if not text or len(text) > most:
                    raise Doubt
                out[name] = text
            else:
                inner = takers.get(tag)
                if inner is None:
                    raise Doubt
                inner(child, out)
            text = child.tail
            if text is not None and not text.isspace():
                raise Doubt

    def take_once(element: Any, out: Fields) -> None:
        tags = [child.tag for child in element]
        if len(tags) != len(set(tags)):
            raise Doubt
        take(element, out)

    return take_once if once else take


def _entry(spec: Element) -> Take:
    if not spec.children and spec.text is None:
        return _bare_entry(spec)
    name, inner = spec.entries, _taker(spec)

    def take(element: Any, out: Fields) -> None:
        entry: Fields = {}
        inner(element, entry)
        entries = out.get(name)
        if entries is None:
            out[name] = [entry]
        else:
            entries.append(entry)

    return take


def _bare_entry(spec: Element) -> Take:
    """One of attributes alone."""
    name = spec.entries
    readers = {attribute: (leaf.name, *_reading(leaf)) for attribute, leaf in spec.attributes.items()}

    def take(element: Any, out: Fields) -> None:
        entry: Fields = {}
        for attribute, text in element.items():
            if attribute in readers and (text := text.strip()):
                field, most, read = readers[attribute]
                if read is None:
                    if len(text) > most:
                        raise Doubt
                    entry[field] = text
                elif (value := read(text)) != "":
                    entry[field] = value
        if len(element):
            raise Doubt
        if name in out:
            out[name].append(entry)
        else:
            out[name] = [entry]

    return take


# Writing


def writer(message: Message, type_field: str, extra: str) -> Write:
    """The whole document. `extra`: attributes of the root, ready to be written."""
    return _Writer(message, type_field).made(extra)


class _Writer:
    """Writes the source of one function: straight down the elements, a string for what stands in each."""

    def __init__(self, message: Message, type_field: str) -> None:
        self._root, self._type, self._type_field = message.root, message.type, type_field
        self._lines: list[str] = []
        self._names: dict[str, Any] = {"Doubt": Doubt, "Refused": Refused}
        self._plain: dict[int, str] = {}
        self._count = 0

    def made(self, extra: str) -> Write:
        known = self._name(names_in(self._root) | {self._type_field})
        self._line(0, "def write(f):")
        self._line(1, f"if not f.keys() <= {known}: raise Doubt")
        self._line(1, "g = f.get")
        self._line(1, "t0 = ''")
        self._line(1, "try:")
        self._element(self._root, 2, "t0", "f", extra)
        self._line(1, "except (Refused, TypeError, AttributeError):")
        self._line(2, "raise Doubt from None")
        self._line(1, "return t0")
        code = compile("\n".join(self._lines), f"<xml {self._type}>", "exec")
        exec(code, self._names)
        write: Write = self._names["write"]
        return write

    def _line(self, depth: int, text: str) -> None:
        self._lines.append("    " * depth + text)

    def _name(self, value: Any) -> str:
        self._count += 1
        name = f"k{self._count}"
        self._names[name] = value
        return name

    def _element(self, spec: Element, at: int, to: str, fields: str, extra: str = "") -> None:
        """`to`: the string that it is added to. `fields`: the dict that holds its fields."""
        self._count += 1
        inner, given = f"t{self._count}", f"s{self._count}"
        get = "g" if fields == "f" else "h"
        self._line(at, f"{inner} = ''; {given} = {extra!r}")
        for name, leaf in spec.attributes.items():
            self._value(leaf, at, get, f' {name}="', '"', given)
        if spec.text is not None:
            self._value(spec.text, at, get, "", "", inner)
        for child in spec.children.values():
            self._child(child, at, inner, fields, get)
        keep = f" or type({get}({spec.holds!r})) is list" if spec.holds else ""
        keep = " or True" if spec.entries else keep
        self._line(at, f"if {inner}: {to} += f'<{spec.tag}{{{given}}}>{{{inner}}}</{spec.tag}>'")
        self._line(at, f"elif {given}{keep}: {to} += f'<{spec.tag}{{{given}}} />'")

    def _child(self, child: Element, at: int, to: str, fields: str, get: str) -> None:
        if child.entries:
            self._entries(child, at, to, get)
        elif child.text is None or child.attributes:
            self._element(child, at, to, fields)
        elif child.text.name == self._type_field:
            self._line(at, f"{to} += {f'<{child.tag}>{self._type}</{child.tag}>'!r}")
        else:
            self._value(child.text, at, get, f"<{child.tag}>", f"</{child.tag}>", to)
            if child.text.always:
                self._line(at, f"else: {to} += '<{child.tag} />'")

    def _entries(self, spec: Element, at: int, to: str, get: str) -> None:
        rows, known = f"r{self._count}", self._name(names_in(spec))
        self._line(at, f"{rows} = {get}({spec.entries!r})")
        self._line(at, f"if {rows} is not None and {rows} != '':")
        self._line(at + 1, f"if type({rows}) is not list: raise Doubt")
        self._line(at + 1, f"for e in {rows}:")
        self._line(at + 2, f"if type(e) is not dict or not e.keys() <= {known}: raise Doubt")
        self._line(at + 2, "h = e.get")
        self._element(spec, at + 2, to, "e")

    def _plain_of(self, most: int) -> str:
        """What matches a plain text of so many characters at most, without blanks at its ends."""
        if most not in self._plain:
            match = re.compile(rf"(?!\s){_PLAIN}{{0,{most}}}(?<!\s)").fullmatch
            self._plain[most] = self._name(match)
        return self._plain[most]

    def _value(self, leaf: Leaf, at: int, get: str, before: str, behind: str, to: str) -> None:
        self._line(at, f"v = {get}({leaf.name!r})")
        value = leaf.value
        if isinstance(value, XmlText):
            self._line(at, "if v or (v is not None and v != ''):")
            self._line(at + 1, f"if {self._plain_of(value.width[1] or 0)}(v) is None: raise Doubt")
            if not value.plain:
                self._line(at + 1, f"{self._name(value.read)}(v)")
        else:
            self._line(at, "if v is not None and v != '':")
            self._line(at + 1, f"v = {self._name(value.write)}(v)")
            self._line(at + 1, "if not v: raise Doubt")
        self._line(at + 1, f"{to} += f'{before}{{v}}{behind}'")
