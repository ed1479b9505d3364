"""The kit finds what it is for."""

from typing import Any

import pytest

from formats.codec import FieldFacts
from formats.errors import Fault, FaultKind, FormatError, Place
from formats.framing import BinaryLength, FrameReader
from formats.testing import check_format, check_framing


class Lenient:
    """A codec that takes cut messages."""

    def __init__(self, codec: Any) -> None:
        self._codec = codec

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def parse(self, body: bytes) -> Any:
        return self._codec.parse(body.ljust(35, b"\x40"))


class Forgetful(Lenient):
    """A codec that builds another message than it parsed."""

    def parse(self, body: bytes) -> Any:
        type, fields = self._codec.parse(body)
        return type, fields | {"MSG-POSSDUP": "Y"}


class Nameless(Lenient):
    """A codec whose faults have no place."""

    def parse(self, body: bytes) -> Any:
        try:
            return self._codec.parse(body)
        except FormatError as error:
            raise FormatError(error.format, FaultKind.CONTENT, []) from None


class Talkative(Lenient):
    """A codec that says what it could not read."""

    def parse(self, body: bytes) -> Any:
        try:
            return self._codec.parse(body)
        except FormatError as error:
            value = str(error.fields.get("CUST-NAME", ""))
            fault = Fault(Place("CUST-NAME", 0, 1), f"bad {value}")
            raise FormatError(error.format, FaultKind.CONTENT, [fault]) from None


class Undeclared(Lenient):
    """A codec with a field that it does not declare."""

    def parse(self, body: bytes) -> Any:
        return self._codec.parse(body)

    def facts(self, type: str) -> list[FieldFacts]:
        facts: list[FieldFacts] = self._codec.facts(type)
        return facts[:-1]


@pytest.mark.parametrize("wrong", [Lenient, Forgetful, Nameless, Talkative, Undeclared])
def test_a_wrong_codec_is_found(core: Any, wrong: Any) -> None:
    with pytest.raises(AssertionError):
        check_format(wrong(core.codec), [core.body("core 12.")])


class Hasty(BinaryLength):
    """A framing whose reader takes what comes in one go for one frame."""

    def reader(self, format: str = "frame") -> FrameReader:
        return _HastyReader(super().reader(format))


class _HastyReader:
    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def feed(self, data: bytes) -> None:
        if len(data) > 1:
            self._reader.feed(data)


def test_a_framing_that_depends_on_the_chunking_is_found() -> None:
    bodies = [b"one", b"three", b"five" * 9]
    check_framing(BinaryLength(kind="binary_length", size=2, limit=99), bodies)
    with pytest.raises(AssertionError):
        check_framing(Hasty(kind="binary_length", size=2, limit=99), bodies)
