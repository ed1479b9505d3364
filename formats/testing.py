"""The kit for whoever declares a format: run it over the layouts before writing a test of one's own.

    check_format(codec, bodies)
    check_framing(framing, bodies)

Every body must be canonical (as the codec itself writes it): it is parsed and built again to the same bytes.
Besides `bodies` there are messages that nobody wrote (`formats.samples`): each type with every field filled,
blank, and some at random. The first one of each type is also cut at every length, followed by a byte, and
damaged at every byte in two ways (a long one at fewer places): each time there is a value that can be
written and read again, or a FormatError whose faults have a place inside the message and say nothing of its
content.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import Any

from formats.codec import Codec, Path
from formats.errors import FaultKind, FormatError
from formats.framing import Framing
from formats.samples import example, wild_messages

_DAMAGE = (0x00, 0x0E, 0x40, 0x80, 0xF5, 0xFF)


def check_format(codec: Codec, bodies: Iterable[bytes]) -> None:
    check_facts(codec)
    harmed: set[str] = set()
    for body in [*bodies, *made_messages(codec)]:
        check_message(codec, body)
        type = codec.peek(body)[0]
        if type not in harmed:
            check_cut(codec, body)
            check_damage(codec, body)
        harmed.add(type)


def made_messages(codec: Codec) -> Iterator[bytes]:
    yield from (example(codec, type) for type in codec.types)
    yield from blank_messages(codec)
    yield from islice(wild_messages(codec, 1), 3 * len(codec.types))


def blank_messages(codec: Codec) -> Iterator[bytes]:
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


def _paths(fields: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    for name, value in fields.items():
        yield (*above, name)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, name))
        if isinstance(value, list) and name != "unknown":
            for i, entry in enumerate(value):
                if isinstance(entry, Mapping):
                    yield from _paths(entry, (*above, name, i))


def check_cut(codec: Codec, body: bytes) -> None:
    """Of lines whose end only their framing tells (`open_ended`) a part may be a message, too."""
    secrets = secrets_of(codec, body)
    if getattr(codec, "open_ended", False):
        for part in (*(body[:size] for size in range(len(body))), body + b"\0"):
            check_any(codec, part, secrets)
        return
    for size in range(0, len(body), _step(body)):
        assert refused(codec, body[:size], secrets), f"{codec.name}: takes a message cut at {size}"
    assert refused(codec, body + b"\0"), f"{codec.name}: takes a message with a byte behind it"


def _step(body: bytes) -> int:
    """Long messages say the same of themselves many times over."""
    return 1 + len(body) // 600


def check_damage(codec: Codec, body: bytes) -> None:
    secrets = secrets_of(codec, body)
    for at in range(0, len(body), _step(body)):
        for i in (at, at + 2):
            byte = _DAMAGE[i % len(_DAMAGE)]
            check_any(codec, body[:at] + bytes([byte]) + body[at + 1 :], secrets)
    for at in range(0, len(body), 1 + len(body) // 8):
        check_places(codec, body[:at] + b"\xff" + body[at + 1 :], codec.parse(body)[1])


def check_places(codec: Codec, body: bytes, fields: Mapping[str, Any]) -> None:
    """Where the fields stand is known as well as can be, of a broken message too."""
    for path in _paths(fields):
        assert codec.place(body, path).label, f"{codec.name}: {path} has no label"


def check_any(codec: Codec, body: bytes, secrets: Iterable[str] = ()) -> None:
    """Any bytes at all: a value that survives writing and reading, or a clean refusal."""
    head = codec.peek(body)[1]
    assert len(codec.content(body, head)) == len(body)
    if not refused(codec, body, secrets):
        type, fields = codec.parse(body)
        assert survives(codec, type, fields), f"{codec.name} {type}: not stable"


def survives(codec: Codec, type: str, fields: Mapping[str, Any]) -> bool:
    """Written and read again all values are there: a blank may be left out then, or get its default; after
    that nothing changes any more."""
    again = codec.parse(codec.build(type, fields))
    if again == (type, fields):
        return True
    told = {name: value for name, value in fields.items() if value not in ("", None)}
    settled = codec.parse(codec.build(*again))
    return again[0] == type and settled == again and all(again[1].get(name) == told[name] for name in told)


def refused(codec: Codec, body: bytes, secrets: Iterable[str] = ()) -> bool:
    try:
        codec.parse(body)
    except FormatError as error:
        check_error(codec, error, len(body))
        text = f"{error} {error!r}"
        assert not any(secret in text for secret in secrets), f"{codec.name}: an error holds a value"
        return True
    return False


def secrets_of(codec: Codec, body: bytes) -> list[str]:
    """Values long enough not to be met by chance."""
    type, fields = codec.parse(body)
    types = {fact.path[0] for fact in codec.facts(type) if fact.kind == "type"}
    told = {name: value for name, value in fields.items() if name not in types}
    return [text for value in _values(told) if len(text := str(value)) > 5 and text != type]


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    else:
        yield value


def check_error(codec: Codec, error: FormatError, size: int) -> None:
    assert error.format == codec.name
    assert error.faults
    for fault in error.faults:
        assert 0 <= fault.place.offset <= size, f"{codec.name}: {fault.place} in {size} bytes"
        assert fault.place.label
        assert fault.rule
        assert fault.text().isascii()
        assert len(fault.text()) <= 60


def check_framing(framing: Framing, bodies: Sequence[bytes]) -> None:
    """Any chunking of a line gives the same frames, and any bytes give frames or a clean error."""
    line = b"".join(framing.wrap(body) for body in bodies)
    random = Random(1)
    whole = frames_of(framing, [line])
    assert whole == (list(bodies), ""), "the frames of a line are not its messages"
    assert frames_of(framing, _chunks(line, [1] * len(line))) == whole, "byte by byte there are other frames"
    for _ in range(20):
        cuts = [random.randint(1, 2 * len(line) // (len(bodies) + 1)) for _ in range(len(line))]
        assert frames_of(framing, _chunks(line, cuts)) == whole, "another chunking gives other frames"
        damaged = bytearray(line)
        for _ in range(3):
            damaged[random.randrange(len(line))] = random.randrange(256)
        found = frames_of(framing, [bytes(damaged)])
        assert frames_of(framing, _chunks(bytes(damaged), cuts)) == found, "damage depends on the chunking"


def _chunks(line: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        yield line[at : at + size]
        at += size


def frames_of(framing: Framing, chunks: Iterable[bytes]) -> tuple[list[bytes], str]:
    """The frames found, and the error that ended the line."""
    reader = framing.reader("line")
    found: list[bytes] = []
    for chunk in chunks:
        reader.feed(chunk)
        while True:
            try:
                frame = reader.next_frame()
            except FormatError as error:
                if error.kind is FaultKind.LENGTH:
                    return found, str(error)
                continue
            if frame is None:
                break
            found.append(frame)
    return found, ""
