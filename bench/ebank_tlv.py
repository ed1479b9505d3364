"""ebank's customer message 0x20 (ebank.md) beside hand-written code, its seal left out on both sides.

**naive** reads every TLV into a dict of bytes first and takes its fields out of it; **tuned** goes through
the TLVs once with a chain of comparisons in the order of the sheet, checked as strictly as ours.
"""

import struct
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.contest import Contest
from bench.samples import codec_of
from formats.charsets.charset import charset

UTF_8 = charset("utf-8")
CELL = struct.Struct(">HH")
AT_MOST_1_2 = 1 / 1.2

CUSTOMER: dict[str, Any] = {
    "type": "0x20",
    "id": "00112233445566778899aabbccddeeff",
    "flags": 0,
    "time": "20260105093000",
    "number": "E000000042",
    "seq": 31,
    "kind": 1,
    "name": "李小明",
    "born": "19900307",
    "gender": 1,
    "documents": [{"type": 1, "number": "110101199003074426", "expiry": "20350614"}],
    "phones": [{"use": 1, "number": "13900000001"}, {"use": 2, "number": "010-60000001"}],
    "addresses": [{"use": 1, "line": "北京市东城区试验路2号", "postcode": "100010"}],
    "email": "xm@example.com",
    "employer": "试验（北京）贸易有限公司",
    "risk": 2,
    "nationality": "CHN",
}


class NoSeal:
    size = 32

    def over(self, data: bytes) -> bytes:
        return bytes(32)

    def holds(self, data: bytes, code: bytes) -> bool:
        return True


def contests(conf: Path) -> Iterable[Contest]:
    codec = codec_of(conf, "ebank", NoSeal())
    body = codec.build("0x20", CUSTOMER)
    yield Contest(
        "ebank TLV 0x20",
        "parse",
        lambda: codec.parse(body)[1],
        {
            "naive": lambda: naive_parse(body),
            "tuned": lambda: tuned_parse(body),
            "interpreted": lambda: codec.parse_carefully(body)[1],
        },
        {"tuned": AT_MOST_1_2},
    )
    yield Contest(
        "ebank TLV 0x20",
        "build",
        lambda: codec.build("0x20", CUSTOMER),
        {
            "naive": lambda: naive_build(CUSTOMER),
            "tuned": lambda: tuned_build(CUSTOMER),
            "interpreted": lambda: codec.build_carefully("0x20", CUSTOMER) + bytes(32),
        },
        {"tuned": AT_MOST_1_2},
    )


# Naive


