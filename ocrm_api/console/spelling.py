"""How values are written for people: moments, days, amounts, attributes, values of several parts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from ecif.model import Value

SECOND = 1_000_000


def moment(at: int | float | str | datetime | None, seconds: bool = True) -> str:
    """With the offset of the bank's own clock: nobody has to guess which one is meant."""
    found = _instant(at)
    if found is None:
        return ""
    return found.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M") + f" {_offset(found)}"


def machine(at: int | float | str | datetime | None) -> str:
    """For the `datetime` of a `time` element: RFC 3339."""
    found = _instant(at)
    return "" if found is None else found.isoformat(timespec="seconds")


def _instant(at: int | float | str | datetime | None) -> datetime | None:
    """Microseconds since the epoch, RFC 3339, or what is a moment already; in local time."""
    if at is None or at == "":
        return None
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    if isinstance(at, int | float):
        at = datetime.fromtimestamp(at / SECOND, UTC)
    return at.astimezone()


def _offset(at: datetime) -> str:
    text = at.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def day(text: str | None) -> str:
    """YYYYMMDD; anything else as it is."""
    if not text:
        return ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def amount(text: str | float | Decimal | None) -> str:
    try:
        return f"{Decimal(str(text)):,.2f}"
    except (InvalidOperation, ValueError):
        return "" if text is None else str(text)


def parts(attribute: str, value: Value | None) -> list[str]:
    """A value's parts as text, those that are there: a document's number and expiry, a line and postcode."""
    if value is None:
        return []
    if isinstance(value, str):
        return [day(value) if attribute == "born" else value]
    first, *rest = value
    if attribute.partition(":")[0] == "document":
        rest = [day(part) for part in rest]
    return [part for part in (first, *rest) if part]


def joined(attribute: str, value: Value | Sequence[str | None] | None) -> str:
    """In one line, for comparing and for files."""
    if value is None or isinstance(value, str):
        return " · ".join(parts(attribute, value))
    return " · ".join(parts(attribute, tuple(value)))


def duration(seconds: float | None) -> str:
    """The largest unit that says it: 3 s, 12 min, 5 h, 4 d."""
    if seconds is None:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
