"""Log-in by a real identity provider on a port of its own; everything it may get wrong lets nobody in."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from ocrm_api.access.accounts import Accounts
from ocrm_api.access.conf import OidcConf, StaffConf
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ocrm_api.access.provider import CLIENT, SECRET, Provider, by_hmac, other_key

HERE = "/api/v1/session/oidc"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    provider = Provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    before = dict(vars(running))
    yield running
    vars(running).update(before)


@pytest.fixture
def client(settings: Settings, provider: Provider) -> Iterator[TestClient]:
    oidc = OidcConf.model_validate(
        {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "branch_claim": "branch",
         "roles": {"ecif-admin": "admin", "ecif-viewer": "viewer"}}
    )  # fmt: skip
    with_oidc = replace(settings, staff=StaffConf(oidc=oidc))
    with TestClient(create_app(with_oidc), follow_redirects=False) as made:
        yield made


def accounts(client: TestClient) -> Accounts:
    return client.app.state.access.accounts  # type: ignore[attr-defined, no-any-return]


def go(client: TestClient) -> httpx.Response:
    """As a browser does: to the provider, and back with what it says."""
    leaving = client.get(HERE)
    assert leaving.status_code == 303
    returned = httpx.get(leaving.headers["Location"])
    back = urlsplit(returned.headers["Location"])
    assert back.path == f"{HERE}/callback"
    return client.get(f"{back.path}?{back.query}")


def test_the_first_log_in_makes_the_account(client: TestClient) -> None:
    assert go(client).status_code == 200
    me = client.get("/api/v1/session").json()
    assert (me["name"], me["role"], me["whole_bank"]) == ("li.na", "viewer", True)
    account = accounts(client).get("li.na")
    assert account.password is None
    wrong = client.post("/api/v1/session", json={"name": "li.na", "password": "x" * 20})
    assert wrong.status_code == 401


def test_role_and_branch_follow_the_claims(client: TestClient, provider: Provider) -> None:
    go(client)
    provider.user = {**provider.user, "roles": ["other", "ecif-admin"], "branch": "2301"}
    assert go(client).status_code == 200
    account = accounts(client).get("li.na")
    assert (account.role, account.branch) == ("admin", "2301")


def test_a_disabled_account_stays_out(client: TestClient) -> None:
    go(client)
    accounts(client).disable("li.na")
    assert go(client).status_code == 401


def test_an_account_without_password_becomes_the_provider_s(client: TestClient, provider: Provider) -> None:
    accounts(client).add("li.na", "steward")
    provider.user = {"sub": "u-1", "preferred_username": "li.na"}
    assert go(client).status_code == 200
    assert client.get("/api/v1/session").json()["role"] == "steward"
    provider.user = {"sub": "u-2", "preferred_username": "li.na", "roles": "ecif-admin"}
    assert go(client).status_code == 401, "another person of the same name"


def test_an_account_with_a_password_is_not_taken_over(client: TestClient) -> None:
    accounts(client).add("li.na", "admin", password="four words nobody guesses")
    assert go(client).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": ""},
        {"preferred_username": "../x"},
        {"roles": ["no"]},
        {"roles": {"ecif-admin": 1}},
        {"roles": None},
    ],
)
def test_who_has_no_role_or_no_name(client: TestClient, provider: Provider, claims: dict[str, Any]) -> None:
    provider.user = {**provider.user, **claims}
    assert go(client).status_code == 401


TWISTS: dict[str, Any] = {
    "issuer": lambda claims: claims.update(iss="https://other.example"),
    "audience": lambda claims: claims.update(aud="other"),
    "authorized party": lambda claims: claims.update(aud=["ecif", "other"], azp="other"),
    "nonce": lambda claims: claims.update(nonce="replayed"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "expired": lambda claims: claims.update(exp=int(time.time()) - 3_600),
    "no expiry": lambda claims: claims.pop("exp"),
    "no subject": lambda claims: claims.pop("sub"),
}


@pytest.mark.parametrize("twist", TWISTS)
def test_a_token_that_is_not_ours_or_of_this_moment(
    client: TestClient, provider: Provider, twist: str
) -> None:
    provider.twist = TWISTS[twist]
    assert go(client).status_code == 401
    assert client.get("/api/v1/session").status_code == 401


def test_a_token_signed_by_another_key(client: TestClient, provider: Provider) -> None:
    provider.signs_with = other_key()
    assert go(client).status_code == 401


def test_a_token_signed_with_the_public_key_as_secret(client: TestClient, provider: Provider) -> None:
    provider.sign = lambda claims: by_hmac(claims, provider.key)
    assert go(client).status_code == 401


def test_changed_keys_need_nothing_here(client: TestClient, provider: Provider) -> None:
    assert go(client).status_code == 200
    provider.key = provider.signs_with = other_key()
    assert go(client).status_code == 200


def test_answers_that_belong_to_no_log_in_begun_here(client: TestClient) -> None:
    leaving = client.get(HERE)
    back = urlsplit(httpx.get(leaving.headers["Location"]).headers["Location"])
    path = f"{back.path}?{back.query}"
    flow = client.cookies["ecif_oidc"]
    client.cookies.clear()
    assert client.get(path).status_code == 401, "without the cookie of who left"
    headers = {"Cookie": f"ecif_oidc={flow}"}
    assert client.get(f"{back.path}?state=x&code=y", headers=headers).status_code == 401
    assert client.get(f"{back.path}?error=access_denied", headers=headers).status_code == 401
    assert client.get(path, headers=headers).status_code == 200
    assert client.get(path, headers=headers).status_code == 401, "a code is good once"


def test_a_provider_that_is_away_or_another(client: TestClient, provider: Provider) -> None:
    provider.calls_itself = "https://other.example"
    answer = client.get(HERE)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_provider(anybody: TestClient) -> None:
    assert anybody.get(HERE).status_code == 404
    assert anybody.get(f"{HERE}/callback").status_code == 404


def test_the_issuer_must_be_https() -> None:
    with pytest.raises(ValidationError, match="https"):
        OidcConf.model_validate(
            {"issuer": "http://login.bank.example", "client_id": "a", "client_secret": "b"}
        )


def test_it_is_in_the_trail(client: TestClient) -> None:
    go(client)
    entries = client.app.state.trail.search(action="log_in")  # type: ignore[attr-defined]
    assert [(entry["actor"], entry["via"], entry["status"]) for entry in entries] == [("li.na", "oidc", 200)]
