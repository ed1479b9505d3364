"""What one system's ISO 8583 messages consist of: how headers are written, the elements, and who has which.

An element is a content between lengths: a fixed size, or a prefix that counts bytes, or digits where two of
them share a byte. A content is one value, or it is composed (`composed`): tags, BER tags, positional parts.
Fields of a composed element carry its name: `DE48.02`, and so on inwards: `DE48.60.01`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from formats.codec import Fields
from formats.errors import Fault, Refused
from formats.iso8583.values import Value

PRIMARY, SECONDARY, TERTIARY = 64, 128, 192
_EBCDIC = bytes.maketrans(b"0123456789", bytes(range(0xF0, 0xFA)))
_ASCII = bytes.maketrans(bytes(range(0xF0, 0xFA)), b"0123456789")

Note: TypeAlias = Callable[[str, str], None]
"""label, rule: something that cannot be written."""


class Composed(Protocol):
    """A content of named members."""

    kind: str
    most: int

    def read(self, body: bytes, at: int, end: int, label: str, out: Fields, faults: list[Fault]) -> None:
        """Members that can be read go into `out` under `label.name`, the others among the faults."""

    def write(self, fields: Mapping[str, Any], label: str, note: Note) -> bytes:
        """The content of those members that `fields` has; what cannot be written is noted."""

    def members(self) -> Iterator[tuple[str, "Content"]]:
        """Names and contents, in the order in which they are written."""

    def slots(self, body: bytes, at: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Name, begin and end of every member that can be found."""


Content: TypeAlias = Value | Composed


def is_composed(content: Content) -> bool:
    return hasattr(content, "members")


@dataclass(frozen=True, slots=True)
class Prefix:
    """How many bytes, or digits, follow: as digits of a charset, two digits a byte, or a binary number."""

    digits: int
    coding: str = "ascii"
    """"ascii", "ebcdic", "bcd" or "binary" (then `digits` is its bytes)."""

    @property
    def size(self) -> int:
        return (self.digits + 1) // 2 if self.coding == "bcd" else self.digits

    @property
    def limit(self) -> int:
        return (1 << 8 * self.digits) - 1 if self.coding == "binary" else int("9" * self.digits)

    def read(self, data: bytes) -> int:
        if len(data) != self.size:
            raise Refused("ends early")
        if self.coding == "binary":
            return int.from_bytes(data)
        if self.coding == "bcd":
            text = data.hex().encode()
        else:
            text = data.translate(_ASCII) if self.coding == "ebcdic" else data
            if self.coding == "ebcdic" and data.translate(None, bytes(range(0xF0, 0xFA))):
                raise Refused("length not digits")
        if not text.isdigit():
            raise Refused("length not digits")
        return int(text)

    def write(self, number: int) -> bytes:
        if number > self.limit:
            raise Refused("over its length field")
        if self.coding == "binary":
            return number.to_bytes(self.digits)
        if self.coding == "bcd":
            return bytes.fromhex(f"{number:0{2 * self.size}d}")
        text = f"{number:0{self.digits}d}".encode()
        return text.translate(_EBCDIC) if self.coding == "ebcdic" else text


@dataclass(frozen=True, slots=True)
class Element:
    number: int
    content: Content
    prefix: Prefix | None = None
    """None for a fixed size, which the content knows."""
    most: int = 0
    """Of what the prefix counts."""
    unit: int = 1
    """How many of what the prefix counts share a byte: 2 for packed digits."""
    values: tuple[str, ...] = ()
    """The only ones there are; none: any."""
    default: str | None = None
    """Written where none is given."""

    @property
    def name(self) -> str:
        return f"DE{self.number}"

    def extent(self, body: bytes, at: int) -> tuple[int, int, int]:
        """(begin, end, count) of its content; Refused where it cannot be found. The body may end before."""
        if self.prefix is None:
            return at, at + self.content.size, self.content.size  # type: ignore[union-attr]
        begin = at + self.prefix.size
        count = self.prefix.read(body[at:begin])
        if count > self.most:
            raise Refused(f"over {self.most}")
        return begin, begin + (count + self.unit - 1) // self.unit, count


