"""`ecif new system`: drafts that pass `ecif check`."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import CONF, ROOT, Ran

Ecif = Callable[..., Ran]


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """One shipped system is enough of a neighbour."""
    folder = tmp_path / "conf"
    shutil.copytree(
        CONF,
        folder,
        ignore=lambda path, names: [n for n in names if path.endswith("systems") and n != "loan"],
    )
    return folder


def new(ecif: Ecif, conf: Path, *arguments: str) -> Ran:
    return ecif("new", "system", *arguments, "--conf", str(conf))


def test_from_a_copybook(ecif: Ecif, conf: Path, tmp_path: Path) -> None:
    (tmp_path / "dep.cpy").write_text(
        """
       01  DEP-REC.
           COPY HEAD.
           05  CUST-NO PIC X(10).
           05  CUST-NAME PIC X(40).
           05  PARTY-TYPE PIC X.
               88 PERS VALUE 'P'.
               88 CORP VALUE 'C'.
           05  BIRTH-DATE PIC 9(8).
           05  CHG-SEQ PIC S9(9) COMP.
           05  EXTRA PIC X(8).
           05  EXTRA-N REDEFINES EXTRA PIC 9(8).
           05  CNT PIC 9.
           05  L OCCURS 0 TO 9 DEPENDING ON CNT PIC X(3).
"""
    )
    (tmp_path / "HEAD.cpy").write_text(
        "           05 REC-TYPE PIC X(2).\n              88 IS-DEP VALUE 'DP'.\n"
        "           05 TRAN-ID PIC X(12).\n           05 TS-STAMP PIC 9(14).\n"
    )
    ran = new(ecif, conf, "deposits", "--copybook", "dep.cpy")
    assert (ran.code, ran.out) == (0, b"")
    folder = conf / "systems" / "deposits"
    assert {path.name for path in folder.iterdir()} == {"system.toml", "dep.cpy", "HEAD.cpy", "hub-reply.cpy"}
    told = tomllib.loads((folder / "system.toml").read_text())
    assert told["envelope"] == {
        "type": "REC-TYPE", "id": "TRAN-ID", "sent_at": "TS-STAMP", "new_id": {"length": 12},
    }  # fmt: skip
    assert (told["customer"]["number"], told["customer"]["seq"]) == ("CUST-NO", "CHG-SEQ")
    assert set(told["customer"]["values"]) == {"kind", "name", "born"}
    assert told["codes"]["kind"] == {"person": ["P"], "organization": ["C"]}
    assert "deposits" in ecif("check", "--conf", str(conf)).text
    again = new(ecif, conf, "deposits", "--copybook", "dep.cpy")
    assert again.code == 2
    assert "is there already" in again.text


def test_from_the_least_that_a_copybook_can_be(ecif: Ecif, conf: Path, tmp_path: Path) -> None:
    (tmp_path / "least.cpy").write_text("01 A. 05 B PIC X(2). 05 C PIC X(12).\n")
    assert new(ecif, conf, "least", "--copybook", "least.cpy").code == 0
    (tmp_path / "less.cpy").write_text("01 A. 05 B PIC X(2). 05 C PIC 9(12).\n")
    ran = new(ecif, conf, "less", "--copybook", "less.cpy")
    assert ran.code == 2
    assert "needs two text fields" in ran.text
    assert not (conf / "systems" / "less").exists()


def frames(system: str) -> bytes:
    found = json.loads((ROOT / "tests" / "formats" / "examples" / f"{system}.json").read_text())
    return b"".join(bytes.fromhex(one["frame"]) for one in found[:4])


def lines() -> bytes:
    bodies = [f"W100|S{i:023d}|2026010510300{i}|C{i}|P|名字".encode("gbk") + b"\x03" for i in range(3)]
    framed = b""
    for body in bodies:
        check = 0
        for byte in body:
            check ^= byte
        framed += b"\x02" + body + bytes([check])
    return framed


@pytest.mark.parametrize(
    ("sample", "framing", "family"),
    [
        (frames("core"), {"kind": "binary_length", "size": 4, "order": "big", "limit": 65535}, "table"),
        (frames("loan"), {"kind": "digit_length", "digits": 6, "charset": "ascii", "counts_itself": True,
                          "limit": 65535}, "table"),
        (lines(), {"kind": "stx_etx_lrc", "limit": 65535}, "delimited"),
        (b"CU01 20260105103000 0001 Jones    P\nCU01 20260105103001 0002 Smithson O\n",
         {"kind": "delimiter", "delimiter": "0a", "limit": 65535}, "table"),
        (b"any bytes at all, once", {"kind": "end_of_stream", "limit": 65535}, "table"),
    ],
    ids=["core", "loan", "wealth", "lines", "one"],
)  # fmt: skip
def test_from_a_sample(
    ecif: Ecif, conf: Path, tmp_path: Path, sample: bytes, framing: dict[str, object], family: str
) -> None:
    (tmp_path / "sample.bin").write_bytes(sample)
    ran = new(ecif, conf, "drafted", "--from", "sample.bin")
    assert ran.code == 0, ran.text
    told = tomllib.loads((conf / "systems" / "drafted" / "system.toml").read_text())
    assert told["framing"] == framing
    assert told["codec"]["family"] == family
    if len(sample) > 30:
        decoded = ecif("decode", "drafted", "sample.bin", "--conf", str(conf), "--json").lines
        assert decoded
        if family == "delimited" or framing["kind"] == "delimiter":
            assert all(json.loads(line)["errors"] == [] for line in decoded)


def test_what_cannot_be(ecif: Ecif, conf: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.bin").write_bytes(b"")
    ran = new(ecif, conf, "drafted", "--from", "empty.bin")
    assert ran.code == 2
    assert "empty" in ran.text
    assert new(ecif, conf, "drafted").code == 2
    (tmp_path / "least.cpy").write_text("01 A. 05 B PIC X(2). 05 C PIC X(12).\n")
    bad = new(ecif, conf, "No-Name", "--copybook", "least.cpy")
    assert bad.code == 2
    assert not (conf / "systems" / "No-Name").exists()


def test_a_name_is_no_path(ecif: Ecif, tmp_path: Path) -> None:
    sample = tmp_path / "sample.bin"
    sample.write_bytes(b"x" * 100)
    ran = ecif("new", "system", "../elsewhere", "--from", str(sample))
    assert (ran.code, ran.out) == (2, b"")
    assert "is no name of a system" in ran.text
