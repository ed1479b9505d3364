"""Characters that mean the same to the hub, whichever of them a system's charset has.

CCSID 935 has one code for each of the first pairs (interfaces/README.md, "Quality"), so a name that went
through core must not differ from the same name that did not. Wealth sends the full-width form of its
separators inside a value (wealth.md, "Text").
"""

import re
from collections.abc import Iterator

from formats.codec import Fields, Path

_SAME = str.maketrans(
    {"\u30fb": "\u00b7", "\u2022": "\u00b7", "\u2015": "\u2014", "\uff5c": "|", "\uff3e": "^"}
)
_TWIN = re.compile(f"[{''.join(map(chr, _SAME))}]")


NUL = "\x00"
"""Text of no database: PostgreSQL refuses it, others cut there."""


def nul_paths(fields: Fields, at: Path = ()) -> Iterator[Path]:
    """Where a message has it."""
    for name, value in fields.items():
        if isinstance(value, str):
            if NUL in value:
                yield (*at, name)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from nul_paths(item, (*at, name, index))
        elif isinstance(value, dict):
            yield from nul_paths(value, (*at, name))


def plain_text(text: str) -> str:
    if text.isascii() or not _TWIN.search(text):
        return text
    return text.translate(_SAME)