def _tlvs(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        tag, length = CELL.unpack(data[:4])
        if len(data) < 4 + length:
            raise ValueError("ends early")
        found.append((tag, data[4 : 4 + length]))
        data = data[4 + length :]
    return found


def _text(data: bytes) -> str:
    return UTF_8.decode(data)


def _code(data: bytes) -> int | str:
    return data[0] if data else "*"


def _date(data: bytes) -> str:
    digits = data.hex()
    if not digits.isdigit():
        raise ValueError("not a date")
    return "" if digits == "00000000" else digits


def _time(data: bytes) -> str:
    datetime.strptime(data.hex(), "%Y%m%d%H%M%S")  # noqa: DTZ007 - the calendar alone
    return data.hex()


def _number(data: bytes) -> int:
    number: int = struct.unpack(">q", data)[0]
    return number


_NAIVE: Mapping[int, tuple[str, Any]] = {
    0x0003: ("time", _time),
    0x0100: ("number", _text),
    0x0102: ("seq", _number),
    0x0103: ("kind", _code),
    0x0101: ("name", _text),
    0x0104: ("born", _date),
    0x0105: ("gender", _code),
    0x0140: ("email", _text),
    0x0141: ("employer", _text),
    0x0142: ("risk", _code),
    0x0143: ("nationality", _text),
}
_NAIVE_GROUPS: Mapping[int, tuple[str, Mapping[int, tuple[str, Any]]]] = {
    0x8110: ("documents", {0x0111: ("type", _code), 0x0112: ("number", _text), 0x0113: ("expiry", _date)}),
    0x8120: ("phones", {0x0121: ("use", _code), 0x0122: ("number", _text)}),
    0x8130: ("addresses", {0x0131: ("use", _code), 0x0132: ("line", _text), 0x0133: ("postcode", _text)}),
}


def naive_parse(body: bytes) -> dict[str, Any]:
    if body[0] != 1 or body[18] > 1:
        raise ValueError("head")
    fields: dict[str, Any] = {"type": f"0x{body[1]:02X}", "id": body[2:18].hex(), "flags": body[18]}
    for tag, data in _tlvs(body[19:-32]):
        if tag in _NAIVE_GROUPS:
            name, members = _NAIVE_GROUPS[tag]
            fields.setdefault(name, []).append(_naive_fields(data, members))
        else:
            name, read = _NAIVE[tag]
            fields[name] = read(data)
    return fields


def _naive_fields(data: bytes, members: Mapping[int, tuple[str, Any]]) -> dict[str, Any]:
    fields = {}
    for tag, value in _tlvs(data):
        name, read = members[tag]
        fields[name] = read(value)
    return fields


def _tlv(tag: int, data: bytes) -> bytes:
    return CELL.pack(tag, len(data)) + data


def naive_build(fields: Mapping[str, Any]) -> bytes:
    body = bytes([1, 0x20]) + bytes.fromhex(fields["id"]) + bytes([fields["flags"]])
    body += _tlv(0x0003, bytes.fromhex(fields["time"]))
    body += _tlv(0x0100, UTF_8.encode(fields["number"]))
    body += _tlv(0x0102, struct.pack(">q", fields["seq"]))
    body += _tlv(0x0103, bytes([fields["kind"]]))
    body += _tlv(0x0101, UTF_8.encode(fields["name"]))
    body += _tlv(0x0104, bytes.fromhex(fields["born"]))
    body += _tlv(0x0105, bytes([fields["gender"]]))
    for document in fields["documents"]:
        data = _tlv(0x0111, bytes([document["type"]])) + _tlv(0x0112, UTF_8.encode(document["number"]))
        body += _tlv(0x8110, data + _tlv(0x0113, bytes.fromhex(document["expiry"])))
    for phone in fields["phones"]:
        data = _tlv(0x0121, bytes([phone["use"]])) + _tlv(0x0122, UTF_8.encode(phone["number"]))
        body += _tlv(0x8120, data)
    for address in fields["addresses"]:
        data = _tlv(0x0131, bytes([address["use"]])) + _tlv(0x0132, UTF_8.encode(address["line"]))
        body += _tlv(0x8130, data + _tlv(0x0133, UTF_8.encode(address["postcode"])))
    body += _tlv(0x0140, UTF_8.encode(fields["email"]))
    body += _tlv(0x0141, UTF_8.encode(fields["employer"]))
    body += _tlv(0x0142, bytes([fields["risk"]]))
    body += _tlv(0x0143, UTF_8.encode(fields["nationality"]))
    return body + bytes(32)


# Tuned


def tuned_parse(body: bytes) -> dict[str, Any]:
    end = len(body) - 32
    if end < 19 or body[0] != 1 or body[18] > 1:
        raise ValueError("head")
    out: dict[str, Any] = {"type": "0x20", "id": body[2:18].hex(), "flags": body[18]}
    read = CELL.unpack_from
    at = 19
    while at < end:
        tag, length = read(body, at)
        start = at + 4
        at = start + length
        if at > end:
            raise ValueError("ends early")
        data = body[start:at]
        if tag in _TEXTS:
            name, most = _TEXTS[tag]
            if length > most or name in out:
                raise ValueError("text")
            out[name] = data.decode() if data.isascii() else UTF_8.decode(data)
        elif tag in _CODES:
            name = _CODES[tag]
            if length > 1 or name in out:
                raise ValueError("code")
            out[name] = data[0] if data else "*"
        elif tag in _GROUPS:
            name, members = _GROUPS[tag]
            out.setdefault(name, []).append(_tuned_entry(body, start, at, members))
        else:
            _tuned_other(tag, data, out)
    return out


_TEXTS = {
    0x0100: ("number", 20),
    0x0101: ("name", 65535),
    0x0140: ("email", 65535),
    0x0141: ("employer", 65535),
    0x0143: ("nationality", 65535),
}
_CODES = {0x0103: "kind", 0x0105: "gender", 0x0142: "risk"}
_GROUPS = {
    0x8110: ("documents", {0x0111: "type", 0x0112: "number", 0x0113: "expiry"}),
    0x8120: ("phones", {0x0121: "use", 0x0122: "number"}),
    0x8130: ("addresses", {0x0131: "use", 0x0132: "line", 0x0133: "postcode"}),
}
_ENTRY_CODES = frozenset({0x0111, 0x0121, 0x0131})


def _tuned_other(tag: int, data: bytes, out: dict[str, Any]) -> None:
    if tag == 0x0102 and len(data) == 8 and "seq" not in out:
        out["seq"] = int.from_bytes(data, "big", signed=True)
    elif tag == 0x0104 and len(data) == 4 and "born" not in out:
        digits = data.hex()
        if not digits.isdecimal():
            raise ValueError("not a date")
        out["born"] = "" if digits == "00000000" else digits
    elif tag == 0x0003 and len(data) == 7 and "time" not in out:
        digits = data.hex()
        if not digits.isdecimal() or digits[8:10] > "23":
            raise ValueError("not a time")
        datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}")
        out["time"] = digits
    else:
        raise ValueError("tag")


