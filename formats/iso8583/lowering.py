"""One message type as straight-line Python, written when its declaration is loaded.

Reading goes over the message as latin-1 text, so that digits and ASCII are taken without a decoding each;
other characters are decoded from the bytes. Elements that its sheet marks as always there are read without a
question while nothing else is: that is the first of two halves, the second asks for each bit. Tags are tried
in the order in which they are written, once around; what then is left goes through a table.

Nothing is diagnosed here: whatever does not fit raises `Refused`, and the careful way finds out why.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from formats.codec import UNKNOWN, Fields
from formats.errors import Fault, Refused
from formats.iso8583.composed import Tags, write_member
from formats.iso8583.spec import INDICATORS, Element, Message, Spec, bit, is_composed
from formats.iso8583.values import ALPHABETS, Bits, Day, Digits, Rows, Text, Whole
from formats.iso8583.walking import MTI, completed, count_of, leaves, read_element, size_of, spread

RULE = "not as declared"
LENGTHS = {digits: {f"{n:0{digits}d}": n for n in range(10**digits)} for digits in (1, 2, 3)}
WRITTEN = {digits: tuple(f"{n:0{digits}d}" for n in range(10**digits)) for digits in (1, 2, 3)}


@dataclass(frozen=True, slots=True)
class Lowered:
    """`source` is what runs, for whoever wants to see it."""

    parse: Callable[[bytes], Fields]
    build: Callable[[Mapping[str, Any]], bytes]
    source: str


def lowered(spec: Spec, message: Message) -> Lowered:
    writer = _Source(spec, message)
    source = "\n".join((*writer.parser(), "", *writer.builder(), ""))
    space: dict[str, Any] = dict(writer.names)
    exec(compile(source, f"<{message.type}>", "exec"), space)
    return Lowered(space["parse"], space["build"], source)


def read_slowly(element: Element, body: bytes, begin: int, end: int, count: int, out: Fields) -> None:
    """An element for which nothing is generated."""
    faults: list[Fault] = []
    read_element(element, body, (begin, end, count), out, faults)
    if faults:
        raise Refused(RULE)


def write_slowly(element: Element, fields: Mapping[str, Any]) -> tuple[str | None, int]:
    """Its content as latin-1 text, and what its prefix counts."""
    fields = completed(element, fields, _refuse)
    data = write_member(element.content, fields, element.name, _refuse)
    return (None, 0) if data is None else (data.decode("latin-1"), count_of(element, data, fields))


def _refuse(label: str, rule: str) -> None:
    raise Refused(RULE)


class _Source:
    def __init__(self, spec: Spec, message: Message) -> None:
        self._spec, self._message = spec, message
        self.names: dict[str, Any] = {
            "Refused": Refused, "RULE": RULE, "read_slowly": read_slowly, "write_slowly": write_slowly,
        }  # fmt: skip
        for digits in (1, 2, 3):
            self.names |= {f"L{digits}": LENGTHS[digits], f"W{digits}": WRITTEN[digits]}
        self._elements = [e for n, e in message.elements.items() if n != spec.seal]
        self._lines: list[str] = []
        self._raw: dict[int, str] = {}
        """Elements that stand unstripped in a name of their own, while that is so."""
        self._depth = 1

    def _put(self, *lines: str) -> None:
        self._lines += ["    " * self._depth + line for line in lines]

    def _refuse_if(self, wrong: str) -> None:
        self._put(f"if {wrong}:", "    raise Refused(RULE)")

    def _name(self, value: Any, name: str) -> str:
        self.names[name] = value
        return name

    # Reading

    def parser(self) -> list[str]:
        spec = self._spec
        usual = sum(bit(number) for number in self._message.usual)
        shape = spec.bitmaps(usual)
        usual_elements = [e for e in self._elements if e.number in self._message.usual]
        self._lines, self._depth = ["def parse(body):"], 1
        self._put("text = body.decode('latin-1')", f"end = len(body) - {self._seal_size}", "try:")
        self._depth += 1
        begin = spec.mti_size + len(shape)
        self._put(f"if body[{spec.mti_size}:{begin}] == {shape!r}:")
        self._depth += 1
        self._put(f"out = {{'{MTI}': {self._message.type!r}}}")
        self._runs(usual_elements, str(begin))
        self._join(self._message.usual)
        self._raw = {}
        self._depth -= 1
        self._put("else:")
        self._depth += 1
        self._name(spec.bits_of, "bits_of")
        allowed = self._message.mask | (INDICATORS if spec.tertiary else bit(1))
        self._put("bits, at = bits_of(body)", f"if bits & {~allowed}:", "    raise Refused(RULE)")
        if spec.seal:
            self._refuse_if(f"not bits & {bit(spec.seal)}")
        self._put(f"out = {{'{MTI}': {self._message.type!r}}}")
        self._sequence(self._elements, "at", every=False)
        self._join(frozenset())
        self._depth -= 1
        self._refuse_if("at != end")
        self._depth -= 1
        self._put("except (KeyError, ValueError):  # no length; an entry of another number of parts")
        self._put("    raise Refused(RULE) from None")
        self._put("return out")
        return self._lines

    def _join(self, there: frozenset[int]) -> None:
        for name, row in self._message.joined.items():
            sure = {element.number for element in row if element.number in there}
            keys = [(repr(element.name), element.number in sure) for element in row]
            cells = [self._raw.get(e.number) or f"out[{e.name!r}].ljust({size_of(e)})" for e in row]
            parts = " + ".join(cells)
            condition = " and ".join(f"out[{key}]" if there else f"out.get({key})" for key, there in keys)
            self._put(f"if {condition}:", f"    out[{name!r}] = {parts}")

    @property
    def _seal_size(self) -> int:
        held = self._message.elements.get(self._spec.seal)
        return held.content.most if held is not None else 0

    def _sequence(self, elements: list[Element], begin: str, *, every: bool) -> None:
        """`at` is kept as a constant while it is one."""
        at = begin
        for element in elements:
            if not every:
                self._put(f"if bits & {bit(element.number)}:")
                self._depth += 1
            at = self._read(element, at)
            if not every:
                self._put(*(() if at == "at" else (f"at = {at}",)))
                at = "at"
                self._depth -= 1
        if at != "at":
            self._put(f"at = {at}")

    def _runs(self, elements: list[Element], at: str) -> None:
        """Elements of fixed sizes and the length behind them are one regular expression: checked and taken at
        once. `at` is kept as a constant while it is one."""
        run: list[_Piece] = []
        for element in elements:
            piece = _piece(element)
            if piece is not None:
                run.append(piece)
                if not piece.opens:
                    continue
            at = self._run(run, at)
            opened, run = bool(run and run[-1].opens), []
            if piece is None or opened:
                at = self._read(element, at, counted=opened)
        at = self._run(run, at)
        if at != "at":
            self._put(f"at = {at}")

    def _run(self, run: list["_Piece"], at: str) -> str:
        if not run:
            return at
        pattern = re.compile("".join(piece.pattern for piece in run), re.ASCII | re.DOTALL)
        names = [f"g{piece.element.number}" for piece in run]
        match = self._name(pattern.match, f"M{run[0].element.number}")
        self._put(f"m = {match}(text, {at})", "if m is None:", "    raise Refused(RULE)")
        self._put(f"{', '.join(names)}, = m.groups()")
        for piece, name in zip(run, names, strict=True):
            if not piece.opens:
                self._raw[piece.element.number] = name
                value = f"{name}.rstrip(' ')" if piece.padded else name
                self._put(f"out[{piece.element.name!r}] = {value}")
        behind = _plus(at, sum(piece.size for piece in run))
        if run[-1].opens:
            last = run[-1].element
            prefix = last.prefix
            assert prefix is not None
            self._put(f"count = L{prefix.digits}[{names[-1]}]")
        return behind

    def _read(self, element: Element, at: str, *, counted: bool = False) -> str:
        """The source that reads one element; gives the place behind it."""
        begin, end = self._extent(element, at, counted=counted)
        content, key = element.content, repr(element.name)
        plain = element.prefix is None or element.prefix.coding == "ascii"
        if isinstance(content, Tags) and self._lowers(content) and plain:
            self._tags(element, content, begin, end)
        elif plain and self._value(content, f"text[{begin}:{end}]", f"body[{begin}:{end}]", element):
            self._put(f"out[{key}] = v")
        else:
            slow = self._name(element, f"E{element.number}")
            count = "count" if element.prefix is not None else f"{end} - ({begin})"
            self._refuse_if(f"{end} > end")
            self._put(f"read_slowly({slow}, body, {begin}, {end}, {count}, out)")
        return end

    def _extent(self, element: Element, at: str, *, counted: bool = False) -> tuple[str, str]:
        """`counted`: the prefix is read already, and `at` is behind it."""
        if element.prefix is None:
            return at, _plus(at, element.content.size)  # type: ignore[union-attr]
        prefix, begin = element.prefix, at if counted else _plus(at, element.prefix.size)
        if counted:
            pass
        elif prefix.coding == "ascii" and prefix.digits in LENGTHS:
            self._put(f"count = L{prefix.digits}[text[{at}:{begin}]]")
        else:
            self._put(f"count = {self._name(prefix.read, f'P{element.number}')}(body[{at}:{begin}])")
        if element.most < prefix.limit:
            self._refuse_if(f"count > {element.most}")
        size = "count" if element.unit == 1 else f"(count + {element.unit - 1}) // {element.unit}"
        self._put(f"begin = {begin}", f"at = begin + {size}")
        return "begin", "at"

    def _value(self, content: Any, text: str, data: str, element: Element | None = None) -> bool:
        """Source that leaves the value in `v`, or raises; False for what has no source of its own.

        The size is right already where it is fixed, unless the message ends early: then the next slice does
        not fit, or the end is not reached."""
        charset = getattr(content, "charset", None)
        if charset is not None and charset.blank != b" ":
            return False
        if isinstance(content, Digits):
            self._put(f"v = {text}")
            self._refuse_if("not v.isdecimal()" if content.size else "v and not v.isdecimal()")
            if content.pattern is not None:
                check = self._name(content.pattern.fullmatch, f"T{id(content)}")
                years = "year" in content.pattern.groupindex
                self._refuse_if(f"{check}(v) is None" + (" or '0229' in v" if years else ""))
        elif isinstance(content, Text):
            self._text(content, text, data)
        elif isinstance(content, Bits):
            self._put(f"v = {data}.hex()")
        else:
            return False
        if element is not None and element.values:
            self._refuse_if(f"v not in {element.values!r}")
        return True

    def _text(self, content: Text, text: str, data: str) -> None:
        self._put(f"v = {text}")
        if content.letters:
            known = frozenset(map(chr, ALPHABETS[content.letters]))
            self._refuse_if(f"not {self._name(known, _alphabet_name(content.letters))}.issuperset(v)")
        else:
            decode = self._name(content.charset.decode, f"D{id(content.charset)}")
            self._put("if not v.isascii():", f"    v = {decode}({data})")
        if content.size:
            self._put("v = v.rstrip(' ')")

    # Tags

    def _lowers(self, content: Tags) -> bool:
        return content.charset == "ascii" and content.length.digits in LENGTHS

    def _tags(self, element: Element, content: Tags, begin: str, end: str) -> None:
        name, head = element.name, content.tag_size + content.length.size
        table = _tag_table(content, name)
        if table is not None:
            self._by_table(element, table, head, begin, end)
            return
        self._put(f"cells = text[{begin}:{end}]", "p = 0")
        for tag, member in content.by_tag.items():
            self._put(f"if cells[p:p + {content.tag_size}] == {tag!r}:")
            self._depth += 1
            self._put(f"q = p + {head}")
            self._put(f"p = q + L{content.length.digits}[cells[p + {content.tag_size}:q]]")
            self._member(f"{name}.{tag}", member, begin)
            self._depth -= 1
        rest = self._name(_Rest(content, name).read, f"R{element.number}")
        self._put("if p < len(cells):", f"    {rest}(body, {begin} + p, {end}, out)")
        self._put("elif p > len(cells):", "    raise Refused(RULE)")

    def _by_table(
        self, element: Element, table: Mapping[str, tuple[str, int, Any]], head: int, begin: str, end: str
    ) -> None:
        """Tag and length together say in one look what it is; a pair that cannot be is not in the table."""
        known = self._name(table, f"H{element.number}")
        decode = self._name(_decoder(element), f"D{element.number}")
        self._put(f"cells = text[{begin}:{end}]", "p = 0", "n = len(cells)", "while p < n:")
        self._depth += 1
        self._put(
            f"q = p + {head}", f"label, size, read = {known}[cells[p:q]]", "p = q + size", "v = cells[q:p]"
        )
        self._refuse_if("label in out")
        self._put(
            "if read is not None:", "    out[label] = read(v)", "elif v.isascii():", "    out[label] = v"
        )
        self._put("else:", f"    out[label] = {decode}(body[{begin} + q:{begin} + p])")
        self._depth -= 1
        self._refuse_if("p != n")

    def _member(self, label: str, member: Any, begin: str) -> None:
        data = f"body[{begin} + q:{begin} + p]"
        if isinstance(member, Day):
            self._put("v = cells[q:p]", "if v:")
            self._depth += 1
            self._refuse_if("len(v) != 8 or not v.isdecimal()")
            self._put("if v == '00000000':", "    v = ''")
            self._depth -= 1
        elif isinstance(member, Whole):
            self._put("v = cells[q:p]")
            self._refuse_if(f"p - q > {member.most}")
            self._put(
                "if v.isdecimal():", "    v = int(v)", "elif v and v != '*':", "    raise Refused(RULE)"
            )
        elif isinstance(member, Text | Digits | Bits):
            self._size(member)
            self._value(member, "cells[q:p]", data)
        elif isinstance(member, Rows):
            self._rows(member, data)
        else:
            slow = self._name(_Slow(member, label).read, f"S{len(self.names)}")
            self._put(f"{slow}(body, {begin} + q, {begin} + p, out)")
            return
        self._put(f"out[{label!r}] = v")

    def _size(self, member: Any) -> None:
        if member.size:
            self._refuse_if(f"p - q != {member.size}")
        else:
            self._refuse_if(f"p - q > {member.most}")

    def _rows(self, member: Rows, data: str) -> None:
        self._put(f"v = {self._name(_rows_reader(member), f'X{len(self.names)}')}(cells[q:p])")

    # Writing

    def builder(self) -> list[str]:
        spec = self._spec
        names = {name for element in self._elements for name in leaves(element.content, element.name)}
        self._name(frozenset(names | {MTI, *self._message.joined}), "KNOWN")
        self._name(spec.bitmaps, "bitmaps")
        usual = sum(bit(number) for number in self._message.usual)
        seal = bit(spec.seal) if spec.seal else 0
        head = spec.type_bytes(self._message.type).decode("latin-1")
        usual_head = head + spec.bitmaps(usual).decode("latin-1")
        self._lines, self._depth = ["def build(fields):"], 1
        self._refuse_if("not KNOWN.issuperset(fields)")
        for name in self._message.joined:
            self._name(partial(spread, self._message.joined, spec.joined), "spread")
            self._put(f"if fields.get({name!r}):", "    fields = spread(fields)")
        self._put("get = fields.get", f"bits = {seal}", "parts = ['']", "add = parts.append")
        for element in self._elements:
            self._write(element)
        self._put(f"if bits == {usual}:", f"    parts[0] = {usual_head!r}", "else:")
        self._put(f"    parts[0] = {head!r} + bitmaps(bits).decode('latin-1')")
        self._put("return ''.join(parts).encode('latin-1')")
        return self._lines

    def _write(self, element: Element) -> None:
        content = element.content
        if isinstance(content, Tags) and self._lowers(content):
            self._write_tags(element, content)
        elif isinstance(content, Text | Digits) and content.charset.blank == b" ":
            self._write_value(element, content)
        else:
            slow = self._name(element, f"E{element.number}")
            self._put(f"w, n = write_slowly({slow}, fields)", "if w is not None:")
            self._depth += 1
            self._finish(element)
            self._depth -= 1

    def _write_value(self, element: Element, content: Text | Digits) -> None:
        name, given = element.name, element.default
        self._put(f"w = get({name!r})")
        if given is not None:
            self._put("if w is None or w == '':", f"    w = {given!r}")
        self._put("if w is not None and w != '':")
        self._depth += 1
        self._text_written(content)
        if element.values:
            self._refuse_if(f"w not in {element.values!r}")
        self._put("n = len(w)")
        self._finish(element)
        self._depth -= 1

    def _text_written(self, content: Text | Digits) -> None:
        """`w`, a text or bytes, becomes what stands in the message, as latin-1 text; its size checked."""
        write = self._name(content.write, f"V{id(content)}")
        plain = isinstance(content, Text) and not content.letters and not content.size
        if isinstance(content, Digits):
            simple = "w.isdecimal()" + (f" and len(w) == {content.size}" if content.size else "")
            if content.pattern is not None:
                simple += f" and {self._name(content.pattern.fullmatch, f'T{id(content)}')}(w)"
                simple += " and '0229' not in w" if "year" in content.pattern.groupindex else ""
        elif content.letters:
            known = self._name(
                frozenset(map(chr, ALPHABETS[content.letters])), _alphabet_name(content.letters)
            )
            simple = f"{known}.issuperset(w)"
        else:
            simple = "True"
        self._put(f"if w.__class__ is str and w.isascii() and {simple}:")
        self._put(f"    w = w.ljust({content.size})" if content.size else "    pass")
        if plain:
            encode = self._name(content.charset.encode, f"N{id(content.charset)}")
            self._put("elif w.__class__ is str:", f"    w = {encode}(w).decode('latin-1')")
        self._put("else:", f"    w = {write}(w).decode('latin-1')")
        self._refuse_if(f"len(w) > {content.most}")

    def _rows_written(self, member: Rows) -> None:
        """As simple as entries mostly are; others by the scalars."""
        write = self._name(member.write, f"S{len(self.names)}")
        between, behind = member.between.decode("latin-1"), member.behind.decode("latin-1")
        parts = ", ".join(f"row[{name!r}]" for name, _ in member.parts)
        fits = " and ".join(f"len(row[{name!r}]) <= {part.most}" for name, part in member.parts)
        count = len(member.parts)
        self._put("rows = []", "try:", "    for row in w:")
        self._depth += 2
        self._put(f"cells_of = {between!r}.join(({parts},))")
        self._put(f"if len(row) != {count} or not cells_of.isascii() or {behind!r} in cells_of:", "    break")
        self._put(f"if cells_of.count({between!r}) != {count - 1} or not ({fits}):", "    break")
        self._put("rows.append(cells_of)")
        self._depth -= 2
        self._put("except (KeyError, TypeError):", "    rows = None")
        self._put(f"if w.__class__ is list and rows is not None and len(rows) == len(w) <= {member.entries}:")
        self._put(f"    w = {behind!r}.join(rows)", "else:", f"    w = {write}(w).decode('latin-1')")
        self._refuse_if(f"len(w) > {member.most}")

    def _finish(self, element: Element) -> None:
        """The prefix and the content `w`, of which `n` are counted."""
        prefix = element.prefix
        self._put(f"bits |= {bit(element.number)}")
        if prefix is None:
            self._put("add(w)")
            return
        if prefix.coding == "ascii" and prefix.digits in WRITTEN:
            self._refuse_if(f"n > {element.most}")
            self._put(f"add(W{prefix.digits}[n])")
        else:
            write = self._name(prefix.write, f"Q{element.number}")
            self._refuse_if(f"n > {element.most}")
            self._put(f"add({write}(n).decode('latin-1'))")
        self._put("add(w)")

    def _write_tags(self, element: Element, content: Tags) -> None:
        digits, name = content.length.digits, element.name
        self._put("cells = []", "cell = cells.append")
        for tag, member in content.by_tag.items():
            label = f"{name}.{tag}"
            if is_composed(member):
                slow = self._name(_Slow(member, label).write, f"S{len(self.names)}")
                self._put(f"w = {slow}(fields)", "if w is not None:")
            else:
                self._put(f"w = get({label!r})", "if w is not None:")
            self._depth += 1
            if isinstance(member, Text | Digits) and member.charset.blank == b" ":
                self._text_written(member)
            elif isinstance(member, Rows):
                self._rows_written(member)
            elif not is_composed(member):
                write = self._name(member.write, f"S{len(self.names)}")
                self._put(f"w = {write}(w).decode('latin-1')")
            self._refuse_if(f"len(w) >= {10**digits}")
            self._put(f"cell({tag!r} + W{digits}[len(w)] + w)")
            self._depth -= 1
        self._put("if cells:")
        self._depth += 1
        self._put("w = ''.join(cells)", "n = len(w)")
        self._finish(element)
        self._depth -= 1


class _Rest:
    """The cells of a tagged element that stand in another order than they are written in."""

    def __init__(self, content: Tags, label: str) -> None:
        self._content, self._label = content, label

    def read(self, body: bytes, at: int, end: int, out: Fields) -> None:
        found: Fields = {}
        faults: list[Fault] = []
        self._content.read(body, at, end, self._label, found, faults)
        seen = {f"{self._label}.{tag}" for tag, _, _ in self._content.slots(body, at, end)}
        inside = tuple(f"{label}." for label in seen)
        if faults or any(name in seen or name.startswith(inside) for name in out):
            raise Refused(RULE)
        if UNKNOWN in found and UNKNOWN in out:
            found[UNKNOWN] = out[UNKNOWN] + found[UNKNOWN]
        out.update(found)


class _Slow:
    """A composed member."""

    def __init__(self, content: Any, label: str) -> None:
        self._content, self._label = content, label

    def read(self, body: bytes, begin: int, end: int, out: Fields) -> None:
        faults: list[Fault] = []
        if end > len(body):
            raise Refused(RULE)
        self._content.read(body, begin, end, self._label, out, faults)
        if faults:
            raise Refused(RULE)

    def write(self, fields: Mapping[str, Any]) -> str | None:
        data = write_member(self._content, fields, self._label, _refuse)
        return None if data is None else data.decode("latin-1")


@dataclass(frozen=True, slots=True)
class _Piece:
    """An element as a part of a regular expression with one group: itself, or the length of what follows."""

    element: Element
    pattern: str
    size: int
    opens: bool = False
    padded: bool = False


def _piece(element: Element) -> _Piece | None:
    content, prefix = element.content, element.prefix
    if not isinstance(content, Text | Digits | Tags) or (prefix is not None and prefix.coding != "ascii"):
        return None
    if isinstance(content, Text | Digits) and content.charset.blank != b" ":
        return None
    if prefix is not None:
        if prefix.digits not in LENGTHS:
            return None
        if len(element.values) == 1:
            (value,) = element.values
            pattern = f"{len(value):0{prefix.digits}d}({re.escape(value)})"
            return _Piece(element, pattern, prefix.size + len(value)) if value.isascii() else None
        return _Piece(element, f"([0-9]{{{prefix.digits}}})", prefix.size, opens=True)
    pattern = _pattern(element)
    padded = isinstance(content, Text) and content.size > 1
    return _Piece(element, f"({pattern})", content.most, padded=padded) if pattern else None


def _pattern(element: Element) -> str:
    """Of an element of a fixed size; "" for none."""
    content = element.content
    if element.values:
        width = content.most
        return "|".join(re.escape(value.ljust(width)) for value in element.values)
    if isinstance(content, Digits):
        if content.pattern is None:
            return f"[0-9]{{{content.most}}}"
        return "" if content.pattern.groups else content.pattern.pattern
    if isinstance(content, Text) and content.letters:
        letters = "".join(re.escape(chr(code)) for code in ALPHABETS[content.letters])
        return f"[{letters}]{{{content.most}}}"
    return ""


MOST_PAIRS = 4096
"""Pairs of tag and length in a table; more of them are read tag by tag."""


def _tag_table(content: Tags, name: str) -> Mapping[str, tuple[str, int, Any]] | None:
    """Tag and length as they stand in a message → field, size, and how it is read (None: a text)."""
    members = dict(content.members())
    charsets = {
        id(getattr(member, "charset", None)) for member in members.values() if hasattr(member, "charset")
    }
    if any(is_composed(member) for member in members.values()) or len(charsets) > 1:
        return None
    digits = content.length.digits
    table: dict[str, tuple[str, int, Any]] = {}
    for tag, member in members.items():
        sizes = [member.size] if member.size else range(min(member.most, content.length.limit) + 1)  # type: ignore[union-attr]
        read = (
            None if isinstance(member, Text) and not member.size and not member.letters else _reader(member)
        )
        table |= {f"{tag}{size:0{digits}d}": (f"{name}.{tag}", size, read) for size in sizes}
        if len(table) > MOST_PAIRS:
            return None
    return table


def _decoder(element: Element) -> Callable[[bytes], str] | None:
    """Of the texts of a tagged element."""
    content = element.content
    texts = [member for _, member in content.members() if isinstance(member, Text)]  # type: ignore[union-attr]
    return texts[0].charset.decode if texts else None


def _reader(member: Any) -> Callable[[str], Any]:
    """From the latin-1 text of its bytes."""
    if isinstance(member, Rows):
        return _rows_reader(member)
    read = member.read

    def plain(text: str) -> Any:
        return read(text.encode("latin-1"))

    def whole(text: str) -> Any:
        return int(text) if text.isdecimal() else plain(text)

    def day(text: str) -> Any:
        return text if len(text) == 8 and text.isdecimal() and text != "00000000" else plain(text)

    return whole if isinstance(member, Whole) else day if isinstance(member, Day) else plain


def _rows_reader(rows: Rows) -> Callable[[str], Any]:
    """Entries of three parts of ASCII, as they mostly are, generated; others by the scalars."""
    names = [f"c{turn}" for turn in range(len(rows.parts))]
    between, behind = rows.between.decode("latin-1"), rows.behind.decode("latin-1")
    long = " or ".join(f"len({n}) > {part.most}" for n, (_, part) in zip(names, rows.parts, strict=True))
    entry = ", ".join(f"{name!r}: {n}" for n, (name, _) in zip(names, rows.parts, strict=True))
    source = f"""
def read(text):
    if not text or not text.isascii() or len(text) > {rows.most}:
        return slow(text.encode('latin-1'))
    rows = []
    for row in text.split({behind!r}):
        {", ".join(names)}, = row.split({between!r})
        if {long}:
            raise Refused(RULE)
        rows.append({{{entry}}})
    if len(rows) > {rows.entries}:
        raise Refused(RULE)
    return rows
"""
    space: dict[str, Any] = {"slow": rows.read, "Refused": Refused, "RULE": RULE}
    exec(compile(source, "<rows>", "exec"), space)
    reader: Callable[[str], Any] = space["read"]
    return reader


def _alphabet_name(letters: str) -> str:
    return "A" + letters.replace("+", "_")


def _plus(at: str, size: int) -> str:
    return str(int(at) + size) if at.isdecimal() else f"{at} + {size}" if size else at
