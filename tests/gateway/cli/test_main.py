"""What holds for every command: help with an example, exit codes, no traceback."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import failure
from gateway.cli.options import CommandError
from tests.gateway.cli.conftest import CONF

COMMANDS = (
    ("demo",),
    ("simulate",),
    ("serve",),
    ("api",),
    ("check",),
    ("certs",),
    ("decode",),
    ("encode",),
    ("load",),
    ("trace",),
    ("verify",),
    ("failed", "list"),
    ("failed", "show"),
    ("failed", "replay"),
    ("failed", "discard"),
    ("resync",),
    ("audit",),
    ("bench",),
    ("db", "upgrade"),
    ("db", "check"),
    ("db", "sql"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_with_an_example(ecif: Callable[..., object], command: tuple[str, ...]) -> None:
    ran = ecif(*command, "--help")
    assert ran.code == 0
    assert b"--conf" in ran.out
    example = ran.out.decode().split("Example:")[1]
    assert f"ecif {' '.join(command)}" in example


def test_wrong_usage(ecif: Callable[..., object]) -> None:
    assert ecif("nonsense").code == 2
    assert ecif("decode").code == 2
    assert ecif("trace", "--limit", "many").code == 2
    assert ecif("decode", "nobody", stdin=b"").code == 2
    missing = ecif("decode", "core", "nowhere.bin")
    assert (missing.code, missing.out, missing.text.strip()) == (
        2,
        b"",
        "No such file or directory: nowhere.bin",
    )


def test_conf_faults_are_told(ecif: Callable[..., object], tmp_path: Path) -> None:
    ran = ecif("check", "--conf", "nowhere")
    assert (ran.code, ran.out) == (2, b"")
    assert "nowhere: is no folder" in ran.text
    conf = shutil.copytree(CONF, tmp_path / "conf")
    hub = conf / "hub.toml"
    hub.write_text(hub.read_text("utf-8").replace("drain_seconds = 20", "drain_seconds = 0\nx = 1"), "utf-8")
    told = [ecif(command, "--conf", "conf") for command in ("check", "serve", "trace")]
    assert {ran.code for ran in told} == {2}
    assert len({ran.text for ran in told}) == 1
    assert "run.drain_seconds: must be more than 0" in told[0].text
    assert "run.x: is not a key here" in told[0].text


def test_check(ecif: Callable[..., object]) -> None:
    ran = ecif("check")
    assert ran.code == 0
    assert "core, ebank, loan" in ran.text
    ran = ecif("check", "--connect")
    assert ran.code == 3
    assert "var/certs/ca.pem" in ran.text
    assert "ecif db upgrade" in ran.text
    assert "dial.address) cannot be reached" in ran.text


def test_serve_without_certificates_starts_nothing(ecif: Callable[..., object], tmp_path: Path) -> None:
    ran = ecif("serve")
    assert ran.code == 2
    assert "ecif certs var/certs" in ran.text
    assert list(tmp_path.iterdir()) == []


def test_certs_and_database(ecif: Callable[..., object], tmp_path: Path) -> None:
    ran = ecif("certs", "certs")
    assert ran.code == 0
    names = ["ca.pem", "ebank.key", "ebank.pem", "hub.key", "hub.pem"]
    assert sorted(path.name for path in (tmp_path / "certs").iterdir()) == names
    (tmp_path / "certs/ca.pem").write_text("the bank's own", "utf-8")
    assert ecif("certs", "certs").code == 2

    assert ecif("db", "check").code == 3
    assert ecif("trace").code == 3
    assert ecif("db", "upgrade").code == 0
    assert "already" in ecif("db", "upgrade").text
    assert ecif("db", "check").code == 0
    assert ecif("trace", "--json").out == b""
    assert ecif("verify").code == 0
    assert ecif("trace", "--since", "yesterday").code == 2
    with sqlite3.connect(tmp_path / "var/ecif.db") as database:
        database.execute("DROP INDEX ix_party_head")
    database.close()
    ran = ecif("db", "check")
    assert (ran.code, ran.out) == (1, b"party: index ix_party_head is missing\n")
    with sqlite3.connect(tmp_path / "var/ecif.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'zz99'")
    database.close()
    for command in (("db", "check"), ("db", "upgrade"), ("verify",), ("trace",)):
        ran = ecif(*command)
        assert ran.code == 3
        assert "zz99" in ran.text


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_db_sql(ecif: Callable[..., object], dialect: str) -> None:
    ran = ecif("db", "sql", "--dialect", dialect)
    assert ran.code == 0
    assert b"CREATE TABLE party" in ran.out


def test_unknown_errors_are_apologised_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZeroDivisionError) as caught:
        raise ZeroDivisionError("张三 13812345678")
    assert failure.tell(caught.value) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    (report,) = (tmp_path / "var/faults").iterdir()
    assert str(report.relative_to(tmp_path)) in said
    assert "test_unknown_errors_are_apologised_for" in report.read_text("utf-8")
    assert "138" not in said + report.read_text("utf-8")


def test_the_worst_of_a_group_counts(capsys: pytest.CaptureFixture[str]) -> None:
    group = ExceptionGroup("g", [CommandError("one", 2), ExceptionGroup("h", [OSError(98, "in use")])])
    assert failure.tell(group) == 3
    assert capsys.readouterr().err == "one\nin use\n"
