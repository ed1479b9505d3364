"""`ecif copybook`: the listing, records as JSON, the table in TOML, what cannot be."""

import json
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tests.gateway.cli.conftest import CONF, Ran

Ecif = Callable[..., Ran]
CORE = str(CONF / "systems" / "core" / "core.cpy")
BOOK = """
       01  REC.
           05  A               PIC S9(3)V99.
           05  B               PIC S9(20) COMP-3.
           05  C               PIC 9(2).
           05  T OCCURS 0 TO 3 DEPENDING ON C.
               10  E           PIC S9(4) COMP.
"""


def record(a: str, count: str, *entries: int) -> bytes:
    packed = bytes.fromhex("012345678901234567890c")
    numbers = b"".join(entry.to_bytes(2, "big", signed=True) for entry in entries)
    return a.encode("cp037") + packed + count.encode("cp037") + numbers


def write(folder: Path, *records: bytes, rdw: bool = True) -> tuple[str, str]:
    (folder / "b.cpy").write_text(BOOK)
    heads = [(len(one) + 4).to_bytes(2, "big") + bytes(2) if rdw else b"" for one in records]
    (folder / "f.bin").write_bytes(b"".join(head + one for head, one in zip(heads, records, strict=True)))
    return str(folder / "b.cpy"), str(folder / "f.bin")


def test_the_listing(ecif: Ecif) -> None:
    rows = json.loads(ecif("copybook", CORE, "--json").out)
    by_path = {row["path"]: row for row in rows}
    assert by_path["CUST-MSG.CUST-BODY.ACCT"] == {
        "path": "CUST-MSG.CUST-BODY.ACCT",
        "level": 10,
        "offset": 312,
        "size": 43,
        "picture": None,
        "usage": None,
        "occurs": [0, 99],
        "depending_on": "ACCT-COUNT",
        "redefines": None,
        "values": {},
    }
    balance = by_path["CUST-MSG.CUST-BODY.ACCT.ACCT-BALANCE"]
    assert (balance["offset"], balance["picture"], balance["usage"]) == (338, "S9(13)V99", "COMP-3")
    assert by_path["CUST-MSG.CUST-BODY.CUST-KIND"]["values"] == {"IS-PERSON": ["P"], "IS-ORGANIZATION": ["O"]}
    shown = ecif("copybook", CORE)
    assert shown.lines[0].split() == ["offset", "size", "item", "picture", "usage"]
    assert any(line.endswith("occurs 0 to 99, depending on ACCT-COUNT") for line in shown.lines)


def test_records_keep_every_digit(ecif: Ecif, tmp_path: Path) -> None:
    book, data = write(tmp_path, record("1234N", "02", -5, 7), record("     ", "00"))
    ran = ecif("copybook", book, "--data", data, "--records", "rdw", "--json")
    assert (ran.code, ran.text) == (0, "")
    assert ran.lines[0] == '{"A": -123.45, "B": 12345678901234567890, "C": 2, "T": [{"E": -5}, {"E": 7}]}'
    second = json.loads(ran.lines[1], parse_float=Decimal)
    assert "A" not in second
    assert second["_errors"] == [{"path": "A", "offset": 0, "size": 5, "rule": "blank"}]
    relaxed = ecif("copybook", book, "--data", data, "--records", "rdw", "--relaxed", "--json").lines[1]
    assert relaxed == '{"A": 0.00, "B": 12345678901234567890, "C": 0, "T": []}'


def test_counted_records_without_descriptors(ecif: Ecif, tmp_path: Path) -> None:
    book, data = write(tmp_path, record("12345", "01", 1), record("12345", "00"), rdw=False)
    assert len(ecif("copybook", book, "--data", data, "--json").lines) == 2
    ran = ecif("copybook", book, "--data", data)
    assert "A: 123.45" in ran.lines
    Path(data).write_bytes(Path(data).read_bytes() + b"\0")
    broken = ecif("copybook", book, "--data", data, "--json")
    assert (broken.code, broken.out) == (1, b"")
    assert "are neither records of 24 nor of their counted lengths" in broken.text


def test_several_records_of_one_file(ecif: Ecif, tmp_path: Path) -> None:
    (tmp_path / "b.cpy").write_text(
        "01 HEAD. 05 KIND PIC X. 88 H VALUE 'H'. 05 A PIC X(3).\n"
        "01 ITEM. 05 KIND PIC X. 88 I VALUE 'I'. 05 N PIC 99.\n"
    )
    (tmp_path / "f.txt").write_bytes(b"Habc\nI07\n?\n")
    ran = ecif(
        "copybook", "b.cpy", "--data", "f.txt", "--records", "lines", "--charset", "ascii", "--json"
    )  # fmt: skip
    assert ran.lines == [
        '{"_record": "HEAD", "KIND": "H", "A": "abc"}',
        '{"_record": "ITEM", "KIND": "I", "N": 7}',
        '{"_record": null, "_errors": '
        '[{"path": "KIND", "offset": 0, "size": 1, "rule": "selects no record"}]}',
    ]
    only = ecif("copybook", "b.cpy", "--record", "item", "--json")
    assert [row["path"] for row in json.loads(only.out)] == ["ITEM", "ITEM.KIND", "ITEM.N"]


def test_to_toml(ecif: Ecif, tmp_path: Path) -> None:
    book, _ = write(tmp_path)
    found = tomllib.loads(ecif("copybook", book, "--to-toml").out.decode())
    assert found["records"]["REC"]["rows"][-1] == {"list": "T", "of": "T", "by": "C", "min": 0, "max": 3}


def test_what_cannot_be(ecif: Ecif, tmp_path: Path) -> None:
    (tmp_path / "bad.cpy").write_text("01 A.\n 05 B PIC Q.\n")
    ran = ecif("copybook", "bad.cpy")
    assert (ran.code, ran.out) == (2, b"")
    assert "bad.cpy:2 picture Q is not read" in ran.text
    assert ecif("copybook", "none.cpy").code == 2
    book, data = write(tmp_path, b"\0")
    broken = ecif("copybook", book, "--data", data, "--records", "rdw-le", "--json")
    assert broken.code == 1
    assert "at byte 0" in broken.text
    assert ecif("copybook", book, "--record", "OTHER").code == 2
    assert ecif("copybook", book, "--data", data, "--charset", "none").code == 2
