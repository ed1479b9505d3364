"""COBOL copybooks as they are: source text → a tree of items with offsets.

Reads the fixed reference format (indicator in column 7, code in 8 to 72) and free format (`*>` comments);
which one it is can be seen. Understood: levels 01 to 49 and 88, FILLER, PIC of X, A, 9, S, V, USAGE DISPLAY,
COMP, COMP-4, COMP-5, BINARY, COMP-3, PACKED-DECIMAL, SIGN, OCCURS with DEPENDING ON, VALUE. Anything else is
a `DeclarationError` with file and line, never a guess: a clause passed over would shift every field behind.

Offsets count from 0, tables at their largest. What a field means on the wire is `copybook_layout`'s matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.errors import DeclarationError

_FIXED = re.compile(r"(?:[ 0-9]{6}[ */D-].*|\s{0,6})", re.DOTALL)
_TOKEN = re.compile(
    r"""\s+ | ,(?=\s) | (?P<literal>[XxNn]?'(?:[^']|'')*' | [XxNn]?"(?:[^"]|"")*")
    | (?P<end>\.(?=\s|$)) | (?P<word>[^\s'".,]+(?:[.,](?=[^\s])[^\s'".,]+)*)""",
    re.VERBOSE,
)
_REPEATED = re.compile(r"(.)\(([0-9]+)\)")
_USAGES = {
    "DISPLAY": "DISPLAY",
    "COMP": "COMP", "COMPUTATIONAL": "COMP", "COMP-4": "COMP", "COMPUTATIONAL-4": "COMP", "BINARY": "COMP",
    "COMP-5": "COMP-5", "COMPUTATIONAL-5": "COMP-5",
    "COMP-3": "COMP-3", "COMPUTATIONAL-3": "COMP-3", "PACKED-DECIMAL": "COMP-3",
}  # fmt: skip
_NOISE = {"IS", "ARE", "TIMES", "CHARACTER", "ON"}


@dataclass(frozen=True, slots=True)
class Picture:
    text: str
    kind: str
    """"X" or "9"."""
    length: int
    """Characters, or digits before and after the point."""
    decimals: int = 0
    signed: bool = False


@dataclass(slots=True)
class Item:
    level: int
    name: str
    """"FILLER" where it has none."""
    line: int
    picture: Picture | None = None
    usage: str = "DISPLAY"
    sign: str = ""
    """"LEADING" or "TRAILING" SEPARATE; "" overpunched on the last digit."""
    occurs: tuple[int, int] | None = None
    depending_on: str = ""
    values: list[str] = field(default_factory=list)
    """Of its 88s: `NAME=VALUE`."""
    children: list["Item"] = field(default_factory=list)
    offset: int = 0
    size: int = 0
    """Of one occurrence."""

    def walk(self) -> Iterator["Item"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    literal: bool = False


def parse_copybook(source: str, file: str = "") -> list[Item]:
    """The 01 items of a copybook."""
    try:
        roots = _tree(_entries(_tokens(source)))
        for root in roots:
            _place(root, 0)
    except DeclarationError as error:
        raise DeclarationError(str(error), file=file, line=error.line, key=error.key) from None
    if not roots:
        raise DeclarationError("no record in this copybook", file=file, line=1)
    return roots


def _fault(line: int, message: str) -> DeclarationError:
    return DeclarationError(message, line=line)


def _tokens(source: str) -> Iterator[_Token]:
    lines = source.splitlines()
    fixed = all(_FIXED.fullmatch(line) for line in lines)
    for number, line in enumerate(lines, start=1):
        code = _code(line, number) if fixed else line
        yield from _line_tokens(code.split("*>")[0].rstrip(), number)


def _code(line: str, number: int) -> str:
    indicator = line[6:7]
    if indicator == "-":
        raise _fault(number, "continued lines are not read")
    return "" if indicator in ("*", "/", "D") else line[7:72]


def _line_tokens(code: str, number: int) -> Iterator[_Token]:
    at = 0
    while at < len(code):
        match = _TOKEN.match(code, at)
        if match is None:
            raise _fault(number, f"not understood: column {at + 1} of the code")
        if match.lastgroup:
            yield _Token(match.group(), number, match.lastgroup == "literal")
        at = match.end()


def _entries(tokens: Iterator[_Token]) -> Iterator[list[_Token]]:
    entry: list[_Token] = []
    for token in tokens:
        if token.text == "." and not token.literal:
            if entry:
                yield entry
            entry = []
        else:
            entry.append(token)
    if entry:
        raise _fault(entry[0].line, "no period at the end")


def _tree(entries: Iterator[list[_Token]]) -> list[Item]:
    roots: list[Item] = []
    open_items: list[Item] = []
    for entry in entries:
        level = _level(entry[0])
        if level == 88:
            _condition(entry, open_items)
            continue
        item = _Entry(level, entry).item
        while open_items and open_items[-1].level >= level:
            open_items.pop()
        if not open_items and level != 1:
            raise _fault(item.line, f"level {level:02d} outside a record")
        (open_items[-1].children if open_items else roots).append(item)
        open_items.append(item)
    return roots


def _level(token: _Token) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", token.text) or not (1 <= int(token.text) <= 49 or token.text == "88"):
        raise _fault(token.line, f"no level: {token.text}")
    return int(token.text)


def _condition(entry: list[_Token], open_items: list[Item]) -> None:
    if not open_items or len(entry) < 4 or entry[2].text.upper() not in ("VALUE", "VALUES"):
        raise _fault(entry[0].line, "an 88 needs a field above it, a name and VALUE")
    for token in entry[3:]:
        if token.literal or token.text.upper() not in _NOISE:
            open_items[-1].values.append(f"{entry[1].text.upper()}={_unquoted(token)}")


def _unquoted(token: _Token) -> str:
    return token.text[1:-1] if token.literal and token.text[0] in "'\"" else token.text


class _Entry:
    """One data description entry, clause by clause."""

    def __init__(self, level: int, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 1
        self.item = Item(level, "FILLER", tokens[0].line)
        clauses = {
            "PIC": self._picture,
            "PICTURE": self._picture,
            "USAGE": self._usage,
            "OCCURS": self._occurs,
            "VALUE": self._value,
            "SIGN": self._sign,
            "LEADING": self._sign,
            "TRAILING": self._sign,
        }
        if self._word() not in {*clauses, *_USAGES, ""}:
            self.item.name = self._next()
        while word := self._word():
            if word in _USAGES:
                self.item.usage = _USAGES[self._next()]
            elif word in clauses:
                clauses[word]()
            else:
                raise _fault(self._line(), f"{word} is not read")

    def _line(self) -> int:
        return self._tokens[min(self._at, len(self._tokens) - 1)].line

    def _word(self) -> str:
        return self._tokens[self._at].text.upper() if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._word()
        if not word:
            raise _fault(self._line(), "ends early")
        self._at += 1
        return word

    def _skip(self, *noise: str) -> None:
        while self._word() in noise:
            self._at += 1

    def _number(self) -> int:
        line, word = self._line(), self._next()
        if not re.fullmatch(r"[0-9]{1,6}", word):
            raise _fault(line, f"no number: {word}")
        return int(word)

    def _picture(self) -> None:
        self._next()
        self._skip("IS")
        line = self._line()
        self.item.picture = _read_picture(self._next(), line)

    def _usage(self) -> None:
        self._next()
        self._skip("IS")
        line, word = self._line(), self._next()
        if word not in _USAGES:
            raise _fault(line, f"usage {word} is not read")
        self.item.usage = _USAGES[word]

    def _occurs(self) -> None:
        self._next()
        least = most = self._number()
        if self._word() == "TO":
            self._next()
            most = self._number()
        self._skip("TIMES")
        if self._word() == "DEPENDING":
            self._next()
            self._skip("ON")
            self.item.depending_on = self._next()
        elif least != most:
            raise _fault(self._line(), "OCCURS n TO m without DEPENDING ON")
        if self._word() in ("INDEXED", "ASCENDING", "DESCENDING"):
            raise _fault(self._line(), f"{self._word()} is not read")
        self.item.occurs = (least if self.item.depending_on else most, most)

    def _value(self) -> None:
        self._next()
        self._skip("IS")
        self._next()

    def _sign(self) -> None:
        self._skip("SIGN", "IS")
        line, side = self._line(), self._next()
        separate = self._word() == "SEPARATE"
        self._skip("SEPARATE", "CHARACTER")
        if side not in ("LEADING", "TRAILING") or (side == "LEADING" and not separate):
            raise _fault(line, f"SIGN {side} without SEPARATE is not read")
        self.item.sign = side if separate else ""


def _read_picture(text: str, line: int) -> Picture:
    if any(int(times) > 99_999 for _, times in _REPEATED.findall(text)):
        raise _fault(line, f"picture {text} is too long")
    plain = _REPEATED.sub(lambda m: m[1] * int(m[2]), text)
    if re.fullmatch(r"[XA9]*[XA][XA9]*", plain):
        return Picture(text, "X", len(plain))
    number = re.fullmatch(r"(S?)(9*)V?(9*)", plain)
    if number is None or not number[2] + number[3]:
        raise _fault(line, f"picture {text} is not read")
    digits = len(number[2] + number[3])
    if digits > 31:
        raise _fault(line, f"picture {text} has over 31 digits")
    return Picture(text, "9", digits, len(number[3]), bool(number[1]))


def _place(item: Item, offset: int) -> int:
    """Gives the item its offset and size; returns the offset after all its occurrences."""
    item.offset = offset
    if item.children:
        if item.picture is not None:
            raise _fault(item.line, f"{item.name} has a picture and fields below it")
        end = offset
        for child in item.children:
            end = _place(child, end)
        item.size = end - offset
    else:
        item.size = _size(item)
    return offset + item.size * (item.occurs[1] if item.occurs else 1)


def _size(item: Item) -> int:
    picture = item.picture
    if picture is None:
        raise _fault(item.line, f"{item.name} has neither a picture nor fields below it")
    if picture.kind == "X":
        if item.usage != "DISPLAY":
            raise _fault(item.line, f"{item.name}: {item.usage} needs a numeric picture")
        return picture.length
    if item.usage == "COMP-3":
        return picture.length // 2 + 1
    if item.usage in ("COMP", "COMP-5"):
        if picture.length > 18:
            raise _fault(item.line, f"{item.name}: {item.usage} of over 18 digits")
        return 2 if picture.length <= 4 else 4 if picture.length <= 9 else 8
    return picture.length + (1 if item.sign else 0)
