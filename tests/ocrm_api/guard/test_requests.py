"""What no route sees: foreign names, too many, too large."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from ocrm_api.app import create_app
from ocrm_api.guard.conf import HttpLimits
from ocrm_api.guard.headers import HEADERS, TRANSPORT
from ocrm_api.guard.rates import BURST_SECONDS, Rate
from ocrm_api.settings import Settings

LIMITS = HttpLimits(body_bytes=2_000, requests_per_second=2, refusals_per_second=1)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(replace(settings, limits=LIMITS, hosts=("testserver", "ecif")))) as made:
        yield made


@pytest.mark.parametrize("host", ["ecif", "ECIF:8080", "127.0.0.1", "10.1.2.3:80", "[::1]:8080"])
def test_own_names_and_bare_addresses(client: TestClient, host: str) -> None:
    assert client.get("/docs", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "ecif.evil.com", "127.0.0.1.evil.example", "", "[::1", "*"])
def test_foreign_names(client: TestClient, host: str) -> None:
    answer = client.get("/docs", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_headers_of_every_answer(client: TestClient) -> None:
    for path in ("/docs", "/healthz", "/api/v1/session", "/nothing", "/openapi.json"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name, _ in HEADERS} == dict(HEADERS)
        assert TRANSPORT[0] not in answer.headers
        assert client.get(f"https://testserver{path}").headers[TRANSPORT[0]] == TRANSPORT[1]


def test_a_large_body(client: TestClient) -> None:
    for content in (b"x" * 2_001, (b"x" * 1_000 for _ in range(3))):
        answer = client.post("/api/v1/session", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


def test_too_many_from_one_address(client: TestClient) -> None:
    found = [client.get("/healthz") for _ in range(60)]
    assert [answer.status_code for answer in found[:20]] == [200] * 20
    refused = [answer for answer in found if answer.status_code == 429]
    assert refused
    assert int(refused[0].headers["Retry-After"]) >= 1


def test_too_many_without_credentials(client: TestClient) -> None:
    found = [client.get("/api/v1/session").status_code for _ in range(20)]
    assert found[:10] == [401] * 10
    assert 429 in found


def test_a_rate_fills_again() -> None:
    at = 0.0
    rate = Rate(2, clock=lambda: at)
    assert [rate.wait("a") for _ in range(int(2 * BURST_SECONDS))] == [0] * 20
    assert rate.wait("a") == pytest.approx(0.5)
    assert rate.wait("b") == 0
    at = 0.5
    assert rate.wait("a") == 0
    assert rate.wait("a") > 0
    at = 1_000
    assert [rate.wait("a") for _ in range(20)] == [0] * 20


def test_a_fault_of_ours_tells_nothing(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> None:
        raise ValueError("张三 110105")

    with TestClient(app) as client:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "张三" not in answer.text
    assert "Traceback" not in answer.text
