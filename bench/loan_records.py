"""LN10 with 10 relations and 20 loans (loan.md) beside hand-written code.

**naive** cuts the record with `struct`, decodes every field by itself and converts it; **tuned** turns the
whole record into latin-1 text first, cuts that, and decodes only what is not ASCII; checked as strictly as
ours.
"""

import struct
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from bench.contest import Contest
from bench.samples import codec_of
from formats.charsets.charset import charset
from formats.interpreting.interpreter import Interpreter

GB = charset("gb18030")
AT_MOST_1_2 = 1 / 1.2

HEAD: tuple[tuple[str, int, str], ...] = (
    ("TYPE", 4, "text"),
    ("SERIAL", 20, "text"),
    ("SENT_AT", 14, "time"),
    ("DUP", 1, "text"),
    ("CUST_NO", 10, "text"),
    ("SEQ", 10, "digits"),
    ("KIND", 1, "text"),
    ("STATUS", 1, "text"),
    ("NAME", 60, "text"),
    ("ID_TYPE", 2, "text"),
    ("ID_NO", 20, "text"),
    ("ID_EXPIRY", 8, "date"),
    ("BORN_OR_FOUNDED", 8, "date"),
    ("SEX", 1, "text"),
    ("MARITAL", 2, "text"),
    ("EDUCATION", 2, "text"),
    ("MOBILE", 15, "text"),
    ("HOME_TEL", 20, "text"),
    ("EMAIL", 50, "text"),
    ("ADDR_USE", 2, "text"),
    ("ADDRESS", 120, "text"),
    ("POSTCODE", 6, "text"),
    ("EMPLOYER", 60, "text"),
    ("ANNUAL_INCOME", 16, "amount"),
    ("INDUSTRY", 4, "text"),
    ("RATING", 4, "text"),
)
RELATION = (("REL_TYPE", 2, "text"), ("NAME", 60, "text"), ("ID_TYPE", 2, "text"), ("ID_NO", 20, "text"))
LOAN = (
    ("CONTRACT", 24, "text"),
    ("PRODUCT", 4, "text"),
    ("CCY", 3, "text"),
    ("OUTSTANDING", 16, "amount"),
    ("DRAWN_ON", 8, "date"),
    ("STATUS", 1, "text"),
    ("GRADE", 4, "text"),
)


def contests(conf: Path) -> Iterable[Contest]:
    codec = codec_of(conf, "loan")
    fields = customer(10, 20)
    body = codec.build("LN10", fields)
    careful = Interpreter(codec.layout("LN10"), GB.blank)
    task = "LN10, 10 relations, 20 loans"
    yield Contest(
        task,
        "parse",
        lambda: codec.parse(body)[1],
        {
            "naive": partial(naive_parse, body),
            "tuned": partial(tuned_parse, body),
            "interpreted": lambda: careful.parse(body)[0],
        },
        {"tuned": AT_MOST_1_2},
    )
    yield Contest(
        task,
        "build",
        lambda: codec.build("LN10", fields),
        {
            "naive": partial(naive_build, fields),
            "tuned": partial(tuned_build, fields),
            "interpreted": lambda: careful.build(fields)[0],
        },
        {"tuned": AT_MOST_1_2},
    )


def customer(relations: int, loans: int) -> dict[str, Any]:
    return {
        "TYPE": "LN10",
        "SERIAL": "LN2026010500000001",
        "SENT_AT": "20260105093000",
        "DUP": "0",
        "CUST_NO": "L000000042",
        "SEQ": 31,
        "KIND": "1",
        "STATUS": "1",
        "NAME": "李小明",
        "ID_TYPE": "10",
        "ID_NO": "110101199003074426",
        "ID_EXPIRY": "99991231",
        "BORN_OR_FOUNDED": "19900307",
        "SEX": "2",
        "MARITAL": "20",
        "EDUCATION": "20",
        "MOBILE": "13900000001",
        "HOME_TEL": "010-60000001",
        "EMAIL": "xm@example.com",
        "ADDR_USE": "02",
        "ADDRESS": "北京市东城区试验路2号",
        "POSTCODE": "100010",
        "EMPLOYER": "试验（北京）贸易有限公司",
        "ANNUAL_INCOME": Decimal("120000.00"),
        "INDUSTRY": "5190",
        "RATING": "AA",
        "RELATION": [_relation(i) for i in range(relations)],
        "LOAN": [_loan(i) for i in range(loans)],
    }


