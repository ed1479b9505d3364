"""`ecif failed`, on the shipped conf and a database with messages set aside."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Ran
from tests.gateway.operating import WHY, Operated, operated

Ecif = Callable[..., Ran]


@pytest.fixture
def hub(ecif: Ecif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operated]:
    with operated(tmp_path) as hub:
        monkeypatch.setenv("ECIF_DATABASE_URL", f"sqlite:///{tmp_path / 'ecif.db'}")
        yield hub


def listed(ecif: Ecif, *more: str) -> list[dict[str, object]]:
    ran = ecif("failed", "list", "--json", *more)
    assert ran.code == 0
    found: list[dict[str, object]] = json.loads(ran.out)
    return found


def test_listed_and_shown_masked(ecif: Ecif, hub: Operated) -> None:
    body = hub.body(1, "张三", **{"CUST-MOBILE": "13812345678"})
    hub.put_aside(body)
    (row,) = listed(ecif, "--system", "core")
    assert listed(ecif, "--system", "loan") == []
    assert {name: row[name] for name in ("system", "direction", "type", "message_id", "customer_no")} == {
        "system": "core", "direction": "in", "type": "CU01", "message_id": "M1-1", "customer_no": "C1",
    }  # fmt: skip
    assert row["reason"] == WHY
    ran = ecif("failed", "list")
    assert (str(row["id"]) in ran.lines[0], ran.text) == (True, "1 set aside.\n")
    masked = ecif("failed", "show", str(row["id"])), ecif("failed", "show", str(row["id"]), "--json")
    for ran in masked:
        assert ran.code == 0
        assert WHY in ran.out.decode()
        assert "13812345678" not in ran.out.decode()
        assert "张三" not in ran.out.decode()
    assert json.loads(masked[1].out)["message"]["fields"]["CUST-NO"] == "C1"
    clear = json.loads(ecif("failed", "show", str(row["id"]), "--json", "--clear").out)
    assert clear["message"]["fields"]["CUST-NAME"] == "张三"
    assert bytes.fromhex(clear["raw"]) == body
    assert ecif("failed", "show", str(row["id"]), "--raw").out == body


def test_replayed_once_and_audited(ecif: Ecif, hub: Operated) -> None:
    hub.put_aside(*[hub.body(number, f"客户{number}") for number in range(3)])
    dry = json.loads(ecif("failed", "replay", "--all", "--dry-run", "--json").out)
    assert (dry["dry_run"], dry["replayed"], len(listed(ecif))) == (True, 3, 3)
    ran = ecif("failed", "replay", "--all", "--json", "--actor", "wang")
    real = json.loads(ran.out)
    assert ran.code == 0
    assert {**real, "dry_run": True} == dry
    assert listed(ecif) == []
    assert json.loads(ecif("failed", "replay", "--all", "--json").out)["messages"] == 0
    id = str(real["results"][0]["id"])
    assert "settled" in ecif("failed", "replay", id).lines[0]
    (act,) = json.loads(ecif("failed", "show", id, "--json").out)["acts"]
    assert {**act, "at": ""} == {
        "at": "", "act": "replay", "actor": "wang", "outcome": "applied", "reason": "",
    }  # fmt: skip
    assert "replay by wang: applied" in ecif("failed", "show", id).out.decode()
    acts = [json.loads(line) for line in ecif("trace", "--id", "M0-1", "--json").lines]
    assert {act["direction"]: act["state"] for act in acts} == {"in": "applied", "ops": "applied"}
    assert json.loads(ecif("verify", "--json").out)["messages"] == 3


def test_older_than_what_came_meanwhile(ecif: Ecif, hub: Operated) -> None:
    hub.put_aside(hub.body(1, "张三"))
    hub.take(hub.body(1, "张四", seq=2))
    ran = ecif("failed", "replay", "--all")
    assert (ran.code, ran.text) == (0, "1 replayed: 1 stale.\n")
    assert hub.count("select count(*) from party where name = '张四'") == 1


def test_discarded_with_a_reason(ecif: Ecif, hub: Operated) -> None:
    hub.put_aside(hub.body(1, "张三"))
    id = str(listed(ecif)[0]["id"])
    assert ecif("failed", "discard", id).code == 2
    assert ecif("failed", "discard", id, "--reason", " ").code == 2
    ran = ecif("failed", "discard", id, "--reason", "a test of theirs", "--actor", "wang", "--json")
    assert (ran.code, json.loads(ran.out)["outcome"]) == (0, "discarded")
    assert ecif("failed", "discard", id, "--reason", "again").code == 0
    assert listed(ecif) == []
    assert "discard by wang: discarded  a test of theirs" in ecif("failed", "show", id).out.decode()
    hub.take(hub.body(2, "李四"))
    taken = str(hub.count("select id from message where customer_no = 'C2'"))
    assert ecif("failed", "discard", taken, "--reason", "x").code == 1


def test_what_stays_aside_is_told_by_the_exit_code(ecif: Ecif, hub: Operated) -> None:
    hub.take(hub.body(1, "张三"))
    hub.put_aside(hub.body(1, "张三", seq=2, **{"CUST-KIND": "O"}), hub.body(2, "李四"))
    dry = ecif("failed", "replay", "--all", "--dry-run")
    assert (dry.code, dry.text) == (1, "1 would be replayed: 1 applied, 1 refused.\n")
    assert ecif("failed", "replay", "--all").code == 1
    (left,) = listed(ecif)
    assert str(left["reason"]).startswith("1006 ")


def test_wrong_usage(ecif: Ecif, hub: Operated) -> None:
    assert ecif("failed", "replay").code == 2
    assert ecif("failed", "replay", "1", "--all").code == 2
    assert ecif("failed", "replay", "4711").code == 2
    assert ecif("failed", "show", "4711").code == 2
    assert ecif("failed", "discard", "4711", "--reason", "x").code == 2
    assert ecif("failed", "list", "--system", "nobody").code == 2
