"""Values for example messages that mean something: ids, times, codes of the system's own tables, a customer.

The customer is invented; her identity number has a right check digit and belongs to nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.codes import UNKNOWN
from adapters.declaration.envelope import NewId
from adapters.meanings import coded_fields, meanings
from formats.codec import Path
from gateway.config.schema import SystemConf

ECIF_NO = "100000000456"
_BY_MEANING: dict[str, tuple[Any, ...]] = {
    "name": ("李小明", "LI XIAOMING"),
    "born": ("19900307",),
    "email": ("li@example.com",),
    "employer": ("试验公司", "SAMPLE CO"),
    "occupation": ("试验员", "TESTER"),
    "branch": ("230102",),
    "document number": ("110101199003074426",),
    "document expiry": ("20350614", "99991231"),
    "phone number": ("13900000001",),
    "mobile phone number": ("13900000001",),
    "home phone number": ("01060000001",),
    "address line": ("北京市东城区试验路2号", "2 SAMPLE ROAD"),
    "address postcode": ("100010",),
    "relation name": ("买买提·吐尔逊", "SAMPLE NAME"),
    "relation document number": ("650101198506153039",),
    "holding number": ("6200000000000000011", "620000000001"),
    "holding opened": ("20200101",),
    "customer number": ("000012345678", "12345678"),
}
_FIRST = ("CNY", "CHN", "female", "resident_id")


def example_values(
    system: SystemConf, type: str, standard: Mapping[str, Sequence[str]]
) -> dict[Path, Sequence[Any]]:
    found: dict[Path, Sequence[Any]] = {}
    for path, meaning in meanings(system.customer).items():
        found[path] = _BY_MEANING.get(meaning, ())
    for path, table in coded_fields(system.customer).items():
        found[path] = _codes(system, table, standard)
    return found | _around(system, type)


def _codes(system: SystemConf, table: str, standard: Mapping[str, Sequence[str]]) -> Sequence[Any]:
    """Those that suit the customer first."""
    own = system.codes.get(table) or {code: (code,) for code in standard.get(table, ())}
    codes = [code for code in own if code != UNKNOWN and own[code]]
    return [own[code][0] for code in sorted(codes, key=lambda code: code not in _FIRST)]


def _around(system: SystemConf, type: str) -> dict[Path, Sequence[Any]]:
    """Envelope, and the fields of replies and pushes."""
    envelope = system.envelope
    id = _sample_id(envelope.new_id)
    found: dict[Path, Sequence[Any]] = {(envelope.id,): (id,)}
    if envelope.duplicate and envelope.duplicate.field:
        found[envelope.duplicate.field,] = envelope.duplicate.no
    if system.sign_on is not None:
        found[system.sign_on.fields.system,] = (system.sign_on.name,)
    message = system.messages.get(type)
    known = {"reply_to": id, "code": "0000", "ecif_no": ECIF_NO, "version": 8, "text": ""}
    for key, name in getattr(message, "fields", None) or ():
        if name is not None and key in known and (name,) != (envelope.id,):
            found[name,] = (known[key], str(known[key]))
    if codes := getattr(message, "codes", None):
        found[message.fields.code,] = _codes(system, codes, {})  # type: ignore[union-attr]
    return found


def _sample_id(new_id: NewId) -> str:
    if new_id.uuid:
        return "0123456789abcdef0123456789abcdef"
    random = f"{new_id.prefix}{'SAMPLE':0<{(new_id.length or 12) - len(new_id.prefix) - 1}}1"
    counted = f"{1:0{new_id.count}d}" if new_id.count else ""
    return random + counted + "20260105093002"[-len(new_id.time) :] if new_id.time else random + counted