def _relation(i: int) -> dict[str, Any]:
    return {"REL_TYPE": "02", "NAME": "买买提·吐尔逊", "ID_TYPE": "10", "ID_NO": f"{650101198506153039 + i}"}


def _loan(i: int) -> dict[str, Any]:
    return {
        "CONTRACT": f"HT-2025-{i:06d}",
        "PRODUCT": "PL01",
        "CCY": "CNY",
        "OUTSTANDING": Decimal(f"{1000 * i + 1}.05") * (-1 if i % 7 == 6 else 1),
        "DRAWN_ON": "20250301",
        "STATUS": "1",
        "GRADE": "N",
    }


# Naive


def _cells(rows: tuple[tuple[str, int, str], ...]) -> struct.Struct:
    return struct.Struct("".join(f"{width}s" for _, width, _ in rows))


HEAD_CELLS, RELATION_CELLS, LOAN_CELLS = _cells(HEAD), _cells(RELATION), _cells(LOAN)


def _read_text(data: bytes) -> str:
    return GB.decode(data).rstrip(" ")


def _read_digits(data: bytes) -> Any:
    text = _read_text(data)
    if text and not text.isdigit():
        raise ValueError("not a digit")
    return int(text) if text else ""


def _read_date(data: bytes) -> str:
    text = _read_text(data)
    if text and not text.isdigit():
        raise ValueError("not a date")
    return "" if text == "00000000" else text


def _read_time(data: bytes) -> str:
    text = _read_text(data)
    if text:
        datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - the calendar alone
    return text


def _read_amount(data: bytes) -> Any:
    text = _read_text(data)
    if not text:
        return ""
    sign = {"+": 1, "-": -1}[text[-1]]
    return Decimal(int(text[:-1]) * sign).scaleb(-2)


_READ = {
    "text": _read_text,
    "digits": _read_digits,
    "date": _read_date,
    "time": _read_time,
    "amount": _read_amount,
}


def _naive_row(rows: tuple[tuple[str, int, str], ...], cells: tuple[Any, ...]) -> dict[str, Any]:
    return {name: _READ[kind](data) for (name, _, kind), data in zip(rows, cells, strict=True)}


def naive_parse(body: bytes) -> dict[str, Any]:
    fields = _naive_row(HEAD, HEAD_CELLS.unpack_from(body))
    at = HEAD_CELLS.size
    for name, rows, cells in (("RELATION", RELATION, RELATION_CELLS), ("LOAN", LOAN, LOAN_CELLS)):
        count = int(_read_text(body[at : at + 2]))
        at += 2
        fields[name] = None if count == 99 else []
        for _ in range(0 if count == 99 else count):
            fields[name].append(_naive_row(rows, cells.unpack_from(body, at)))
            at += cells.size
    if at != len(body):
        raise ValueError("bytes follow")
    return fields


def _write_text(value: str, width: int) -> bytes:
    data = GB.encode(value)
    if len(data) > width:
        raise ValueError("too long")
    return data.ljust(width)


def _write_amount(value: Decimal, width: int) -> bytes:
    digits = str(int(abs(value).scaleb(2))).zfill(width - 1)
    return (digits + ("-" if value < 0 else "+")).encode()


def _write(kind: str, value: Any, width: int) -> bytes:
    if kind == "digits":
        return str(value).zfill(width).encode()
    return _write_amount(value, width) if kind == "amount" else _write_text(value, width)


def _naive_bytes(rows: tuple[tuple[str, int, str], ...], fields: Mapping[str, Any]) -> bytes:
    return b"".join(_write(kind, fields[name], width) for name, width, kind in rows)


