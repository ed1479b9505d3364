"""`ecif decode` and `ecif encode` on frames of every type, made by the hub's own codecs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FRAMES = json.loads((Path(__file__).parents[2] / "sheets" / "frames.json").read_text("utf-8"))
SYSTEMS = ("core", "loan", "ebank", "wealth", "card", "teller")
SENSITIVE = ("CUST-NAME", "CUST-ID-NO", "CUST-MOBILE", "NAME", "ID_NO", "MOBILE", "DE48.02", "DE48.04",
             "name", "email", "doc-number", "mobile", "phone", "line")  # fmt: skip


def frames(system: str) -> bytes:
    chosen = (entry["hex"] for entry in FRAMES if entry["frame"].split()[0] == system)
    return b"".join(bytes.fromhex(text) for text in chosen)


@pytest.mark.parametrize("system", SYSTEMS)
def test_decode_then_encode_gives_the_same_bytes(ecif: Callable[..., object], system: str) -> None:
    data = frames(system)
    decoded = ecif("decode", system, "--clear", "--json", stdin=data)
    assert decoded.code == 0
    assert ecif("encode", system, "none", stdin=decoded.out).out == data
    offset = 0
    for line in map(json.loads, decoded.lines):
        assert list(line) == ["system", "type", "id", "offset", "size", "fields", "errors"]
        assert (line["system"], line["offset"], line["errors"]) == (system, offset, [])
        offset += line["size"]


def sensitive(fields: dict[str, Any]) -> Iterator[str]:
    """Names, phones, documents and their like, wherever they stand."""
    for name, value in fields.items():
        if name in SENSITIVE and isinstance(value, str):
            yield value
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from sensitive(inner)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_customers_are_masked(ecif: Callable[..., object], system: str, options: tuple[str, ...]) -> None:
    clear = ecif("decode", system, "--clear", "--json", stdin=frames(system))
    masked = ecif("decode", system, *options, stdin=frames(system)).out.decode()
    values = {value for line in map(json.loads, clear.lines) for value in sensitive(line["fields"])}
    secrets = {value for value in values if value and len(value) > 2}
    assert len(secrets) > 2
    for value in secrets:
        assert value not in masked
        assert value.encode("gb18030").hex(" ") not in masked
    hidden = ecif("decode", system, "--json", stdin=frames(system)).out
    assert ecif("encode", system, "none", stdin=hidden).code == 2


def test_dump(ecif: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "in.bin").write_bytes(frames("core"))
    ran = ecif("decode", "core", "in.bin", "--clear")
    assert ran.lines[0] == "frame at 0, 402 bytes: CU01"
    assert ran.lines[1].split() == ["0", "c3", "e4", "f0", "f1", "MSG-TYPE", "CU01"]


def test_errors_are_named_and_the_exit_code_is_1(ecif: Callable[..., object]) -> None:
    data = bytearray(frames("core")[:402])
    data[4 + 47 : 4 + 51] = b"\xff\xff\xff\xff"  # CUST-SEQ -1 is for the adapter; the code is not
    data[4 + 142] = 0x40
    ran = ecif("decode", "core", "--json", stdin=bytes(data) + b"\x00\x00\x00\x09cut")
    assert ran.code == 1
    first, second = map(json.loads, ran.lines)
    (error,) = first["errors"]
    assert (error["path"], error["offset"], error["size"]) == ("CUST-BIRTH-OR-FOUNDED", 142, 8)
    assert second["errors"][0]["rule"] == "ends early"
    assert second["offset"] == 402


def test_a_broken_message_is_dumped_with_its_faults_and_masked(ecif: Callable[..., object]) -> None:
    data = bytearray(frames("core")[:402])
    data[4 + 142] = data[4 + 338] = 0xFA
    ran = ecif("decode", "core", stdin=bytes(data))
    assert ran.code == 1
    masked = " ".join(["**"] * 8)
    assert ran.lines[1:3] == [
        f"  error CUST-BIRTH-OR-FOUNDED@142 not a digit: 8 bytes {masked}",
        f"  error ACCT(1).ACCT-BALANCE@338 not a digit: 8 bytes {masked}",
    ]
    shown = [line.split() for line in ran.lines]
    assert ["20", *f"{data[24:38].hex(' ')}".split(), "MSG-SENT-AT", "20260105093000"] in shown
    assert ["335", "c3", "d5", "e8", "ACCT(1).ACCT-CCY", "CNY"] in shown  # harmless, says conf
    assert ["142", *masked.split(), "CUST-BIRTH-OR-FOUNDED", "!", "not", "a", "digit"] in shown
    assert data[4 + 53 : 4 + 60].hex(" ") not in ran.out.decode()


def test_one_message_without_its_frame(ecif: Callable[..., object]) -> None:
    ran = ecif("decode", "core", "--body", "--json", stdin=frames("core")[4:402])
    assert ran.code == 0
    assert json.loads(ran.out)["size"] == 398


def test_an_absent_id_and_time_are_made(ecif: Callable[..., object]) -> None:
    fields = {"number": "E1", "seq": 1, "kind": 1, "name": "李四"}
    text = "\n".join(json.dumps(fields, ensure_ascii=False) for _ in range(2))
    made = ecif("encode", "ebank", "0x20", stdin=text.encode())
    assert made.code == 0
    one, other = map(json.loads, ecif("decode", "ebank", "--clear", "--json", stdin=made.out).lines)
    assert one["id"] != other["id"]
    assert len(one["fields"]["time"]) == 14
    assert one["fields"] | {"id": "", "time": ""} == other["fields"] | {"id": "", "time": ""}


@pytest.mark.parametrize(
    ("system", "type", "name"), [("core", "HB00", "MSG-SENT-AT"), ("loan", "LN30", "SENT_AT")]
)
def test_a_time_is_made_where_none_is_required_too(
    ecif: Callable[..., object], system: str, type: str, name: str
) -> None:
    made = ecif("encode", system, type, stdin=b"{}").out
    shown = ecif("decode", system, "--clear", "--json", stdin=made)
    assert len(json.loads(shown.out)["fields"][name]) == 14
    assert ecif("encode", system, type, stdin=shown.out).out == made


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("0x20", b"[]"),
        ("0x20", b"{"),
        ("0x99", b"{}"),
        ("0x20", b'{"seq": "many"}'),
        ("0x20", b'{"nobody": 1}'),
    ],
)
def test_what_cannot_be_encoded(ecif: Callable[..., object], type: str, text: bytes) -> None:
    ran = ecif("encode", "ebank", type, stdin=text)
    assert (ran.code, ran.out) == (2, b"")
    assert "many" not in ran.text
