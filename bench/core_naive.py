"""CU01 and CP01 by hand, naive: what one writes first.

`struct` cuts the record; each field is decoded, stripped and converted by a small function of its own.
"""

import struct
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from formats.charsets.charset import charset

EBCDIC, MIXED = charset("cp037"), charset("cp935")


def _text(data: bytes, charset: Any = EBCDIC) -> str:
    if not data.strip(b"\0"):
        return ""
    text: str = charset.decode(data)
    return text.rstrip(" ")


def _date(data: bytes) -> str:
    text = _text(data)
    if text and not text.isdigit():
        raise ValueError("not a date")
    return "" if text == "00000000" else text


def _time(data: bytes) -> str:
    text = _text(data)
    if text:
        datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - the calendar alone
    return text


def _packed(data: bytes) -> str:
    digits = data.hex()
    if digits[-1] not in "cdf" or not digits[:-1].isdigit():
        raise ValueError("not packed")
    return ("-" if digits[-1] == "d" else "") + digits[:-1]


def _packed_date(data: bytes) -> str:
    text = _packed(data)[-8:]
    return "" if text == "00000000" else text


def _amount(data: bytes) -> Decimal:
    return Decimal(_packed(data)).scaleb(-2)


CU01_HEAD = struct.Struct(">4s16s14s1s12si1s1s62s2s20s5s8s1s15s122s6s2s6s8s2s")
CU01_ACCT = struct.Struct(">19s4s3s8s8s1s")
CP01 = struct.Struct(">4s16s14s1s12si12s1s62s2s20s5s8s1s15s122s6s2s")


def parse_cu01(body: bytes, wide: bool) -> dict[str, Any]:
    cells = CU01_HEAD.unpack_from(body)
    fields = {
        "MSG-TYPE": _text(cells[0]),
        "MSG-ID": _text(cells[1]),
        "MSG-SENT-AT": _time(cells[2]),
        "MSG-POSSDUP": _text(cells[3]),
        "CUST-NO": _text(cells[4]),
        "CUST-SEQ": cells[5],
        "CUST-KIND": _text(cells[6]),
        "CUST-STATUS": _text(cells[7]),
        "CUST-ID-TYPE": _text(cells[9]),
        "CUST-ID-NO": _text(cells[10]),
        "CUST-ID-EXPIRY": _packed_date(cells[11]),
        "CUST-BIRTH-OR-FOUNDED": _date(cells[12]),
        "CUST-SEX": _text(cells[13]),
        "CUST-MOBILE": _text(cells[14]),
        "CUST-POSTCODE": _text(cells[16]),
        "CUST-RISK": _text(cells[17]),
        "CUST-BRANCH": _text(cells[18]),
        "CUST-MANAGER": _text(cells[19]),
    }
    if wide:
        fields["CUST-NAME"] = _text(cells[8], MIXED)
        fields["CUST-ADDRESS"] = _text(cells[15], MIXED)
    count = int(_text(cells[20]))
    if len(body) != CU01_HEAD.size + count * CU01_ACCT.size:
        raise ValueError("wrong length")
    fields["ACCT"] = [_account(body, CU01_HEAD.size + i * CU01_ACCT.size) for i in range(count)]
    return fields


def _account(body: bytes, at: int) -> dict[str, Any]:
    cells = CU01_ACCT.unpack_from(body, at)
    return {
        "ACCT-NO": _text(cells[0]),
        "ACCT-PRODUCT": _text(cells[1]),
        "ACCT-CCY": _text(cells[2]),
        "ACCT-BALANCE": _amount(cells[3]),
        "ACCT-OPENED": _date(cells[4]),
        "ACCT-STATUS": _text(cells[5]),
    }


def parse_cp01(body: bytes, wide: bool) -> dict[str, Any]:
    cells = CP01.unpack(body)
    fields = {
        "MSG-TYPE": _text(cells[0]),
        "MSG-ID": _text(cells[1]),
        "MSG-SENT-AT": _time(cells[2]),
        "MSG-POSSDUP": _text(cells[3]),
        "ECIF-NO": _text(cells[4]),
        "ECIF-VERSION": cells[5],
        "CUST-NO": _text(cells[6]),
        "CUST-KIND": _text(cells[7]),
        "CUST-ID-TYPE": _text(cells[9]),
        "CUST-ID-NO": _text(cells[10]),
        "CUST-ID-EXPIRY": _packed_date(cells[11]),
        "CUST-BIRTH-OR-FOUNDED": _date(cells[12]),
        "CUST-SEX": _text(cells[13]),
        "CUST-MOBILE": _text(cells[14]),
        "CUST-POSTCODE": _text(cells[16]),
        "CUST-RISK": _text(cells[17]),
    }
    if wide:
        fields["CUST-NAME"] = _text(cells[8], MIXED)
        fields["CUST-ADDRESS"] = _text(cells[15], MIXED)
    return fields


