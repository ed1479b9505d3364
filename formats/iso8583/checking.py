"""A TOML file → the messages of an ISO 8583 system, with every fault in it named."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.charsets.charset import Charset, charset
from formats.errors import DeclarationError
from formats.iso8583.composed import Ber, Parts, Tags, ber_tag
from formats.iso8583.file import ElementEntry, Iso8583File, MemberEntry, PartsSection, TagsSection
from formats.iso8583.spec import Content, Element, Message, Prefix, Spec, is_composed
from formats.iso8583.standard import standard
from formats.iso8583.values import ALPHABETS, Bits, Day, Digits, Packed, Rows, Text, Value, Whole, moment
from formats.toml_file import Notes

_NOTATION = re.compile(r"(?:(L{1,4})VAR )?(x\+n|[a-z]*) ?(\.{2,3})?([1-9][0-9]{0,3})")
_EBCDIC = "cp037"


class Checker(Notes):
    """Makes the spec; notes every fault on the way."""

    def __init__(self, file: Iso8583File, path: Path, text: str) -> None:
        super().__init__(path, text)
        self._file = file

    def spec(self) -> Spec:
        message = self._file.message
        declared = {}
        for key, entry in self._file.elements.items():
            number = self._number(key)
            if number:
                declared[number] = self._element(number, entry, ("elements", key))
        found = {number: element for number, element in declared.items() if element is not None}
        others = {
            number: self._element(number, ElementEntry(format=notation), ("message", "version"))
            for number, notation in standard(message.version).items()
            if number not in found
        }
        seal = message.seal or 0
        if seal and seal not in found:
            self.note(f"no element {seal}", "message", "seal")
        joined = {name: self._joined(name, numbers, found) for name, numbers in self._file.joined.items()}
        messages = self._messages(found, joined)
        version = {1987: "0", 1993: "1", 2003: "2"}[message.version]
        known = {number: element for number, element in others.items() if element is not None} | found
        return Spec(
            version, message.mti, message.bitmap, known, found, messages, joined, seal, message.tertiary
        )

    def _number(self, key: str) -> int:
        most = 192 if self._file.message.tertiary else 128
        number = int(key) if key.isascii() and key.isdecimal() and not key.startswith("0") else 0
        if not 2 <= number <= most or (number == 65 and self._file.message.tertiary):
            self.note(f"an element is a number from 2 to {most}", "elements", key)
            return 0
        return number

    def _joined(
        self, name: str, numbers: Sequence[str], elements: Mapping[int, Element]
    ) -> tuple[Element, ...]:
        found = []
        for number in numbers:
            element = elements.get(int(number) if number.isdecimal() else 0)
            if element is None or not isinstance(element.content, Text | Digits) or not element.content.size:
                self.note(f"{number} is no element of characters of a fixed size", "joined", name)
            else:
                found.append(element)
        return tuple(found)

    def _messages(
        self, elements: Mapping[int, Element], joined: Mapping[str, tuple[Element, ...]]
    ) -> dict[str, Message]:
        messages: dict[str, Message] = {}
        for type, text in self._file.messages.items():
            if not re.fullmatch(r"[0-9]{4}", type, re.ASCII):
                self.note("a type has four digits", "messages", type)
            like = self._file.messages.get(text[1:], text) if text.startswith("=") else text
            messages[type] = self._message(type, like, elements, joined)
        return messages

    def _message(
        self,
        type: str,
        text: str,
        elements: Mapping[int, Element],
        joined: Mapping[str, tuple[Element, ...]],
    ) -> Message:
        named: dict[int, bool] = {}
        for word in text.split():
            number = int(word.rstrip("?")) if re.fullmatch(r"[0-9]{1,3}\??", word, re.ASCII) else 0
            if number not in elements:
                self.note(f"no element {word}", "messages", type)
            elif number in named:
                self.note(f"{number} twice", "messages", type)
            else:
                named[number] = not word.endswith("?")
        seal = self._file.message.seal
        if seal and seal not in named:
            self.note(f"lacks the seal's element {seal}", "messages", type)
        if seal and any(number > seal for number in named):
            self.note(f"an element behind the seal's {seal}", "messages", type)
        own = {number: elements[number] for number in sorted(named)}
        usual = frozenset(number for number, always in named.items() if always)
        parts = {name: tuple(e for e in row if e.number in own) for name, row in joined.items()}
        return Message(type, own, usual, {name: row for name, row in parts.items() if row})

    # Elements

    def _element(self, number: int, entry: ElementEntry, loc: tuple[str, ...]) -> Element | None:
        found = _NOTATION.fullmatch(entry.format)
        if found is None or (found[2] and found[2] not in (*ALPHABETS, "b")):
            self.note(f"{entry.format!r} is no format such as n 6, an 12, LLVAR n..11, b 64", *loc)
            return None
        letters, most = found[2], int(found[4])
        if bool(found[1]) != bool(found[3]) or (found[1] and most >= 10 ** len(found[1])):
            self.note(f"{entry.format!r}: the length prefix and the width do not go together", *loc)
            return None
        prefix = self._prefix(len(found[1]), entry) if found[1] else None
        content = self._content(entry, letters, most, loc, fixed=prefix is None)
        if content is None:
            return None
        unit = 2 if isinstance(content, Packed) and prefix is not None else 1
        values = (entry.always,) if entry.always is not None else entry.values
        default = entry.always if entry.always is not None else entry.default
        for value in (*values, *((default,) if default is not None else ())):
            if is_composed(content) or not self._writes(content, value):
                self.note("its own value does not fit it", *loc)
        return Element(number, content, prefix, most if prefix else 0, unit, values, default)

    @staticmethod
    def _writes(content: Content, value: Any) -> bool:
        try:
            return content.write(value) is not None  # type: ignore[call-arg]
        except (ValueError, TypeError):
            return False

    def _prefix(self, digits: int, entry: ElementEntry) -> Prefix:
        coding = entry.length or self._file.message.lengths
        return Prefix((digits + 1) // 2 if coding == "binary" else digits, coding)

    def _content(
        self, entry: ElementEntry, letters: str, most: int, loc: tuple[str, ...], *, fixed: bool
    ) -> Content | None:
        coding = entry.coding or self._file.message.elements
        own = self._charset(entry.charset or (_EBCDIC if coding == "ebcdic" else "ascii"), loc)
        if entry.content is not None:
            return self._composed(entry.content, own, most, loc)
        if letters == "b" or coding == "binary":
            if letters == "b" and fixed and most % 8:
                self.note("bits in whole bytes only", *loc)
            return Bits(most // 8 if letters == "b" and fixed else most, fixed=fixed)
        pattern = self._pattern(entry, most, loc) if entry.time else None
        if coding == "bcd" and letters in ("n", "z"):
            return Packed(most, fixed=fixed, fill=entry.fill, pattern=pattern, letters=letters)
        if letters == "n":
            return Digits(own, most, fixed=fixed, pattern=pattern)
        if letters == "x+n":
            return Text(own, most + 1, fixed=True, letters=letters)
        return Text(own, most, fixed=fixed, letters=letters if own.name in ("ascii", _EBCDIC) else "")

    def _pattern(self, entry: ElementEntry, most: int, loc: tuple[str, ...]) -> re.Pattern[str] | None:
        pattern = moment(entry.time or "")
        if pattern is None or len(entry.time or "") != most:
            self.note(f"a time of {most} digits in YYYY YY MMDD MM hh mm ss", *loc, "time")
        return pattern

    def _charset(self, name: str, loc: tuple[str, ...]) -> Charset:
        try:
            return charset(name)
        except DeclarationError as error:
            self.note(str(error), *loc, "charset")
            return charset("ascii")

    # Contents

    def _composed(
        self, name: str, own: Charset, most: int, loc: tuple[str, ...], above: tuple[str, ...] = ()
    ) -> Content | None:
        if name in above:
            self.note(f"{name} is inside itself", *loc)
            return None
        file, inside = self._file, (*above, name)
        if name in file.tags:
            return self._tags(file.tags[name], own, most, ("tags", name), inside)
        if name in file.ber:
            section = file.ber[name]
            for tag in section.fields:
                if not ber_tag(tag):
                    self.note(f"{tag} is no BER tag in capital hex", "ber", name, "fields", tag)
            return Ber(self._members(section.fields, own, most, ("ber", name, "fields"), inside), most)
        if name in file.parts:
            return self._parts(file.parts[name], own, most, ("parts", name), inside)
        self.note(f"no [tags.{name}], [ber.{name}] or [parts.{name}]", *loc)
        return None

    def _tags(
        self, section: TagsSection, own: Charset, most: int, loc: tuple[str, ...], above: tuple[str, ...]
    ) -> Tags:
        for tag in section.fields:
            if len(tag) != section.tag or not (tag.isascii() and tag.isalnum()):
                self.note(f"a tag has {section.tag} letters or digits", *loc, "fields", tag)
        ebcdic = own.blank == b"\x40"
        length = Prefix(section.length, "ebcdic" if ebcdic else "ascii")
        members = self._members(section.fields, own, most, (*loc, "fields"), above)
        return Tags(section.tag, length, members, most, own.name if ebcdic else "ascii")

    def _parts(
        self, section: PartsSection, own: Charset, most: int, loc: tuple[str, ...], above: tuple[str, ...]
    ) -> Parts:
        members = self._members(section.fields, own, most, (*loc, "fields"), above)
        values: dict[str, Value] = {}
        for turn, (name, member) in enumerate(members.items()):
            if not getattr(member, "size", 0) and turn < len(members) - 1:
                self.note("only the last part may vary in size", *loc, "fields", name)
            values[name] = member  # type: ignore[assignment]
        return Parts(values, section.may_end)

    def _members(
        self,
        fields: Mapping[str, MemberEntry],
        own: Charset,
        most: int,
        loc: tuple[str, ...],
        above: Sequence[str],
    ) -> dict[str, Content]:
        found: dict[str, Content] = {}
        for name, entry in fields.items():
            if "." in name:
                self.note("a name without a dot", *loc, name)
            member = self._value(entry, own, most, (*loc, name), tuple(above))
            if member is not None:
                found[name] = member
        return found

    def _value(
        self, entry: MemberEntry, own: Charset, most: int, loc: tuple[str, ...], above: tuple[str, ...]
    ) -> Content | None:
        width = entry.bytes or entry.at_most or most
        fixed = entry.bytes is not None
        if entry.content is not None:
            return self._composed(entry.content, own, width, loc, above)
        if entry.rows is not None:
            rows = entry.rows
            parts = [(name, Text(own, size)) for name, size in rows.parts]
            return Rows(parts, rows.between.encode(), rows.behind.encode(), rows.entries, width)
        match entry.type:
            case "number":
                return Whole(own, width)
            case "digits":
                return Digits(own, width, fixed=fixed)
            case "date":
                return Day(own)
            case "hex":
                return Bits(width, fixed=fixed)
            case _:
                return Text(own, width, fixed=fixed, kind=entry.type)
