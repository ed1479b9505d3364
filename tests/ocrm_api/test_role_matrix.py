"""Every route with every role: what conf allows is let in, nothing else is. New routes are in it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from ocrm_api.access.conf import DEFAULT_ROLES, StaffConf
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.access.roles import Roles
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank
from tests.ocrm_api.desks import LentBank
from tests.ocrm_api.routes import asked, filled
from tests.ocrm_api.staffing import bearer

ROLES = Roles(StaffConf())
REFUSED = (401, 403)


@pytest.fixture
def client(settings: Settings, bank: Bank) -> Iterator[TestClient]:
    bank.take(bank.person("core", "C1"))
    # Roles are tried here, not how fast: no limit may answer in their place.
    with TestClient(create_app(settings, LentBank(bank)), follow_redirects=False) as made:
        yield made


def test_every_route_asks_for_one_permission_or_is_open_by_name(client: TestClient) -> None:
    for one in asked(client.app):  # type: ignore[arg-type]
        assert len(one.permissions) == 1, f"{one}: give it needs(…) or dependencies=[OPEN], once"


def test_every_permission_is_used_or_waits_for_its_piece(client: TestClient) -> None:
    used = {name for one in asked(client.app) for name in one.permissions}  # type: ignore[arg-type]
    assert used - {""} <= set(PERMISSIONS)


def test_open_routes_are_these(client: TestClient) -> None:
    """Whoever opens another one says so here."""
    found = {str(one) for one in asked(client.app) if one.permissions == {""}}  # type: ignore[arg-type]
    assert found <= OPEN_ROUTES


OPEN_ROUTES = {
    "GET /healthz", "GET /readyz", "GET /metrics", "GET /docs", "POST /api/v1/session",
    "GET /api/v1/session/oidc", "GET /api/v1/session/oidc/callback",
    "GET /console/login", "POST /console/login", "GET /console/preferences",
}  # fmt: skip
LOG_INS = {"POST /api/v1/session", "POST /console/login", "GET /api/v1/session/oidc/callback"}


def _status(client: TestClient, method: str, path: str, headers: dict[str, str]) -> int:
    with client.stream(method, filled(path), headers=headers) as answer:
        return answer.status_code


@pytest.mark.parametrize("role", DEFAULT_ROLES)
def test_a_role_is_let_in_where_conf_says_so(client: TestClient, bank: Bank, role: str) -> None:
    headers, allowed = bearer(bank.url, role), ROLES.permissions(role) | {""}
    for one in asked(client.app):  # type: ignore[arg-type]
        status = _status(client, one.method, one.path, headers)
        if str(one) in LOG_INS:
            continue  # open, and 401 to who has no right password
        if one.permissions == {"account.own"} and one.method != "GET":
            assert status != 401, str(one)  # what keeps others out is changed in a session, by no token
        elif one.permissions <= allowed:
            assert status not in REFUSED, str(one)
        else:
            assert status == 403, str(one)


def test_nobody_is_let_in_but_where_it_is_open(client: TestClient) -> None:
    for one in asked(client.app):  # type: ignore[arg-type]
        status = _status(client, one.method, one.path, {})
        if one.permissions != {""}:
            assert status in (401, 303), str(one)  # the console shows its log-in page


def test_a_role_that_conf_no_longer_has_may_nothing(settings: Settings, client: TestClient) -> None:
    without = StaffConf(role={name: role for name, role in DEFAULT_ROLES.items() if name != "operator"})
    headers = bearer(settings.database_url, "operator")
    assert Roles(without).permissions("operator") == frozenset()
    assert client.get("/api/v1/session", headers=headers).status_code == 200
    changed = Settings(settings.database_url, settings.hub_socket, staff=without)
    with TestClient(create_app(changed)) as other:
        assert other.get("/api/v1/session", headers=headers).status_code == 403
