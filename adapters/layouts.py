"""Two versions of one system's layouts at once, for the weeks in which it changes over.

Some of its programs speak the present version, some the coming one, on the same lines. A message is read in
the version it was written in, and its answer is written in that; pushes go in one version, which conf names:
what a system is believed to hold is compared in the form of its pushes, so there cannot be two. [layouts]:

    told_by = "length"                                a message is of the version whose layout it fits
    told_by = { field = "MSG-VERSION", is = "2" }     of the coming one where that field of it says so

Where a message fits both, or neither, it counts as of the present version, and is refused in its terms.
"""

from collections.abc import Callable
from typing import Literal

from adapters.commands.incoming import Heartbeat, Incoming
from adapters.declaration.declared import Declared, Name
from adapters.dialect import SystemDialect
from ecif.messages import Envelope, Reply
from ecif.model import Value
from formats.codec import Codec
from formats.errors import DeclarationError, FormatError

IsComing = Callable[[bytes], bool]


class VersionField(Declared):
    """A field of the coming version, and what it says there."""

    field: Name
    is_: Name

    model_config = Declared.model_config | {"alias_generator": lambda name: name.rstrip("_")}


class LayoutsSection(Declared):
    """[layouts]: the coming version beside the present one."""

    next: Name
    """A file beside system.toml with all that differs: it is laid over it, table by table."""
    told_by: Literal["length"] | VersionField
    """How one sees which version a message is of."""
    pushes: Literal["present", "next"] = "present"
    """Which one pushes are written in."""


class TwoLayouts(SystemDialect):
    """What the hub says by itself (pushes, line tests, its sign-on) is of the version pushes go in."""

    def __init__(self, present: SystemDialect, coming: SystemDialect, section: LayoutsSection) -> None:
        speaking = coming if section.pushes == "next" else present
        super().__init__(speaking.name, speaking.sections, speaking.codec, speaking.mapped, speaking.draw)
        self._present, self._coming = present, coming
        self._is_coming = _teller(present.codec, coming.codec, section.told_by)

    def read(self, body: bytes, received_at: int) -> Incoming:
        return self._of(body).read(body, received_at)

    def reply(self, envelope: Envelope, reply: Reply, now: int) -> bytes | None:
        return self._of(envelope.raw).reply(envelope, reply, now)

    def heartbeat_answer(self, heartbeat: Heartbeat, now: int) -> bytes | None:
        return self._of(heartbeat.envelope.raw).heartbeat_answer(heartbeat, now)

    def repeated(self, body: bytes) -> bytes:
        """In the version in which it left first, also after the pushes have changed over."""
        return self._of(body).repeated(body)

    def shown(self, body: bytes) -> dict[str, Value | None]:
        return self._of(body).shown(body)

    def _of(self, body: bytes) -> SystemDialect:
        return self._coming if self._is_coming(body) else self._present


def two_layouts(present: SystemDialect, coming: SystemDialect, section: LayoutsSection) -> SystemDialect:
    """Raises an ExceptionGroup of DeclarationErrors where the two cannot be told apart as declared."""
    how, codec = section.told_by, coming.codec
    if isinstance(how, VersionField) and not any((how.field,) in codec.paths(one) for one in codec.types):
        fault = DeclarationError("no message of the coming version has it", key="layouts.told_by.field")
        raise ExceptionGroup(f"system {present.name} cannot work as declared", [fault])
    return TwoLayouts(present, coming, section)


def _teller(present: Codec, coming: Codec, told_by: Literal["length"] | VersionField) -> IsComing:
    if isinstance(told_by, VersionField):
        name, says = told_by.field, told_by.is_
        return lambda body: _said(coming, body, name) == says
    return lambda body: _fits(coming, body) and not _fits(present, body)


def _said(codec: Codec, body: bytes, name: str) -> str:
    try:
        return str(codec.parse(body)[1].get(name, ""))
    except FormatError as error:
        return str(error.fields.get(name, ""))


def _fits(codec: Codec, body: bytes) -> bool:
    try:
        codec.parse(body)
    except FormatError:
        return False
    return True
