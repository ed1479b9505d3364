"""One's own account: second factor, tokens, sessions; by who is logged in and knows the password."""

import re

import pyotp
import pytest
from starlette.testclient import TestClient

from tests.ocrm_api.console.conftest import PASSWORD, LogIn
from tests.ocrm_api.console.test_pages import csrf

HERE = "/console/account"


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_a_second_factor_is_set_up_and_taken_away(log_in: LogIn, app_of: TestClient) -> None:
    client = log_in("viewer")
    page = client.get(f"{HERE}/second-factor").text
    secret = field(page, "secret")
    assert secret not in client.get(f"{HERE}/second-factor").text, "kept nowhere"
    form = {"csrf_token": csrf(client), "secret": secret, "password": PASSWORD, "code": "000000"}
    wrong = client.post(f"{HERE}/second-factor", data=form)
    assert wrong.status_code == 422
    assert field(wrong.text, "secret") == secret, "it need not be scanned again"
    right = {**form, "code": pyotp.TOTP(secret).now()}
    refused = client.post(f"{HERE}/second-factor", data={**right, "password": "wrong and long"})
    assert (refused.status_code, "not this one" in refused.text) == (403, True)
    done = client.post(f"{HERE}/second-factor", data=right)
    codes = re.findall(r"[0-9a-f]{5}(?:-[0-9a-f]{5}){3}", done.text)
    assert len(codes) == 10
    assert "in force" in client.get(HERE).text, "the answer brought a new session"
    log_in_form = {"name": "viewer", "password": PASSWORD}
    assert app_of.post("/console/login", data=log_in_form).status_code == 401
    assert app_of.post("/console/login", data={**log_in_form, "code": codes[0]}).status_code == 303
    removal = {"csrf_token": csrf(client), "password": PASSWORD}
    assert client.post(f"{HERE}/second-factor/removal", data=removal).status_code == 303
    assert "not set up" in client.get(HERE).text


@pytest.mark.parametrize("secret", ["JBSWY3DPEHPK3PXP", "A" * 25, "A" * 33, "A" * 31])
def test_a_secret_that_was_not_made_here_is_refused(log_in: LogIn, secret: str) -> None:
    client = log_in("viewer")
    asked = {"secret": secret, "password": PASSWORD, "code": "000000"}
    form = {"csrf_token": csrf(client), **asked}
    assert client.post(f"{HERE}/second-factor", data=form).status_code == 422
    headers = {"X-CSRF-Token": form["csrf_token"]}
    assert client.put("/api/v1/session/second-factor", json=asked, headers=headers).status_code == 422


def test_a_token_of_one_s_own(log_in: LogIn) -> None:
    client = log_in("steward")
    page = client.get(HERE).text
    form = {
        "csrf_token": field(page, "csrf_token"), "once": field(page, "once"), "label": "nightly", "days": "3",
        "password": PASSWORD, "scopes": ["account.own", "parties.search"],
    }  # fmt: skip
    shown = client.post(f"{HERE}/tokens", data=form).text
    (token,) = set(re.findall(r"ecif_[\w-]{40,}", shown))
    again = client.post(f"{HERE}/tokens", data=form).text
    assert ("was sent before" in again, token in again) == (True, False)
    program = {"Authorization": f"Bearer {token}"}
    told = client.get("/api/v1/session", headers=program).json()
    assert told["permissions"] == ["account.own", "parties.search"]
    more = {"password": PASSWORD, "label": "more", "scopes": ["account.own"]}
    key = {**program, "Idempotency-Key": "more"}
    assert client.post("/api/v1/session/tokens", json=more, headers=key).status_code == 403
    beyond = client.post(f"{HERE}/tokens", data={**form, "once": "other", "scopes": ["staff.change"]})
    assert beyond.status_code == 403
    nothing = client.post(f"{HERE}/tokens", data={**form, "once": "third", "scopes": []})
    assert nothing.status_code == 422
    (path,) = set(re.findall(rf"{HERE}/tokens/[0-9a-f]+/revoke", client.get(HERE).text))
    assert client.post(path, data={"csrf_token": csrf(client)}).status_code == 303
    assert client.get("/api/v1/session", headers=program).status_code == 401
    assert client.post(path, data={"csrf_token": csrf(client)}).status_code == 404


def test_a_viewer_has_no_tokens_of_its_own(log_in: LogIn) -> None:
    client = log_in("viewer")
    assert f"{HERE}/tokens" not in client.get(HERE).text
    assert client.post(f"{HERE}/tokens", data={"csrf_token": csrf(client)}).status_code == 403


def test_sessions_of_one_s_own_end(log_in: LogIn, app_of: TestClient) -> None:
    elsewhere = log_in("viewer").cookies["ecif_session"]
    app_of.cookies.clear()
    client = log_in("viewer")
    (path,) = set(re.findall(rf"{HERE}/sessions/[0-9a-f]+/end", client.get(HERE).text))
    token = {"csrf_token": csrf(client)}
    assert client.post(path, data=token).headers["Location"].endswith("done=ended")
    assert client.post(path, data=token).status_code == 404
    mine = client.cookies["ecif_session"]
    client.cookies.clear()
    assert client.get(HERE, headers={"Cookie": f"ecif_session={elsewhere}"}).status_code == 303
    told = client.get("/api/v1/session/sessions", headers={"Cookie": f"ecif_session={mine}"}).json()
    assert [one["present"] for one in told] == [True]
