"""Characters that mean the same to the hub, whichever of them a system's charset has.

CCSID 935 has one code for each of the first pairs (interfaces/README.md, "Quality"), so a name that went
through core must not differ from the same name that did not. Wealth sends the full-width form of its
separators inside a value (wealth.md, "Text").
"""

import re

_SAME = str.maketrans(
    {"\u30fb": "\u00b7", "\u2022": "\u00b7", "\u2015": "\u2014", "\uff5c": "|", "\uff3e": "^"}
)
_TWIN = re.compile(f"[{''.join(map(chr, _SAME))}]")


def plain_text(text: str) -> str:
    if text.isascii() or not _TWIN.search(text):
        return text
    return text.translate(_SAME)
