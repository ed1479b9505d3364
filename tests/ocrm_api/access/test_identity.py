"""Who asks: tokens, sessions, CSRF, reasons, and what takes rights away."""

import time

import pytest
from starlette.testclient import TestClient

from ocrm_api.access import directory
from ocrm_api.access.accounts import Accounts
from ocrm_api.access.conf import StaffConf
from ocrm_api.access.identity import Needs
from ocrm_api.chains import OCRM
from ocrm_api.database import Database
from tests.ecif.bank import Bank
from tests.ocrm_api.staffing import bearer

PASSWORD = "four words nobody guesses"


@pytest.fixture
def accounts(bank: Bank):
    database = Database(bank.url, OCRM)
    yield Accounts(database, StaffConf())
    database.close()


@pytest.fixture
def li(accounts: Accounts, anybody: TestClient) -> TestClient:
    """Logged in, with a CSRF token that every request shows."""
    accounts.add("li", "viewer", password=PASSWORD)
    answer = anybody.post("/api/v1/session", json={"name": "li", "password": PASSWORD})
    assert answer.status_code == 200
    anybody.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return anybody


def test_nobody(anybody: TestClient) -> None:
    answer = anybody.get("/api/v1/parties/100000000001")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header", ["Bearer ", "Bearer ecif_no", "Bearer x", "Basic bGk6eA==", "Bearer " + "e" * 5000, "ecif_x"]
)
def test_wrong_tokens(anybody: TestClient, bank: Bank, header: str) -> None:
    assert anybody.get("/api/v1/session", headers={"Authorization": header}).status_code == 401


def test_a_token_is_limited_to_its_scopes(anybody: TestClient, bank: Bank) -> None:
    headers = bearer(bank.url, "admin", scopes=("account.own", "staff.read"))
    assert anybody.get("/api/v1/staff", headers=headers).status_code == 200
    assert anybody.get("/api/v1/trail", headers=headers).status_code == 403


def test_a_wrong_token_is_not_made_good_by_a_cookie(li: TestClient) -> None:
    assert li.get("/api/v1/session").status_code == 200
    assert li.get("/api/v1/session", headers={"Authorization": "Bearer ecif_no"}).status_code == 401


def test_an_ended_or_revoked_token(accounts: Accounts, anybody: TestClient) -> None:
    accounts.add("job", "viewer")
    ended = accounts.issue_token("job", days=0)
    revoked = accounts.issue_token("job", days=1)
    assert accounts.revoke_tokens("job") == 2
    for token in (ended, revoked):
        answer = anybody.get("/api/v1/session", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


def test_changing_needs_the_csrf_token(li: TestClient) -> None:
    right = li.headers.pop("X-CSRF-Token")
    for shown in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": right[:-1]}):
        assert li.delete("/api/v1/session", headers=shown).status_code == 403
    assert li.delete("/api/v1/session", headers={"X-CSRF-Token": right}).status_code == 204
    assert li.get("/api/v1/session").status_code == 401


def test_a_log_in_from_another_site_is_refused(accounts: Accounts, anybody: TestClient) -> None:
    accounts.add("li", "viewer", password=PASSWORD)
    asked = {"name": "li", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert anybody.post("/api/v1/session", json=asked, headers=headers).status_code == 403
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert anybody.post("/api/v1/session", json=asked, headers=headers).status_code == 200


def test_a_forged_cookie(li: TestClient) -> None:
    right = li.cookies["ecif_session"]
    for cookie in ("x", right[:-2], right.split(".")[0], "é", right + "x"):
        li.cookies.clear()
        answer = li.get("/api/v1/session", headers={"Cookie": f"ecif_session={cookie}".encode()})
        assert answer.status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(li: TestClient, accounts: Accounts) -> None:
    asked = {"name": "li", "password": PASSWORD}
    plain = li.post("/api/v1/session", json=asked).headers["Set-Cookie"]
    secure = li.post("https://testserver/api/v1/session", json=asked).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=strict" in plain
    assert "Secure" in secure


@pytest.mark.parametrize("act", ["disable", "set_password", "set_role"])
def test_what_takes_rights_away_ends_sessions(
    li: TestClient, accounts: Accounts, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert li.get("/api/v1/session").status_code == 200
    if act == "set_password":
        accounts.set_password("li", "other words nobody guesses")
    elif act == "set_role":
        accounts.set_role("li", "operator", branch=None, own_only=False, manager=None)
    else:
        accounts.disable("li")
    monkeypatch.setattr(time, "monotonic", lambda real=time.monotonic: real() + directory.KEPT_SECONDS)
    assert li.get("/api/v1/session").status_code == 401


def test_idle_sessions_end(li: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    real, later = directory.now, 0
    monkeypatch.setattr(directory, "now", lambda: real() + later)
    monkeypatch.setattr(directory, "KEPT_SECONDS", -1.0)
    li.app.state.access.directory.forget()  # type: ignore[attr-defined]
    for minutes, status in ((29, 200), (58, 200), (89, 401)):
        later = minutes * 60_000_000
        assert li.get("/api/v1/session").status_code == status


def test_busy_sessions_end_too(li: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    real, later = directory.now, 0
    monkeypatch.setattr(directory, "now", lambda: real() + later)
    monkeypatch.setattr(directory, "KEPT_SECONDS", -1.0)
    li.app.state.access.directory.forget()  # type: ignore[attr-defined]
    found = []
    for minutes in range(0, 13 * 60, 20):
        later = minutes * 60_000_000
        found.append(li.get("/api/v1/session").status_code)
    assert found[:36] == [200] * 36
    assert found[36] == 401


def test_own_password(li: TestClient) -> None:
    path = "/api/v1/session/password"
    assert li.put(path, json={"old": "no", "new": PASSWORD + "!"}).status_code == 401
    assert li.put(path, json={"old": PASSWORD, "new": "12345678"}).status_code == 422
    assert li.put(path, json={"old": PASSWORD, "new": PASSWORD + "!"}).status_code == 204
    assert li.get("/api/v1/session").status_code == 200, "the answer brought a new session"
    assert li.post("/api/v1/session", json={"name": "li", "password": PASSWORD}).status_code == 401


def test_a_permission_must_exist() -> None:
    with pytest.raises(ValueError, match=r"parties\.fly"):
        Needs("parties.fly")
