"""A copybook's text as tokens: fixed and free reference format, continuation, comments.

Fixed format: columns 1–6 are a sequence number (or any mark), 7 is the indicator, 8–72 the code, the rest is
ignored. Free format: code anywhere. Which one it is can be seen: it is fixed where every line has an
indicator in column 7 and the first code found so begins with a level number or a statement of the library
kind. A continued line (`-`) goes on in the word or literal that the line before left open; an open literal
reaches to column 72 and goes on behind the quotation mark of the next line.

Source: Enterprise COBOL Language Reference, "Reference format"; COBOL 2002 for free format.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from formats.errors import DeclarationError

Form = Literal["fixed", "free"]

_STARTS = re.compile(r"\s*(?:[0-9]{1,2}\s|(?:COPY|REPLACE|EXEC|EJECT|SKIP[123]|TITLE)\b)", re.IGNORECASE)
_STRICT = re.compile(r"[ 0-9]{6}[ */Dd-].*|\s{0,6}")
_LOOSE = re.compile(r".{6}[ */Dd-].*|\s{0,6}")
_DIRECTIVE = re.compile(r"\s*(?:>>|\$)\s*(?P<word>[A-Z]+)(?P<rest>.*)", re.IGNORECASE)
_LISTING = re.compile(r"\s*(?:EJECT|SKIP[123]|TITLE\b.*)\s*\.?\s*", re.IGNORECASE)
_TOKEN = re.compile(
    r"""\s+ | [,;](?=\s|$) | \*>.*
    | (?P<mark>==)
    | (?P<literal>(?:[XNGZB]|NX)?'(?:[^']|'')*' | (?:[XNGZB]|NX)?"(?:[^"]|"")*")
    | (?P<end>\.(?=\s|$))
    | (?P<word>(?:(?!==|\*>)[^\s'".,;]|[.,;](?=\S))+)""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    line: int
    file: str
    kind: Literal["word", "literal", "end", "mark"] = "word"

    @property
    def word(self) -> str:
        """In capitals; of a literal nothing, so that none is taken for a keyword."""
        return self.text.upper() if self.kind == "word" else ""

    def fault(self, message: str) -> DeclarationError:
        return DeclarationError(message, file=self.file, line=self.line)


def tokens_of(source: str, file: str, form: Form | None = None) -> Iterator[Token]:
    lines = [line.expandtabs(8) for line in source.splitlines()]
    form = form or _declared(lines) or _seen(lines)
    code = _fixed(lines, file) if form == "fixed" else enumerate(lines, start=1)
    for number, text in code:
        if not _DIRECTIVE.match(text) and not _LISTING.fullmatch(text):
            yield from tokens_of_line(text, number, file)


def _declared(lines: list[str]) -> Form | None:
    """`>>SOURCE FORMAT IS FREE`, `$SET SOURCEFORMAT"FREE"`."""
    for line in lines:
        directive = _DIRECTIVE.match(line)
        if directive and directive["word"].upper() in ("SOURCE", "SET"):
            return "free" if "FREE" in directive["rest"].upper() else "fixed"
    return None


def _seen(lines: list[str]) -> Form:
    if all(_STRICT.fullmatch(line) for line in lines):
        shape = _STRICT
    elif all(_LOOSE.fullmatch(line) for line in lines):
        shape = _LOOSE
    else:
        return "free"
    code = (line[7:72] for line in lines if shape is not None and line[6:7] == " ")
    first = next((text for text in code if text.strip() and not text.lstrip().startswith("*>")), "")
    return "fixed" if not first or _STARTS.match(first + " ") else "free"


def _fixed(lines: list[str], file: str) -> Iterator[tuple[int, str]]:
    """Code lines with those that continue them; the number is the first one's."""
    number, code = 0, ""
    for at, line in enumerate(lines, start=1):
        indicator, text = line[6:7], line[7:72]
        if indicator in ("*", "/", "D", "d"):
            continue
        if indicator != "-":
            if number:
                yield number, code
            number, code = at, text
        elif not number:
            raise DeclarationError("continues a line that is not there", file=file, line=at)
        else:
            code = _continued(code, text, file, at)
    if number:
        yield number, code


def _continued(code: str, text: str, file: str, line: int) -> str:
    quote = _open_literal(code)
    text = text.lstrip()
    if not quote:
        return code.rstrip() + text
    if not text.startswith(quote):
        raise DeclarationError("the continued literal lacks its quotation mark", file=file, line=line)
    missing = -len(code) % 65 if len(code) < 65 else 0
    return code + " " * missing + text[1:]


def _open_literal(code: str) -> str:
    """The mark of a literal that does not end on its line."""
    quote = ""
    for at, character in enumerate(code):
        if not quote and code.startswith("*>", at):
            break
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
    return quote


def tokens_of_line(code: str, line: int, file: str) -> Iterator[Token]:
    at = 0
    while at < len(code):
        match = _TOKEN.match(code, at)
        if match is None:
            message = f"not understood: column {at + 1} of the code"
            raise DeclarationError(message, file=file, line=line)
        if match.lastgroup:
            yield Token(match.group(), line, file, match.lastgroup)  # type: ignore[arg-type]
        at = match.end()
