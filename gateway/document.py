"""A document as blocks, and the two ways in which it is written: Markdown and HTML that stands alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TypeAlias

_HEX_WIDTH = 96


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    """`code` between backquotes."""


@dataclass(frozen=True, slots=True)
class Code:
    language: str
    text: str
    """Broken into lines at any place."""


@dataclass(frozen=True, slots=True)
class Table:
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    svg: str
    """Markup of this program's own making; Markdown has no room for it."""
    text: str
    """What it shows, for who cannot see it."""


Block: TypeAlias = Heading | Text | Code | Table | Picture


def as_markdown(blocks: Iterable[Block]) -> str:
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {block.text}"
        case Text():
            return block.text
        case Code():
            lines = "\n".join(wrap(block.text, _HEX_WIDTH))
            return f"```{block.language}\n{lines}\n```"
        case Table():
            rows = [block.header, ["---"] * len(block.header), *block.rows]
            return "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in rows)
        case Picture():
            return block.text


def _figure(picture: Picture) -> str:
    return f'<figure role="img" aria-label="{escape(picture.text)}">{picture.svg}</figure>'


def _cell(text: str) -> str:
    """What would end the cell or be read as markup is shown as it is."""
    return _printable(text).translate(_MARKUP)


_MARKUP = str.maketrans({"\\": "\\\\", "|": "\\|", "*": "\\*", "<": "&lt;"})


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text)


def as_html(blocks: Iterable[Block]) -> str:
    blocks = list(blocks)
    title = next((escape(block.text) for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(_html(block) for block in blocks)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:75em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #bbb;padding:.2em .6em;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eee}th:empty{padding:0}"
    "pre{background:#f4f4f4;padding:.8em;white-space:pre-wrap;overflow-wrap:anywhere}"
)


def _html(block: Block) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Text():
            return f"<p>{''.join(_inline(block.text))}</p>"
        case Code():
            return f'<pre class="{block.language}">{escape(block.text)}</pre>'
        case Table():
            head = "".join(f"<th>{escape(text)}</th>" for text in block.header)
            rows = "\n".join(map(_html_row, block.rows))
            return f"<table>\n<tr>{head}</tr>\n{rows}\n</table>"
        case Picture():
            return _figure(block)


def _html_row(row: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(_printable(text))}</td>" for text in row) + "</tr>"


def _inline(text: str) -> Iterator[str]:
    for index, part in enumerate(text.split("`")):
        yield f"<code>{escape(part)}</code>" if index % 2 else escape(part)


WRITERS: Mapping[str, Callable[[Iterable[Block]], str]] = {"md": as_markdown, "html": as_html}
