"""One system's own messages: ids, times, duplicate flag, replies, and messages broken on purpose.

Made from the sections [envelope], [messages] and [sign_on] of its conf and its codec. Each message is a
`Letter` whose fields are kept, because a resend must carry the same content as the first copy.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from formats.codec import Codec, Fields
from gateway.peers.forms import Form

POSITIVE = frozenset(("0000", "0001", "0002", "0003"))
AGAIN = frozenset(("9001", "9002"))


@dataclass(frozen=True)
class Letter:
    """One message to send, and again, until it is answered."""

    type: str
    id: str
    fields: Fields
    damage: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True)
class Answer:
    """What came back."""

    to: str
    code: str
    ecif_no: str
    version: int
    text: str


class Letters:
    def __init__(self, system: str, sections: Mapping[str, Any], codec: Codec) -> None:
        self._system, self._codec = system, codec
        self._envelope = sections["envelope"]
        self.messages: Mapping[str, Mapping[str, Any]] = sections["messages"]
        self._sign_on = sections.get("sign_on")
        self._zone = _zone(sections["system"].get("time_zone", "+08:00"))
        self._by_role = {message["role"]: name for name, message in reversed(self.messages.items())}
        self._prefix = system[0].upper() + secrets.token_hex(2).upper()
        self._codes = sections.get("codes", {})
        self._count = 0

    # --- writing ------------------------------------------------------------------------------------------

    def customer(self, content: Fields) -> Letter:
        return self._letter(self._by_role["customer"], content)

    def renumber(self, old: str, new: str, seq: int) -> Letter | None:
        if (how := self._role("renumber")) is None:
            return None
        names = how["fields"]
        content = {names["old"]: old, names["new"]: new, names["seq"]: seq}
        return self._letter(self._by_role["renumber"], content)

    def identify(self, identity: tuple[str, Any, str]) -> Letter | None:
        if (how := self._role("identify")) is None:
            return None
        names, (name, kind, number) = how["fields"], identity
        document = {names["document_type"]: kind, names["document_number"]: number}
        if "documents" in names:
            document = {names["documents"]: [document]}
        return self._letter(self._by_role["identify"], {names["name"]: name} | document)

    def query(self, customer_no: str) -> Letter | None:
        if (how := self._role("query")) is None:
            return None
        return self._letter(self._by_role["query"], {how["fields"]["customer_no"]: customer_no})

    def sign_on(self) -> Letter | None:
        if (how := self._sign_on) is None:
            return None
        names = how["fields"]
        content = {
            names["system"]: how["name"],
            names["time"]: self._now(),
            names["nonce"]: secrets.token_hex(16),
        }
        return self._letter(how["type"], content)

    def heartbeat(self) -> Letter | None:
        if (how := self._role("heartbeat")) is None or "reply" not in how:
            return None
        return self._letter(self._by_role["heartbeat"], {})

    def bytes_of(self, letter: Letter, *, again: bool = False) -> bytes:
        fields = dict(letter.fields)
        how = self._envelope.get("duplicate")
        if again and how and (how["field"],) in self._codec.paths(letter.type):
            fields[how["field"]] = how["yes"]
        body = self._codec.build(letter.type, fields)
        return letter.damage(body) if letter.damage else body

    def other_content(self, letter: Letter, form: Form) -> Letter:
        """The same id, something else said."""
        name = next(box.field for box in form.boxes if box.attribute == "name")
        return replace(letter, fields=letter.fields | {name: f"{letter.fields[name]}1"[-20:]})

    def _letter(self, type: str, content: Fields, reply_to: str = "") -> Letter:
        id_field = self._envelope["id"]
        here = self._codec.paths(type)
        fields = dict(content)
        fields.setdefault(id_field, reply_to or self._new_id())
        if (self._envelope["sent_at"],) in here:
            fields[self._envelope["sent_at"]] = self._now()
        how = self._envelope.get("duplicate")
        if how and (how["field"],) in here:
            fields[how["field"]] = how["no"][0]
        return Letter(type, str(fields[id_field]), fields)

    def _new_id(self) -> str:
        how = self._envelope["new_id"]
        if how.get("uuid"):
            return uuid4().hex
        self._count += 1
        digits = int(how["length"]) - len(self._prefix)
        return f"{self._prefix}{self._count:0{digits}d}"

    def _now(self) -> str:
        return f"{datetime.now(UTC).astimezone(self._zone):%Y%m%d%H%M%S}"

    def _role(self, role: str) -> Mapping[str, Any] | None:
        name = self._by_role.get(role)
        return None if name is None else self.messages[name]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self._by_role)

    # --- reading ------------------------------------------------------------------------------------------

    def read(self, body: bytes) -> tuple[str, str, Fields]:
        """Role, type and fields."""
        type, fields = self._codec.parse(body)
        return str(self.messages[type]["role"]), type, fields

    def answer(self, type: str, fields: Fields) -> Answer:
        names = self.messages[type]["fields"]
        to, code, ecif_no, text = (
            str(fields.get(names[key], "")) for key in ("reply_to", "code", "ecif_no", "text")
        )
        version = int(fields.get(names["version"], 0) or 0)
        return Answer(to, self._standard_code(type, code), ecif_no, version, text)

    def _standard_code(self, type: str, own: str) -> str:
        """Some systems write the reply codes in their own way."""
        table = self._reply_codes(type)
        return next((code for code, owns in table.items() if own in map(str, owns)), own)

    def _reply_codes(self, type: str) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self._codes.get(self.messages[type].get("codes", ""), {})
        return table

    def message_id(self, fields: Fields) -> str:
        return str(fields[self._envelope["id"]])

    def flagged(self, fields: Fields) -> bool:
        """Whether it says that it may have come before; True where the system has no flag."""
        how = self._envelope.get("duplicate")
        return not how or fields.get(how["field"]) == how["yes"]

    def heartbeat_reply(self, type: str, fields: Fields) -> Letter:
        return self._letter(self.messages[type]["reply"], {}, self.message_id(fields))

    def push_parts(self, type: str, fields: Fields) -> tuple[str, int]:
        """ECIF number and version."""
        names = self.messages[type]["fields"]
        return str(fields[names["ecif_no"]]), int(fields[names["version"]])

    def push_reply(self, type: str, fields: Fields, code: str, ecif_no: str, version: int) -> Letter:
        reply = self.messages[type]["reply"]
        names = self.messages[reply]["fields"]
        pushed = self.message_id(fields)
        own = self._reply_codes(reply).get(code, [code])[0]
        content = {names["reply_to"]: pushed, names["code"]: own}
        content |= {names["ecif_no"]: ecif_no, names["version"]: version}
        return self._letter(reply, content)


def _zone(text: str) -> timezone:
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text.lstrip("+-").partition(":")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes or 0)))
