"""`ecif db anchor`, `prune`, `hold`, and what `ecif verify` says of history, on the shipped conf."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.anchoring import anchor_when_due
from gateway.bootstrap import load_signers
from gateway.config.reader import read_conf
from tests.gateway.cli.conftest import CONF, Ran
from tests.gateway.operating import Operated, operated

Ecif = Callable[..., Ran]


@pytest.fixture
def hub(ecif: Ecif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operated]:
    with operated(tmp_path) as hub:
        monkeypatch.setenv("ECIF_DATABASE_URL", f"sqlite:///{tmp_path / 'ecif.db'}")
        for seq in (1, 2, 3):
            risk = {"CUST-RISK": f"R{seq}"}
            hub.take(*[hub.body(number, f"客户{number}", seq, **risk) for number in range(3)])
        yield hub


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """Conf with a key."""
    folder = tmp_path / "conf"
    shutil.copytree(CONF, folder)
    (tmp_path / "history.key").write_text("a secret of the bank")
    text = (folder / "hub.toml").read_text()
    at = '# keys = ["${file:../var/history.key}"]'
    assert at in text
    (folder / "hub.toml").write_text(text.replace(at, 'keys = ["${file:../history.key}"]'))
    return folder


def tamper(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / "ecif.db")) as connection, connection:
        connection.execute(statement)


def test_what_was_anchored_and_altered_is_named(ecif: Ecif, hub: Operated, tmp_path: Path) -> None:
    (line,) = ecif("db", "anchor", "--json").lines
    assert json.loads(line)["heads"] == 3
    assert ecif("db", "anchor").text == "Nothing has changed since the last anchor.\n"
    assert json.loads(ecif("verify", "--json").out)["problems"] == []
    tamper(tmp_path, "update change_event set actor = 'x' where seq = 2 and ecif_no = '100000000002'")
    ran = ecif("verify", "--json")
    assert ran.code == 1
    (problem,) = json.loads(ran.out)["problems"]
    assert (problem["kind"], problem["ecif_no"]) == ("chain", "100000000002")


def test_the_running_hub_anchors_when_it_is_due(hub: Operated, signed: Path, tmp_path: Path) -> None:
    conf = read_conf(signed, {"ECIF_DATABASE_URL": f"sqlite:///{tmp_path / 'ecif.db'}"})
    assert anchor_when_due(conf, 3600.0) == 3600.0
    assert 3500 < anchor_when_due(conf, 3600.0) <= 3600
    (signer,) = load_signers(conf)
    assert hub.count(f"select count(*) from anchor where key_name = '{signer.name}'") == 1
    gone = read_conf(signed, {"ECIF_DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"})
    assert anchor_when_due(gone, 3600.0) == 60.0


def test_a_forged_signature_is_found_with_the_key(
    ecif: Ecif, hub: Operated, signed: Path, tmp_path: Path
) -> None:
    ecif("db", "anchor", "--conf", str(signed))
    tamper(tmp_path, "update anchor set signature = 'x'")
    assert ecif("verify").code == 0
    assert ecif("verify", "--conf", str(signed)).code == 1


def test_prune(ecif: Ecif, hub: Operated, signed: Path) -> None:
    assert ecif("db", "prune").code == 2
    assert ecif("db", "prune", "--before", "1d", "--keep-days", "1").code == 2
    assert ecif("db", "prune", "--before", "soon").code == 2
    assert ecif("db", "hold", "100000000001", "--reason", "case 7", "--actor", "court").code == 0
    ran = ecif("db", "prune", "--before", "0s", "--dry-run", "--json")
    dry = json.loads(ran.out)
    assert (dry["events"], dry["parties"]) == (4, 2)
    assert hub.count("select count(*) from change_event") == 9
    ran = ecif("db", "prune", "--before", "0s", "--json", "--conf", str(signed))
    told = json.loads(ran.out)
    assert told == dry
    assert hub.count("select count(*) from change_event") == 5
    assert json.loads(ecif("verify", "--json", "--conf", str(signed)).out)["problems"] == []
    assert ecif("db", "hold", "100000000999", "--reason", "x").code == 2
    (line,) = ecif("db", "holds", "--json").lines
    assert json.loads(line)["reason"] == "case 7"
    assert ecif("db", "release", "100000000001", "--reason", "closed").code == 0
    assert ecif("db", "release", "100000000001", "--reason", "closed").code == 1
    assert json.loads(ecif("db", "prune", "--before", "0s", "--json").out)["parties"] == 1
