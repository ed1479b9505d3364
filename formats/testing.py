"""The kit for whoever declares a format: run it over the layouts before writing a test of one's own.

    check_format(codec, bodies)

Every body must be canonical (as the codec itself writes it): it is parsed and built again to the same bytes.
The first one of each type is also cut at every length, followed by a byte, and damaged at every byte in two
ways: each time there is a value that can be written and read again, or a FormatError whose faults have a
place inside the message and say nothing of its content. Types without a body go the same way, blank.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from formats.codec import Codec, Path
from formats.errors import FormatError

_DAMAGE = (0x00, 0x0E, 0x40, 0x80, 0xFF)


def check_format(codec: Codec, bodies: Iterable[bytes]) -> None:
    check_facts(codec)
    harmed: set[str] = set()
    for body in [*bodies, *blank_messages(codec)]:
        check_message(codec, body)
        type = codec.peek(body)[0]
        if type not in harmed:
            check_cut(codec, body)
            check_damage(codec, body)
        harmed.add(type)


def blank_messages(codec: Codec) -> Iterable[bytes]:
    """Of every type that can be blank (a text of a given length, for one, cannot)."""
    for type in codec.types:
        try:
            yield codec.build(type, {})
        except FormatError:
            continue


def check_facts(codec: Codec) -> None:
    """Every field is declared once, what holds others before what it holds."""
    for type in codec.types:
        seen: set[Path] = set()
        for fact in codec.facts(type):
            which = f"{codec.name} {type}: {fact.path}"
            assert fact.path not in seen, f"{which} is declared twice"
            assert len(fact.path) == 1 or fact.path[:-1] in seen, f"{which} stands before its group"
            assert fact.label, f"{which} has no label"
            assert fact.scalar is not None or fact.kind, f"{which} is of no kind"
            assert (fact.kind == "list") == (fact.occurs is not None), f"{which}: only lists occur"
            seen.add(fact.path)
        assert seen == set(codec.paths(type)), f"{codec.name} {type}: facts and paths differ"


def check_message(codec: Codec, body: bytes) -> None:
    type, fields = codec.parse(body)
    assert codec.build(type, fields) == body, f"{codec.name} {type}: built otherwise than parsed"
    assert codec.peek(body)[0] == type
    assert len(codec.content(body, ())) == len(body)
    paths = set(codec.paths(type))
    for path in _paths(fields):
        without = tuple(step for step in path if isinstance(step, str))
        assert without in paths or "unknown" in without, f"{codec.name} {type}: {path} is not among its paths"
        place = codec.place(body, path)
        assert 0 <= place.offset <= place.offset + place.size <= len(body), f"{path} at {place}"


def _paths(fields: Mapping[str, Any], above: Path = ()) -> Iterable[Path]:
    for name, value in fields.items():
        yield (*above, name)
        if isinstance(value, list) and name != "unknown":
            for i, entry in enumerate(value):
                yield from _paths(entry, (*above, name, i))


def check_cut(codec: Codec, body: bytes) -> None:
    for size in range(len(body)):
        assert refused(codec, body[:size]), f"{codec.name}: takes a message cut at {size}"
    assert refused(codec, body + b"\0"), f"{codec.name}: takes a message with a byte behind it"


def check_damage(codec: Codec, body: bytes) -> None:
    for at in range(len(body)):
        for i in (at, at + 2):
            byte = _DAMAGE[i % len(_DAMAGE)]
            check_any(codec, body[:at] + bytes([byte]) + body[at + 1 :])


def check_any(codec: Codec, body: bytes) -> None:
    """Any bytes at all: a value that survives writing and reading, or a clean refusal."""
    head = codec.peek(body)[1]
    assert len(codec.content(body, head)) == len(body)
    if not refused(codec, body):
        type, fields = codec.parse(body)
        assert codec.parse(codec.build(type, fields)) == (type, fields), f"{codec.name} {type}: not stable"


def refused(codec: Codec, body: bytes) -> bool:
    try:
        codec.parse(body)
    except FormatError as error:
        check_error(codec, error, len(body))
        return True
    return False


def check_error(codec: Codec, error: FormatError, size: int) -> None:
    assert error.format == codec.name
    assert error.faults
    for fault in error.faults:
        assert 0 <= fault.place.offset <= size, f"{codec.name}: {fault.place} in {size} bytes"
        assert fault.place.label
        assert fault.rule
        assert fault.text().isascii()
        assert len(fault.text()) <= 60
