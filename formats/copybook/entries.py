"""One data description entry, clause by clause.

A clause that is not known is a fault, never passed over: most of them move every field behind. Clauses
without an effect on bytes (INDEXED BY, KEY IS, GLOBAL, EXTERNAL) are read and dropped.
"""

import re
from collections.abc import Callable, Sequence

from formats.copybook.items import Condition, Item
from formats.copybook.pictures import read_picture
from formats.copybook.source import Token
from formats.copybook.usages import USAGES, has_no_picture
from formats.errors import DeclarationError

_NOISE = ("IS", "ARE")
_FIGURATIVE = {
    "SPACE": " ", "SPACES": " ", "ZERO": "0", "ZEROS": "0", "ZEROES": "0",
    "LOW-VALUE": "LOW-VALUES", "LOW-VALUES": "LOW-VALUES", "HIGH-VALUE": "HIGH-VALUES",
    "HIGH-VALUES": "HIGH-VALUES", "QUOTE": '"', "QUOTES": '"', "NULL": "LOW-VALUES", "NULLS": "LOW-VALUES",
}  # fmt: skip
_WORD = re.compile(r"[A-Z0-9_]([A-Z0-9_-]*[A-Z0-9_])?|:.*|.*[^\x00-\x7f].*")


class Entry:
    """Reads the tokens of one entry."""

    def __init__(self, tokens: Sequence[Token], first: int = 1) -> None:
        self.tokens = tokens
        self.at = first

    def here(self) -> Token:
        return self.tokens[min(self.at, len(self.tokens) - 1)]

    def ended(self) -> bool:
        return self.at >= len(self.tokens)

    def word(self) -> str:
        return "" if self.ended() else self.tokens[self.at].word

    def take(self) -> Token:
        if self.ended():
            raise self.here().fault("ends early")
        self.at += 1
        return self.tokens[self.at - 1]

    def skip(self, *words: str) -> bool:
        found = False
        while self.word() and self.word() in words:
            self.at += 1
            found = True
        return found

    def number(self) -> int:
        token = self.take()
        if not re.fullmatch(r"[0-9]{1,9}", token.text):
            raise token.fault(f"no number: {token.text}")
        return int(token.text)

    def name(self) -> str:
        token = self.take()
        if not token.word or not _WORD.fullmatch(token.word):
            raise token.fault(f"no name: {token.text}")
        return token.word

    def literal(self) -> str:
        """A literal's text, a number or a figurative constant."""
        self.skip("ALL")
        token = self.take()
        if token.kind == "literal":
            return unquoted(token.text)
        return _FIGURATIVE.get(token.word, token.text)


def unquoted(text: str) -> str:
    quote = text[-1]
    prefix, _, inside = text.partition(quote)
    inside = inside[:-1].replace(quote * 2, quote)
    return f"X'{inside}'" if prefix.upper() in ("X", "NX") else inside


def read_condition(tokens: Sequence[Token]) -> Condition:
    """An 88."""
    entry = Entry(tokens)
    if len(tokens) < 4 or tokens[2].word not in ("VALUE", "VALUES"):
        raise tokens[0].fault("an 88 needs a field above it, a name and VALUE")
    name = entry.name()
    entry.take()
    entry.skip(*_NOISE)
    values = []
    while not entry.ended():
        low = high = entry.literal()
        if entry.skip("THRU", "THROUGH"):
            high = entry.literal()
        values.append((low, high))
        if entry.word() == "WHEN":  # what SET … TO FALSE moves
            entry.skip("WHEN", "SET", "TO", "FALSE", *_NOISE)
            entry.literal()
    return Condition(name, tuple(values))


def read_renames(tokens: Sequence[Token]) -> Item:
    """A 66."""
    entry = Entry(tokens)
    item = Item(66, entry.name(), tokens[0].line, tokens[0].file)
    if entry.take().word != "RENAMES":
        raise tokens[0].fault("a 66 needs RENAMES")
    first = last = entry.name()
    if entry.skip("THRU", "THROUGH"):
        last = entry.name()
    if not entry.ended():
        raise entry.here().fault(f"{entry.here().text} is not read")
    item.renames = (first, last)
    return item