def naive_build(fields: Mapping[str, Any]) -> bytes:
    body = _naive_bytes(HEAD, fields)
    for name, rows in (("RELATION", RELATION), ("LOAN", LOAN)):
        body += f"{len(fields[name]):02d}".encode()
        for entry in fields[name]:
            body += _naive_bytes(rows, entry)
    return body


# Tuned


def _wide(text: str) -> str:
    return text if text.isascii() else GB.decode(text.encode("latin-1"))


def _date(text: str) -> str:
    if text.isdecimal():
        return "" if text == "00000000" else text
    if text.strip(" "):
        raise ValueError("not a date")
    return ""


def _time(text: str) -> str:
    if not text.isdecimal() or text[8:10] > "23":
        raise ValueError("not a time")
    datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
    return text


def _amount(digits: str, sign: str) -> Any:
    if not digits.isdecimal() or sign not in ("+", "-"):
        if not digits.strip(" ") and sign == " ":
            return ""
        raise ValueError("not an amount")
    if sign == "+":
        return Decimal(digits + "e-2")
    value = Decimal("-" + digits + "e-2")
    return value or value.copy_abs()


def _list(text: str, at: int, most: int) -> int | None:
    digits = text[at : at + 2]
    if digits == "99":
        return None
    if not digits.isdecimal() or int(digits) > most:
        raise ValueError("count")
    return int(digits)


def tuned_parse(body: bytes) -> dict[str, Any]:
    text = body.decode("latin-1")
    seq = text[49:59]
    if len(text) < 465 or not seq.isdecimal():
        raise ValueError("head")
    fields = {
        "TYPE": text[0:4].rstrip(" "),
        "SERIAL": _wide(text[4:24].rstrip(" ")),
        "SENT_AT": _time(text[24:38]),
        "DUP": _wide(text[38].rstrip(" ")),
        "CUST_NO": _wide(text[39:49].rstrip(" ")),
        "SEQ": int(seq),
        "KIND": _wide(text[59].rstrip(" ")),
        "STATUS": _wide(text[60].rstrip(" ")),
        "NAME": _wide(text[61:121].rstrip(" ")),
        "ID_TYPE": _wide(text[121:123].rstrip(" ")),
        "ID_NO": _wide(text[123:143].rstrip(" ")),
        "ID_EXPIRY": _date(text[143:151]),
        "BORN_OR_FOUNDED": _date(text[151:159]),
        "SEX": _wide(text[159].rstrip(" ")),
        "MARITAL": _wide(text[160:162].rstrip(" ")),
        "EDUCATION": _wide(text[162:164].rstrip(" ")),
        "MOBILE": _wide(text[164:179].rstrip(" ")),
        "HOME_TEL": _wide(text[179:199].rstrip(" ")),
        "EMAIL": _wide(text[199:249].rstrip(" ")),
        "ADDR_USE": _wide(text[249:251].rstrip(" ")),
        "ADDRESS": _wide(text[251:371].rstrip(" ")),
        "POSTCODE": _wide(text[371:377].rstrip(" ")),
        "EMPLOYER": _wide(text[377:437].rstrip(" ")),
        "ANNUAL_INCOME": _amount(text[437:452], text[452]),
        "INDUSTRY": _wide(text[453:457].rstrip(" ")),
        "RATING": _wide(text[457:461].rstrip(" ")),
    }
    relations, at = _list(text, 461, 20), 463
    fields["RELATION"] = None
    if relations is not None:
        end = at + 84 * relations
        fields["RELATION"] = [
            {
                "REL_TYPE": _wide(text[i : i + 2].rstrip(" ")),
                "NAME": _wide(text[i + 2 : i + 62].rstrip(" ")),
                "ID_TYPE": _wide(text[i + 62 : i + 64].rstrip(" ")),
                "ID_NO": _wide(text[i + 64 : i + 84].rstrip(" ")),
            }
            for i in range(at, end, 84)
        ]
        at = end
    loans, at = _list(text, at, 50), at + 2
    fields["LOAN"] = None
    if loans is not None:
        end = at + 60 * loans
        fields["LOAN"] = [
            {
                "CONTRACT": _wide(text[i : i + 24].rstrip(" ")),
                "PRODUCT": _wide(text[i + 24 : i + 28].rstrip(" ")),
                "CCY": _wide(text[i + 28 : i + 31].rstrip(" ")),
                "OUTSTANDING": _amount(text[i + 31 : i + 46], text[i + 46]),
                "DRAWN_ON": _date(text[i + 47 : i + 55]),
                "STATUS": _wide(text[i + 55].rstrip(" ")),
                "GRADE": _wide(text[i + 56 : i + 60].rstrip(" ")),
            }
            for i in range(at, end, 60)
        ]
        at = end
    if at != len(text):
        raise ValueError("length")
    return fields


