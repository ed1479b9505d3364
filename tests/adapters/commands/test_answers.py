"""What conf says of a sign-on goes with the command."""

from collections.abc import Callable

import msgspec

from adapters.commands.answers import sign_on_reader
from adapters.declaration.sections import SystemSections
from ecif.messages import Envelope, SignOn


def test_a_sign_on_says_how_long_its_nonce_may_not_come_again(
    sections: Callable[[str], SystemSections],
) -> None:
    section = sections("ebank").sign_on
    assert section is not None
    envelope = Envelope("ebank", "0x01", "m", b"m", None, False, "", b"", 0)
    for seconds in (60, 900):
        read = sign_on_reader(section.model_copy(update={"nonce_seconds": seconds}), 0)
        command = read(envelope, {section.fields.system: section.name, section.fields.nonce: "ab"}, [])
        assert isinstance(command, SignOn)
        assert (command.nonce, command.nonce_seconds) == ("ab", seconds)
        assert msgspec.json.decode(msgspec.json.encode(command), type=SignOn) == command
