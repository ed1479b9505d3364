"""One value, both ways. Reading leaves it in `v`, writing makes of `w` what stands in the message."""

from typing import Any

from formats.iso8583.lowering.source import MessageSource
from formats.iso8583.values import ALPHABETS, Bits, Digits, Text


def reads_value(content: Any) -> bool:
    """Whether there is source for it: not for charsets that are not like ASCII."""
    charset = getattr(content, "charset", None)
    return isinstance(content, Digits | Text | Bits) and (charset is None or charset.blank == b" ")


def read_value(source: MessageSource, content: Digits | Text | Bits, text: str, data: str) -> None:
    """`text` and `data` give the same slice of the message as latin-1 and as bytes.

    The size is right already where it is fixed, unless the message ends early: then the next slice does not
    fit, or the end is not reached."""
    if isinstance(content, Digits):
        _read_digits(source, content, text)
    elif isinstance(content, Text):
        _read_text(source, content, text, data)
    else:
        source.line(f"v = {data}.hex()")


def _read_digits(source: MessageSource, content: Digits, text: str) -> None:
    source.line(f"v = {text}")
    source.refuse_if("not v.isdecimal()" if content.size else "v and not v.isdecimal()")
    if content.pattern is not None:
        check = source.value("fits", content.pattern.fullmatch)
        years = "year" in content.pattern.groupindex
        source.refuse_if(f"{check}(v) is None" + (" or '0229' in v" if years else ""))


def _read_text(source: MessageSource, content: Text, text: str, data: str) -> None:
    source.line(f"v = {text}")
    if content.letters:
        source.refuse_if(f"not {_alphabet(source, content)}.issuperset(v)")
    else:
        decode = source.value("decode", content.charset.decode)
        source.line(f"if not v.isascii(): v = {decode}({data})")
    if content.size:
        source.line("v = v.rstrip(' ')")


def writes_value(content: Any) -> bool:
    return isinstance(content, Text | Digits) and content.charset.blank == b" "


def write_value(source: MessageSource, content: Text | Digits) -> None:
    """`w`, a text or bytes, becomes what stands in the message, as latin-1 text; its size checked."""
    source.line(f"if w.__class__ is str and w.isascii(){_simple(source, content)}:")
    source.line(f"    w = w.ljust({content.size})" if content.size else "    pass")
    if isinstance(content, Text) and not content.letters and not content.size:
        encode = source.value("encode", content.charset.encode)
        source.line(f"elif w.__class__ is str: w = {encode}(w).decode('latin-1')")
    source.line(f"else: w = {source.value('write', content.write)}(w).decode('latin-1')")
    source.refuse_if(f"len(w) > {content.most}")


def _simple(source: MessageSource, content: Text | Digits) -> str:
    """What holds for an ASCII text that is written as it is."""
    if isinstance(content, Text):
        return f" and {_alphabet(source, content)}.issuperset(w)" if content.letters else ""
    simple = " and w.isdecimal()" + (f" and len(w) == {content.size}" if content.size else "")
    if content.pattern is not None:
        simple += f" and {source.value('fits', content.pattern.fullmatch)}(w)"
        simple += " and '0229' not in w" if "year" in content.pattern.groupindex else ""
    return simple


def _alphabet(source: MessageSource, content: Text) -> str:
    return source.value("letters", frozenset(map(chr, ALPHABETS[content.letters])))
