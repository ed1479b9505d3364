"""Characters that mean the same to the hub, whichever of them a system's charset has.

CCSID 935 has one code for each of these pairs (interfaces/README.md, "Quality"), so a name that went through
core must not differ from the same name that did not.
"""

_SAME = str.maketrans({"\u30fb": "\u00b7", "\u2022": "\u00b7", "\u2015": "\u2014"})


def plain_text(text: str) -> str:
    if text.isascii() or not ("\u30fb" in text or "\u2022" in text or "\u2015" in text):
        return text
    return text.translate(_SAME)
