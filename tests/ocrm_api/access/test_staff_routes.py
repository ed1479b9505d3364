"""Accounts over HTTP: made, changed, disabled; nobody gives more than he has."""

from collections.abc import Iterator
from dataclasses import replace

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
    changed = client.patch(f"{STAFF}/li", json={"role": "operator", "branch": None}).json()
    assert (changed["role"], changed["branch"], changed["own_only"]) == ("operator", None, False)
    assert client.patch(f"{STAFF}/li", json={"disabled": True}).json()["disabled"] is True
    assert anybody.post("/api/v1/session", json=log_in).status_code == 401
    client.patch(f"{STAFF}/li", json={"disabled": False, "password": "other words nobody guesses"})
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
    assert clerk.patch(f"{STAFF}/clerk", json={"role": "admin"}).status_code == 403
    assert clerk.patch(f"{STAFF}/boss", json={"password": "mine is better now"}).status_code == 403
    assert clerk.patch(f"{STAFF}/boss", json={"disabled": True}).status_code == 403
    assert clerk.post(f"{STAFF}/boss/tokens", json={}, headers=act()).status_code == 403
    assert clerk.post(f"{STAFF}/x/tokens", json={}, headers=act()).status_code == 201


def test_roles_are_told(client: TestClient) -> None:
    roles = client.get(f"{STAFF}/roles").json()
    assert set(roles) == set(DEFAULT_ROLES)
    assert "parties.read" in roles["steward"]["permissions"], "what the viewer has"
