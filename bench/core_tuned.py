"""CU01 and CP01 by hand, tuned: what somebody writes who has measured, checked as strictly as ours.

One translation of the whole record to latin-1 text; fields are slices of it; digits are checked before they
are converted; low values are looked for once. Building joins the padded texts, encodes them at once and puts
the binary fields between slices of the result.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from formats.charsets.charset import charset

PAGE = bytes(range(256)).decode("cp037").encode("latin-1")
BACK = bytes(PAGE.index(code) for code in range(256))
MIXED = charset("cp935")
LOW_NAME, LOW_ADDRESS = bytes(62), bytes(122)


def _low(text: str, low: bool) -> str:
    return "" if low and not text.strip("\0") else text


def _packed_date(data: bytes) -> str:
    digits = data.hex()
    if digits[0] != "0" or digits[-1] not in "cf" or not digits[1:9].isdecimal():
        if not data.strip(b"\x40") or not data.strip(b"\0"):
            return ""
        raise ValueError("not packed")
    return "" if digits == "000000000f" else digits[1:9]


def _date(text: str) -> str:
    if text.isdecimal():
        return "" if text == "00000000" else text
    if text.strip(" ") and text.strip("\0"):
        raise ValueError("not a date")
    return ""


def _time(text: str) -> str:
    if not text.isdecimal():
        if text.strip(" ") and text.strip("\0"):
            raise ValueError("not a time")
        return ""
    if text[8:10] > "23":
        raise ValueError("impossible time")
    datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
    return text


def _wide(data: bytes, low: bytes) -> str:
    return "" if data == low else MIXED.decode(data.rstrip(b"\x40"))


def parse_cu01(body: bytes, wide: bool) -> dict[str, Any]:
    if len(body) < 312:
        raise ValueError("ends early")
    text = body.translate(PAGE).decode("latin-1")
    seq = int.from_bytes(body[47:51], "big", signed=True)
    if not -999999999 <= seq <= 999999999:
        raise ValueError("over 9 digits")
    count = text[310:312]
    if not count.isdecimal():
        raise ValueError("no count")
    end = 312 + int(count) * 43
    if len(body) != end:
        raise ValueError("wrong length")
    low = body.find(b"\0\0") >= 0
    fields = {
        "MSG-TYPE": text[0:4].rstrip(" "),
        "MSG-ID": text[4:20].rstrip(" "),
        "MSG-SENT-AT": _time(text[20:34]),
        "MSG-POSSDUP": text[34].strip(" "),
        "CUST-NO": text[35:47].rstrip(" "),
        "CUST-SEQ": seq,
        "CUST-KIND": text[51].strip(" "),
        "CUST-STATUS": text[52].strip(" "),
        "CUST-ID-TYPE": text[115:117].rstrip(" "),
        "CUST-ID-NO": text[117:137].rstrip(" "),
        "CUST-ID-EXPIRY": _packed_date(body[137:142]),
        "CUST-BIRTH-OR-FOUNDED": _date(text[142:150]),
        "CUST-SEX": text[150].strip(" "),
        "CUST-MOBILE": text[151:166].rstrip(" "),
        "CUST-POSTCODE": text[288:294].rstrip(" "),
        "CUST-RISK": text[294:296].rstrip(" "),
        "CUST-BRANCH": text[296:302].rstrip(" "),
        "CUST-MANAGER": text[302:310].rstrip(" "),
        "ACCT": [_account(body, text, at, low) for at in range(312, end, 43)],
    }
    if wide:
        fields["CUST-NAME"] = _wide(body[53:115], LOW_NAME)
        fields["CUST-ADDRESS"] = _wide(body[166:288], LOW_ADDRESS)
    if low:
        _without_low(fields)
    return fields


def _without_low(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if type(value) is str and value and value[0] == "\0" and not value.strip("\0"):
            fields[name] = ""


def _account(body: bytes, text: str, at: int, low: bool) -> dict[str, Any]:
    digits = body[at + 26 : at + 34].hex()
    sign, digits = digits[15], digits[:15]
    if not digits.isdecimal():
        raise ValueError("not packed")
    if sign in "cf":
        balance = Decimal(digits + "e-2")
    elif sign == "d":
        balance = Decimal("-" + digits + "e-2")
        balance = balance or balance.copy_abs()
    else:
        raise ValueError("not packed")
    fields = {
        "ACCT-NO": text[at : at + 19].rstrip(" "),
        "ACCT-PRODUCT": text[at + 19 : at + 23].rstrip(" "),
        "ACCT-CCY": text[at + 23 : at + 26].rstrip(" "),
        "ACCT-BALANCE": balance,
        "ACCT-OPENED": _date(text[at + 34 : at + 42]),
        "ACCT-STATUS": text[at + 42].strip(" "),
    }
    if low:
        _without_low(fields)
    return fields


def parse_cp01(body: bytes, wide: bool) -> dict[str, Any]:
    if len(body) != 307:
        raise ValueError("wrong length")
    text = body.translate(PAGE).decode("latin-1")
    version = int.from_bytes(body[47:51], "big", signed=True)
    if not -999999999 <= version <= 999999999:
        raise ValueError("over 9 digits")
    fields = {
        "MSG-TYPE": text[0:4].rstrip(" "),
        "MSG-ID": text[4:20].rstrip(" "),
        "MSG-SENT-AT": _time(text[20:34]),
        "MSG-POSSDUP": text[34].strip(" "),
        "ECIF-NO": text[35:47].rstrip(" "),
        "ECIF-VERSION": version,
        "CUST-NO": text[51:63].rstrip(" "),
        "CUST-KIND": text[63].strip(" "),
        "CUST-ID-TYPE": text[126:128].rstrip(" "),
        "CUST-ID-NO": text[128:148].rstrip(" "),
        "CUST-ID-EXPIRY": _packed_date(body[148:153]),
        "CUST-BIRTH-OR-FOUNDED": _date(text[153:161]),
        "CUST-SEX": text[161].strip(" "),
        "CUST-MOBILE": text[162:177].rstrip(" "),
        "CUST-POSTCODE": text[299:305].rstrip(" "),
        "CUST-RISK": text[305:307].rstrip(" "),
    }
    if wide:
        fields["CUST-NAME"] = _wide(body[64:126], LOW_NAME)
        fields["CUST-ADDRESS"] = _wide(body[177:299], LOW_ADDRESS)
    if body.find(b"\0\0") >= 0:
        _without_low(fields)
    return fields


def _eight(text: str) -> str:
    if not text:
        return "00000000"
    if len(text) != 8 or not text.isdecimal():
        raise ValueError("not a date")
    return text


def _moment(text: str) -> str:
    if not text:
        return " " * 14
    if len(text) != 14 or not text.isdecimal() or text[8:10] > "23":
        raise ValueError("not a time")
    datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
    return text


def _four(number: int) -> bytes:
    if not -999999999 <= number <= 999999999:
        raise ValueError("over 9 digits")
    return number.to_bytes(4, "big", signed=True)


def _wide_bytes(text: str, size: int) -> bytes:
    data = MIXED.encode(text)
    if len(data) > size:
        raise ValueError("too long")
    return data.ljust(size, b"\x40")


def _joined(size: int, *cells: str) -> bytes:
    text = "".join(cells)
    if len(text) != size:
        raise ValueError("too long")
    return text.encode("latin-1").translate(BACK)


def build_cu01(fields: Mapping[str, Any], wide: bool) -> bytes:
    accounts = fields["ACCT"]
    if len(fields) != 21 - 2 * (not wide) or len(accounts) > 99:
        raise ValueError("fields")
    text = _joined(
        119,
        fields["MSG-TYPE"].ljust(4),
        fields["MSG-ID"].ljust(16),
        _moment(fields["MSG-SENT-AT"]),
        fields["MSG-POSSDUP"].ljust(1),
        fields["CUST-NO"].ljust(12),
        fields["CUST-KIND"].ljust(1),
        fields["CUST-STATUS"].ljust(1),
        fields["CUST-ID-TYPE"].ljust(2),
        fields["CUST-ID-NO"].ljust(20),
        _eight(fields["CUST-BIRTH-OR-FOUNDED"]),
        fields["CUST-SEX"].ljust(1),
        fields["CUST-MOBILE"].ljust(15),
        fields["CUST-POSTCODE"].ljust(6),
        fields["CUST-RISK"].ljust(2),
        fields["CUST-BRANCH"].ljust(6),
        fields["CUST-MANAGER"].ljust(8),
        str(len(accounts)).zfill(2),
    )
    parts = [
        text[:47],
        _four(fields["CUST-SEQ"]),
        text[47:49],
        _wide_bytes(fields["CUST-NAME"], 62) if wide else b"\x40" * 62,
        text[49:71],
        bytes.fromhex("0" + _eight(fields["CUST-ID-EXPIRY"]) + "f"),
        text[71:95],
        _wide_bytes(fields["CUST-ADDRESS"], 122) if wide else b"\x40" * 122,
        text[95:],
    ]
    for account in accounts:
        _add_account(account, parts)
    return b"".join(parts)


def _add_account(account: Mapping[str, Any], parts: list[bytes]) -> None:
    if len(account) != 6:
        raise ValueError("fields")
    text = _joined(
        35,
        account["ACCT-NO"].ljust(19),
        account["ACCT-PRODUCT"].ljust(4),
        account["ACCT-CCY"].ljust(3),
        _eight(account["ACCT-OPENED"]),
        account["ACCT-STATUS"].ljust(1),
    )
    parts += text[:26], _balance(account["ACCT-BALANCE"]), text[26:]


def _balance(value: Decimal) -> bytes:
    digits = str(value)
    if digits[-3] != ".":
        raise ValueError("not an amount")
    digits = digits[:-3] + digits[-2:]
    sign = "c"
    if digits[0] == "-":
        sign, digits = "d", digits[1:]
    if len(digits) > 15 or not digits.isdecimal():
        raise ValueError("not an amount")
    return bytes.fromhex(digits.zfill(15) + sign)


def build_cp01(fields: Mapping[str, Any], wide: bool) -> bytes:
    if len(fields) != 18 - 2 * (not wide):
        raise ValueError("fields")
    text = _joined(
        114,
        fields["MSG-TYPE"].ljust(4),
        fields["MSG-ID"].ljust(16),
        _moment(fields["MSG-SENT-AT"]),
        fields["MSG-POSSDUP"].ljust(1),
        fields["ECIF-NO"].ljust(12),
        fields["CUST-NO"].ljust(12),
        fields["CUST-KIND"].ljust(1),
        fields["CUST-ID-TYPE"].ljust(2),
        fields["CUST-ID-NO"].ljust(20),
        _eight(fields["CUST-BIRTH-OR-FOUNDED"]),
        fields["CUST-SEX"].ljust(1),
        fields["CUST-MOBILE"].ljust(15),
        fields["CUST-POSTCODE"].ljust(6),
        fields["CUST-RISK"].ljust(2),
    )
    return b"".join(
        (
            text[:47],
            _four(fields["ECIF-VERSION"]),
            text[47:60],
            _wide_bytes(fields["CUST-NAME"], 62) if wide else b"\x40" * 62,
            text[60:82],
            bytes.fromhex("0" + _eight(fields["CUST-ID-EXPIRY"]) + "f"),
            text[82:106],
            _wide_bytes(fields["CUST-ADDRESS"], 122) if wide else b"\x40" * 122,
            text[106:],
        )
    )
