"""The kit finds what it is for."""

from typing import Any

import pytest

from formats.errors import FaultKind, FormatError
from formats.testing import check_format


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


@pytest.mark.parametrize("wrong", [Lenient, Forgetful, Nameless])
def test_a_wrong_codec_is_found(core: Any, wrong: Any) -> None:
    with pytest.raises(AssertionError):
        check_format(wrong(core.codec), [core.body("core 12.")])
