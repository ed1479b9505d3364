"""Message type → the lines that build it, as latin-1 text whose characters are its bytes."""

from functools import partial
from typing import Any

from formats.iso8583.composed import Tags
from formats.iso8583.lowering.rows import write_rows
from formats.iso8583.lowering.slowly import Member, write_slowly
from formats.iso8583.lowering.source import WRITTEN, MessageSource, unsealed
from formats.iso8583.lowering.tags_reading import lowers_tags
from formats.iso8583.lowering.values import write_value, writes_value
from formats.iso8583.spec import Element, Message, Prefix, Spec, bit, is_composed
from formats.iso8583.values import Rows
from formats.iso8583.walking import MTI, leaves, spread
from formats.lowering.source import Compiled


def lower_writing(spec: Spec, message: Message) -> Compiled:
    """`build(fields) -> body`, without its seal."""
    return _Writing(spec, message).compiled()


class _Writing:
    def __init__(self, spec: Spec, message: Message) -> None:
        self._spec, self._message = spec, message
        self._source = MessageSource()
        self._elements = unsealed(spec, message)

    def compiled(self) -> Compiled:
        source = self._source
        with source.block("def build(fields):"):
            self._known()
            self._spread()
            seal = bit(self._spec.seal) if self._spec.seal else 0
            source.lines("get = fields.get", f"bits = {seal}", "parts = ['']", "add = parts.append")
            for element in self._elements:
                self._element(element)
            self._head()
            source.line("return ''.join(parts).encode('latin-1')")
        return source.compile("build", f"build {self._message.type}")

    def _known(self) -> None:
        names = {name for element in self._elements for name in leaves(element.content, element.name)}
        known = self._source.value("known", frozenset(names | {MTI, *self._message.joined}))
        self._source.refuse_if(f"not {known}.issuperset(fields)")

    def _spread(self) -> None:
        joined = self._message.joined
        if joined:
            parts = self._source.value("spread", partial(spread, joined, self._spec.joined))
            given = " or ".join(f"fields.get({name!r})" for name in joined)
            self._source.line(f"if {given}: fields = {parts}(fields)")

    def _head(self) -> None:
        """Type and bitmaps; they are known where just the usual elements are there."""
        usual = sum(bit(number) for number in self._message.usual)
        head = self._spec.type_bytes(self._message.type).decode("latin-1")
        usual_head = head + self._spec.bitmaps(usual).decode("latin-1")
        bitmaps = self._source.value("bitmaps", self._spec.bitmaps)
        self._source.line(f"if bits == {usual}: parts[0] = {usual_head!r}")
        self._source.line(f"else: parts[0] = {head!r} + {bitmaps}(bits).decode('latin-1')")

    # Elements

    def _element(self, element: Element) -> None:
        content = element.content
        if isinstance(content, Tags) and lowers_tags(content):
            self._tags(element, content)
        elif writes_value(content):
            self._value(element, content)
        else:
            self._slowly(element)

    def _value(self, element: Element, content: Any) -> None:
        source, given = self._source, element.default
        source.line(f"w = get({element.name!r})")
        if given is not None:
            source.line(f"if w is None or w == '': w = {given!r}")
        with source.block("if w is not None and w != '':"):
            write_value(source, content)
            if element.values:
                source.refuse_if(f"w not in {element.values!r}")
            source.line("n = len(w)")
            self._add(element)

    def _slowly(self, element: Element) -> None:
        slowly = self._source.value("write_slowly", write_slowly)
        self._source.line(f"w, n = {slowly}({self._source.value(element.name, element)}, fields)")
        with self._source.block("if w is not None:"):
            self._add(element)

    def _add(self, element: Element) -> None:
        """The prefix and the content `w`, of which `n` are counted."""
        self._source.line(f"bits |= {bit(element.number)}")
        if element.prefix is not None:
            self._source.refuse_if(f"n > {element.most}")
            self._source.line(f"add({self._count(element.prefix)})")
        self._source.line("add(w)")

    def _count(self, prefix: Prefix) -> str:
        if prefix.coding == "ascii" and prefix.digits in WRITTEN:
            return f"{self._source.written(prefix.digits)}[n]"
        return f"{self._source.value('count', prefix.write)}(n).decode('latin-1')"

    # Tags

    def _tags(self, element: Element, content: Tags) -> None:
        source = self._source
        source.lines("cells = []", "cell = cells.append")
        for tag, member in content.by_tag.items():
            self._cell(tag, member, f"{element.name}.{tag}", content.length.digits)
        with source.block("if cells:"):
            source.lines("w = ''.join(cells)", "n = len(w)")
            self._add(element)

    def _cell(self, tag: str, member: Any, label: str, digits: int) -> None:
        source = self._source
        if is_composed(member):
            source.line(f"w = {source.value(label, Member(member, label).write)}(fields)")
        else:
            source.line(f"w = get({label!r})")
        with source.block("if w is not None:"):
            self._member(member)
            source.refuse_if(f"len(w) >= {10**digits}")
            source.line(f"cell({tag!r} + {source.written(digits)}[len(w)] + w)")

    def _member(self, member: Any) -> None:
        """`w` becomes the text of its bytes; what is composed is that already."""
        source = self._source
        if writes_value(member):
            write_value(source, member)
        elif isinstance(member, Rows):
            write_rows(source, member)
        elif not is_composed(member):
            source.line(f"w = {source.value('write', member.write)}(w).decode('latin-1')")
