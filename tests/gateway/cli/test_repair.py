"""`ecif resync` and `ecif audit`, on the shipped conf."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.clock import wall_clock
from tests.gateway.cli.conftest import Ran
from tests.gateway.operating import Operated, operated

Ecif = Callable[..., Ran]


@pytest.fixture
def hub(ecif: Ecif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operated]:
    with operated(tmp_path) as hub:
        monkeypatch.setenv("ECIF_DATABASE_URL", f"sqlite:///{tmp_path / 'ecif.db'}")
        hub.take(*[hub.body(number, f"客户{number}", **{"CUST-RISK": "R2"}) for number in range(3)])
        yield hub


def due(hub: Operated) -> int:
    return hub.count("select count(*) from sync_state where next_attempt is not null")


def test_all_customers_are_marked_once(ecif: Ecif, hub: Operated) -> None:
    dry = ecif("resync", "core", "--dry-run", "--json")
    assert (dry.code, due(hub)) == (0, 0)
    ran = ecif("resync", "core", "--json", "--actor", "wang")
    assert json.loads(dry.out) == {**json.loads(ran.out), "dry_run": True}
    assert json.loads(ran.out) == {
        "system": "core", "dry_run": False, "marked": 3, "pending": 0, "held": 0, "empty": 0,
    }  # fmt: skip
    assert due(hub) == 3
    assert ecif("resync", "core").text == "core: 3 pending.\n"
    assert hub.count("select count(*) from message where reply_text like 'wang: 3 customers%'") == 1
    for push in hub.service.take_due("core", 9, wall_clock()):
        hub.answer(push.push_id, "0000")
    assert due(hub) == 0
    assert json.loads(ecif("verify", "--json").out)["problems"] == []


def test_since(ecif: Ecif, hub: Operated) -> None:
    assert ecif("resync", "core", "--since", "2099-01-01T00:00:00Z").text == "core: no customers.\n"
    assert json.loads(ecif("resync", "core", "--since", "1h", "--dry-run", "--json").out)["marked"] == 3


def test_who_takes_no_pushes(ecif: Ecif, hub: Operated) -> None:
    assert ecif("resync", "teller").code == 2
    assert ecif("resync", "nobody").code == 2
    assert ecif("resync", "core", "--since", "yesterday").code == 2


def export(hub: Operated, folder: Path, *bodies: bytes) -> str:
    file = folder / "core.bin"
    file.write_bytes(b"".join(hub.conf.systems["core"].framing.wrap(body) for body in bodies))
    return str(file)


def test_an_export_that_agrees(ecif: Ecif, hub: Operated, tmp_path: Path) -> None:
    file = export(hub, tmp_path, *[hub.body(n, f"客户{n}", 9, **{"CUST-RISK": "R2"}) for n in range(3)])
    ran = ecif("audit", "core", "--export", file, "--json")
    assert json.loads(ran.out) == {"compared": 3, "equal": 3, "different": [], "missing": 0, "unknown": 0}
    assert ran.code == 0


def test_an_export_that_does_not(ecif: Ecif, hub: Operated, tmp_path: Path) -> None:
    silent = hub.body(0, "客户0", 9), hub.body(7, "张三", 9)
    file = export(hub, tmp_path, *silent, hub.body(1, "客户1", 9, **{"CUST-RISK": "R2"}))
    ran = ecif("audit", "core", "--export", file, "--json")
    assert (ran.code, ran.text) == (1, "")
    assert json.loads(ran.out) == {
        "compared": 2, "equal": 1, "different": [{"customer": "C0", "field": "CUST-RISK"}],
        "missing": 1, "unknown": 1,
    }  # fmt: skip
    ran = ecif("audit", "core", "--export", file)
    assert ran.lines == ["different  C0  CUST-RISK", "missing    C2", "unknown    C7"]
    assert "客户" not in ran.out.decode() + ran.text


def test_an_export_that_cannot_be_read(ecif: Ecif, hub: Operated, tmp_path: Path) -> None:
    good = [hub.body(n, f"客户{n}", 9, **{"CUST-RISK": "R2"}) for n in range(3)]
    ran = ecif("audit", "core", "--export", export(hub, tmp_path, *good, b"?"), "--json")
    assert (ran.code, json.loads(ran.out)["equal"]) == (1, 3)
    assert "frame 4: " in ran.text
    assert ecif("audit", "core", "--export", str(tmp_path / "nothing.bin")).code == 2