@dataclass(frozen=True, slots=True)
class Message:
    """The elements of one type, in their order. `usual`: those that its sheet marks as always there."""

    type: str
    elements: Mapping[int, Element]
    usual: frozenset[int]
    joined: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    """Name → elements of fixed sizes that are one value in a row, such as a message id."""
    mask: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", sum(bit(number) for number in self.elements))


def bit(number: int) -> int:
    """Of a bitmap of 192 bits, the first one the highest."""
    return 1 << (TERTIARY - number)


INDICATORS = bit(1) | bit(65)
"""Another bitmap follows the first, the second."""


@dataclass(frozen=True, slots=True)
class Spec:
    version: str
    """First digit of every type: 0 of 1987, 1 of 1993, 2 of 2003."""
    mti: str
    """"ascii", "ebcdic" or "bcd"."""
    bitmap: str
    """"binary", "hex" or "hex-ebcdic"."""
    elements: Mapping[int, Element]
    """All that may be met, the standard's own besides the declared ones."""
    declared: Mapping[int, Element]
    messages: Mapping[str, Message]
    joined: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    """As in `Message`, whatever its type has of them."""
    seal: int = 0
    """The element that holds it, the last one; 0 for none."""
    tertiary: bool = False

    @property
    def mti_size(self) -> int:
        return 2 if self.mti == "bcd" else 4

    @property
    def map_size(self) -> int:
        return 8 if self.bitmap == "binary" else 16

    def type_of(self, body: bytes) -> str:
        """ "" where it cannot be read."""
        data = body[: self.mti_size]
        if len(data) < self.mti_size:
            return ""
        if self.mti == "bcd":
            text = data.hex()
        elif self.mti == "ebcdic":
            text = "" if data.translate(None, _EBCDIC_DIGITS) else data.translate(_ASCII).decode("latin-1")
        else:
            text = data.decode("latin-1")
        return text if text.isascii() and text.isdecimal() else ""

    def type_bytes(self, type: str) -> bytes:
        if len(type) != 4 or not (type.isascii() and type.isdecimal()):
            raise Refused("unknown type")
        if self.mti == "bcd":
            return bytes.fromhex(type)
        return type.encode().translate(_EBCDIC) if self.mti == "ebcdic" else type.encode()

    def bits_of(self, body: bytes) -> tuple[int, int]:
        """(bits, where the elements begin). Refused where the bitmaps cannot be read."""
        at, bits = self.mti_size, 0
        for turn, indicator in enumerate((bit(1), bit(65), 0)):
            bits |= self._map(body[at : at + self.map_size]) << (TERTIARY - 64 * (turn + 1))
            at += self.map_size
            if not bits & indicator or (turn == 1 and not self.tertiary):
                break
        return bits, at

    def _map(self, data: bytes) -> int:
        if len(data) < self.map_size:
            raise Refused("ends early")
        if self.bitmap == "binary":
            return int.from_bytes(data)
        text = data.decode("cp037" if self.bitmap == "hex-ebcdic" else "latin-1")
        if text.translate(_HEX_DIGITS):
            raise Refused("not hex")
        return int(text, 16)

    def bitmaps(self, bits: int) -> bytes:
        """The bitmaps that these elements need, their indicators set."""
        maps = 1
        if self.tertiary and bits & (bit(SECONDARY) - 1):
            maps, bits = 3, bits | INDICATORS
        elif bits & (bit(PRIMARY) - 1):
            maps, bits = 2, bits | bit(1)
        data = bits.to_bytes(24)[: 8 * maps]
        if self.bitmap == "binary":
            return data
        return data.hex().upper().encode("cp037" if self.bitmap == "hex-ebcdic" else "ascii")

    def content_of(self, path: Sequence[str]) -> Content | None:
        """Of the field of that flat name; parts of a list's entries have none."""
        name, *inner = path[0].split(".") if path else [""]
        found = [e for e in self.declared.values() if e.name == name]
        content: Content | None = found[0].content if found else None
        for step in inner:
            members = dict(content.members()) if content is not None and is_composed(content) else {}  # type: ignore[union-attr]
            content = members.get(step)
        return content


_EBCDIC_DIGITS = bytes(range(0xF0, 0xFA))
_HEX_DIGITS = {ord(digit): None for digit in "0123456789abcdefABCDEF"}