def _cell(text: str, width: int) -> str:
    return (text if text.isascii() else GB.encode(text).decode("latin-1")).ljust(width)


def _eight(text: str) -> str:
    if not text:
        return " " * 8
    if len(text) != 8 or not text.isdecimal():
        raise ValueError("not a date")
    return text


def _signed(value: Decimal) -> str:
    digits = str(value)
    if digits[-3] != ".":
        raise ValueError("not an amount")
    digits, sign = digits[:-3] + digits[-2:], "+"
    if digits[0] == "-":
        digits, sign = digits[1:], "-"
    if not digits.isdecimal():
        raise ValueError("not an amount")
    return digits.zfill(15) + sign


def tuned_build(fields: Mapping[str, Any]) -> bytes:
    relations, loans = fields["RELATION"], fields["LOAN"]
    if len(fields) != 28 or len(relations) > 20 or len(loans) > 50:
        raise ValueError("fields")
    cells = [
        fields["TYPE"],
        _cell(fields["SERIAL"], 20),
        _time(fields["SENT_AT"]),
        _cell(fields["DUP"], 1),
        _cell(fields["CUST_NO"], 10),
        str(fields["SEQ"]).zfill(10),
        _cell(fields["KIND"], 1),
        _cell(fields["STATUS"], 1),
        _cell(fields["NAME"], 60),
        _cell(fields["ID_TYPE"], 2),
        _cell(fields["ID_NO"], 20),
        _eight(fields["ID_EXPIRY"]),
        _eight(fields["BORN_OR_FOUNDED"]),
        _cell(fields["SEX"], 1),
        _cell(fields["MARITAL"], 2),
        _cell(fields["EDUCATION"], 2),
        _cell(fields["MOBILE"], 15),
        _cell(fields["HOME_TEL"], 20),
        _cell(fields["EMAIL"], 50),
        _cell(fields["ADDR_USE"], 2),
        _cell(fields["ADDRESS"], 120),
        _cell(fields["POSTCODE"], 6),
        _cell(fields["EMPLOYER"], 60),
        _signed(fields["ANNUAL_INCOME"]),
        _cell(fields["INDUSTRY"], 4),
        _cell(fields["RATING"], 4),
        f"{len(relations):02d}",
    ]
    for entry in relations:
        if len(entry) != 4:
            raise ValueError("relation")
        cells += (
            _cell(entry["REL_TYPE"], 2),
            _cell(entry["NAME"], 60),
            _cell(entry["ID_TYPE"], 2),
            _cell(entry["ID_NO"], 20),
        )
    cells.append(f"{len(loans):02d}")
    for entry in loans:
        if len(entry) != 7:
            raise ValueError("loan")
        cells += (
            _cell(entry["CONTRACT"], 24),
            _cell(entry["PRODUCT"], 4),
            _cell(entry["CCY"], 3),
            _signed(entry["OUTSTANDING"]),
            _eight(entry["DRAWN_ON"]),
            _cell(entry["STATUS"], 1),
            _cell(entry["GRADE"], 4),
        )
    text = "".join(cells)
    if len(text) != 465 + 84 * len(relations) + 60 * len(loans):
        raise ValueError("too long")
    return text.encode("latin-1")