def _cell(text: str, size: int, charset: Any = EBCDIC) -> bytes:
    data: bytes = charset.encode(text)
    if len(data) > size:
        raise ValueError("too long")
    return data.ljust(size, b"\x40")


def _to_packed(digits: str, size: int, sign: str) -> bytes:
    return bytes.fromhex((digits + sign).rjust(2 * size, "0"))


def _to_amount(value: Decimal) -> bytes:
    digits = str(int(abs(value).scaleb(2)))
    return _to_packed(digits, 8, "d" if value < 0 else "c")


def build_cu01(fields: Mapping[str, Any], wide: bool) -> bytes:
    accounts = fields["ACCT"]
    head = CU01_HEAD.pack(
        _cell(fields["MSG-TYPE"], 4),
        _cell(fields["MSG-ID"], 16),
        _cell(fields["MSG-SENT-AT"], 14),
        _cell(fields["MSG-POSSDUP"], 1),
        _cell(fields["CUST-NO"], 12),
        fields["CUST-SEQ"],
        _cell(fields["CUST-KIND"], 1),
        _cell(fields["CUST-STATUS"], 1),
        _cell(fields["CUST-NAME"] if wide else "", 62, MIXED),
        _cell(fields["CUST-ID-TYPE"], 2),
        _cell(fields["CUST-ID-NO"], 20),
        _to_packed(fields["CUST-ID-EXPIRY"], 5, "f"),
        _cell(fields["CUST-BIRTH-OR-FOUNDED"].rjust(8, "0"), 8),
        _cell(fields["CUST-SEX"], 1),
        _cell(fields["CUST-MOBILE"], 15),
        _cell(fields["CUST-ADDRESS"] if wide else "", 122, MIXED),
        _cell(fields["CUST-POSTCODE"], 6),
        _cell(fields["CUST-RISK"], 2),
        _cell(fields["CUST-BRANCH"], 6),
        _cell(fields["CUST-MANAGER"], 8),
        _cell(f"{len(accounts):02d}", 2),
    )
    return head + b"".join(_account_bytes(account) for account in accounts)


def _account_bytes(account: Mapping[str, Any]) -> bytes:
    return CU01_ACCT.pack(
        _cell(account["ACCT-NO"], 19),
        _cell(account["ACCT-PRODUCT"], 4),
        _cell(account["ACCT-CCY"], 3),
        _to_amount(account["ACCT-BALANCE"]),
        _cell(account["ACCT-OPENED"].rjust(8, "0"), 8),
        _cell(account["ACCT-STATUS"], 1),
    )


def build_cp01(fields: Mapping[str, Any], wide: bool) -> bytes:
    return CP01.pack(
        _cell(fields["MSG-TYPE"], 4),
        _cell(fields["MSG-ID"], 16),
        _cell(fields["MSG-SENT-AT"], 14),
        _cell(fields["MSG-POSSDUP"], 1),
        _cell(fields["ECIF-NO"], 12),
        fields["ECIF-VERSION"],
        _cell(fields["CUST-NO"], 12),
        _cell(fields["CUST-KIND"], 1),
        _cell(fields["CUST-NAME"] if wide else "", 62, MIXED),
        _cell(fields["CUST-ID-TYPE"], 2),
        _cell(fields["CUST-ID-NO"], 20),
        _to_packed(fields["CUST-ID-EXPIRY"], 5, "f"),
        _cell(fields["CUST-BIRTH-OR-FOUNDED"].rjust(8, "0"), 8),
        _cell(fields["CUST-SEX"], 1),
        _cell(fields["CUST-MOBILE"], 15),
        _cell(fields["CUST-ADDRESS"] if wide else "", 122, MIXED),
        _cell(fields["CUST-POSTCODE"], 6),
        _cell(fields["CUST-RISK"], 2),
    )