def read_item(level: int, tokens: Sequence[Token]) -> Item:
    entry = Entry(tokens)
    item = Item(level, "FILLER", tokens[0].line, tokens[0].file)
    if entry.word() not in {*_CLAUSES, *USAGES} and not entry.ended():
        item.name = entry.name()
    while not entry.ended():
        word = entry.word()
        if word in USAGES:
            _set_usage(item, entry)
        elif word in _CLAUSES:
            _CLAUSES[word](item, entry)
        else:
            raise entry.here().fault(f"{entry.here().text} is not read")
    return item


def _picture(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip("IS")
    token = entry.take()
    try:
        item.picture = read_picture(token.text)
    except DeclarationError as error:
        raise token.fault(str(error)) from None


def _usage(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip("IS")
    if entry.word() not in USAGES:
        raise entry.here().fault(f"usage {entry.here().text} is not read")
    _set_usage(item, entry)


def _set_usage(item: Item, entry: Entry) -> None:
    usage = USAGES[entry.take().word]
    if entry.word() in ("SIGNED", "UNSIGNED"):
        token = entry.take()
        if not usage.startswith("BINARY-") or not has_no_picture(usage):
            raise token.fault(f"{usage} {token.word} is not read")
        usage += " UNSIGNED" if token.word == "UNSIGNED" else ""
    item.usage = usage


def _occurs(item: Item, entry: Entry) -> None:
    entry.take()
    least = most = entry.number()
    if entry.skip("TO"):
        most = entry.number()
    entry.skip("TIMES")
    while word := entry.word():
        if word == "DEPENDING":
            item.depending_on = _counter(entry)
        elif word == "INDEXED":
            _names(entry, "INDEXED", "BY")
        elif word in ("ASCENDING", "DESCENDING"):
            _names(entry, word, "KEY", "IS")
        else:
            break
    if not item.depending_on and least != most:
        raise entry.here().fault("OCCURS n TO m without DEPENDING ON")
    if least > most or not most:
        raise entry.here().fault(f"OCCURS {least} TO {most} cannot be")
    # OCCURS n DEPENDING ON: at least one, at most n
    item.occurs = (min(least, 1) if least == most and item.depending_on else least, most)


def _counter(entry: Entry) -> tuple[str, ...]:
    entry.skip("DEPENDING", "ON")
    names = [entry.name()]
    while entry.skip("OF", "IN"):
        names.append(entry.name())
    return tuple(names)


def _names(entry: Entry, *words: str) -> None:
    entry.skip(*words)
    while not entry.ended() and entry.word() not in {*_CLAUSES, *USAGES, *_TABLE}:
        entry.take()


def _value(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip(*_NOISE)
    item.value = entry.literal()


def _sign(item: Item, entry: Entry) -> None:
    entry.skip("SIGN", "IS")
    token = entry.take()
    if token.word not in ("LEADING", "TRAILING"):
        raise token.fault(f"SIGN {token.text} is not read")
    item.sign = token.word
    item.separate = entry.skip("SEPARATE")
    entry.skip("CHARACTER")


def _redefines(item: Item, entry: Entry) -> None:
    entry.take()
    item.redefines = entry.name()


def _sync(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip("LEFT", "RIGHT")
    item.sync = True


def _justified(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip("RIGHT")
    item.justified = True


def _blank(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip("WHEN")
    token = entry.take()
    if token.word not in ("ZERO", "ZEROS", "ZEROES"):
        raise token.fault(f"BLANK {token.text} is not read")
    item.blank_when_zero = True


def _group_usage(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip("IS")
    _set_usage(item, entry)


def _nothing(item: Item, entry: Entry) -> None:
    entry.take()
    entry.skip("IS")


_TABLE = ("DEPENDING", "INDEXED", "ASCENDING", "DESCENDING")
_CLAUSES: dict[str, Callable[[Item, Entry], None]] = {
    "PIC": _picture, "PICTURE": _picture, "USAGE": _usage, "OCCURS": _occurs,
    "VALUE": _value, "VALUES": _value, "SIGN": _sign, "LEADING": _sign, "TRAILING": _sign,
    "REDEFINES": _redefines, "SYNC": _sync, "SYNCHRONIZED": _sync,
    "JUST": _justified, "JUSTIFIED": _justified, "BLANK": _blank, "GROUP-USAGE": _group_usage,
    "GLOBAL": _nothing, "EXTERNAL": _nothing, "IS": _nothing, "VOLATILE": _nothing,
}  # fmt: skip
