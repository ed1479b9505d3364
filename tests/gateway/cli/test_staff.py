"""`ecif staff`: accounts from the command line, on a database that need not be there yet."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Ran

Ecif = Callable[..., Ran]
PASSWORD = b"four words nobody guesses\n"


@pytest.fixture
def staff(ecif: Ecif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    monkeypatch.setenv("ECIF_DATABASE_URL", f"sqlite:///{tmp_path}/var/ecif.db")
    return lambda *arguments, **more: ecif("staff", *arguments, **more)


def accounts(staff: Callable[..., Ran]) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in json.loads(staff("list", "--json").out)}


def test_an_account_s_life(staff: Callable[..., Ran]) -> None:
    made = staff("add", "li", "--role", "viewer", "--password-stdin", "--branch", "2301", stdin=PASSWORD)
    assert (made.code, made.out) == (0, b"")
    found = accounts(staff)["li"]
    told = ("role", "branch", "password", "disabled")
    assert [found[name] for name in told] == ["viewer", "2301", True, False]
    assert staff("change", "li", "--role", "operator").code == 0
    assert (accounts(staff)["li"]["role"], accounts(staff)["li"]["branch"]) == ("operator", None)
    assert staff("disable", "li").code == 0
    assert accounts(staff)["li"]["disabled"] is True
    assert staff("token", "li").code == 2, "a disabled account gets none"
    assert staff("enable", "li").code == 0
    assert staff("unlock", "li").code == 0
    assert staff("password", "li", "--password-stdin", stdin=b"other words nobody guesses\n").code == 0
    assert "li" in staff("list").lines[0]


def test_token_prints_only_the_token(staff: Callable[..., Ran]) -> None:
    staff("add", "job", "--role", "operator")
    made = staff("token", "job", "--days", "7", "--scope", "account.own")
    assert (made.code, made.text) == (0, "")
    (token,) = made.lines
    assert token.startswith("ecif_")
    assert staff("token", "job", "--scope", "parties.fly").code == 2
    assert "1 token" in staff("revoke", "job").text


def test_the_second_factor(staff: Callable[..., Ran]) -> None:
    staff("add", "li", "--role", "admin")
    uri, *codes = staff("second-factor", "li").lines
    assert uri.startswith("otpauth://totp/ECIF:li?secret=")
    assert len(set(codes)) == 10
    assert accounts(staff)["li"]["second_factor"] is True
    assert staff("second-factor", "li", "--off").code == 0
    assert accounts(staff)["li"]["second_factor"] is False


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("add", "li", "--role", "king"), b"", "There is no role king: there are viewer,"),
        (("add", "li na", "--role", "viewer"), b"", "no name of an account"),
        (("add", "li", "--role", "viewer", "--password-stdin"), b"12345678\n", "first that anybody tries"),
        (("add", "li", "--role", "viewer", "--password-stdin"), b"", "no password"),
        (("disable", "nobody"), b"", "There is no account nobody."),
        (("token", "nobody"), b"", "There is no account nobody."),
        (("token", "nobody", "--days", "0"), b"", "--days"),
    ],
)
def test_wrong_usage(staff: Callable[..., Ran], arguments: tuple[str, ...], stdin: bytes, said: str) -> None:
    ran = staff(*arguments, stdin=stdin)
    assert (ran.code, ran.out) == (2, b"")
    assert said in ran.text


def test_twice(staff: Callable[..., Ran]) -> None:
    staff("add", "li", "--role", "viewer")
    again = staff("add", "li", "--role", "admin")
    assert (again.code, again.text) == (2, "There is an account li already.\n")
    assert accounts(staff)["li"]["role"] == "viewer"


def test_every_change_is_in_the_trail(staff: Callable[..., Ran], tmp_path: Path) -> None:
    staff("add", "li", "--role", "viewer", "--actor", "wang")
    staff("token", "nobody", "--actor", "wang")
    with sqlite3.connect(tmp_path / "var/ecif.db-trail") as connection:
        rows = connection.execute("SELECT actor, via, action, detail FROM trail_entry ORDER BY at").fetchall()
    connection.close()
    told = [(actor, via, action, json.loads(detail)["outcome"]) for actor, via, action, detail in rows]
    anchored = (tmp_path / "var/trail-anchors.jsonl").read_text("utf-8").splitlines()
    assert len(anchored) == 2, "each command's chain"
    assert told == [
        ("wang", "cli", "staff add", "begun"), ("wang", "cli", "staff add", "done"),
        ("wang", "cli", "staff token", "begun"), ("wang", "cli", "staff token", "refused"),
    ]  # fmt: skip


def test_not_possible_now(ecif: Ecif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.db").write_text("this is no database" * 100)
    monkeypatch.setenv("ECIF_DATABASE_URL", f"sqlite:///{tmp_path}/text.db")
    assert ecif("staff", "list").code == 3
