"""One system's own messages: ids, times, duplicate flag, replies, and messages broken on purpose.

Made from the sections [envelope], [messages] and [sign_on] of its conf and its codec. Each message is a
`Letter` whose fields are kept, because a resend must carry the same content as the first copy.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from formats.codec import Codec, Fields
from formats.errors import FaultKind, FormatError
from gateway.peers.forms import Form
from gateway.peers.profiles import profile_of

POSITIVE = frozenset(("0000", "0001", "0002", "0003"))
LONG_AGO = "20000101000000"
AGAIN = frozenset(("9001", "9002"))
UNREAD = {
    FaultKind.LENGTH: "1001",
    FaultKind.SEAL: "1005",
    FaultKind.VERSION: "1002",
    FaultKind.TYPE: "1002",
    FaultKind.CONTENT: "1001",
}


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
    def __init__(
        self,
        system: str,
        sections: Mapping[str, Any],
        codec: Codec,
        *,
        clock: Callable[[], float] = time.time,
        draw: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`clock` tells seconds since the epoch; of `draw` ids and nonces are made."""
        self._system, self._codec, self._clock, self._draw = system, codec, clock, draw
        self._envelope = sections["envelope"]
        self.messages: Mapping[str, Mapping[str, Any]] = sections["messages"]
        self._sign_on = sections.get("sign_on")
        self._zone = _zone(sections["system"].get("time_zone", "+08:00"))
        self._by_role = {message["role"]: name for name, message in reversed(self.messages.items())}
        self._prefix = system[0].upper() + draw(2).hex().upper()
        self._codes = sections.get("codes", {})
        self._greeting: Mapping[str, Any] = sections.get("greeting", {})
        self._repeats: Mapping[str, str] = self._envelope.get("duplicate", {}).get("types", {})
        self._unknown = sections.get("unknown", {})
        self._number = str(sections["customer"]["number"])
        self._stamps = profile_of(system).stamps
        self._count = 0

    # --- writing ------------------------------------------------------------------------------------------

    def customer(self, content: Fields) -> Letter:
        """One without a number is opened, where the hub gives the numbers."""
        role = "change" if self._number in content else "open"
        return self._letter(self._by_role.get("customer") or self._by_role[role], content)

    def verify(self, ecif_no: str, identity: tuple[str, Any, str]) -> Letter | None:
        """The original of that document was seen."""
        if (how := self._role("verify")) is None:
            return None
        names, (_, kind, number) = how["fields"], identity
        document = {names["document_type"]: kind, names["document_number"]: number}
        return self._letter(self._by_role["verify"], {names["ecif_no"]: ecif_no} | document)

    def outdated(self, letter: Letter) -> Letter:
        """The same, sent long before."""
        return replace(letter, fields=letter.fields | {self._envelope["sent_at"]: LONG_AGO})

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
            names["nonce"]: self._draw(16).hex(),
        }
        return self._letter(how["type"], content)

    def heartbeat(self) -> Letter | None:
        if (how := self._role("heartbeat")) is None or "reply" not in how:
            return None
        return self._letter(self._by_role["heartbeat"], dict(how.get("says", {})))

    def bytes_of(self, letter: Letter, *, again: bool = False) -> bytes:
        fields = dict(letter.fields)
        flag = self._flag(letter.type)
        if again and flag:
            fields[flag["field"]] = flag["yes"]
        type = self._repeats.get(letter.type, letter.type) if again else letter.type
        body = self._codec.build(type, fields)
        return letter.damage(body) if letter.damage else body

    def other_content(self, letter: Letter, form: Form) -> Letter:
        """The same id, something else said."""
        name = next(box.field for box in form.boxes if box.attribute == "name")
        return replace(letter, fields=letter.fields | {name: f"{letter.fields[name]}1"[-20:]})

    def _letter(self, type: str, content: Fields, reply_to: str = "") -> Letter:
        id_field = self._envelope["id"]
        here = self._codec.paths(type)
        fields = {name: text for name, text in self._stamps.items() if (name,) in here} | dict(content)
        fields.setdefault(id_field, reply_to or self._new_id())
        if (self._envelope["sent_at"],) in here and "time" not in self._envelope["new_id"]:
            fields[self._envelope["sent_at"]] = self._now()
        if flag := self._flag(type):
            fields[flag["field"]] = flag["no"][0]
        return Letter(type, str(fields[id_field]), fields)

    def _flag(self, type: str) -> Mapping[str, Any] | None:
        """The field that marks a possible duplicate, where this type has it."""
        how: Mapping[str, Any] = self._envelope.get("duplicate", {})
        return how if (how.get("field", ""),) in self._codec.paths(type) else None

    def _new_id(self) -> str:
        how = self._envelope["new_id"]
        if how.get("uuid"):
            return UUID(bytes=self._draw(16), version=4).hex
        self._count += 1
        digits = int(how["length"]) - len(self._prefix)
        count, time = int(how.get("count", 0)), len(how.get("time", ""))
        tail = f"{self._count % 10**count:0{count}d}" if count else ""
        return f"{self._prefix}{self._count:0{digits}d}{tail}{self._now()[-time:] if time else ''}"

    def _now(self) -> str:
        return f"{datetime.fromtimestamp(self._clock(), self._zone):%Y%m%d%H%M%S}"

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
        shared = any("push" in self.messages[one] for one in (type, self._first_copy(type)))
        return "push" if shared else str(self.messages[type]["role"]), type, fields

    def _first_copy(self, type: str) -> str:
        return next((first for first, again in self._repeats.items() if again == type), type)

    def answer_of_no_type(self, error: FormatError) -> Answer | None:
        """A message whose type nobody knows is answered with that same type, where conf says so."""
        same = self._unknown.get("reply") == "=" and error.kind is FaultKind.TYPE
        return self.answer(self._unknown["like"], dict(error.fields)) if same else None

    def answer(self, type: str, fields: Fields) -> Answer:
        names = self.messages[type]["fields"]
        to, code, ecif_no, text = (
            str(fields.get(names[key], "")) for key in ("reply_to", "code", "ecif_no", "text")
        )
        code = code or self._from_short(type, fields)
        version = int(fields.get(names["version"], 0) or 0)
        return Answer(to, self._standard_code(type, code), ecif_no, version, text)

    def _standard_code(self, type: str, own: str) -> str:
        """Some systems write the reply codes in their own way."""
        table = self._reply_codes(type)
        return next((code for code, owns in table.items() if own in map(str, owns)), own)

    def _from_short(self, type: str, fields: Fields) -> str:
        short = self.messages[type].get("short", {})
        own = str(fields.get(short.get("field", ""), ""))
        return str(short.get("read", {}).get(own, own))

    def _shorts(self, type: str, code: str) -> Fields:
        """The short code beside the exact one."""
        if not (short := self.messages[type].get("short")):
            return {}
        own = next((own for own, codes in short["write"].items() if code in codes), short["otherwise"])
        return {short["field"]: own}

    def _echoes(self, type: str, asked: Fields) -> Fields:
        return {name: asked[name] for name in self.messages[type].get("echo", ()) if name in asked}

    @property
    def is_greeted(self) -> bool:
        """Whether the hub signs on before anything else is said."""
        return bool(self._greeting)

    def greets(self, type: str, fields: Fields) -> bool:
        says = self._greeting.get("says", {}).items()
        return type == self._greeting.get("type") and all(fields.get(name) == own for name, own in says)

    def _reply_codes(self, type: str) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self._codes.get(self.messages[type].get("codes", ""), {})
        return table

    def message_id(self, fields: Fields) -> str:
        return str(fields[self._envelope["id"]])

    def flagged(self, type: str, fields: Fields) -> bool:
        """Whether it says that it may have come before; True where the system has no flag."""
        if self._repeats:
            return type in self._repeats.values()
        flag = self._flag(type)
        return not flag or fields.get(flag["field"]) == flag["yes"]

    def heartbeat_reply(self, type: str, fields: Fields) -> Letter:
        reply = self.messages[type]["reply"]
        content = self._echoes(reply, fields) | self._shorts(reply, "0000")
        return self._letter(reply, content, self.message_id(fields))

    def push_refusal(self, error: FormatError, body: bytes) -> Letter | None:
        """The answer to a push that cannot be read; None where it cannot be told that it is one, or which."""
        type, head = self._codec.peek(body)
        type, name = error.type or type, self._envelope["id"]
        message = self.messages.get(self._first_copy(type), {})
        pushed = error.fields.get(name) or head.get(name)
        if not pushed or not (message.get("role") == "push" or "push" in message):
            return None
        code = UNREAD[error.kind]
        names = self.messages[message["reply"]]["fields"]
        own = self._reply_codes(message["reply"]).get(code, [code])[0]
        content = {names["reply_to"]: pushed, names["code"]: own} | self._shorts(message["reply"], code)
        return self._letter(message["reply"], content | self._echoes(message["reply"], dict(error.fields)))

    def push_parts(self, type: str, fields: Fields) -> tuple[str, int]:
        """ECIF number and version."""
        message = self.messages[self._first_copy(type)]
        names = message.get("push") or message["fields"]
        return str(fields[names["ecif_no"]]), int(fields[names["version"]])

    def push_reply(self, type: str, fields: Fields, code: str, ecif_no: str, version: int) -> Letter:
        reply = self.messages[type]["reply"]
        names = self.messages[reply]["fields"]
        pushed = self.message_id(fields)
        own = self._reply_codes(reply).get(code, [code])[0]
        content = {names["reply_to"]: pushed, names["code"]: own}
        told = {names["ecif_no"]: ecif_no, names["version"]: version}
        if self.messages[reply].get("sparse"):
            told = {name: value for name, value in told.items() if value}
        own_and_echoed = self._shorts(reply, code) | self._echoes(reply, fields)
        return self._letter(reply, content | told | own_and_echoed)


def _zone(text: str) -> timezone:
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text.lstrip("+-").partition(":")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes or 0)))
