"""What captured bytes tell of themselves: how they are framed, in which charset, where fields begin.

A framing is believed when it takes the whole sample apart, to the last byte. Of several the first one counts:
they stand in the order in which chance would least satisfy them.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from formats.charsets.charset import charset
from formats.errors import FormatError, Refused
from formats.framing import Framing

_FRAMING: TypeAdapter[Framing] = TypeAdapter(Framing)
_LIMIT = 65_535
_SEPARATORS = "|\t;,^~"


def _candidates() -> Iterator[Mapping[str, Any]]:
    for kind in ("stx_etx_lrc", "stx_etx_bcc", "stx_etx", "mllp"):
        yield {"kind": kind}
    for digits in (8, 6, 5, 4):
        for name in ("ascii", "ebcdic"):
            for itself in (False, True):
                yield {"kind": "digit_length", "digits": digits, "charset": name, "counts_itself": itself}
    for size in (4, 2):
        for order in ("big", "little"):
            for itself in (False, True):
                yield {"kind": "binary_length", "size": size, "order": order, "counts_itself": itself}
    yield {"kind": "delimiter", "delimiter": "0d0a"}
    yield {"kind": "delimiter", "delimiter": "0a"}
    yield {"kind": "end_of_stream"}


@dataclass(frozen=True, slots=True)
class Sample:
    framing: Mapping[str, Any]
    bodies: Sequence[bytes]
    charset: str
    texts: Sequence[str]
    """The bodies, one character a byte where they are not text."""


def read_sample(data: bytes) -> Sample:
    for declared in _candidates():
        limit = 10 ** declared["digits"] - 1 if "digits" in declared else _LIMIT
        declared = {**declared, "limit": min(limit, _LIMIT)}
        bodies = _taken_apart(data, declared)
        if bodies:
            name = _charset(bodies)
            return Sample(declared, bodies, name, [charset(name).decode(body) for body in bodies])
    raise Refused("empty, or larger than a frame may be")


def _taken_apart(data: bytes, declared: Mapping[str, Any]) -> list[bytes]:
    """Without keep-alives; none where a byte is left."""
    try:
        reader = _FRAMING.validate_python(declared).reader()
        reader.feed(data)
        reader.end()
        bodies = []
        while reader.pending:
            body = reader.next_frame()
            if body is None:
                return []
            bodies.append(bytes(body))
    except (FormatError, ValueError):
        return []
    return [body for body in bodies if body]


def _charset(bodies: Sequence[bytes]) -> str:
    data = b"".join(bodies)
    ebcdic = sum(byte == 0x40 or 0xF0 <= byte <= 0xF9 or 0xC1 <= byte <= 0xE9 for byte in data)
    plain = sum(0x20 <= byte < 0x7F for byte in data)
    if ebcdic > plain and data.count(b"\x40") > data.count(b" "):  # Chinese text in GBK has such bytes, too
        return "cp037"
    for name in ("ascii", "utf-8", "gb18030"):
        try:
            charset(name).decode(data)
        except Refused:
            continue
        return name
    return "iso8859-1"


def separator_of(texts: Sequence[str]) -> str:
    """The character that cuts all of them into as many fields, three or more; "" where there is none."""
    for mark in _SEPARATORS:
        counts = {text.count(mark) for text in texts}
        if len(counts) == 1 and min(counts) >= 2:
            return mark
    return ""


@dataclass(frozen=True, slots=True)
class Column:
    start: int
    width: int
    time: bool


def columns_of(bodies: Sequence[bytes], blank: bytes) -> list[Column]:
    """Fields of a fixed record: four bytes of type, then a new one wherever text follows blanks in some body.

    Of bodies of several lengths those of the most frequent one are looked at.
    """
    length = Counter(map(len, bodies)).most_common(1)[0][0]
    same = [body for body in bodies if len(body) == length]
    filled = [any(body[at : at + 1] != blank for body in same) for at in range(length)]
    starts = {0, min(4, length)}
    starts |= {at for at in range(5, length) if filled[at] and not filled[at - 1]}
    times = [found.start() for found in _TIME.finditer(_digits(same))]
    for at in times:
        starts |= {at, at + 14}
    edges = [*sorted(start for start in starts if start < length), length]
    return [Column(a, b - a, a in times and b - a == 14) for a, b in itertools.pairwise(edges)]


_TIME = re.compile("d{14}")


def _digits(bodies: Sequence[bytes]) -> str:
    """ "d" where a time of this century may stand in every body."""
    marks = ["."] * len(bodies[0])
    at = 4
    while at + 14 <= len(bodies[0]):
        texts = [_plain(body[at : at + 14]) for body in bodies]
        if all(_STAMP.fullmatch(text) for text in texts):
            marks[at : at + 14] = "d" * 14
            at += 14
        else:
            at += 1
    return "".join(marks)


_STAMP = re.compile(
    r"20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
)


def _plain(data: bytes) -> str:
    if data[:1] == b"\xf2":
        return "".join(chr(byte - 0xC0) if 0xF0 <= byte <= 0xF9 else "?" for byte in data)
    return data.decode("latin-1")


def is_time(texts: Sequence[str]) -> bool:
    return all(_STAMP.fullmatch(text) for text in texts)
