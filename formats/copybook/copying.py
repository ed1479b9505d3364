"""COPY … REPLACING and REPLACE: other copybooks taken in, and words exchanged on the way.

    COPY name [OF library] [SUPPRESS] [REPLACING {op BY op}…].
    REPLACE {==op== BY ==op==}… .   REPLACE OFF.

An operand is pseudo-text (`==…==`), a word or a literal. Words are compared without case. A pseudo-text of
one word between colons or parentheses (`==:TAG:==`) is exchanged inside words, too, since these marks
separate words; LEADING and TRAILING exchange the beginning or end of words.

A copybook is looked for beside the one that names it, then in the further folders, as named, in small and in
capital letters, with the usual endings. Source: Enterprise COBOL Language Reference, "COPY statement".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from formats.copybook.source import Form, Token, tokens_of, tokens_of_line
from formats.errors import DeclarationError

_ENDINGS = ("", ".cpy", ".cbl", ".cob", ".copy", ".txt")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Library:
    """Where copied books lie."""

    folders: Sequence[Path] = ()
    form: Form | None = None
    taken: list[Path] = field(default_factory=list)
    """The books that were read."""

    def read(self, name: str, library: str, token: Token) -> tuple[str, str]:
        """Text and file."""
        beside = [Path(token.file).parent] if token.file else []
        for folder in (*beside, *self.folders):
            for place in (folder / library, folder) if library else (folder,):
                found = _found(place, name)
                if found is not None:
                    self.taken.append(found)
                    return _text(found, token), str(found)
        raise token.fault(f"no copybook {name} in the folders searched")


def _found(folder: Path, name: str) -> Path | None:
    for stem in dict.fromkeys((name, name.lower(), name.upper())):
        for ending in _ENDINGS:
            for path in (folder / (stem + ending), folder / (stem + ending.upper())):
                if path.is_file():
                    return path
    return None


def _text(path: Path, token: Token) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise token.fault(f"{path.name} is not UTF-8") from None


@dataclass(frozen=True, slots=True)
class _Exchange:
    old: tuple[Token, ...]
    new: tuple[Token, ...]
    side: str
    """"LEADING", "TRAILING" or ""."""


def expanded(tokens: Iterable[Token], library: Library, depth: int = 0) -> Iterator[Token]:
    """The tokens with all books taken in and all words exchanged."""
    reader = _Reader(tokens)
    exchanges: list[_Exchange] = []
    plain: list[Token] = []
    while (token := reader.next()) is not None:
        if token.word == "COPY":
            plain += _copied(reader, token, library, depth)
        elif token.word == "REPLACE":
            yield from exchanged(plain, exchanges)
            plain, exchanges = [], _replaced(reader)
        elif token.word == "EXEC":
            _skip_exec(reader, token)
        else:
            plain.append(token)
    yield from exchanged(plain, exchanges)


class _Reader:
    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = list(tokens)
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at].word if self._at < len(self._tokens) else ""

    def kind(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def next(self) -> Token | None:
        if self._at >= len(self._tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def take(self) -> Token:
        token = self.next()
        if token is None:
            raise self._tokens[-1].fault("ends early")
        return token


def _skip_exec(reader: _Reader, start: Token) -> None:
    """Embedded SQL (a DCLGEN's table) says nothing of the record."""
    while (token := reader.next()) is not None:
        if token.word in ("END-EXEC", "END-EXEC."):
            if reader.kind() == "end":
                reader.take()
            return
    raise start.fault("EXEC without END-EXEC")


def _copied(reader: _Reader, copy: Token, library: Library, depth: int) -> Iterator[Token]:
    if depth >= _DEEPEST:
        raise copy.fault("copybooks that copy one another")
    name, place = _plain(reader.take()), ""
    while (word := reader.peek()) in ("OF", "IN", "SUPPRESS"):
        reader.take()
        if word != "SUPPRESS":
            place = _plain(reader.take())
    exchanges: list[_Exchange] = []
    if reader.peek() == "REPLACING":
        reader.take()
        while reader.kind() != "end":
            exchanges.append(_exchange(reader))
    if reader.take().kind != "end":
        raise copy.fault("COPY without a period")
    text, file = library.read(name, place, copy)
    inner = expanded(tokens_of(text, file, library.form), library, depth + 1)
    return exchanged(inner, exchanges)


def _replaced(reader: _Reader) -> list[_Exchange]:
    if reader.peek() == "OFF":
        reader.take()
        reader.take()
        return []
    if reader.peek() == "ALSO":
        reader.take()
    exchanges = []
    while reader.kind() != "end":
        exchanges.append(_exchange(reader))
    reader.take()
    return exchanges


def _plain(token: Token) -> str:
    return token.text.strip("'\"")


def _exchange(reader: _Reader) -> _Exchange:
    side = str(reader.take().word) if reader.peek() in ("LEADING", "TRAILING") else ""
    old = _operand(reader)
    by = reader.take()
    if by.word != "BY":
        raise by.fault("REPLACING without BY")
    if not old:
        raise by.fault("nothing to be replaced")
    return _Exchange(old, _operand(reader), side)


def _operand(reader: _Reader) -> tuple[Token, ...]:
    first = reader.take()
    if first.kind != "mark":
        return (first,)
    inside = []
    while (token := reader.take()).kind != "mark":
        inside.append(token)
    return tuple(inside)


def exchanged(tokens: Iterable[Token], exchanges: Sequence[_Exchange]) -> Iterator[Token]:
    if not exchanges:
        yield from tokens
        return
    waiting = list(tokens)
    at = 0
    while at < len(waiting):
        for exchange in exchanges:
            if _same(waiting[at : at + len(exchange.old)], exchange):
                yield from _moved(exchange.new, waiting[at])
                at += len(exchange.old)
                break
        else:
            yield from _inside(waiting[at], exchanges)
            at += 1


def _same(tokens: Sequence[Token], exchange: _Exchange) -> bool:
    if exchange.side or len(tokens) != len(exchange.old):
        return False
    return all(
        a.text == b.text if a.kind == "literal" else a.kind == b.kind and a.word == b.word
        for a, b in zip(tokens, exchange.old, strict=True)
    )


def _moved(tokens: Sequence[Token], to: Token) -> Iterator[Token]:
    """In the place of what they replace: faults are of that line."""
    for token in tokens:
        yield Token(token.text, to.line, to.file, token.kind)


def _inside(token: Token, exchanges: Sequence[_Exchange]) -> Iterator[Token]:
    if token.kind != "word":
        yield token
        return
    text = token.text
    for exchange in exchanges:
        if len(exchange.old) == 1 and exchange.old[0].kind == "word":
            text = _part(exchange)(text)
    if text == token.text:
        yield token
    else:
        yield from tokens_of_line(text, token.line, token.file)


def _part(exchange: _Exchange) -> Callable[[str], str]:
    old = re.escape(exchange.old[0].text)
    new = " ".join(token.text for token in exchange.new)
    if exchange.side == "LEADING":
        pattern = f"^{old}"
    elif exchange.side == "TRAILING":
        pattern = f"{old}$"
    elif re.fullmatch(r":[^:]*:|\(.*\)", exchange.old[0].text):
        pattern = old
    else:
        return lambda text: text
    return lambda text: re.sub(pattern, lambda _: new, text, flags=re.IGNORECASE)


def read_source(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise DeclarationError("is not UTF-8", file=str(path)) from None
