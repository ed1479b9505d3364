"""Accounts over HTTP: made, changed, disabled; nobody gives more than he has."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from ocrm_api.access.conf import DEFAULT_ROLES, RoleConf, StaffConf
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ocrm_api.desks import act
from tests.ocrm_api.staffing import bearer

STAFF = "/api/v1/staff"
CLERK = RoleConf(includes=("viewer",), permissions=("staff.read", "staff.change"))
CONF = StaffConf(role={**DEFAULT_ROLES, "clerk": CLERK})


@pytest.fixture
def clerk(settings: Settings) -> Iterator[TestClient]:
    """Manages accounts, and may otherwise do what a viewer may."""
    headers = bearer(settings.database_url, "clerk", conf=CONF)
    bearer(settings.database_url, "admin", "boss", conf=CONF)
    with TestClient(create_app(replace(settings, staff=CONF)), headers=headers) as made:
        yield made


def test_an_account_s_life(client: TestClient, anybody: TestClient) -> None:
    asked = {"name": "li", "role": "viewer", "password": "four words nobody guesses", "branch": "2301"}
    assert client.post(STAFF, json=asked, headers=act()).status_code == 201
    assert client.post(STAFF, json=asked, headers=act()).status_code == 422, "there already"
    log_in = {"name": "li", "password": asked["password"]}
    assert anybody.post("/api/v1/session", json=log_in).json()["whole_bank"] is False
    changed = patch(client, "li", role="operator", branch=None).json()
    assert (changed["role"], changed["branch"], changed["own_only"]) == ("operator", None, False)
    assert patch(client, "li", disabled=True).json()["disabled"] is True
    assert anybody.post("/api/v1/session", json=log_in).status_code == 401
    patch(client, "li", disabled=False, password="other words nobody guesses")
    assert anybody.post("/api/v1/session", json=log_in).status_code == 401
    found = next(one for one in client.get(STAFF).json() if one["name"] == "li")
    assert (found["has_password"], found["has_second_factor"], found["locked_until"]) == (True, False, None)
    assert "argon2" not in client.get(STAFF).text


def test_tokens(client: TestClient, anybody: TestClient) -> None:
    client.post(STAFF, json={"name": "job", "role": "operator"}, headers=act())
    asked = {"days": 1, "label": "nightly", "scopes": ["account.own"]}
    issued = client.post(f"{STAFF}/job/tokens", json=asked, headers=act())
    headers = {"Authorization": f"Bearer {issued.json()['token']}"}
    assert anybody.get("/api/v1/session", headers=headers).json()["permissions"] == ["account.own"]
    (told,) = client.get(f"{STAFF}/job/tokens").json()
    assert (told["label"], told["scopes"], told["revoked"]) == ("nightly", ["account.own"], False)
    assert client.delete(f"{STAFF}/job/tokens").status_code == 204
    assert client.get(f"{STAFF}/job/tokens").json()[0]["revoked"] is True


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/nobody", {"disabled": True}),
        ("POST", "/nobody/tokens", {}),
        ("GET", "/nobody/tokens", None),
        ("DELETE", "/nobody/tokens", None),
    ],
)
def test_nobody_s_account(client: TestClient, method: str, path: str, body: object) -> None:
    assert client.request(method, STAFF + path, json=body, headers=act()).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "role": "king"},
        {"name": "a b", "role": "viewer"},
        {"name": "x", "role": "viewer", "password": "12345678"},
        {"name": "", "role": "viewer"},
    ],
)
def test_accounts_that_are_refused(client: TestClient, body: object) -> None:
    assert client.post(STAFF, json=body, headers=act()).status_code == 422


def test_nobody_gives_more_than_he_has(clerk: TestClient) -> None:
    assert clerk.post(STAFF, json={"name": "x", "role": "viewer"}, headers=act()).status_code == 201
    assert clerk.post(STAFF, json={"name": "y", "role": "admin"}, headers=act()).status_code == 403
    assert patch(clerk, "clerk", role="admin").status_code == 403
    assert patch(clerk, "boss", password="mine is better now").status_code == 403
    assert patch(clerk, "boss", disabled=True).status_code == 403
    assert clerk.post(f"{STAFF}/boss/tokens", json={}, headers=act()).status_code == 403
    assert clerk.post(f"{STAFF}/x/tokens", json={}, headers=act()).status_code == 201


def test_roles_are_told(client: TestClient) -> None:
    roles = client.get(f"{STAFF}/roles").json()
    assert set(roles) == set(DEFAULT_ROLES)
    assert "parties.read" in roles["steward"]["permissions"], "what the viewer has"


def test_an_account_is_changed_as_it_was_looked_at_or_not_at_all(client: TestClient) -> None:
    client.post(STAFF, json={"name": "li", "role": "viewer", "branch": "2301"}, headers=act())
    assert client.patch(f"{STAFF}/li", json={"role": "operator"}).status_code == 428
    tag = client.get(f"{STAFF}/li").headers["ETag"]
    assert patch(client, "li", role="steward", password="short").status_code == 422
    assert client.get(f"{STAFF}/li").headers["ETag"] == tag, "half of it would be another account"
    changed = client.patch(f"{STAFF}/li", json={"role": "operator"}, headers={"If-Match": tag})
    assert (changed.json()["role"], changed.json()["branch"]) == ("operator", "2301")
    stale = client.patch(f"{STAFF}/li", json={"role": "viewer"}, headers={"If-Match": tag})
    assert (stale.status_code, client.get(f"{STAFF}/li").json()["role"]) == (412, "operator")
    assert client.get(f"{STAFF}/nobody").status_code == 404


def patch(client: TestClient, name: str, **change: object) -> Any:
    """As it is now."""
    tag = client.get(f"{STAFF}/{name}").headers["ETag"]
    return client.patch(f"{STAFF}/{name}", json=change, headers={"If-Match": tag})
