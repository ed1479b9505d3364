"""Values that a field could have: plain ones for examples, wild ones for tests.

A field with a scalar is asked whether it takes a value (written and read back it must be the same); of
another one only its kind is known, and the message tells (`formats.samples`). Names and numbers are invented.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from formats.codec import FieldFacts
from formats.errors import Refused
from formats.scalars import Scalar, text_of

ABSENT = object()
"""Leave the field out."""

_PLAIN: dict[str, tuple[Any, ...]] = {
    "text": ("SAMPLE", "SAMP", "SA", "S", "1", "00"),
    "code": ("A", 1, "1", "01", "AB", "ABC"),
    "number": (1, 0, "1"),
    "amount": (Decimal("123.45"), Decimal("12.3"), Decimal(1), "1.00", 1),
    "date": ("20260105", "0105", "260105"),
    "time": ("20260105093000", "0105093000", "093000"),
    "hex": (),
}
_ALPHABET = "ABCXYZabcxyz0123456789 .,-·—*/&<>'\"|^;试验客户北京市東龍喆〇、（）"
_CALENDAR_EDGES = ("20240229", "19000101", "99991231", "99999999", "20261301", "00000000")


def plain_values(fact: FieldFacts) -> Iterator[Any]:
    """Best first; as an example a value is as people expect it, and every field has one."""
    yield from fact.values
    kinds = dict.fromkeys((kind_of(fact), "time", "text", "number", "amount", "date", "hex", "code"))
    for kind in kinds:
        yield from (value for value in (*_PLAIN.get(kind, ()), *_of_size(kind, fact)) if _fits(fact, value))


def _of_size(kind: str, fact: FieldFacts) -> Iterator[str]:
    """What must be exactly so long."""
    for size in dict.fromkeys(size for size in width_of(fact) if size and size <= 4096):
        if kind == "hex":
            yield ("0123456789abcdef" * size)[: 2 * size]
        if kind == "digits":
            yield "1".rjust(size, "0")
        if kind == "text":
            yield from (letter * size for letter in "0A")


def wild_value(fact: FieldFacts, random: Random) -> Any:
    """Any value of its kind, blanks, clear marks and the longest that fit among them."""
    if fact.values and random.random() < 0.9:
        return random.choice(fact.values)
    for _ in range(8):
        value = _wild(fact, random)
        if _fits(fact, value):
            return value
    return ABSENT


def kind_of(fact: FieldFacts) -> str:
    return fact.kind or (fact.scalar.kind if fact.scalar is not None else "")


def width_of(fact: FieldFacts) -> tuple[int, int | None]:
    if fact.width is not None:
        return fact.width
    size = fact.scalar.size if fact.scalar is not None else 0
    return (size, size) if size else (0, None)


def _fits(fact: FieldFacts, value: Any) -> bool:
    if fact.scalar is None:
        most = width_of(fact)[1]
        size = len(str(value)) // (2 if kind_of(fact) == "hex" else 1)
        return most is None or size <= most
    return takes(fact.scalar, value)


def takes(scalar: Scalar, value: Any) -> bool:
    """Written and read back it is the same."""
    try:
        data = scalar.write(value)
        return bool(scalar.read(data) == value) and len(data) == (scalar.size or len(data))
    except Refused:
        return False


def _wild(fact: FieldFacts, random: Random) -> Any:
    kind = kind_of(fact)
    least, most = width_of(fact)
    size = random.randint(least and 1, min(most or 40, 400))
    match kind:
        case "text":
            return _wild_text(fact.scalar, size, random)
        case "code":
            return random.choice((random.randrange(256), _wild_text(fact.scalar, size, random), "*", ""))
        case "number":
            number = random.randrange(10 ** min(size, 40))
            return random.choice((number, number, -number, "", "*", 0))
        case "amount":
            number = random.randrange(10 ** min(size, 30))
            value = Decimal(random.choice((number, -number))).scaleb(-random.choice((0, 2, 2, 2, 3)))
            return random.choice((value, value, f"{value:f}", "", "*"))
        case "date":
            return random.choice((f"{random.randrange(10**8):08d}", random.choice(_CALENDAR_EDGES), ""))
        case "time":
            moment = datetime(1, 1, 1) + timedelta(seconds=random.randrange(9998 * 31_536_000))  # noqa: DTZ001
            return random.choice((f"{moment:%Y%m%d%H%M%S}".rjust(14, "0"), ""))
        case "hex":
            return random.randbytes(random.choice((least, most or size))).hex()
    return random.choice([*plain_values(fact), ABSENT])


def _wild_text(scalar: Scalar | None, size: int, random: Random) -> str:
    letters: Sequence[str] = _ALPHABET if random.random() < 0.5 else _ALPHABET[:16]
    text = "".join(random.choices(letters, k=size))
    fit = text_of(scalar) if scalar is not None else None
    return fit(text) if fit is not None else text.strip()