def _tuned_entry(body: bytes, at: int, end: int, members: Mapping[int, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    while at < end:
        tag, length = CELL.unpack_from(body, at)
        start = at + 4
        at = start + length
        name = members[tag]
        if at > end or name in entry:
            raise ValueError("entry")
        data = body[start:at]
        if tag in _ENTRY_CODES:
            if length > 1:
                raise ValueError("code")
            entry[name] = data[0] if data else "*"
        elif tag == 0x0113:
            digits = data.hex()
            if length != 4 or not digits.isdecimal():
                raise ValueError("not a date")
            entry[name] = "" if digits == "00000000" else digits
        else:
            entry[name] = data.decode() if data.isascii() else UTF_8.decode(data)
    return entry


def _free(tag: int, text: str, parts: list[bytes]) -> None:
    data = text.encode() if text.isascii() else UTF_8.encode(text)
    parts.append(CELL.pack(tag, len(data)))
    parts.append(data)


_DOCUMENT = frozenset({"type", "number", "expiry"})
_PHONE = frozenset({"use", "number"})
_ADDRESS = frozenset({"use", "line", "postcode"})


def _only(entry: Mapping[str, Any], names: frozenset[str]) -> None:
    if not names.issuperset(entry):
        raise ValueError("no such field")


_ONE = struct.Struct(">HHB").pack
_EIGHT = struct.Struct(">HHq").pack


def tuned_build(fields: Mapping[str, Any]) -> bytes:
    if not fields.keys() <= CUSTOMER.keys():
        raise ValueError("fields")
    get = fields.get
    parts = [b"\x01\x20", bytes.fromhex(fields["id"]), fields["flags"].to_bytes(1)]
    if len(parts[1]) != 16:
        raise ValueError("id")
    if (time := get("time")) is not None:
        datetime.fromisoformat(f"{time[:8]}T{time[8:]}")
        parts.append(bytes.fromhex("00030007" + time))
    if (text := get("number")) is not None:
        if len(text) > 20:
            raise ValueError("number")
        _free(0x0100, text, parts)
    if (number := get("seq")) is not None:
        parts.append(_EIGHT(0x0102, 8, number))
    if (number := get("kind")) is not None:
        parts.append(_ONE(0x0103, 1, number))
    if (text := get("name")) is not None:
        _free(0x0101, text, parts)
    if (date := get("born")) is not None:
        if len(date) != 8:
            raise ValueError("born")
        parts.append(bytes.fromhex("01040004" + date))
    if (number := get("gender")) is not None:
        parts.append(_ONE(0x0105, 1, number))
    for document in get("documents", ()):
        _only(document, _DOCUMENT)
        inner = [_ONE(0x0111, 1, document["type"])]
        _free(0x0112, document["number"], inner)
        if len(document["expiry"]) != 8:
            raise ValueError("expiry")
        inner.append(bytes.fromhex("01130004" + document["expiry"]))
        _group(0x8110, inner, parts)
    for phone in get("phones", ()):
        _only(phone, _PHONE)
        inner = [_ONE(0x0121, 1, phone["use"])]
        _free(0x0122, phone["number"], inner)
        _group(0x8120, inner, parts)
    for address in get("addresses", ()):
        _only(address, _ADDRESS)
        inner = [_ONE(0x0131, 1, address["use"])]
        _free(0x0132, address["line"], inner)
        _free(0x0133, address["postcode"], inner)
        _group(0x8130, inner, parts)
    if (text := get("email")) is not None:
        _free(0x0140, text, parts)
    if (text := get("employer")) is not None:
        _free(0x0141, text, parts)
    if (number := get("risk")) is not None:
        parts.append(_ONE(0x0142, 1, number))
    if (text := get("nationality")) is not None:
        _free(0x0143, text, parts)
    return b"".join(parts) + bytes(32)


def _group(tag: int, inner: list[bytes], parts: list[bytes]) -> None:
    data = b"".join(inner)
    parts.append(CELL.pack(tag, len(data)))
    parts.append(data)
