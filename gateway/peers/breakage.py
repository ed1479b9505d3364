"""Messages broken on purpose, and the code that each must be refused with (the sheets' reply codes).

Every fault is made in the terms of the system's own conf, so it works for any system. A fault that a format
cannot carry (a seal covers the bytes) is replaced by the nearest it can; the expected code says which.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from formats.codec import Codec, Fields
from gateway.peers.forms import Form
from gateway.peers.letters import Letter, Letters
from gateway.peers.page import CLEAR

BAD_TEXT = b"\x0e\xff"
"""No text in any of GB18030, UTF-8 and CCSID 935 mixed (a shift out that nothing ends)."""


class Breakage:
    def __init__(self, form: Form, letters: Letters, codec: Codec, *, has_seal: bool) -> None:
        self._form, self._letters, self._codec, self._has_seal = form, letters, codec, has_seal
        self._name = next(box.field for box in form.boxes if box.attribute == "name")
        required = letters.messages[form.image_type].get("required", ())
        self._required = self._name if self._name in required else form.number
        """A text that must be there; a system may know customers without a name."""

    def broken(self, fault: str, image: Fields, former: Letter) -> tuple[Letter, str]:
        """The message and the code it must get. `former` is the record's last accepted message."""
        if fault == "reused_id":
            return self._letters.other_content(former, self._form), "1004"
        if fault in ("cut", "bad_type"):
            return self._damaged(fault, self._letters.customer(image))
        changed, code = _IN_FIELDS[fault](self, image)
        letter = self._letters.customer(image | changed)
        if fault == "bad_text" and BAD_TEXT not in self._codec.build(letter.type, letter.fields):
            return self._spoiled(image), code  # a format that never writes what cannot be read
        return letter, code

    def _spoiled(self, image: Fields) -> Letter:
        name = str(image[self._name]).encode()
        letter = self._letters.customer(image)
        return replace(letter, damage=lambda body: body.replace(name, BAD_TEXT, 1))

    def _damaged(self, fault: str, letter: Letter) -> tuple[Letter, str]:
        """Bytes changed after they were built: under a seal the seal is what breaks."""
        damage = _shortened if fault == "cut" or self._has_seal else self._other_type
        code = "1005" if self._has_seal else {"cut": "1001", "bad_type": "1002"}[fault]
        return replace(letter, damage=damage), code

    def _other_type(self, body: bytes) -> bytes:
        """The type's own characters the other way round: readable, and in no table."""
        type = self._codec.parse(body)[0].encode()
        if type in body:
            return body.replace(type, type[::-1], 1)
        return body[: len(type)][::-1] + body[len(type) :]

    def _bad_code(self, image: Fields) -> tuple[Fields, str]:
        kind = self._form.kind
        assert kind is not None
        return {kind.field: no_code_of(kind.codes or {})}, "1003"

    def _other_kind(self, image: Fields) -> tuple[Fields, str]:
        kind = self._form.kind
        assert kind is not None
        other = next(codes[0] for codes in (kind.codes or {}).values() if codes[0] != image[kind.field])
        return {kind.field: other}, "1006"

    def _blank(self, image: Fields) -> tuple[Fields, str]:
        return {self._required: ""}, "1006"

    def _cleared(self, image: Fields) -> tuple[Fields, str]:
        return {self._required: CLEAR}, "1006"

    def _bad_text(self, image: Fields) -> tuple[Fields, str]:
        return {self._name: BAD_TEXT}, "1001"

    def _no_seq(self, image: Fields) -> tuple[Fields, str]:
        return ({self._form.seq: -1}, "1001") if self._form.by_hub else ({self._form.seq: 0}, "1006")


_IN_FIELDS: Mapping[str, Callable[[Breakage, Fields], tuple[Fields, str]]] = {
    "bad_code": Breakage._bad_code,
    "other_kind": Breakage._other_kind,
    "blank": Breakage._blank,
    "cleared": Breakage._cleared,
    "bad_text": Breakage._bad_text,
    "no_seq": Breakage._no_seq,
}


def _shortened(body: bytes) -> bytes:
    """Cut where no field can hide it: the last one of a line may be shorter and still be one."""
    return body[: len(body) // 3]


def no_code_of(codes: Mapping[str, Any]) -> Any:
    used = [code for several in codes.values() for code in several]
    return 77 if isinstance(used[0], int) else next(char for char in "Z89" if char not in used)
